"""Small guests for TLB tests: right translations both as records and as the kernel's arrays."""

from __future__ import annotations

import numpy as np

from simcore.hw.kernel import GHOST_SHIFT, Stage, Words
from simcore.hw.tlb import Batch
from simcore.hw.unbounded_tlb import AnyTlb
from tests.hw.naive_tlb import NaiveTlb, Right, Tally

SPACES = 2
OWNER_DOMAIN: Words = np.repeat(np.arange(4, dtype=np.int64), SPACES + 1)


def owner_number(domain: int, space: int) -> int:
    """Dense number of an owner; space -1 is the domain's G-stage."""
    return domain * (SPACES + 1) + space + 1


class Guest:
    """A domain with two address spaces over one G-stage that can be remapped."""

    def __init__(self, domain: int, pages: int) -> None:
        self.domain = domain
        self.frames = [1000 * (domain + 1) + gpn for gpn in range(pages)]
        self.versions = [0] * pages

    def remap(self, gpn: int) -> None:
        """Give one guest page a fresh frame."""
        self.frames[gpn] += 100
        self.versions[gpn] += 1

    def g(self) -> list[Right]:
        """GPA page -> SPA page."""
        return [
            Right(self.domain, -1, version, frame)
            for version, frame in zip(self.versions, self.frames, strict=True)
        ]

    def vs(self, space: int) -> list[Right]:
        """GVA page -> GPA page; the two spaces differ by three pages."""
        pages = len(self.frames)
        return [Right(self.domain, space, 0, (p + 3 * space) % pages) for p in range(pages)]

    def whole(self, space: int) -> list[Right]:
        """GVA page -> SPA page."""
        return [
            Right(self.domain, space, self.versions[step.target], self.frames[step.target])
            for step in self.vs(space)
        ]


def stage(rights: list[Right]) -> Stage:
    """The same as arrays."""
    ghosts = [owner_number(r.domain, r.space) << GHOST_SHIFT | r.version for r in rights]
    return Stage(np.array(ghosts, np.int64), np.array([right.target for right in rights], np.int64))


def access(
    tlb: AnyTlb, vmid: int, asid: int | None, guest: Guest, pages: list[int], space: int = 0
) -> Batch:
    """A guest touches pages in order."""
    stages = (stage(guest.vs(space)), stage(guest.g()))
    stream = (np.array(pages, np.int64), 0, len(pages))
    return tlb.access(vmid, asid, stage(guest.whole(space)), stages, stream, OWNER_DOMAIN)


def naive_access(
    tlb: NaiveTlb, vmid: int, asid: int | None, guest: Guest, pages: list[int], space: int = 0
) -> Batch:
    """The same on the naive TLB, told in the same words."""
    tally = tlb.access(vmid, asid, pages, guest.whole(space), guest.vs(space), guest.g())
    counts = tally.counts
    return Batch(
        counts["hits"], counts["misses"], counts["vs_misses"], counts["g_misses"],
        counts["references"], counts["walk_g_hits"],
        *(_wrong(tally, kind) for kind in ("cross-domain", "cross-vcpu", "stale-mapping")),
    )  # fmt: skip


def _wrong(tally: Tally, kind: str) -> tuple[int, int, int]:
    if kind not in tally.first:
        return 0, 0, 0
    page, filled = tally.first[kind]
    ghost = owner_number(filled.domain, filled.space) << GHOST_SHIFT | filled.version
    return tally.counts[kind], page, ghost
