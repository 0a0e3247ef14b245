"""Plays a recorded schedule on a machine: one recorded event a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simcore import events as ev
from simcore.hv.domain import Domain, DomainState, DrivenBy
from simcore.hw.ids import DomainId, HartId
from simcore.machine.commands import MAX_VCPUS
from simcore.schedule import Schedule, ScheduleEvent, ScheduleKind

if TYPE_CHECKING:
    from simcore.machine.machine import Machine


class Playback:
    """Where a machine is in its recording.

    The recording's CPUs, in ascending order, are the machine's harts, in ascending order. Raises
    ValueError where there are fewer harts than CPUs, or a domain has too many vCPUs.
    """

    def __init__(self, machine: Machine, schedule: Schedule) -> None:
        harts = machine.spec.platform.hart_ids
        if len(harts) < len(schedule.cpus):
            raise ValueError(
                f"harts is {len(harts)}; the recording runs on {len(schedule.cpus)} CPUs, "
                f"so {len(schedule.cpus)} or more are needed"
            )
        for domain in schedule.domains:
            if domain.vcpus > MAX_VCPUS:
                raise ValueError(
                    f"vcpus of {domain.name!r} in the recording is {domain.vcpus}; "
                    f"1 to {MAX_VCPUS} is allowed"
                )
        self._machine = machine
        self.schedule = schedule
        self._events, self._length = schedule.events, len(schedule.events)
        self.position = 0
        self.round = 0
        self._start_ns = 0
        self._hart_of: dict[int, HartId] = dict(zip(schedule.cpus, harts, strict=False))
        self._domains: dict[int, DomainId] = {}
        self._plays: dict[ScheduleKind, Callable[[ScheduleEvent], None]] = {
            ScheduleKind.CREATE: self._create,
            ScheduleKind.ENTER: self._enter,
            ScheduleKind.LEAVE: self._leave,
            ScheduleKind.DESTROY: self._destroy,
        }

    @property
    def finished(self) -> bool:
        """Whether every recorded event was played."""
        return self.position == self._length

    def advance(self) -> bool:
        """Play the next recorded event; False where there is none."""
        if self.position == self._length and not self._restart():
            return False
        event = self._events[self.position]
        self.position += 1
        self._machine.now_ns = self._start_ns + event.at_ns
        self._plays[event.kind](event)
        return True

    def _restart(self) -> bool:
        """Begin again with fresh domains, where the machine loops its recording."""
        machine = self._machine
        if not machine.spec.loop or not self.schedule.events:
            return False
        for domain in list(machine.domains.values()):
            if domain.driven_by is DrivenBy.RECORDING:
                machine.destroy_domain(domain)
        self._domains.clear()
        self.position, self._start_ns = 0, machine.now_ns
        self.round += 1
        machine.emit(ev.ScheduleRestarted(machine.now_ns, self.round))
        return True

    def _create(self, event: ScheduleEvent) -> None:
        recorded = self.schedule.domains[event.domain]
        domain = self._machine.create_domain(
            recorded.vcpus, recorded.name, driven_by=DrivenBy.RECORDING
        )
        if domain is not None:
            self._domains[event.domain] = domain.id

    def _domain(self, event: ScheduleEvent) -> Domain | None:
        """The domain a recorded event is about; None where it was refused or destroyed by hand."""
        number = self._domains.get(event.domain)
        return None if number is None else self._machine.domains.get(number)

    def _enter(self, event: ScheduleEvent) -> None:
        machine, hart = self._machine, self._hart_of[event.cpu]
        domain = self._domain(event)
        if domain is None or domain.state is not DomainState.RUNNABLE:
            number = self._domains.get(event.domain, -1)
            reason = "paused" if domain else "destroyed" if number >= 0 else "refused"
            machine.emit(ev.EntrySkipped(machine.now_ns, hart, number, reason))
            return
        machine.occupancy.switch(hart, domain.vcpus[event.vcpu])

    def _leave(self, event: ScheduleEvent) -> None:
        domain = self._domain(event)
        hart = domain.vcpus[event.vcpu].hart if domain else None
        if hart is not None:
            self._machine.occupancy.vacate(hart)

    def _destroy(self, event: ScheduleEvent) -> None:
        domain = self._domain(event)
        if domain is not None:
            self._machine.destroy_domain(domain)

    def key(self) -> tuple[object, ...]:
        """The place in the recording as plain values."""
        return (self.position, self.round, self._start_ns, tuple(sorted(self._domains.items())))
