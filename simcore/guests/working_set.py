"""A guest's working set: which pages a vCPU touches while it runs.

A working set is played from a page stream, a long fixed array of page numbers that every vCPU
reads round and round from a place of its own. What a vCPU touches therefore depends on the seed
and on how much it ran, and not on how its running was cut into slices.

With megapages a guest's memory is mapped by them at both stages, and every page number of its
machine (of its P2M, its TLB entries, its events) counts pages of that size. The working set stays
as large as it was: `working_set_pages` and `drift` are in pages of 4 KiB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from simcore.page_stream import PageStream

Asids = Literal["distinct", "shared", "same", "bare"]
PageSize = Literal["4K", "2M"]
_SMALL_PAGES: dict[PageSize, int] = {"4K": 1, "2M": 512}
STREAM_LENGTH = 1 << 16
_MASK = 2**64 - 1


@dataclass(frozen=True, slots=True)
class GuestSpec:
    """How guests use memory. Raises ValueError naming the field that is out of range.

    ``asids`` says what the vCPUs of one domain have in vsatp: ``distinct`` ASIDs with tables of
    their own (a kernel that hands ASIDs out for all its harts), ``shared`` (one address space on
    all), ``same`` (tables of their own under one ASID number: the guests that a VMID shared by
    vCPUs endangers), or ``bare`` (vsatp Bare: only the G-stage translates).
    """

    working_set_pages: int = 64
    skew: float = 0.8
    """Zipf exponent: 0 touches all pages alike, 1 the n-th page 1/n as often as the first."""
    accesses_per_us: float = 1.0
    asids: Asids = "distinct"
    drift: float = 0.0
    """Pages by which all that is touched moves on in 1,000 accesses, round in a domain's memory."""
    sharing: float = 1.0
    """Part of a vCPU's working set, its most touched pages, that its domain's other vCPUs touch
    too. The rest are pages of its own, as long as the domain has enough."""
    page_size: PageSize = "4K"
    """What one leaf PTE maps, at both stages: a page, or a megapage of 2 MiB (Sv39, Sv39x4)."""

    def __post_init__(self) -> None:
        if not 1 <= self.working_set_pages <= 1 << 16:
            raise ValueError(
                f"guests.working_set_pages is {self.working_set_pages}; 1 to 65536 is allowed"
            )
        if not 0 <= self.skew <= 4:
            raise ValueError(f"guests.skew is {self.skew}; 0 to 4 is allowed")
        if not 0 <= self.accesses_per_us <= 1000:
            raise ValueError(
                f"guests.accesses_per_us is {self.accesses_per_us}; 0 to 1000 is allowed"
            )
        if self.asids not in get_args(Asids):
            allowed = ", ".join(get_args(Asids))
            raise ValueError(f"guests.asids is {self.asids!r}; allowed: {allowed}")
        if not 0 <= self.drift <= 1000:
            raise ValueError(f"guests.drift is {self.drift}; 0 to 1000 is allowed")
        if not 0 <= self.sharing <= 1:
            raise ValueError(f"guests.sharing is {self.sharing}; 0 to 1 is allowed")
        if self.page_size not in _SMALL_PAGES:
            allowed = ", ".join(_SMALL_PAGES)
            raise ValueError(f"guests.page_size is {self.page_size!r}; allowed: {allowed}")

    @property
    def leaf_level(self) -> int:
        """The level of the leaf PTEs, 0 or 1: so many levels a walk has less at each stage."""
        return 1 if self.page_size == "2M" else 0

    @property
    def small_pages(self) -> int:
        """How many pages of 4 KiB a page has."""
        return _SMALL_PAGES[self.page_size]

    def pages_of(self, vcpus: int) -> int:
        """The pages that a domain's vCPUs need so that each has its own beside the shared ones."""
        shared = round(self.sharing * self.working_set_pages)
        needed = shared + vcpus * (self.working_set_pages - shared)
        return -(-needed // self.small_pages)

    def page_stream(self, pages: int, seed: int, vcpu: int = 0) -> NDArray[np.int64]:
        """The stream a vCPU of a domain with ``pages`` pages plays: page numbers below that.

        All vCPUs of all domains of that size play the same, as far as `sharing` is 1.
        """
        memory = pages * self.small_pages
        touched = min(memory, self.working_set_pages)
        drawn = page_stream(touched, self.skew, seed)
        shared = round(self.sharing * touched)
        own = np.where(drawn < shared, drawn, drawn + vcpu * (touched - shared))
        moved = (np.arange(len(own)) * self.drift // 1000).astype(np.int64)
        return (own + moved) % memory // self.small_pages

    def address_space(self, vcpu: int) -> tuple[int | None, int]:
        """The ASID in a vCPU's vsatp (None: Bare) and the number of its VS-stage tables."""
        if self.asids == "bare":
            return None, 0
        if self.asids == "shared":
            return 1, 0
        return (vcpu + 1 if self.asids == "distinct" else 1), vcpu


@dataclass(frozen=True, slots=True)
class RecordedGuests(GuestSpec):
    """Guests whose vCPUs all play one recorded stream, each from a place of its own.

    ``skew`` is without effect. A guest of fewer pages than the program's uses its pages in turn.
    Raises ValueError for a ``drift`` or a ``sharing``, which the program has of its own.
    """

    stream: PageStream = field(kw_only=True)

    def __post_init__(self) -> None:
        GuestSpec.__post_init__(self)
        for name, value, allowed in (("drift", self.drift, 0), ("sharing", self.sharing, 1)):
            if value != allowed:
                raise ValueError(
                    f"guests.{name} is {value}; with a recorded stream {allowed} is allowed"
                )

    def page_stream(self, pages: int, seed: int, vcpu: int = 0) -> NDArray[np.int64]:
        """The recorded stream, whatever the seed and the vCPU."""
        touched = min(pages * self.small_pages, self.working_set_pages)
        return self.stream.within(touched) // self.small_pages


def page_stream(pages: int, skew: float, seed: int) -> NDArray[np.int64]:
    """`STREAM_LENGTH` page numbers below ``pages``, drawn by Zipf's law with exponent ``skew``."""
    weights = 1.0 / np.arange(1, pages + 1, dtype=np.float64) ** skew
    steps = np.cumsum(weights) / weights.sum()
    raw = np.random.PCG64(seed).random_raw(STREAM_LENGTH)
    uniform = (raw >> np.uint64(11)).astype(np.float64) / 2.0**53
    drawn = np.searchsorted(steps, uniform, side="right")
    return np.minimum(drawn, pages - 1).astype(np.int64)


@lru_cache(maxsize=1 << 14)
def stream_offset(seed: int, domain: int, vcpu: int, length: int = STREAM_LENGTH) -> int:
    """Where in a stream of ``length`` pages a vCPU starts (SplitMix64 of what it is)."""
    word = (seed * 0x9E3779B97F4A7C15 + domain * 0xBF58476D1CE4E5B9 + vcpu + 1) & _MASK
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    word = (word ^ word >> 27) * 0x94D049BB133111EB & _MASK
    return (word ^ word >> 31) % length
