"""A machine together with what is known from its events: what a command list leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.live.chronicle import Chronicle
from simcore import events as ev
from simcore.machine import Command, Machine, MachineSpec
from simcore.machine.commands import Step
from simcore.schedule import Schedule

MOST_STEPS = 250
"""Steps that are made without a look at what else there is to do."""


class AbandonedError(Exception):
    """Nobody waits for the replay any more."""


class Run:
    """A machine, its chronicle, and the length of the command list so far."""

    def __init__(self, spec: MachineSpec, schedule: Schedule | None, log_bytes: int) -> None:
        self.machine = Machine(spec, schedule)
        self.chronicle = Chronicle(log_bytes)
        self.commands = self.steps = 0
        self.chronicle.record(self.machine.take_events())

    def record(self, command: Command, events: list[ev.Event], commands: int) -> None:
        """Take in what a command did, which was number ``commands`` of the list."""
        self.chronicle.record(events)
        self.commands = commands
        if isinstance(command, Step):
            self.steps += command.count

    def replay(self, commands: Iterator[Command], go_on: Callable[[], bool]) -> None:
        """Carry a kept list out. Raises AbandonedError once ``go_on``, asked often, says no."""
        for number, command in enumerate(commands, self.commands + 1):
            for part in _parts(command):
                if not go_on():
                    raise AbandonedError
                self.record(part, self.machine.apply(part), number)


def _parts(command: Command) -> Iterator[Command]:
    """Many steps in batches: one step of n equals n steps of one."""
    if not isinstance(command, Step):
        yield command
        return
    for first in range(0, command.count, MOST_STEPS):
        yield Step(min(MOST_STEPS, command.count - first))
