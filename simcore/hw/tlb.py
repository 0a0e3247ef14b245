"""The TLB of one hart: look up and fill in batches, fence, inspect.

Which entry carries which tag, and what removes it, follows the rules of the ISA manual's
hypervisor chapter (HFENCE.GVMA, HFENCE.VVMA): G-stage entries carry the VMID, VS-stage and
combined ones VMID and ASID. Combined entries carry no GPA, as in XiangShan's L1 TLB, so an
HFENCE.GVMA with an address drops all combined entries of the VMID (over-fencing is legal).
All entries are of pages of one size, in which page numbers and addresses of fences count.
Left out: the G (global) bit of VS-stage entries, cached non-leaf and invalid PTEs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NamedTuple

import numpy as np

from simcore.hw import kernel
from simcore.hw.cost import two_stage_references
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.kernel import (
    CONTEXT_SHIFT,
    GHOST,
    GHOST_SHIFT,
    NO_CONTEXT,
    TAG,
    Stage,
    Structure,
    Words,
)

_FIRST_CONTEXTS = 1024
_PAGE_MASK = (1 << CONTEXT_SHIFT) - 1
_SEVERAL = -1


class EntryKind(IntEnum):
    """What an entry translates: GVA to SPA, GVA to GPA, or GPA to SPA."""

    COMBINED = 0
    VS_STAGE = 1
    G_STAGE = 2

    @property
    def label(self) -> str:
        """The name as the manual and the pages write it."""
        return ("combined", "VS-stage", "G-stage")[self]


class Organisation(Enum):
    """How the TLB holds the two stages."""

    COMBINED = "combined"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class TlbGeometry:
    """Sets (a power of two) and ways of each structure, and the organisation.

    Raises ValueError where a size is out of range.
    """

    sets: int
    ways: int
    organisation: Organisation = Organisation.COMBINED

    def __post_init__(self) -> None:
        if not 1 <= self.sets <= 4096 or self.sets & (self.sets - 1):
            raise ValueError(f"tlb.sets is {self.sets}; a power of two from 1 to 4096 is allowed")
        if not 1 <= self.ways <= 128:
            raise ValueError(f"tlb.ways is {self.ways}; 1 to 128 is allowed")

    @property
    def entries(self) -> int:
        """Entries of one structure."""
        return self.sets * self.ways


class Tag(NamedTuple):
    """What a context stands for. ``asid`` is -1 for G-stage entries, which carry none."""

    kind: EntryKind
    vmid: int
    asid: int


class TlbEntry(NamedTuple):
    """One valid entry: where it is, its tag, and the ghost of who filled it."""

    structure: str
    set: int
    way: int
    kind: EntryKind
    vmid: int
    asid: int
    page: int
    target: int
    owner: int
    version: int
    last_use: int


class Batch(NamedTuple):
    """What a batch of accesses did; the three wrong kinds are (count, first page, first ghost)."""

    hits: int
    misses: int
    vs_misses: int
    g_misses: int
    references: int
    """Page-table entries that walks read."""
    walk_g_hits: int
    """Walks of the VS-stage whose last G-stage translation was cached (split organisation)."""
    cross_domain: tuple[int, int, int]
    cross_vcpu: tuple[int, int, int]
    stale_mapping: tuple[int, int, int]


class _Cache:
    """One structure with the contexts its entries belong to."""

    __slots__ = ("arrays", "contexts", "fillers", "free", "tags_of")

    def __init__(self, geometry: TlbGeometry) -> None:
        self.arrays = Structure(
            np.zeros((geometry.sets, kernel.FIELDS, geometry.ways), np.int64),
            live=np.full(_FIRST_CONTEXTS, -1, np.int64),
            full=np.append(np.full(geometry.sets, -1, np.int64), 0),
            lanes=(None,) * geometry.ways,
        )
        self.contexts: dict[int, dict[tuple[EntryKind, int], int]] = {}
        self.tags_of: dict[int, Tag] = {}
        self.fillers: dict[int, int] = {}
        """The owner number that all entries of a context carry; `_SEVERAL`: of more than one."""
        self.free = list(range(_FIRST_CONTEXTS - 1, NO_CONTEXT, -1))

    def context(self, kind: EntryKind, vmid: int, asid: int, stage: Stage) -> int:
        """The dense number that stands for a tag, to be filled from ``stage``, until retired."""
        of_vmid = self.contexts.get(vmid)
        found = of_vmid.get((kind, asid)) if of_vmid else None
        number = self._new_context(Tag(kind, vmid, asid)) if found is None else found
        owner = int(stage.expected[0]) >> GHOST_SHIFT
        if self.fillers.setdefault(number, owner) != owner:
            self.fillers[number] = _SEVERAL
        return number

    def _new_context(self, tag: Tag) -> int:
        if not self.free:
            self._reclaim()
        number = self.free.pop()
        self.contexts.setdefault(tag.vmid, {})[tag.kind, tag.asid] = number
        self.tags_of[number] = tag
        self.arrays.live[number] = 0
        return number

    def _reclaim(self) -> None:
        """Clear the entries of retired contexts, so that their numbers can be used again.

        Costs O(entries + contexts) once per `_FIRST_CONTEXTS` retirements or more.
        """
        tags, live = self.arrays.entries[:, TAG], self.arrays.live
        tags[live[tags >> CONTEXT_SHIFT] < 0] = NO_CONTEXT
        self.free = [n for n in range(len(live) - 1, NO_CONTEXT, -1) if live[n] < 0]
        if len(self.free) < len(live) // 2:
            grown = np.full(2 * len(live), -1, np.int64)
            grown[: len(live)] = live
            self.free = list(range(len(grown) - 1, len(live) - 1, -1)) + self.free
            self.arrays = self.arrays._replace(live=grown)

    def covered(self, fence: Fence, vmid: int) -> list[Tag]:
        """The tags whose entries ``fence`` may remove, found through the VMID it names."""
        target = fence.id if fence.kind is FenceKind.GVMA else vmid
        if target is None:
            tags = list(self.tags_of.values())
        else:
            tags = [self.tags_of[number] for number in self.contexts.get(target, {}).values()]
        return [tag for tag in tags if covers(fence, vmid, tag)]

    def retire(self, tag: Tag) -> int:
        """Drop every entry of ``tag``; O(1). Returns how many were valid."""
        of_vmid = self.contexts[tag.vmid]
        number = of_vmid.pop((tag.kind, tag.asid))
        if not of_vmid:
            del self.contexts[tag.vmid]
        del self.tags_of[number], self.fillers[number]
        dropped = int(self.arrays.live[number])
        self.arrays.live[number] = -1
        self.arrays.full[-1] += 1
        return dropped

    def drop_page(self, tag: Tag, page: int) -> int:
        """Drop the entry of ``tag`` for ``page``; visits one set."""
        if page >> CONTEXT_SHIFT:
            # No guest page is that high, and the number would run into the context's bits.
            return 0
        number = self.contexts[tag.vmid][tag.kind, tag.asid]
        entries = self.arrays.entries
        row = entries[page & (entries.shape[0] - 1), TAG]
        ways = np.flatnonzero(row == (number << CONTEXT_SHIFT) | page)
        row[ways] = NO_CONTEXT
        self.arrays.live[number] -= len(ways)
        self.arrays.full[-1] += 1
        return len(ways)

    def clone(self) -> _Cache:
        """An independent copy."""
        twin = object.__new__(_Cache)
        entries, live, full, lanes = self.arrays
        twin.arrays = Structure(entries.copy(), live.copy(), full.copy(), lanes)
        twin.contexts = {vmid: dict(tags) for vmid, tags in self.contexts.items()}
        twin.tags_of, twin.fillers = dict(self.tags_of), dict(self.fillers)
        twin.free = list(self.free)
        return twin

    def entries(self, name: str) -> Iterator[TlbEntry]:
        """The valid entries, by set and way."""
        entries = self.arrays.entries
        for row, way in np.argwhere(self.arrays.live[entries[:, TAG] >> CONTEXT_SHIFT] > 0):
            held, used, ghost, value = entries[row, :, way].tolist()
            yield TlbEntry(
                name, int(row), int(way), *self.tags_of[held >> CONTEXT_SHIFT], held & _PAGE_MASK,
                value, ghost >> GHOST_SHIFT, ghost & ((1 << GHOST_SHIFT) - 1), used,
            )  # fmt: skip


class Tlb:
    """The TLB of one hart; a walk reads ``levels`` page-table entries at either stage.

    Fences cost O(contexts retired) or, with an address, O(ways); never O(entries) per lookup.
    """

    __slots__ = ("_caches", "_counts", "_levels", "_whole_walk", "clock", "geometry")

    def __init__(self, geometry: TlbGeometry, levels: int = 3) -> None:
        self.geometry, self._levels = geometry, levels
        self.clock = 0
        split = geometry.organisation is Organisation.SPLIT
        names = ("VS-stage", "G-stage") if split else ("combined",)
        self._caches = {name: _Cache(geometry) for name in names}
        self._whole_walk = two_stage_references(levels, levels)
        self._counts = np.zeros(kernel.COUNTS, np.int64)

    def clone(self) -> Tlb:
        """An independent copy."""
        twin = Tlb.__new__(Tlb)
        twin.geometry, twin.clock = self.geometry, self.clock
        twin._levels, twin._whole_walk = self._levels, self._whole_walk
        twin._caches = {name: cache.clone() for name, cache in self._caches.items()}
        twin._counts = np.zeros(kernel.COUNTS, np.int64)
        return twin

    def access(
        self,
        vmid: int,
        asid: int | None,
        whole: Stage,
        stages: tuple[Stage, Stage],
        stream: tuple[Words, int, int],
        owner_domain: Words,
    ) -> Batch:
        """Run a batch of guest accesses under the tag (``vmid``, ``asid``); ASID None: vsatp Bare.

        ``whole`` maps the page accessed straight to its SPA page, ``stages`` (VS-stage, G-stage)
        the two steps. ``stream`` is (pages, start, count). ``owner_domain`` tells the domain
        of an owner number.
        """
        counts = self._counts
        counts.fill(0)
        pages, start, count = stream
        tail = (pages, start, count, owner_domain, self.clock, counts)
        if asid is None:
            cache = self._caches.get("G-stage") or self._caches["combined"]
            context = cache.context(EntryKind.G_STAGE, vmid, -1, stages[1])
            head = (cache.arrays, context, stages[1], self._levels)
            self.clock = kernel.run(kernel.single, count, *head, *tail)
        elif self.geometry.organisation is Organisation.COMBINED:
            cache = self._caches["combined"]
            context = cache.context(EntryKind.COMBINED, vmid, asid, whole)
            head = (cache.arrays, context, whole, self._whole_walk)
            self.clock = kernel.run(kernel.single, count, *head, *tail)
        else:
            vs, g = self._caches["VS-stage"], self._caches["G-stage"]
            vs_context = vs.context(EntryKind.VS_STAGE, vmid, asid, stages[0])
            g_context = g.context(EntryKind.G_STAGE, vmid, -1, stages[1])
            both = (vs.arrays, vs_context, stages[0], g.arrays, g_context, stages[1], self._levels)
            self.clock = kernel.run(kernel.split, count, *both, *tail)
        return _batch(counts)

    def fence(self, fence: Fence, vmid: int) -> int:
        """Execute a fence; ``vmid`` is the effective hgatp.VMID, on which HFENCE.VVMA acts.

        The id operand must already be cut to the implemented bits (`norm:hfence-gvma_vmid`).
        Returns the number of valid entries dropped.
        """
        dropped = 0
        for cache in self._caches.values():
            for tag in cache.covered(fence, vmid) if cache.tags_of else ():
                if fence.address is None or (
                    fence.kind is FenceKind.GVMA and tag.kind is EntryKind.COMBINED
                ):
                    dropped += cache.retire(tag)
                else:
                    dropped += cache.drop_page(tag, fence.address)
        return dropped

    def flush(self) -> int:
        """Drop everything; returns the number of valid entries dropped."""
        return sum(
            cache.retire(tag)
            for cache in self._caches.values()
            for tag in list(cache.tags_of.values())
        )

    def entries(self) -> Iterator[TlbEntry]:
        """Every valid entry, structure by structure, by set and way."""
        for name, cache in self._caches.items():
            yield from cache.entries(name)

    def tags_under(self, vmid: int) -> Iterator[tuple[Tag, int | None]]:
        """The tags of the valid entries under a VMID, in O(tags), each with who filled its entries.

        That is an owner number; None where several may have: `ghosts_of` tells.
        """
        for cache in self._caches.values():
            for number in cache.contexts.get(vmid, {}).values():
                if cache.arrays.live[number]:
                    filler = cache.fillers[number]
                    yield cache.tags_of[number], None if filler == _SEVERAL else filler

    def ghosts_of(self, tag: Tag) -> tuple[Words, Words]:
        """Pages and ghosts of the valid entries with ``tag``, in O(entries)."""
        for cache in self._caches.values():
            number = cache.contexts.get(tag.vmid, {}).get((tag.kind, tag.asid))
            if number is not None:
                entries = cache.arrays.entries
                rows, ways = np.nonzero(entries[:, TAG] >> CONTEXT_SHIFT == number)
                return entries[rows, TAG, ways] & _PAGE_MASK, entries[rows, GHOST, ways]
        return np.zeros(0, np.int64), np.zeros(0, np.int64)

    def fill_by_vmid(self) -> dict[int, int]:
        """Valid entries by VMID, in O(contexts)."""
        fill: dict[int, int] = {}
        for cache in self._caches.values():
            for number, tag in cache.tags_of.items():
                held = int(cache.arrays.live[number])
                if held:
                    fill[tag.vmid] = fill.get(tag.vmid, 0) + held
        return fill

    def key(self) -> tuple[object, ...]:
        """Everything that decides what the TLB will do, as plain values."""
        return (self.clock, *self.entries())


def covers(fence: Fence, vmid: int, tag: Tag) -> bool:
    """Whether ``fence`` removes entries with ``tag`` (ISA manual, `hyp-mm-fences`)."""
    if fence.kind is FenceKind.GVMA:
        return tag.kind is not EntryKind.VS_STAGE and fence.id in (None, tag.vmid)
    if fence.kind is FenceKind.VVMA:
        if tag.kind is EntryKind.G_STAGE or tag.vmid != vmid:
            return False
        return fence.id in (None, tag.asid)
    # SFENCE.VMA at V=0 and FENCE.I leave guest entries (`norm:sfence_vma_v0`).
    return False


_RIGHT: Iterable[tuple[int, int, int]] = ((0, 0, 0),) * 3
"""What a batch without a wrong hit says of the three kinds."""


def _batch(counts: Words) -> Batch:
    values = counts.tolist()
    wrong = _RIGHT
    if any(values[: kernel.HITS]):
        pages, ghosts = values[kernel.FIRST_PAGE : kernel.FIRST_GHOST], values[kernel.FIRST_GHOST :]
        wrong = zip(values[: kernel.HITS], pages, ghosts, strict=True)
    # Not by its own constructor, a Python function: a batch may have few accesses.
    return tuple.__new__(Batch, (*values[kernel.HITS : kernel.FIRST_PAGE], *wrong))
