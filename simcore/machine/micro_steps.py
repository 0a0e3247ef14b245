"""What a machine's micro-steps are made of: actions to choose, and the tasks of a hart."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from simcore.hv import operations as op
from simcore.machine.commands import Choose


class Action(Enum):
    """What a micro-step does."""

    SERVE = "serve"
    GO_ON = "go on"
    SWITCH = "switch"
    LEAVE = "leave"
    TICK = "tick"
    TOUCH = "touch"
    WALK = "walk"
    CREATE = "create"
    DESTROY = "destroy"
    UNMAP = "unmap"


class Stage(Enum):
    """A task of a hart: one operation, a hook's beginning, or what follows a hook's operations."""

    OPERATION = "operation"
    EXIT = "exit"
    PUT = "put"
    VACATED = "vacated"
    LOAD = "load"
    ENTER = "enter"
    ENTERED = "entered"
    FREED_AGAIN = "freed again"
    CREATED = "created"
    DESTROY = "destroy"
    DESTROYED = "destroyed"
    FENCE = "p2m changed"
    REMAP = "remap"
    UNMAPPED = "unmapped"


class Task(NamedTuple):
    """Something a hart has still to do, and for whom."""

    stage: Stage
    domain: int = -1
    vcpu: int = -1
    page: int = -1
    operation: op.Operation | None = None


TELLING = (op.Assigned, op.Released, op.RolledOver, op.TaggingDisabled, op.ReloadRequested)
"""Operations that touch no hardware."""
BOOKKEEPING = frozenset(
    {Stage.VACATED, Stage.ENTERED, Stage.FREED_AGAIN, Stage.CREATED, Stage.DESTROYED}
    | {Stage.UNMAPPED}
)
FOLLOWS = {
    Stage.PUT: Stage.VACATED,
    Stage.ENTER: Stage.ENTERED,
    Stage.DESTROY: Stage.DESTROYED,
}
"""What a hook's operations are followed by."""
NEEDS_LOCK = frozenset({Stage.LOAD, Stage.ENTER})
SWITCH_AWAY = (Task(Stage.EXIT), Task(Stage.PUT))


class Room(NamedTuple):
    """How far choices go: domains at a time, vCPUs of each that is created, taking pages away.

    Without ``cut``, a choice comes with all that follows from it, as `Machine.apply` runs it;
    without ``touch``, guests touch no memory.
    """

    domains: int
    vcpus: int
    unmap: bool = True
    cut: bool = True
    touch: bool = True

    def narrow(self, choice: Choose) -> Choose:
        """A choice as it is taken in this room."""
        if self.cut and self.touch:
            return choice
        return replace(choice, whole=not self.cut, quiet=not self.touch)
