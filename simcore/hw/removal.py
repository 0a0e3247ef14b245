"""What would remove one TLB entry, and what would not and why: asked of `simcore.hw.tlb.covers`.

Reasons are found by letting go of one operand after the other until the fence covers the entry, so
they cannot say anything else than what a fence does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import product

from simcore.hw.fence import Fence, FenceKind
from simcore.hw.hart import Hart
from simcore.hw.tlb import EntryKind, Tag, TlbEntry, covers


class Spared(Enum):
    """Why a fence leaves an entry alone."""

    STAGE = "it does not act on translations of this stage"
    VMID = "it acts on another VMID"
    ASID = "it acts on another ASID"
    ADDRESS = "it names another address"


@dataclass(frozen=True, slots=True)
class Fate:
    """What one fence would do to an entry. ``vmid`` is in hgatp when an HFENCE.VVMA is executed."""

    fence: Fence
    vmid: int
    spared: Spared | None
    """None: it removes the entry."""


def spared_by(fence: Fence, vmid: int, entry: TlbEntry) -> Spared | None:
    """Why ``fence`` leaves ``entry`` in a TLB, or None where it removes it.

    ``vmid`` is the effective hgatp.VMID; the fence's id is cut to the implemented bits already.
    """
    tag = Tag(entry.kind, entry.vmid, entry.asid)
    if covers(fence, vmid, tag):
        # Combined entries carry no GPA, so an HFENCE.GVMA drops them whatever address it names.
        any_address = fence.kind is FenceKind.GVMA and tag.kind is EntryKind.COMBINED
        return None if any_address or fence.address in (None, entry.page) else Spared.ADDRESS
    if not covers(fence._replace(id=None), tag.vmid, tag):
        return Spared.STAGE
    if fence.kind is FenceKind.GVMA or vmid != tag.vmid:
        return Spared.VMID
    return Spared.ASID


def fates(hart: Hart, entry: TlbEntry, gpn: int | None) -> Iterator[Fate]:
    """What each kind of fence would do to ``entry`` on ``hart``.

    Every operand is register x0, the entry's own, or another than the entry's; at most one is
    another. ``gpn`` is the guest-physical page that the entry depends on, where that is known.
    """
    for kind in (FenceKind.GVMA, FenceKind.VVMA):
        gvma = kind is FenceKind.GVMA
        page = _page(kind, entry, gpn)
        bits = hart.hgatp_spec.vmidlen if gvma else hart.vsatp_spec.asidlen
        pages = [None] if page is None else [None, page, page ^ 1]
        ids = [None, *_own_and_other(entry.vmid if gvma else entry.asid, bits)]
        vmids = [entry.vmid] if gvma else _own_and_other(entry.vmid, hart.vmidlen)
        for address, number, vmid in product(pages, ids, vmids):
            others = (address not in pages[:2], number not in ids[:2], vmid != entry.vmid)
            if sum(others) <= 1:
                yield _fate(hart, Fence(kind, address, number), vmid, entry)
    for kind in (FenceKind.SFENCE_VMA, FenceKind.FENCE_I):
        yield _fate(hart, Fence(kind), entry.vmid, entry)


def _page(kind: FenceKind, entry: TlbEntry, gpn: int | None) -> int | None:
    """The page that an address operand names this entry by: guest-physical or guest-virtual."""
    of_g_stage = entry.kind is EntryKind.G_STAGE
    if kind is FenceKind.GVMA:
        return entry.page if of_g_stage else gpn
    return None if of_g_stage else entry.page


def _own_and_other(number: int, bits: int) -> list[int]:
    """The number, and one that differs in the lowest bit where there are bits to differ in."""
    if number < 0:
        return []
    return [number, number ^ 1] if bits else [number]


def _fate(hart: Hart, fence: Fence, vmid: int, entry: TlbEntry) -> Fate:
    if hart.over_fences and fence.kind in (FenceKind.GVMA, FenceKind.VVMA):
        return Fate(fence, vmid, None)
    return Fate(fence, vmid, spared_by(fence, vmid, entry))
