"""What right translations are, and who filled an entry: the ghosts' side of the machine."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simcore.guests.working_set import GuestSpec, stream_offset
from simcore.hv.domain import Domain, P2m, Vcpu
from simcore.hw.hart import Hart
from simcore.hw.kernel import GHOST_SHIFT, Stage, Words
from simcore.hw.tlb import Batch, EntryKind, TlbEntry
from simcore.hw.unbounded_tlb import AnyTlb

G_STAGE_SPACE = -1
_MOST_STREAMS = 64
"""Kept at once, half a MiB each."""
SPACE_STRIDE = 17
"""Two address spaces of one domain map the same GVA page this many GPA pages apart."""


def gpn_of(page: int, space: int, pages: int) -> int:
    """The GPA page an entry for ``page`` depends on, filled through tables ``space``."""
    return (page + max(space, 0) * SPACE_STRIDE) % pages


class OwnerOf(NamedTuple):
    """Who filled an entry: a domain, through its tables ``space`` (`G_STAGE_SPACE`: G-stage)."""

    domain: int
    space: int


class _Views(NamedTuple):
    """The right translations of one address space, valid for one version of the P2M."""

    version: int
    whole: Stage
    vs: Stage
    g: Stage


class GuestMemory:
    """Owner numbers, right translations and page streams of the guests of one machine."""

    __slots__ = ("_numbers", "_owner_domain", "_streams", "_views", "owners", "seed", "spec")

    def __init__(self, spec: GuestSpec, seed: int) -> None:
        self.spec, self.seed = spec, seed
        self.owners: list[OwnerOf] = []
        self._numbers: dict[OwnerOf, int] = {}
        self._owner_domain: Words = np.full(64, -1, np.int64)
        self._views: dict[tuple[int, int], _Views] = {}
        self._streams: dict[tuple[int, int], Words] = {}

    def __getstate__(self) -> tuple[None, dict[str, object]]:
        """For pickle: everything but what is made anew, the same, where it is needed."""
        state = {name: getattr(self, name) for name in self.__slots__}
        return None, state | {"_views": {}, "_streams": {}}

    def number_of(self, owner: OwnerOf) -> int:
        """The dense number a ghost carries for ``owner``."""
        number = self._numbers.get(owner)
        if number is None:
            number = self._numbers[owner] = len(self.owners)
            self.owners.append(owner)
            if number >= len(self._owner_domain):
                grown = np.full(2 * number, -1, np.int64)
                grown[:number] = self._owner_domain
                self._owner_domain = grown
            self._owner_domain[number] = owner.domain
        return number

    def drawn(self, guest: Domain, number: int) -> int:
        """A whole number that ``number`` stands for, in a domain's own order."""
        return stream_offset(self.seed, guest.id, number)

    def speculate(self, hart: Hart, host: Domain, guest: Domain, space: int, page: int) -> None:
        """Walk once under ``hart``'s registers, for ``page``.

        ``host`` is the domain whose root hgatp holds, ``guest`` and ``space`` say whose tables
        vsatp has. Where they differ, what is cached carries the VMID in hgatp and the GPAs of the
        other guest's tables: the hazard that the order vsatp = 0, hgatp, vsatp avoids.
        """
        views = self._look(guest, space)
        stream = (np.array([page], np.int64), 0, 1)
        stages = (views.vs, self._look(host, 0).g)
        hart.tlb.access(hart.vmid, hart.asid, views.whole, stages, stream, self._owner_domain)

    def owner(self, ghost: int) -> OwnerOf:
        """Who filled the entry that carries ``ghost``."""
        return self.owners[ghost >> GHOST_SHIFT]

    def stream(self, pages: int, vcpu: int) -> Words:
        """The page stream for a vCPU of a domain of ``pages`` pages, made at first need."""
        spec = self.spec
        if spec.sharing == 1:
            vcpu = 0
            pages = pages if spec.drift else min(pages, spec.pages_of(1))
        stream = self._streams.get((pages, vcpu))
        if stream is None:
            if len(self._streams) >= _MOST_STREAMS:
                self._streams.clear()
            stream = self._streams[pages, vcpu] = spec.page_stream(pages, self.seed, vcpu)
        return stream

    def _look(self, domain: Domain, space: int) -> _Views:
        """The right translations now; rebuilt in O(pages) after a P2M change."""
        views = self._views.get((domain.id, space))
        if views is None or views.version != domain.p2m.version:
            views = self._build(domain, space)
            self._views[(domain.id, space)] = views
        return views

    def _build(self, domain: Domain, space: int) -> _Views:
        p2m = domain.p2m
        frames = np.frombuffer(p2m.frames, np.int64)
        versions = np.frombuffer(p2m.versions, np.int64)
        gpns = (np.arange(p2m.pages, dtype=np.int64) + space * SPACE_STRIDE) % p2m.pages
        owner = self.number_of(OwnerOf(domain.id, space)) << GHOST_SHIFT
        g_owner = self.number_of(OwnerOf(domain.id, G_STAGE_SPACE)) << GHOST_SHIFT
        return _Views(
            p2m.version,
            whole=Stage(owner | versions[gpns], frames[gpns]),
            vs=Stage(np.full(p2m.pages, owner, np.int64), gpns),
            # The G-stage arrays are copies too: an entry must not see later changes.
            g=Stage(g_owner | versions, frames.copy()),
        )

    def play(
        self, tlb: AnyTlb, vmid: int, asid: int | None, domain: Domain, vcpu: Vcpu, count: int
    ) -> Batch:
        """Let a vCPU make its next ``count`` accesses; the caller advances ``vcpu.accesses``."""
        stream = self.stream(domain.p2m.pages, vcpu.index)
        length = len(stream)
        start = stream_offset(self.seed, domain.id, vcpu.index, length) + vcpu.accesses
        return self._access(tlb, vmid, asid, domain, vcpu, (stream, start % length, count))

    def touch(
        self, tlb: AnyTlb, vmid: int, asid: int | None, domain: Domain, vcpu: Vcpu, pages: list[int]
    ) -> Batch:
        """Let a vCPU touch ``pages`` in order."""
        stream = np.array(pages, np.int64)
        return self._access(tlb, vmid, asid, domain, vcpu, (stream, 0, len(pages)))

    def _access(
        self,
        tlb: AnyTlb,
        vmid: int,
        asid: int | None,
        domain: Domain,
        vcpu: Vcpu,
        stream: tuple[Words, int, int],
    ) -> Batch:
        views = self._look(domain, vcpu.space)
        return tlb.access(vmid, asid, views.whole, (views.vs, views.g), stream, self._owner_domain)

    def is_current(self, entry: TlbEntry, p2m: P2m | None) -> bool:
        """Whether an entry still says what the tables of its owner say, whose P2M this is.

        None: the owner is destroyed. VS-stage tables never change, so VS-stage entries stay right.
        """
        if p2m is None:
            return False
        if entry.kind is EntryKind.VS_STAGE:
            return True
        gpn = gpn_of(entry.page, self.owners[entry.owner].space, p2m.pages)
        return p2m.versions[gpn] == entry.version

    def forget(self, domain: Domain) -> None:
        """Drop the translations of a destroyed domain; its owner numbers stay."""
        for space in {vcpu.space for vcpu in domain.vcpus}:
            self._views.pop((domain.id, space), None)
