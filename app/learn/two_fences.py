"""Chapter 3: HFENCE.GVMA and HFENCE.VVMA, and a TLB in which they differ."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import REPLACE, STEP, Chapter, Twin, Verdict, ground
from app.learn.finding import Reuse, is_foreign_hit, reuses
from simcore.machine.commands import CreateDomain, Step


def check(entries: Iterable[Logged]) -> Verdict:
    """A VMID was fenced with HFENCE.GVMA before reuse, and a VS-stage entry of before was hit."""
    fenced: Reuse | None = None
    for found in reuses(entries):
        if isinstance(found, Reuse):
            fenced = found if _gvma(found) else fenced
            continue
        seq, event = found
        if fenced and is_foreign_hit(event, fenced):
            reason = (
                f"HFENCE.GVMA for VMID {fenced.vmid} came before domain {fenced.new} got it, and a "
                f"GVA to GPA entry of domain {fenced.old} was still there to be hit."
            )
            return Verdict(True, reason, (_gvma(fenced)[0], fenced.second, seq))
    if fenced is None:
        return Verdict(False, "No VMID has been fenced and given to another domain yet.")
    return Verdict(
        False, f"Domain {fenced.new} has VMID {fenced.vmid} and has hit nothing old yet."
    )


def _gvma(reuse: Reuse) -> list[int]:
    """The requests of HFENCE.GVMA for the VMID that was used again."""
    return [
        seq
        for seq, request in reuse.requests
        if "gvma" in request.fence and request.id == reuse.vmid and not request.error
    ]


CHAPTER = Chapter(
    number=3,
    title="Two stages, two fences",
    summary="HFENCE.GVMA, HFENCE.VVMA, and a TLB that keeps the stages apart.",
    text=(
        "HFENCE.GVMA is for the G-stage (GPA to SPA): of one VMID or all, of one guest-physical "
        "address or all. HFENCE.VVMA is for the VS-stage (GVA to GPA): of one ASID or all, of one "
        "guest-virtual address or all, and only of the VMID that hgatp holds "
        "(`norm:hfence-vvma_mode`).",
        "A core that caches both stages as one entry, GVA to SPA, drops it at either fence. A core "
        "that keeps them apart need not drop a GVA to GPA entry at HFENCE.GVMA, nor a GPA to SPA "
        "entry at HFENCE.VVMA.",
        "This TLB is split. `xen-riscv-v2-reviewed` executes HFENCE.GVMA before a VMID is used "
        "again. It does not execute HFENCE.VVMA.",
    ),
    body=ground("xen-riscv-v2-reviewed", harts=1, vmidlen=4, split=True),
    prepare=(CreateDomain(1, "A"), Step(2)),
    task="Destroy A and create another domain with one button; it gets A's VMID. Press Step until "
    "it has run.",
    actions=(REPLACE, STEP),
    check=check,
    question="Which fence was missing?",
    answer="HFENCE.VVMA while hgatp holds the reused VMID. Both domains use ASID 1, so A's GVA to "
    "GPA entry hit. SBI's remote HFENCE.VVMA has no VMID argument: on every target it acts on the "
    "VMID in hgatp of the hart that calls, so that hart must hold the reused VMID when it calls. "
    "`xen-arm-bitmap` has each hart execute its own.",
    twin=Twin(
        "xen-arm-bitmap",
        "Same steps with both fences",
        "The same commands under `xen-arm-bitmap`, which fences a new VMID with HFENCE.GVMA on all "
        "harts, and with HFENCE.VVMA on each hart that loads it.",
    ),
)
