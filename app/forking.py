"""A live machine in the state that a path leads to."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import invalid
from app.live import LiveMachine, LiveMachines, Wanted
from simcore.check.bounds import Bounds
from simcore.check.path import PathError, Walker
from simcore.machine.commands import Choose


async def fork(
    machines: LiveMachines, policy: str, bounds: Bounds, path: Sequence[int]
) -> LiveMachine:
    """Make the machine and have it take the path, command by command, so that it is kept.

    Raises ProblemError, with nothing made, for a choice that is not open.
    """
    try:
        choices = await machines.workers.run(_choices, policy, bounds, path)
    except PathError as error:
        raise invalid(("body", "path"), str(error)) from None
    spec = bounds.spec(policy)
    name = f"{policy}, state {len(path)} of a path"[:64]
    async with machines.preparing(Wanted(spec, name=name)) as (live,):
        for choice in choices:
            await live.command(choice)
    return live


def _choices(policy: str, bounds: Bounds, path: Sequence[int]) -> list[Choose]:
    return [step.taken for step in Walker(policy, bounds).follow(path)]
