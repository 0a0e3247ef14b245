"""One world of guests and fences that the kernel and C++ loops play alike, access by access.

4 harts with 1,024 entries in 8 ways, 64 vCPUs in 16 domains, quanta of 4,096 accesses, and a fence
by id before every 16th quantum. A vCPU has a VMID of its own, so no hit is wrong.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simcore.guests.working_set import STREAM_LENGTH, page_stream, stream_offset
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.kernel import GHOST_SHIFT, Stage, Words
from simcore.hw.tlb import Tlb, TlbGeometry

HARTS, VCPUS, VCPUS_OF_A_DOMAIN = 4, 64, 4
GEOMETRY = TlbGeometry(sets=128, ways=8)
QUANTUM = 4096
STREAMS = {"hot": (160, 0.8), "base": (400, 0.8), "cold": (4096, 0.85)}
"""Pages a vCPU has, and the Zipf exponent by which it touches them."""
COUNTS = 5
"""Wrong hits by kind (three), hits, misses."""


class _World(ctypes.Structure):
    """The `World` of tlb_loop.cpp: sizes by value, arrays by address."""

    _fields_ = tuple(
        (name, ctypes.c_int64)
        for name in ("harts", "sets", "vcpus", "pages", "quanta", "quantum", "vcpu_of", "fenced",
                     "stream", "length", "start_of", "expected", "values", "owner_domain", "counts")
    )  # fmt: skip


@dataclass(frozen=True)
class TlbWorld:
    """Who runs when and touches what, on one of `STREAMS`."""

    name: str
    quanta: int

    @property
    def accesses(self) -> int:
        """Accesses in all."""
        return self.quanta * QUANTUM

    @property
    def pages(self) -> int:
        """Pages a vCPU has."""
        return STREAMS[self.name][0]

    @cached_property
    def stream(self) -> Words:
        """The pages that all vCPUs play, each from another place."""
        return page_stream(*STREAMS[self.name], seed=1)

    @cached_property
    def vcpu_of(self) -> Words:
        """Who runs in each quantum; the quanta go round the harts."""
        return np.random.default_rng(2).integers(0, VCPUS, self.quanta)

    @cached_property
    def fenced(self) -> Words:
        """Whose id is fenced before each quantum, or -1."""
        drawn = np.random.default_rng(3).integers(0, VCPUS, self.quanta)
        drawn[np.arange(self.quanta) % 16 != 0] = -1
        return drawn

    @cached_property
    def start_of(self) -> Words:
        """Where in the stream each quantum starts: where its vCPU stopped before."""
        starts = [stream_offset(1, 0, vcpu) for vcpu in range(VCPUS)]
        places = np.empty(self.quanta, np.int64)
        for quantum, vcpu in enumerate(self.vcpu_of):
            places[quantum] = starts[vcpu] % STREAM_LENGTH
            starts[vcpu] += QUANTUM
        return places

    @cached_property
    def stages(self) -> list[Stage]:
        """What is right for each vCPU."""
        pages = np.arange(self.pages, dtype=np.int64)
        owner = np.zeros(self.pages, np.int64)
        return [Stage(owner + (vcpu << GHOST_SHIFT), pages * VCPUS + vcpu) for vcpu in range(VCPUS)]

    @cached_property
    def owner_domain(self) -> Words:
        """The domain of a vCPU."""
        return np.arange(VCPUS, dtype=np.int64) // VCPUS_OF_A_DOMAIN

    def play_kernel(self) -> list[int]:
        """The product's own path: one `Tlb.access` a quantum. Returns the counts."""
        tlbs = [Tlb(GEOMETRY) for _ in range(HARTS)]
        hits = misses = 0
        wrong = [0, 0, 0]
        turns = zip(
            self.vcpu_of.tolist(), self.fenced.tolist(), self.start_of.tolist(), strict=True
        )
        for number, (vcpu, fenced, start) in enumerate(turns):
            tlb = tlbs[number % HARTS]
            if fenced >= 0:
                tlb.fence(Fence(FenceKind.GVMA, None, fenced), fenced)
            stage = self.stages[vcpu]
            stream = (self.stream, start, QUANTUM)
            batch = tlb.access(vcpu, 1, stage, (stage, stage), stream, self.owner_domain)
            hits, misses = hits + batch.hits, misses + batch.misses
            for kind, (count, _, _) in enumerate(batch[-3:]):
                wrong[kind] += count
        return [*wrong, hits, misses]

    def play_cpp(self, loops: ctypes.CDLL, name: str) -> list[int]:
        """One call of a loop of tlb_loop.cpp for everything. Returns the counts."""
        expected = np.concatenate([stage.expected for stage in self.stages])
        values = np.concatenate([stage.values for stage in self.stages])
        counts = np.zeros(COUNTS, np.int64)
        world = _World(
            HARTS, GEOMETRY.sets, VCPUS, self.pages, self.quanta, QUANTUM,
            self.vcpu_of.ctypes.data, self.fenced.ctypes.data, self.stream.ctypes.data,
            len(self.stream), self.start_of.ctypes.data, expected.ctypes.data,
            values.ctypes.data, self.owner_domain.ctypes.data, counts.ctypes.data,
        )  # fmt: skip
        loops[name](ctypes.byref(world))
        return [int(count) for count in counts]
