"""A live machine in the state that a path leads to."""

from __future__ import annotations

from collections.abc import Sequence

from app.live import LiveMachine, LiveMachines, Wanted
from simcore.check.bounds import Bounds
from simcore.check.path import Walker
from simcore.machine.commands import Choose


def choices_along(policy: str, bounds: Bounds, path: Sequence[int]) -> list[Choose]:
    """The commands that lead along a path. Raises PathError for a choice that is not open."""
    return [step.taken for step in Walker(policy, bounds).follow(path)]


async def fork(
    machines: LiveMachines, policy: str, bounds: Bounds, choices: Sequence[Choose]
) -> LiveMachine:
    """Make the machine and have it make these choices, command by command, so that it is kept."""
    spec = bounds.spec(policy)
    name = f"{policy}, state {len(choices)} of a path"[:64]
    async with machines.preparing(Wanted(spec, name=name)) as (live,):
        for choice in choices:
            await live.command(choice)
    return live
