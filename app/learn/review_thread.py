"""Chapter 7: the review that all this began with, and its evidence on a live machine."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import REPLACE, STEP, Chapter, Twin, Verdict, ground
from app.learn.finding import Reuse, is_foreign_hit, reuses
from simcore.machine.commands import CreateDomain, Step


def check(entries: Iterable[Logged]) -> Verdict:
    """The fence before reuse was asked for, reached nobody, and the new owner hit old entries."""
    unsent: Reuse | None = None
    for found in reuses(entries):
        if isinstance(found, Reuse):
            unsent = found if _unsent(found) else unsent
        elif unsent and is_foreign_hit(found[1], unsent):
            reason = (
                f"A fence was asked for before VMID {unsent.vmid} went to domain {unsent.new}: no "
                f"hart was in the mask, nothing was sent (-22, -EINVAL). Domain {unsent.new} was "
                f"then served an entry of domain {unsent.old}."
            )
            return Verdict(True, reason, (_unsent(unsent)[0], unsent.second, found[0]))
    if unsent is None:
        return Verdict(False, "No VMID has been given to another domain yet.")
    return Verdict(
        False, f"Domain {unsent.new} has VMID {unsent.vmid} and has hit nothing old yet."
    )


def _unsent(reuse: Reuse) -> list[int]:
    return [seq for seq, request in reuse.requests if request.via == "none"]


CHAPTER = Chapter(
    number=7,
    title="The review thread as a story",
    summary="xen-devel, June 2025: what was asked about a patch, with the evidence live.",
    text=(
        "On 2025-06-10 a patch gave each RISC-V guest domain of Xen a VMID from one global bitmap. "
        "The review asked: how many bits does hgatp.VMID have, and what if none ([chapter "
        "2](/learn/2))? Why one permanent id a VM, and not ids for each hart as on x86 ([chapter "
        "4](/learn/4))? And the fence before reuse goes to the new domain's dirty_cpumask: is that "
        "not reliably empty, since the domain has run nowhere?",
        "See the last one. `xen-riscv-v2-intended` is the patch with the right bit tested: a freed "
        "VMID is marked, and before it is given to another domain a remote HFENCE.GVMA is asked "
        "for. Its author took an empty mask for all harts; Xen's sbi_rfence_v02 takes it for "
        "none.",
        "How it went on: v3 (2025-07-31) was rewritten to generations on each hart, v4 to v7 "
        "refined that, and it was merged as bff3b9ea46. [Chapter 6](/learn/6) is about a rule that "
        "it does not have yet.",
    ),
    body=ground("xen-riscv-v2-intended", harts=2, vmidlen=4),
    prepare=(CreateDomain(1, "A"), CreateDomain(1, "B"), Step(4)),
    task="Destroy A and create another domain with one button. Whom does the fence reach? Press "
    "Step until the new domain has run.",
    actions=(REPLACE, STEP),
    check=check,
    question="Whom should it have reached?",
    answer="Every hart that may hold entries under the reused VMID: those the old domain ran on. "
    "The new domain's mask cannot say which. All harts is the safe answer. The author proposed "
    "that an empty mask mean all; the reviewer asked why creating a domain should flush at all. "
    "Under `xen-riscv-v2-reviewed` the same steps fence both harts.",
    twin=Twin(
        "xen-riscv-v2-reviewed",
        "Same steps as repaired",
        "The same commands under `xen-riscv-v2-reviewed`: the fence before reuse goes to "
        "all harts.",
    ),
    links=(("The shortest ways to break each version", "/traces"),),
)
