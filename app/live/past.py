"""The moments of a machine's past that somebody looks at."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

from app.journal import Journal
from app.live.moment import Moment
from app.live.run import Run
from app.live.shown import Shown
from app.live.workers import Workers

_MOST_KEPT = 6
_MOST_KEPT_LARGE = 2
_LARGE_HARTS = 128
"""A machine with more harts than this takes megabytes; fewer of its moments are kept."""


class Past:
    """Finds the moment of an event, and keeps those that were found last."""

    def __init__(self, of: Shown, journal: Journal, workers: Workers) -> None:
        self._of, self._journal, self._workers = of, journal, workers
        large = len(of.spec.platform.hart_ids) > _LARGE_HARTS
        self._found: deque[Moment] = deque(maxlen=_MOST_KEPT_LARGE if large else _MOST_KEPT)
        self._lock = asyncio.Lock()

    async def moment(self, run: Run, at: int) -> Moment:
        """The moment of event ``at`` of ``run``, which must have happened."""
        async with self._lock:
            found = next((moment for moment in self._found if moment.holds(at)), None)
            if found is None:
                rows = partial(self._journal.commands_after, self._of.kept.number)
                found = await self._workers.run(Moment, self._of, run, at, rows, self._workers)
                self._found.append(found)
            return found

    def forget(self) -> None:
        """The run is another from now on."""
        self._found.clear()
