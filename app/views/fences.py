"""Fence instructions in words, and why one of them leaves a TLB entry alone."""

from __future__ import annotations

from simcore.hw.fence import Fence, FenceKind
from simcore.hw.removal import Fate, Spared
from simcore.hw.tlb import TlbEntry

_OPERANDS = {
    FenceKind.GVMA: ("GPA page", "VMID"),
    FenceKind.VVMA: ("GVA page", "ASID"),
    FenceKind.SFENCE_VMA: ("VA page", "ASID"),
}
_ACTS_ON = {
    FenceKind.GVMA: "translations of the G-stage",
    FenceKind.VVMA: "translations of the VS-stage",
    FenceKind.SFENCE_VMA: "translations made at V=0",
    FenceKind.FENCE_I: "instruction fetches and on no TLB",
}
_STAGE_NORM = {
    FenceKind.GVMA: "norm:hfence-gvma_op",
    FenceKind.VVMA: "norm:hfence-vvma_mode",
    FenceKind.SFENCE_VMA: "norm:sfence_vma_v0",
    FenceKind.FENCE_I: None,
}


def fence_text(fence: Fence, vmid: int) -> str:
    """A fence with its operands; ``vmid`` is in hgatp as an HFENCE.VVMA is executed."""
    names = _OPERANDS.get(fence.kind)
    if names is None:
        return fence.kind.mnemonic
    address = "x0" if fence.address is None else f"{names[0]} {fence.address:#x}"
    number = "x0" if fence.id is None else f"{names[1]} {fence.id}"
    when = {FenceKind.VVMA: f" while hgatp.VMID is {vmid}", FenceKind.SFENCE_VMA: " at V=0"}
    return f"{fence.kind.mnemonic} {address}, {number}{when.get(fence.kind, '')}"


def spared_text(fate: Fate, entry: TlbEntry) -> tuple[str | None, str | None]:
    """Why a fence leaves ``entry``, with the manual's tag for the rule; None: it removes it."""
    kind = fate.fence.kind
    match fate.spared:
        case None:
            return None, None
        case Spared.STAGE:
            reason = f"it acts on {_ACTS_ON[kind]}; this entry is a {entry.kind.label} one"
            return reason, _STAGE_NORM[kind]
        case Spared.VMID:
            norm = "norm:hfence-gvma_vmid" if kind is FenceKind.GVMA else "norm:hfence-vvma_limits"
            return f"it acts on another VMID than the entry's, {entry.vmid}", norm
        case Spared.ASID:
            return (
                f"it acts on another ASID than the entry's, {entry.asid}",
                "norm:hfence-vvma_asid",
            )
        case Spared.ADDRESS:
            norm = "norm:hfence-gvma_op" if kind is FenceKind.GVMA else "norm:hfence-vvma_limits"
            return f"it names another page than the entry's, {entry.page:#x}", norm
