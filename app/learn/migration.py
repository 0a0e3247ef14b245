"""Chapter 6: ids that mean something on one hart only, and a vCPU that takes one along."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import STEP, Action, Chapter, Request, Twin, Verdict, ground
from simcore import events as ev
from simcore.machine.commands import CreateDomain, Step


def check(entries: Iterable[Logged]) -> Verdict:
    """A vCPU changed hart, got no id of the new one, and hit an entry of whoever has its id there.

    The numbers told: who had the VMID there first, the migration, and the hit.
    """
    given: dict[tuple[int, int, int], int] = {}
    moved: dict[tuple[int, int], tuple[int, int]] = {}
    for seq, event in entries:
        if isinstance(event, ev.VcpuMigrated):
            moved[event.domain, event.vcpu] = (event.to_hart, seq)
        elif isinstance(event, ev.VmidAssigned):
            given[event.hart, event.vmid, event.domain] = seq
            if moved.get((event.domain, event.vcpu), (-1, 0))[0] == event.hart:
                del moved[event.domain, event.vcpu]
        elif isinstance(event, ev.StaleHit) and event.kind == "cross-domain":
            hart, migrated = moved.get((event.domain, event.vcpu), (-1, 0))
            owner = given.get((event.hart, event.vmid, event.owner_domain))
            if hart == event.hart and owner is not None:
                return Verdict(True, _done(event), (owner, migrated, seq))
    if not moved:
        return Verdict(False, "No vCPU runs on another hart with the VMID it had before.")
    return Verdict(False, "A vCPU took its VMID to another hart; it has hit nothing foreign yet.")


def _done(hit: ev.StaleHit) -> str:
    return (
        f"VMID {hit.vmid} of hart {hit.hart} is domain {hit.owner_domain}'s. A vCPU of domain "
        f"{hit.domain} came with VMID {hit.vmid} of another hart, kept it, and was served what "
        f"domain {hit.owner_domain} had filled."
    )


CHAPTER = Chapter(
    number=6,
    title="Migration and the per-hart schemes",
    summary="VMID 1 of hart 0 is not VMID 1 of hart 1, unless a vCPU takes it along.",
    text=(
        "A hart that hands out VMIDs for itself needs no lock, and no other hart has to fence "
        "when one is used again. The price: VMID 1 of hart 0 and VMID 1 of hart 1 are two ids, "
        "so a VMID must not travel.",
        "`xen-x86-asid` asks for a new id when a vCPU is resumed on another CPU. `xen-riscv-head` "
        "was ported from it, and as merged (xen-project/xen@c447b7308b) it compares generations "
        "only: two harts that are both in generation 1 look alike. The bug is latent there, since "
        "vCPUs are not switched yet.",
        "A runs on hart 0 and B on hart 1, each as (generation 1, VMID 1). The guests have vsatp "
        "Bare.",
    ),
    body=ground("xen-riscv-head", harts=2, vmidlen=3, bare=True),
    prepare=(CreateDomain(1, "A"), CreateDomain(1, "B"), Step(6)),
    task="Migrate A's vCPU to hart 1, and press Step until it has run there.",
    actions=(
        Action(
            "Migrate A to hart 1",
            (Request("POST", "/domains/0/vcpus/0/migrate", {"hart": 1}),),
        ),
        STEP,
    ),
    check=check,
    question="What is the rule that is not there yet?",
    answer="A vCPU that changes hart loses its pair: set its generation to 0, and the new hart "
    "gives it an id of its own. With that rule the same steps give A VMID 2 on hart 1, no remote "
    "fence and no wrong hit.",
    twin=Twin(
        "xen-x86-asid",
        "Same steps with the rule",
        "The same commands under `xen-x86-asid`: a vCPU on another hart gets another id.",
    ),
    map_hart=1,
)
