"""A TLB that never evicts, as one dictionary: the adversary's TLB, for exhaustive checking.

Hardware may keep any entry for as long as no fence covers it, so what holds with this TLB holds
with any. It answers as a `Tlb` with room for everything does, which a test compares, and can be
copied and compared cheaply; it is slow for long streams.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from simcore.hw.cost import two_stage_references
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.kernel import GHOST_SHIFT, Stage, Words
from simcore.hw.tlb import Batch, EntryKind, Organisation, Tag, Tlb, TlbEntry, TlbGeometry, covers

_VERSION_MASK = (1 << GHOST_SHIFT) - 1
_CROSS_DOMAIN, _CROSS_VCPU, _STALE_MAPPING = range(3)
_NO_WRONG_HIT = (0, 0, 0)


class Place(NamedTuple):
    """A tag and the page it is held for."""

    tag: Tag
    page: int


class Held(NamedTuple):
    """What an entry leads to, and the ghost of who filled it."""

    target: int
    ghost: int


class UnboundedTlb:
    """The TLB of one hart; see `simcore.hw.tlb.Tlb` for what the methods do."""

    __slots__ = ("clock", "geometry", "held", "levels")

    def __init__(
        self, geometry: TlbGeometry, held: dict[Place, Held] | None = None, levels: int = 3
    ) -> None:
        self.geometry, self.levels = geometry, levels
        self.held = {} if held is None else held
        self.clock = 0

    def clone(self) -> UnboundedTlb:
        """An independent copy."""
        return UnboundedTlb(self.geometry, dict(self.held), self.levels)

    def access(
        self,
        vmid: int,
        asid: int | None,
        whole: Stage,
        stages: tuple[Stage, Stage],
        stream: tuple[Words, int, int],
        owner_domain: Words,
    ) -> Batch:
        """Run a batch of guest accesses; arguments and answer as of `Tlb.access`."""
        pages, start, count = stream
        wrong = [_NO_WRONG_HIT] * 3
        hits = vs_misses = g_misses = walk_g_hits = 0
        split = self.geometry.organisation is Organisation.SPLIT
        g_tag = Tag(EntryKind.G_STAGE, vmid, -1)
        for number in range(start, start + count):
            page = int(pages[number % len(pages)])
            if asid is None:
                missed = self._look_up(g_tag, page, stages[1], owner_domain, wrong, -1)[0]
            elif not split:
                tag = Tag(EntryKind.COMBINED, vmid, asid)
                missed = self._look_up(tag, page, whole, owner_domain, wrong, -1)[0]
            else:
                tag = Tag(EntryKind.VS_STAGE, vmid, asid)
                vs_missed, counted = self._look_up(tag, page, stages[0], owner_domain, wrong, -1)
                gpn = self.held[Place(tag, page)].target
                g_missed = False
                if gpn < len(stages[1].expected):
                    g_missed = self._look_up(g_tag, gpn, stages[1], owner_domain, wrong, counted)[0]
                    walk_g_hits += vs_missed and not g_missed
                vs_misses += vs_missed
                g_misses += g_missed
                missed = vs_missed or g_missed
            hits += not missed
        misses = count - hits
        walk = self.levels if asid is None else two_stage_references(self.levels, self.levels)
        references = (vs_misses + g_misses) * self.levels if vs_misses + g_misses else misses * walk
        return Batch(
            hits, misses, vs_misses, g_misses, references, walk_g_hits, wrong[0], wrong[1], wrong[2]
        )

    def _look_up(
        self,
        tag: Tag,
        page: int,
        stage: Stage,
        owner_domain: Words,
        wrong: list[tuple[int, int, int]],
        counted: int,
    ) -> tuple[bool, int]:
        """One lookup, filled where it misses: whether it did, and the kind of wrong hit or -1."""
        place, right = Place(tag, page), int(stage.expected[page])
        entry = self.held.get(place)
        if entry is None:
            self.held[place] = Held(int(stage.values[page]), right)
            return True, -1
        if entry.ghost == right:
            return False, -1
        owner, right_owner = entry.ghost >> GHOST_SHIFT, right >> GHOST_SHIFT
        kind = _STALE_MAPPING
        if owner_domain[owner] != owner_domain[right_owner]:
            kind = _CROSS_DOMAIN
        elif owner != right_owner:
            kind = _CROSS_VCPU
        if kind != counted:
            times, first, ghost = wrong[kind]
            wrong[kind] = (times + 1, *((first, ghost) if times else (page, entry.ghost)))
        return False, kind

    def fence(self, fence: Fence, vmid: int) -> int:
        """Execute a fence; returns the number of entries dropped."""
        by_page = fence.address is not None
        gone = [
            place
            for place in self.held
            if covers(fence, vmid, place.tag)
            and (
                not by_page
                or place.page == fence.address
                or (fence.kind is FenceKind.GVMA and place.tag.kind is EntryKind.COMBINED)
            )
        ]
        for place in gone:
            del self.held[place]
        return len(gone)

    def flush(self) -> int:
        """Drop everything; returns the number of entries dropped."""
        dropped = len(self.held)
        self.held.clear()
        return dropped

    def entries(self) -> Iterator[TlbEntry]:
        """Every entry, by tag and page; set, way and last use are 0."""
        split = self.geometry.organisation is Organisation.SPLIT
        for (tag, page), (target, ghost) in sorted(self.held.items()):
            structure = tag.kind.label if split else "combined"
            owner, version = ghost >> GHOST_SHIFT, ghost & _VERSION_MASK
            yield TlbEntry(structure, 0, 0, *tag, page, target, owner, version, 0)

    def tags_under(self, vmid: int) -> Iterator[tuple[Tag, int | None]]:
        """The tags of the entries under a VMID, each with who alone filled it, or None."""
        owners: dict[Tag, set[int]] = {}
        for place, held in self.held.items():
            if place.tag.vmid == vmid:
                owners.setdefault(place.tag, set()).add(held.ghost >> GHOST_SHIFT)
        for tag, numbers in sorted(owners.items()):
            yield tag, numbers.pop() if len(numbers) == 1 else None

    def ghosts_of(self, tag: Tag) -> tuple[Words, Words]:
        """Pages and ghosts of the entries with ``tag``."""
        found = [(p.page, held.ghost) for p, held in self.held.items() if p.tag == tag]
        return (
            np.array([page for page, _ in found], np.int64),
            np.array([ghost for _, ghost in found], np.int64),
        )

    def fill_by_vmid(self) -> dict[int, int]:
        """Entries by VMID."""
        fill: dict[int, int] = {}
        for place in self.held:
            fill[place.tag.vmid] = fill.get(place.tag.vmid, 0) + 1
        return fill

    def key(self) -> tuple[object, ...]:
        """Everything that decides what the TLB will do, as plain values."""
        return tuple(sorted(self.held.items()))


AnyTlb = Tlb | UnboundedTlb
"""What a hart may have."""
