"""What may happen next on a machine that goes one micro-step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simcore.hv import operations as op
from simcore.hw.ids import DomainId, HartId
from simcore.machine.commands import Choose
from simcore.machine.execution import Flight
from simcore.machine.micro_steps import NEEDS_LOCK, Action, Room, Stage, Task
from simcore.policies.base import Scope

if TYPE_CHECKING:
    from simcore.hv.domain import Domain
    from simcore.machine.machine import Machine


class Openings:
    """What each hart has still to do, what is in flight between them, and what that leaves open."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.work: dict[HartId, tuple[Task, ...]] = dict.fromkeys(machine.execution.harts, ())
        self.flights: list[Flight] = []
        self.stepped = False
        """Whether micro-steps were taken since everything was last handed over."""
        self.slots: list[DomainId | None] = []
        """Which domain is in which place of the list of choices; places are used again."""

    @property
    def busy(self) -> bool:
        """Whether anything is still to be done."""
        return self.stepped and (bool(self.flights) or any(self.work.values()))

    def choices(self, room: Room) -> list[Choose]:
        """Every micro-step that is open, in a fixed order: hart by hart, the toolstack last."""
        self.place_domains()
        found: list[Choose] = []
        for hart in self.work:
            found += self.of_hart(hart)
            found += self.walks(hart) if self._machine.spec.speculation else ()
        found += self.of_toolstack(room)
        if not room.touch:
            found = [choice for choice in found if choice.action != Action.TOUCH.value]
        return [room.narrow(choice) for choice in found]

    def place_domains(self) -> None:
        """Give each domain a place, the lowest free one."""
        alive = self._machine.domains
        self.slots = [slot if slot in alive else None for slot in self.slots]
        for domain in alive:
            if domain not in self.slots:
                free = self.slots.index(None) if None in self.slots else len(self.slots)
                self.slots[free : free + 1] = [domain]

    def of_hart(self, hart: HartId) -> Iterator[Choose]:
        """What may happen on ``hart``."""
        work = self.work[hart]
        if self.served_next(hart) is not None:
            yield Choose(Action.SERVE.value, hart)
        if work:
            if self.may_go_on(hart):
                yield Choose(Action.GO_ON.value, hart)
        else:
            yield from self._of_idle_work(hart)

    def _of_idle_work(self, hart: HartId) -> Iterator[Choose]:
        """World switches, and the accesses of a guest."""
        machine = self._machine
        loaded = machine.occupancy.on(hart)
        for domain in self._runnable() if loaded or not self._locked_out(hart) else ():
            for vcpu in domain.vcpus:
                if vcpu.hart is None and not self._claimed(vcpu.key):
                    yield Choose(Action.SWITCH.value, hart, domain.id, vcpu.index)
        if loaded is None or not machine.occupancy.in_guest(hart):
            return
        yield Choose(Action.LEAVE.value, hart, *loaded.key)
        yield Choose(Action.TICK.value, hart, *loaded.key)
        for page in range(machine.domains[loaded.domain].p2m.pages):
            yield Choose(Action.TOUCH.value, hart, *loaded.key, page)

    def walks(self, hart: HartId) -> Iterator[Choose]:
        """Walks a hart may make of its own accord, with its registers as they are.

        Where a guest runs they fill what its own accesses fill; not so while the toolstack is at
        work on its hart, and the guest waits.
        """
        machine = self._machine
        runs = machine.occupancy.in_guest(hart) and not self.work[hart]
        host = None if runs else machine.walked(hart)
        if host is not None:
            for page in range(host.p2m.pages):
                yield Choose(Action.WALK.value, hart, page=page)

    def of_toolstack(self, room: Room) -> Iterator[Choose]:
        """What may be done to domains."""
        machine = self._machine
        hart = machine.control_hart
        if self.work[hart]:
            return
        if len(machine.domains) < room.domains and not self._locked_out(hart):
            yield Choose(Action.CREATE.value, hart, vcpus=room.vcpus)
        for domain in self._runnable():
            if not any(v.hart is not None or self._claimed(v.key) for v in domain.vcpus):
                yield Choose(Action.DESTROY.value, hart, domain.id)
        for domain in self._runnable() if room.unmap else ():
            for page in range(domain.p2m.pages):
                yield Choose(Action.UNMAP.value, hart, domain.id, page=page)

    def _runnable(self) -> Iterator[Domain]:
        """The domains whose creation is through and whose destruction has not begun, by place."""
        changing = {
            task.domain
            for task in self.work[self._machine.control_hart]
            if task.stage in (Stage.CREATED, Stage.DESTROY, Stage.DESTROYED)
        }
        for slot in self.slots:
            if slot is not None and slot not in changing:
                yield self._machine.domains[slot]

    def _claimed(self, vcpu: tuple[int, int]) -> bool:
        """Whether a hart is about to load this vCPU."""
        return any(
            task.stage is Stage.LOAD and (task.domain, task.vcpu) == vcpu
            for work in self.work.values()
            for task in work
        )

    def waits(self, hart: HartId) -> bool:
        """Whether ``hart`` waits for others to do what it asked."""
        return any(flight.awaited and flight.requester == hart for flight in self.flights)

    def may_go_on(self, hart: HartId) -> bool:
        """Whether ``hart`` has something to do and nothing to wait for."""
        work = self.work[hart]
        if not work or self.waits(hart):
            return False
        return work[0].stage not in NEEDS_LOCK or not self._locked_out(hart)

    def _locked_out(self, hart: HartId) -> bool:
        """Whether another hart is in the middle of giving out an id."""
        if self._machine.policy.scope is not Scope.GLOBAL:
            return False
        return any(
            isinstance(task.operation, op.Assigned)
            for other, work in self.work.items()
            if other != hart
            for task in work
        )

    def served_next(self, hart: HartId) -> Flight | None:
        """The oldest request that ``hart`` can serve now."""
        for flight in self.flights:
            if flight.target == hart and (flight.delivery or self._interruptible(hart)):
                return flight
        return None

    def _interruptible(self, hart: HartId) -> bool:
        return all(task.stage is not Stage.ENTERED for task in self.work[hart])
