"""A machine together with what is known from its events: what a command list leads to."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator

from app.live.chronicle import Chronicle
from app.live.place import Place
from app.live.snapshots import Snapshots
from simcore import events as ev
from simcore.machine import Command, Machine, MachineSpec
from simcore.machine.commands import Step
from simcore.schedule import Schedule

MOST_STEPS = 250
"""Steps that are made without a look at what else there is to do."""


class AbandonedError(Exception):
    """Nobody waits for the replay any more."""


class Run:
    """A machine, its chronicle, how far it is, and snapshots of the way there."""

    def __init__(self, spec: MachineSpec, schedule: Schedule | None, log_bytes: int) -> None:
        self.machine = Machine(spec, schedule)
        weakref.finalize(self, self.machine.dismantle).atexit = False
        self.chronicle = Chronicle(log_bytes)
        events = self.machine.take_events()
        self.chronicle.record(events)
        self.place = Place(seq=len(events))
        self.snapshots = Snapshots(self.machine, self.chronicle, self.place)
        self.applied_s = 0.0
        """Processor time that the last command took."""

    def apply(self, command: Command) -> list[ev.Event]:
        """Carry a command out, without taking in what it did."""
        began = time.thread_time()
        events = self.machine.apply(command)
        self.applied_s = time.thread_time() - began
        return events

    def record(self, command: Command, events: list[ev.Event], commands: int) -> None:
        """Take in what a command did, which was number ``commands`` of the list."""
        self.chronicle.record(events)
        self.place = self.place.after(command, commands, len(events))
        self.snapshots.worked(self.applied_s, self.machine, self.chronicle, self.place)

    def replay(self, commands: Iterator[tuple[int, Command]], go_on: Callable[[], bool]) -> None:
        """Carry a kept list out. Raises AbandonedError once ``go_on``, asked often, says no."""
        for number, command in commands:
            for part in parts(command, MOST_STEPS):
                if not go_on():
                    raise AbandonedError
                self.record(part, self.apply(part), number)


def parts(command: Command, most_steps: int) -> Iterator[Command]:
    """Many steps in batches: one step of n equals n steps of one."""
    if not isinstance(command, Step):
        yield command
        return
    for first in range(0, command.count, most_steps):
        yield Step(min(most_steps, command.count - first))
