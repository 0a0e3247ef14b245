"""Chapter 2: what a VMID is, and that hardware decides how many there are."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import CREATE, STEP, Chapter, Twin, Verdict, ground
from simcore import events as ev
from simcore.machine.commands import CreateDomain, Step


def check(entries: Iterable[Logged]) -> Verdict:
    """hgatp held another VMID than it was given, and a wrong hit came under that one."""
    cut: dict[int, tuple[int, int]] = {}
    for seq, event in entries:
        if isinstance(event, ev.HgatpWritten) and event.programmed_vmid != event.vmid:
            cut.setdefault(event.vmid, (seq, event.programmed_vmid))
        elif isinstance(event, ev.StaleHit) and event.kind == "cross-domain" and event.vmid in cut:
            written, programmed = cut[event.vmid]
            reason = (
                f"hgatp was given VMID {programmed} and holds {event.vmid}. Under that tag domain "
                f"{event.domain} was served an entry of domain {event.owner_domain}."
            )
            return Verdict(True, reason, (written, seq))
    if not cut:
        return Verdict(False, "hgatp has held every VMID that it was given.")
    return Verdict(False, "hgatp was given a VMID it cannot hold; no wrong hit has come of it yet.")


CHAPTER = Chapter(
    number=2,
    title="What a VMID is, and VMIDLEN",
    summary="A field of hgatp, of which a core implements as many bits as it likes, or none.",
    text=(
        "The VMID is a field of the CSR hgatp: 14 bits on RV64, 7 on RV32, at most (VMIDMAX). A "
        "core implements the VMIDLEN lowest of them, and VMIDLEN may be zero (`norm:hgatp_vmid`, "
        "`norm:hgatp_vmid_lsbs`). Software finds out by writing ones to the field and reading "
        "back.",
        "`xen-riscv-v2-posted` does not look. It hands out the VMIDs of a field of 14 bits. This "
        "hart has VMIDLEN 1: there are the VMIDs 0 and 1. VMID 2 is written to hgatp and reads 0. "
        "Two domains then run under one tag, and the TLB cannot tell them apart.",
    ),
    body=ground("xen-riscv-v2-posted", harts=1, vmidlen=1),
    prepare=(CreateDomain(1, "A"), CreateDomain(1, "B"), Step(4)),
    task="A has VMID 0 and B has VMID 1. Create a third domain, and press Step until it has run. "
    "Compare what was programmed with what hgatp holds.",
    actions=(CREATE, STEP),
    check=check,
    question="What should the hypervisor have done?",
    answer="Probe VMIDLEN and hand out only the ids that exist. With the probe, the same steps end "
    "in a refusal (-EBUSY) instead of a wrong hit. Harts may differ: with one id space for all, "
    "the hart with the fewest bits decides; ids of each hart's own ([chapter 4](/learn/4)) need "
    "not care.",
    twin=Twin(
        "xen-riscv-v2-reviewed",
        "Same steps with the probe",
        "The same commands under `xen-riscv-v2-reviewed`, which probes VMIDLEN. The third domain "
        "is refused: see Domains refused.",
    ),
)
