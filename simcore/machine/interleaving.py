"""A machine one micro-step at a time, in any order: what each hart has still to do, as data.

`Machine.apply` carries a command out back to back. Here the same stages and operations wait in a
queue a hart, and what a hart asks of others waits in flight, so that anything may fall between any
two of them. A stage of the hypervisor decides at once (a scheme's hook runs as one), its operations
are one micro-step each, and what only tells what was decided happens with the step before it.

What orders real hypervisors is kept:

- A hart that waits for a remote fence does nothing else but serve the requests of others.
- Ids of a global space are given under one lock, which is held until the fences that the giving
  asks for are done (Linux `vmid_lock`, `cpu_vmid_lock`; Xen's allocation lock): no other hart
  loads, enters or creates before `Assigned` is through.
- Between the last look at a vCPU's tag and guest code, interrupts are off: a forced exit waits
  until the guest runs. Fences are served at any point, as firmware and broadcasts do.
- The toolstack works on the first hart when that is not switching, one task at a time.
- A vCPU is loaded on one hart at a time; a domain that is being created or destroyed runs nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from simcore.hv import operations as op
from simcore.hv.domain import Vcpu
from simcore.hw.ids import DomainId, HartId
from simcore.machine.commands import Choose, CommandError
from simcore.machine.faults import Fault
from simcore.machine.micro_steps import (
    BOOKKEEPING,
    FOLLOWS,
    SWITCH_AWAY,
    TELLING,
    Action,
    Room,
    Stage,
    Task,
)
from simcore.machine.openings import Openings

if TYPE_CHECKING:
    from simcore.machine.machine import Machine


class Interleaving(Openings):
    """The harts of a machine as threads of micro-steps."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._quiet = False
        self._stages: dict[Stage, Callable[[HartId, Task], op.Operations]] = {
            Stage.EXIT: self._exit,
            Stage.PUT: self._put,
            Stage.VACATED: self._vacated,
            Stage.LOAD: self._load,
            Stage.ENTER: self._enter,
            Stage.ENTERED: self._entered,
            Stage.FREED_AGAIN: self._freed_again,
            Stage.DESTROY: self._destroy,
            Stage.DESTROYED: self._destroyed,
            Stage.FENCE: self._fence,
            Stage.REMAP: self._remap,
        }

    def take(self, choice: Choose) -> None:
        """Take one micro-step. Raises CommandError where it is not open."""
        domains, vcpus = len(self._machine.domains) + 1, choice.vcpus or 1
        room = Room(domains, vcpus, cut=not choice.whole, touch=not choice.quiet)
        if choice not in self.choices(room):
            raise CommandError(
                "action", f"choice {choice.action!r} on hart {choice.hart} is not open now"
            )
        self.do(choice)

    def do(self, choice: Choose) -> None:
        """Take one micro-step that is open."""
        self._quiet, self.stepped = choice.quiet, True
        self._machine.execution.flights = self.flights
        self._do(Action(choice.action), HartId(choice.hart), choice)
        self._machine.execution.flights = None
        if choice.whole:
            self.finish()

    def _do(self, action: Action, hart: HartId, choice: Choose) -> None:
        machine = self._machine
        if action is Action.SERVE:
            self._serve(hart)
        elif action is Action.GO_ON:
            self._go_on(hart)
        elif action is Action.TOUCH:
            loaded, page = machine.occupancy.on(hart), choice.page
            assert loaded is not None
            assert page is not None
            machine.occupancy.touch(loaded, [page])
        elif action is Action.WALK:
            assert choice.page is not None
            machine.walk(hart, choice.page)
        elif action is Action.CREATE:
            assert choice.vcpus is not None
            self.work[hart] = self._create(choice.vcpus)
            self._tell(hart)
        else:
            self.work[hart] = self.begun(action, hart, choice)
            self._go_on(hart)

    def begun(self, action: Action, hart: HartId, choice: Choose) -> tuple[Task, ...]:
        """The tasks of a world switch, or of the toolstack."""
        loaded = self._machine.occupancy.on(hart)
        domain = -1 if choice.domain is None else choice.domain
        vcpu = -1 if choice.vcpu is None else choice.vcpu
        page = -1 if choice.page is None else choice.page
        if action is Action.LEAVE:
            return SWITCH_AWAY
        if action is Action.TICK:
            return (Task(Stage.EXIT), Task(Stage.ENTER))
        if action is Action.SWITCH:
            away = SWITCH_AWAY if loaded else ()
            return (*away, Task(Stage.LOAD, domain, vcpu), Task(Stage.ENTER))
        if action is Action.DESTROY:
            return (Task(Stage.DESTROY, domain),)
        remap, fence = Task(Stage.REMAP, domain, page=page), Task(Stage.FENCE, domain, page=page)
        early = Fault.FENCE_BEFORE_CHANGE in self._machine.faults
        order = (fence, remap) if early else (remap, fence)
        return (*order, Task(Stage.UNMAPPED, domain))

    def _serve(self, hart: HartId) -> None:
        flight = self.served_next(hart)
        assert flight is not None
        self.flights.remove(flight)
        if flight.delivery is not None:
            self._machine.execution.deliver(flight.requester, flight.delivery, flight.cause)
        elif self._machine.occupancy.in_guest(hart):
            operations = self._machine.occupancy.begin_exit(hart, forced=True)
            self.work[hart] = (
                *self._asked(operations),
                *self.work[hart],
                Task(Stage.ENTER),
            )
        if not self.waits(flight.requester):
            self._tell(flight.requester)

    def _go_on(self, hart: HartId) -> None:
        """The next task of a hart, with what only tells of it."""
        self._perform(hart)
        self._tell(hart)

    def _perform(self, hart: HartId) -> None:
        task, *rest = self.work[hart]
        self.work[hart] = tuple(rest)
        if task.operation is not None:
            self._machine.execution.step(hart, task.operation)
            return
        stage = self._stages.get(task.stage)
        operations = stage(hart, task) if stage else ()
        follows = FOLLOWS.get(task.stage)
        after = (task._replace(stage=follows),) if follows else ()
        self.work[hart] = (*self._asked(operations), *after, *rest)

    def _tell(self, hart: HartId) -> None:
        """Whatever comes next and touches no hardware, up to a wait for another hart."""
        while (work := self.work[hart]) and not self.waits(hart):
            if work[0].stage not in BOOKKEEPING and not isinstance(work[0].operation, TELLING):
                return
            self._perform(hart)

    def finish(self) -> None:
        """Do all that is still to be done, back to back, but let no vCPU enter twice.

        vCPUs that throw each other out (too few VMIDs for the harts) would do so for ever; whoever
        is out then is left with its entry to do.
        """
        entered: frozenset[HartId] = frozenset()
        while (choice := self.next_of_all(entered)) is not None:
            entered |= self.entering(choice)
            self.do(replace(choice, quiet=self._quiet))

    def next_of_all(self, entered: frozenset[HartId] = frozenset()) -> Choose | None:
        """The next micro-step where everything runs back to back; None: nothing is left.

        A vCPU on one of the harts that ``entered`` already is not let in again.
        """
        for hart in self.work:
            if self.served_next(hart) is not None:
                return Choose(Action.SERVE.value, hart)
        for hart, work in self.work.items():
            again = hart in entered and work and work[0].stage is Stage.ENTER
            if not again and self.may_go_on(hart):
                return Choose(Action.GO_ON.value, hart)
        return None

    def entering(self, choice: Choose) -> frozenset[HartId]:
        """The hart on which a choice begins a vCPU's entry."""
        hart = HartId(choice.hart)
        work = self.work[hart] if choice.action == Action.GO_ON.value else ()
        return frozenset({hart}) if work and work[0].stage is Stage.ENTER else frozenset()

    def hand_over(self) -> None:
        """Finish, and leave entries that are still owed to `Occupancy.settle`."""
        self.finish()
        for hart, work in self.work.items():
            if work:
                self._machine.occupancy.owe_entry(hart)
                self.work[hart] = ()
        self.stepped = False

    def _asked(self, operations: op.Operations) -> Iterator[Task]:
        faults = self._machine.faults
        for operation in faults.asked(operations) if faults.active else operations:
            yield Task(Stage.OPERATION, operation=operation)

    # Stages

    def _exit(self, hart: HartId, task: Task) -> op.Operations:
        occupancy = self._machine.occupancy
        return occupancy.begin_exit(hart, forced=False) if occupancy.in_guest(hart) else ()

    def _put(self, hart: HartId, task: Task) -> op.Operations:
        return self._machine.occupancy.begin_put(hart)

    def _vacated(self, hart: HartId, task: Task) -> op.Operations:
        self._machine.occupancy.end_put(hart)
        return ()

    def _load(self, hart: HartId, task: Task) -> op.Operations:
        vcpu = self._machine.vcpu(task.domain, task.vcpu)
        return self._machine.occupancy.begin_load(hart, vcpu)

    def _enter(self, hart: HartId, task: Task) -> op.Operations:
        return self._machine.occupancy.begin_enter(hart)

    def _entered(self, hart: HartId, task: Task) -> op.Operations:
        """A guest touches all its pages as it enters, at once.

        An entry that is not there harms nobody, so nothing is lost by not leaving it out
        (kernel-tla's asidalloc.tla does the same).
        """
        occupancy = self._machine.occupancy
        occupancy.end_enter(hart)
        vcpu = occupancy.on(hart)
        assert vcpu is not None
        if self._quiet:
            return ()
        occupancy.touch(vcpu, list(range(self._machine.domains[vcpu.domain].p2m.pages)))
        return ()

    def _create(self, vcpus: int) -> tuple[Task, ...]:
        machine = self._machine
        domain, operations = machine.begin_create(vcpus)
        number = -1 if domain is None else domain.id
        if domain is not None:
            for vcpu in domain.vcpus:
                machine.queues.place(vcpu.key)
        return (
            *self._asked(operations),
            Task(Stage.FREED_AGAIN, number),
            Task(Stage.CREATED, number),
        )

    def _freed_again(self, hart: HartId, task: Task) -> op.Operations:
        return self._machine.freed_again(created=task.domain >= 0)

    def _destroy(self, hart: HartId, task: Task) -> op.Operations:
        domain = self._machine.domains[DomainId(task.domain)]
        for vcpu in domain.vcpus:
            self._machine.queues.remove(vcpu.key)
        return self._machine.begin_destroy(domain)

    def _destroyed(self, hart: HartId, task: Task) -> op.Operations:
        self._machine.end_destroy(self._machine.domains[DomainId(task.domain)])
        return ()

    def _remap(self, hart: HartId, task: Task) -> op.Operations:
        domain = self._machine.domains[DomainId(task.domain)]
        self._machine.remap(domain, range(task.page, task.page + 1))
        return ()

    def _fence(self, hart: HartId, task: Task) -> op.Operations:
        domain = self._machine.domains[DomainId(task.domain)]
        return self._machine.policy.p2m_changed(domain, range(task.page, task.page + 1))

    def key(self) -> tuple[object, ...]:
        """What is still to be done, as plain values."""
        return (tuple(self.flights), tuple(tuple(map(_plain, w)) for w in self.work.values()))


def _plain(task: Task) -> tuple[object, ...]:
    """A task with vCPUs by name."""
    operation = task.operation
    if operation is None:
        return tuple(task)
    named = tuple(part.key if isinstance(part, Vcpu) else part for part in operation)
    return (type(operation).__name__, *named)
