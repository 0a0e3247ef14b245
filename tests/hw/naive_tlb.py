"""A TLB to compare with: one record an entry, every rule applied to each record by itself.

Written from the table "what carries which tag, and what removes it" and nothing else: no
contexts, no packed tags, no arrays. Replacement takes the first invalid way, else the least
recently used one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from simcore.hw.fence import Fence, FenceKind
from simcore.hw.tlb import EntryKind, Organisation, TlbGeometry

KINDS = ("cross-domain", "cross-vcpu", "stale-mapping")


@dataclass(frozen=True)
class Right:
    """A right translation: who would fill it (domain, space), its version, the page it gives."""

    domain: int
    space: int
    version: int
    target: int


@dataclass
class Record:
    """One valid entry."""

    kind: EntryKind
    vmid: int
    asid: int
    page: int
    filled: Right
    last_use: int


@dataclass
class Tally:
    """What a batch did."""

    counts: Counter[str] = field(default_factory=Counter)
    kinds_of_access: set[str] = field(default_factory=set)
    first: dict[str, tuple[int, Right]] = field(default_factory=dict)


class NaiveTlb:
    """One hart's TLB, slot by slot."""

    def __init__(self, geometry: TlbGeometry, levels: int = 3) -> None:
        self.geometry, self.levels = geometry, levels
        split = geometry.organisation is Organisation.SPLIT
        self.names = ("VS-stage", "G-stage") if split else ("combined",)
        self.slots: dict[tuple[str, int, int], Record] = {}
        self.clock = 0

    def access(
        self,
        vmid: int,
        asid: int | None,
        pages: list[int],
        whole: list[Right],
        vs: list[Right],
        g: list[Right],
    ) -> Tally:
        """The pages in order; ``whole``, ``vs`` and ``g`` are the right translations by page."""
        tally = Tally()
        for page in pages:
            self.clock += 1
            tally.kinds_of_access.clear()
            if asid is None:
                missed = self._look(self.names[-1], EntryKind.G_STAGE, vmid, -1, page, g, tally)[0]
            elif self.geometry.organisation is Organisation.COMBINED:
                missed = self._look("combined", EntryKind.COMBINED, vmid, asid, page, whole, tally)[
                    0
                ]
            else:
                missed = self._both(vmid, asid, page, vs, g, tally)
            tally.counts["misses" if missed else "hits"] += 1
            if missed and asid is None:
                tally.counts["references"] += self.levels
            elif missed and self.geometry.organisation is Organisation.COMBINED:
                # Each of the VS-stage's reads, and the last address, is walked at the G-stage too.
                tally.counts["references"] += self.levels * (self.levels + 1) + self.levels
        return tally

    def _both(
        self, vmid: int, asid: int, page: int, vs: list[Right], g: list[Right], tally: Tally
    ) -> bool:
        walked, gpn = self._look("VS-stage", EntryKind.VS_STAGE, vmid, asid, page, vs, tally)
        tally.counts["vs_misses"] += walked
        tally.counts["references"] += self.levels * walked
        if gpn >= len(g):
            return walked
        missed, _ = self._look("G-stage", EntryKind.G_STAGE, vmid, -1, gpn, g, tally)
        tally.counts["g_misses"] += missed
        tally.counts["references"] += self.levels * missed
        tally.counts["walk_g_hits"] += walked and not missed
        return walked or missed

    def _look(
        self,
        name: str,
        kind: EntryKind,
        vmid: int,
        asid: int,
        page: int,
        rights: list[Right],
        tally: Tally,
    ) -> tuple[bool, int]:
        row = page % self.geometry.sets
        for way in range(self.geometry.ways):
            record = self.slots.get((name, row, way))
            if record is None or (record.kind, record.vmid, record.asid, record.page) != (
                kind, vmid, asid, page,
            ):  # fmt: skip
                continue
            record.last_use = self.clock
            self._judge(record.filled, rights[page], page, tally)
            return False, record.filled.target
        ways = range(self.geometry.ways)
        used = {w: self.slots[name, row, w].last_use for w in ways if (name, row, w) in self.slots}
        victim = next((way for way in ways if way not in used), None)
        if victim is None:
            victim = min(used, key=lambda way: used[way])
        self.slots[name, row, victim] = Record(kind, vmid, asid, page, rights[page], self.clock)
        return True, rights[page].target

    @staticmethod
    def _judge(filled: Right, right: Right, page: int, tally: Tally) -> None:
        if filled.domain != right.domain:
            kind = "cross-domain"
        elif filled.space != right.space:
            kind = "cross-vcpu"
        elif filled.version != right.version:
            kind = "stale-mapping"
        else:
            return
        if kind in tally.kinds_of_access:
            return
        tally.kinds_of_access.add(kind)
        tally.counts[kind] += 1
        tally.first.setdefault(kind, (page, filled))

    def fence(self, fence: Fence, vmid: int) -> int:
        """Remove what the fence must remove, and combined entries that do not know their GPA."""
        covered = [slot for slot, record in self.slots.items() if _removes(fence, vmid, record)]
        for slot in covered:
            del self.slots[slot]
        return len(covered)


def _removes(fence: Fence, vmid: int, record: Record) -> bool:
    same_page = fence.address is None or fence.address == record.page
    if fence.kind is FenceKind.GVMA:
        if fence.id is not None and fence.id != record.vmid:
            return False
        if record.kind is EntryKind.VS_STAGE:
            return False
        return record.kind is EntryKind.COMBINED or same_page
    if fence.kind is FenceKind.VVMA:
        same_asid = fence.id is None or fence.id == record.asid
        guest = record.kind in (EntryKind.VS_STAGE, EntryKind.COMBINED)
        return guest and record.vmid == vmid and same_asid and same_page
    return False
