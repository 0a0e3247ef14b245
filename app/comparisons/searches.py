"""Searches for where two policies part: one at a time, beside all commands, and kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from simcore.lab.divergence import Divergences, StoppedError, divergences
from simcore.machine import MachineSpec
from simcore.schedule import Schedule

_MOST_KEPT = 64
"""Answers of at most a step's events of two machines each."""
_LOOK_S = 0.1
"""How often it is asked whether the client still waits."""
Gone = Callable[[], Awaitable[bool]]


class Search(NamedTuple):
    """What an answer depends on; ``content`` names the recording that both machines play."""

    specs: tuple[MachineSpec, MachineSpec]
    content: str | None
    within: int


class Searches:
    """The searches of a server.

    A search plays up to 100,000 steps on two machines. It has a thread of its own, so that however
    many are asked for, commands find theirs free.
    """

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="search")
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[Search, Divergences] = OrderedDict()
        self._last: Future[Divergences] | None = None

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
        given_up = await gone()

        def go_on() -> bool:
            return not (given_up or self._stopping())

        if not go_on():
            raise StoppedError
        self._last = self._pool.submit(divergences, schedule, search.specs, search.within, go_on)
        result = asyncio.wrap_future(self._last)
        try:
            while not (await asyncio.wait([result], timeout=_LOOK_S))[0]:
                given_up = given_up or await gone()
        finally:
            given_up = True
            result.cancel()
        return await result

    def close(self) -> bool:
        """Take no more searches; True when the last one that was begun has ended."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        return self._last is None or self._last.done()
