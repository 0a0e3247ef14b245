"""The machine: all state of one run, and the one transition function everything drives."""

from __future__ import annotations

from simcore.machine.commands import Command, CommandError
from simcore.machine.machine import Machine
from simcore.machine.spec import MachineSpec

__all__ = ["Command", "CommandError", "Machine", "MachineSpec"]
