"""Which parts of a state a step depends on and may change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simcore import events as ev
from simcore.check.bounds import Bounds
from simcore.hv import operations as op
from simcore.hw.ids import DomainId, HartId
from simcore.machine import Machine
from simcore.machine.commands import Choose
from simcore.machine.micro_steps import BOOKKEEPING, TELLING, Action, Stage, Task

POLICY, FLIGHTS, MEMORY = range(3)
_REMOTE = (op.SbiFences, op.IpiFence, op.ForceExit)


class Layout:
    """Where in a state's tuple each part is: policy, flights, memory, places, threads, harts."""

    def __init__(self, bounds: Bounds, machine: Machine) -> None:
        self._harts = tuple(machine.execution.harts)
        first = 3
        self.places = range(first, first + bounds.domains)
        self.threads = range(self.places.stop, self.places.stop + bounds.harts)
        self.harts = range(self.threads.stop, self.threads.stop + bounds.harts)
        self.size = self.harts.stop

    def number_of(self, hart: int) -> int:
        """A hart's number, from 0."""
        return self._harts.index(HartId(hart))

    def hart_of(self, index: int) -> HartId:
        """The hart whose thread or registers are at ``index``."""
        first = self.harts if index in self.harts else self.threads
        return self._harts[index - first[0]]

    def thread(self, hart: int) -> int:
        """Where the thread of a hart is."""
        return self.threads[self.number_of(hart)]

    def hart(self, hart: int) -> int:
        """Where the registers and the TLB of a hart are."""
        return self.harts[self.number_of(hart)]

    def touched(self, events: Sequence[ev.Event]) -> set[int]:
        """The parts that events are about, beyond what a choice shows."""
        found: set[int] = set()
        for event in events:
            if isinstance(event, _OF_REGISTERS):
                found.add(self.hart(event.hart))
            elif isinstance(event, _OF_THREAD):
                found.add(self.thread(event.hart))
        return found


_OF_REGISTERS = (ev.FenceExecuted, ev.HgatpWritten, ev.VsatpWritten, ev.GuestEntered)
_OF_THREAD = (ev.GuestExited,)


class Footprint:
    """The footprints of the choices that are open in a machine's present state."""

    def __init__(self, machine: Machine, layout: Layout) -> None:
        self._machine, self._layout = machine, layout

    def of(self, choice: Choose) -> tuple[int, ...]:
        """The parts, in the order of the layout."""
        action, hart = Action(choice.action), HartId(choice.hart)
        work = self._machine.interleaving.work[hart]
        parts = {self._layout.thread(hart)}
        if action is Action.TOUCH:
            parts.add(self._layout.hart(hart))
        elif action is Action.SERVE:
            parts |= self._served(hart)
        elif action is Action.GO_ON:
            parts |= self._performed(hart, work[0]) | self._told(hart, work[1:])
        elif action is Action.CREATE:
            parts |= {POLICY, MEMORY, *self._layout.places}
        else:
            begun = self._machine.interleaving.begun(action, hart, choice)
            parts |= self._performed(hart, begun[0]) | self._told(hart, begun[1:])
        return tuple(sorted(parts))

    def _served(self, hart: HartId) -> set[int]:
        flight = self._machine.interleaving.served_next(hart)
        assert flight is not None
        parts = {FLIGHTS, MEMORY, self._layout.hart(hart)}
        if flight.delivery is None:
            parts |= {POLICY, *self._place(hart)}
        work = self._machine.interleaving.work[flight.requester]
        return parts | {self._layout.thread(flight.requester)} | self._told(flight.requester, work)

    def _performed(self, hart: HartId, task: Task) -> set[int]:
        """One task: an operation of the hart's own, a request, or a hook."""
        if task.operation is not None:
            remote = isinstance(task.operation, _REMOTE)
            kept = isinstance(task.operation, TELLING)
            return {self._layout.hart(hart)} | ({FLIGHTS, MEMORY} if remote or kept else set())
        parts = {POLICY, MEMORY, *self._place(hart)}
        if task.domain >= 0:
            place = self._machine.interleaving.slots.index(DomainId(task.domain))
            parts.add(self._layout.places[place])
        if self._machine.policy.sees_ghosts:
            parts |= set(self._layout.harts)
        if task.stage is Stage.REMAP:
            parts.discard(POLICY)
        return parts

    def _told(self, hart: HartId, work: Iterable[Task]) -> set[int]:
        """What comes with a step because it touches no hardware."""
        parts: set[int] = set()
        for task in work:
            if isinstance(task.operation, TELLING):
                parts.add(MEMORY)
            elif task.stage in BOOKKEEPING:
                parts |= self._booked(hart, task)
            else:
                break
        return parts

    def _booked(self, hart: HartId, task: Task) -> set[int]:
        if task.stage is Stage.VACATED:
            return self._place(hart)
        if task.stage is Stage.ENTERED:
            return {self._layout.hart(hart)}
        if task.stage in (Stage.FREED_AGAIN, Stage.DESTROYED):
            return {POLICY, MEMORY, *self._layout.places}
        return set()

    def _place(self, hart: HartId) -> set[int]:
        """The place of the domain whose vCPU is on a hart."""
        loaded = self._machine.occupancy.on(hart)
        if loaded is None:
            return set()
        return {self._layout.places[self._machine.interleaving.slots.index(loaded.domain)]}
