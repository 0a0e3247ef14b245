"""A guest's working set: which pages a vCPU touches while it runs.

A working set is played from a page stream, a long fixed array of page numbers that every vCPU
reads round and round from a place of its own. What a vCPU touches therefore depends on the seed
and on how much it ran, and not on how its running was cut into slices.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from simcore.page_stream import PageStream

Asids = Literal["distinct", "shared", "same", "bare"]
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

    def page_stream(self, pages: int, seed: int) -> NDArray[np.int64]:
        """The stream that vCPUs of a domain with ``pages`` pages play: page numbers below that."""
        return page_stream(min(pages, self.working_set_pages), self.skew, seed)

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
    """

    stream: PageStream = field(kw_only=True)

    def page_stream(self, pages: int, seed: int) -> NDArray[np.int64]:
        """The recorded stream, whatever the seed."""
        return self.stream.within(min(pages, self.working_set_pages))


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
