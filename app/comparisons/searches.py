"""Searches for where two policies part: one at a time, beside all commands, and kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from app.aside import Aside, Gone, GoOn
from simcore.lab.divergence import Divergences, divergences
from simcore.machine import MachineSpec
from simcore.schedule import Schedule

_MOST_KEPT = 64
"""Answers of at most a step's events of two machines each."""


class Search(NamedTuple):
    """What an answer depends on; ``content`` names the recording that both machines play."""

    specs: tuple[MachineSpec, MachineSpec]
    content: str | None
    within: int


class Searches:
    """The searches of a server.

    A search plays up to 100,000 steps on two machines. Each waits for those before, since one of
    them may have its answer.
    """

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._aside = Aside("search", stopping)
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[Search, Divergences] = OrderedDict()

    async def find(self, search: Search, schedule: Schedule | None, gone: Gone) -> Divergences:
        """The answer, searched for or kept from before.

        Raises StoppedError when the server stops, or when ``gone`` says that nobody waits.
        """
        async with self._turn:
            found = self._kept.pop(search, None)
            if found is None:
                found = await self._search(search, schedule, gone)
            self._kept[search] = found
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return found

    async def _search(self, search: Search, schedule: Schedule | None, gone: Gone) -> Divergences:
        def work(go_on: GoOn) -> Divergences:
            return divergences(schedule, search.specs, search.within, go_on)

        return await self._aside.run(work, gone)

    def close(self) -> bool:
        """Take no more searches; True when the last one that was begun has ended."""
        return self._aside.close()
