"""How far a command list was followed."""

from __future__ import annotations

from dataclasses import dataclass

from simcore.machine import Command
from simcore.machine.commands import Step


@dataclass(frozen=True, slots=True)
class Place:
    """How far a command list was followed.

    ``commands`` rows of the journal, ``row_steps`` steps in the last of them where it is one of
    steps, ``steps`` in all, ``seq`` events.
    """

    commands: int = 0
    row_steps: int = 0
    steps: int = 0
    seq: int = 0

    def after(self, command: Command, commands: int, events: int) -> Place:
        """The place after one more command, which is in row ``commands``."""
        count = command.count if isinstance(command, Step) else 0
        row_steps = count + (self.row_steps if commands == self.commands else 0)
        return Place(commands, row_steps, self.steps + count, self.seq + events)
