"""The one machine in which every step is taken: any state's parts can be put into it.

Domain ids are places (`Slot`), used again by later domains, so that equal situations are equal
states however many domains came and went. TLBs never evict.
"""

from __future__ import annotations

from simcore.check.bounds import Bounds
from simcore.check.labels import FREED, GuestAsid, Member, Slot
from simcore.check.parts import HartPart, ThreadPart
from simcore.hv.domain import Domain, DomainState, DrivenBy, Vcpu
from simcore.hw.ids import DomainId, HartId
from simcore.hw.unbounded_tlb import UnboundedTlb
from simcore.machine import Machine
from simcore.machine.execution import Flight

SlotPart = tuple[HartId | None, ...] | None
"""On which hart each vCPU of the domain in a place is; None: no domain is there."""
_NEW = 1
"""The version of every P2M between steps: not 0, since a hart may hold entries from before."""


class Resident(Machine):
    """A machine whose parts are exchanged between steps."""

    def __init__(self, policy: str, bounds: Bounds) -> None:
        self._library: dict[int, Domain] = {}
        super().__init__(bounds.spec(policy))
        self.take_events()
        for hart in self.execution.harts.values():
            hart.tlb = UnboundedTlb(hart.tlb.geometry)
        for place in range(bounds.domains):
            self._library[place] = self._labelled(Slot(place), bounds.vcpus)
        self._freed = self._labelled(FREED, bounds.vcpus)

    def _labelled(self, place: Slot, vcpus: int) -> Domain:
        """The domain of a place, with names that can be found and changed in any state."""
        domain = super().new_domain(DomainId(place), vcpus, "", None, DrivenBy.RUN_QUEUE)
        domain.p2m.version = _NEW
        asids = self.spec.guests.asids
        own_tables = asids in ("distinct", "same")
        domain.vcpus = [
            Vcpu(
                domain.id,
                Member(vcpu.index),
                GuestAsid(vcpu.asid) if asids == "distinct" and vcpu.asid else vcpu.asid,
                Member(vcpu.space) if own_tables else vcpu.space,
            )
            for vcpu in domain.vcpus
        ]
        return domain

    def new_domain(
        self, number: DomainId, vcpus: int, name: str, pages: int | None, driven_by: DrivenBy
    ) -> Domain:
        """The domain of place ``number``, as if it were new."""
        domain = self._library[number]
        domain.state = DomainState.RUNNABLE
        domain.dirty_harts.clear()
        for vcpu in domain.vcpus:
            vcpu.hart = vcpu.last_hart = None
        return domain

    # State in

    def put_domains(self, places: tuple[SlotPart, ...]) -> None:
        """The domains that exist, and where their vCPUs are; the next one takes a free place."""
        self.domains.clear()
        self.interleaving.slots = []
        self.next_domain = len(places)
        for place, harts in enumerate(places):
            if harts is None:
                self.next_domain = min(self.next_domain, place)
                self.interleaving.slots.append(None)
                continue
            domain = self._library[place]
            self.domains[domain.id] = domain
            self.interleaving.slots.append(domain.id)
            domain.dirty_harts.clear()
            for vcpu, hart in zip(domain.vcpus, harts, strict=True):
                vcpu.hart = hart
                if hart is not None:
                    domain.dirty_harts.add(hart)

    def put_thread(self, hart: HartId, part: ThreadPart) -> None:
        """What is on a hart and what it has still to do."""
        self.occupancy.seat(hart, part.vcpu, in_guest=part.in_guest)
        self.interleaving.work[hart] = part.work

    def put_hart(self, hart: HartId, part: HartPart, *, to_change: bool) -> None:
        """A hart's registers and TLB; a copy where the step may change them."""
        execution = self.execution
        execution.harts[hart] = part.hart.clone() if to_change else part.hart
        if part.host is None:
            execution.host_of.pop(hart, None)
        else:
            execution.host_of[hart] = part.host
        execution.tables_of[hart] = part.tables

    def put_flights(self, flights: tuple[Flight, ...]) -> None:
        """What harts have asked of others."""
        self.interleaving.flights[:] = flights

    def put_freed(self, *, freed: bool) -> None:
        """Whether a fault may free the domain destroyed last once more."""
        self.freed = self._freed if freed else None

    # State out

    def place(self, number: int) -> SlotPart:
        """Where the vCPUs of the domain in a place are."""
        domain = self.domains.get(DomainId(number))
        return None if domain is None else tuple(vcpu.hart for vcpu in domain.vcpus)

    def thread(self, hart: HartId) -> ThreadPart:
        """What is on a hart and what it has still to do."""
        seats = self.occupancy
        return ThreadPart(seats.on(hart), seats.in_guest(hart), self.interleaving.work[hart])

    def hart(self, hart: HartId) -> HartPart:
        """A hart's registers and TLB, which the caller owns from now on."""
        execution = self.execution
        return HartPart(
            execution.harts[hart], execution.host_of.get(hart), execution.tables_of.get(hart)
        )

    def changed_pages(self) -> tuple[int, frozenset[int]] | None:
        """The domain whose mapping the last step changed, and the pages; the mapping is new now."""
        for number, domain in self.domains.items():
            p2m = domain.p2m
            if p2m.version != _NEW:
                pages = frozenset(page for page, version in enumerate(p2m.versions) if version)
                for page in pages:
                    p2m.versions[page] = 0
                p2m.version = _NEW
                return int(number), pages
        return None
