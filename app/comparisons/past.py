"""Machines as they were after fewer steps than they have made: played again from the start.

A machine that only made steps is its specification, its schedule and their number, so any of its
moments is a replay (50,000 steps a second) or, going forward, the continuation of the last one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from app.live import LiveMachine
from app.live.run import Run
from simcore.machine.commands import Step

_MOST_RUNS = 4
_LOG_BYTES = 1 << 20
"""Counters and maps are read of these runs, and not their logs."""


class Past:
    """The latest replays, one a machine. The caller sees to it that a machine has one at a time."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, Run] = OrderedDict()

    def at(self, live: LiveMachine, steps: int, go_on: Callable[[], bool]) -> Run:
        """A machine after ``steps`` steps. Raises AbandonedError once ``go_on`` says no."""
        run = self._runs.pop(live.id, None)
        if run is None or run.steps > steps:
            run = Run(live.spec, live.schedule, _LOG_BYTES)
        run.replay(_steps(steps - run.steps), go_on)
        self._runs[live.id] = run
        while len(self._runs) > _MOST_RUNS:
            self._runs.popitem(last=False)
        return run


def _steps(count: int) -> Iterator[Step]:
    if count:
        yield Step(count)
