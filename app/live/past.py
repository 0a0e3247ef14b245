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
LIMIT_BYTES = 64 << 20
"""Moments of one machine, each counted as its snapshot; the newest is kept however large it is."""


class Past:
    """Finds the moment of an event of one run, and keeps those that were found last.

    A machine that is rebuilt has another run and with it another past: a moment that is in the
    making meanwhile goes with the old one.
    """

    def __init__(self, run: Run, journal: Journal, workers: Workers) -> None:
        self._run, self._journal, self._workers = run, journal, workers
        self._found: deque[Moment] = deque()
        self._lock = asyncio.Lock()

    async def moment(self, of: Shown, at: int) -> Moment:
        """The moment of event ``at`` of the machine ``of``, which must have happened.

        Raises CutShortError where the machine is deleted meanwhile.
        """
        async with self._lock:
            found = next((moment for moment in self._found if moment.holds(at)), None)
            if found is None:
                rows = partial(self._journal.commands_after, of.kept.number)
                found = await self._workers.run(Moment, of, self._run, at, rows, self._workers)
                self._keep(found)
            return found

    def _keep(self, moment: Moment) -> None:
        self._found.append(moment)
        while len(self._found) > 1 and self._too_many():
            self._found.popleft()

    def _too_many(self) -> bool:
        size = sum(moment.bytes for moment in self._found)
        return len(self._found) > _MOST_KEPT or size > LIMIT_BYTES
