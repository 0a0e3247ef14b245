"""Work beside all commands: what takes seconds, for as long as somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from simcore.lab.divergence import StoppedError

_T = TypeVar("_T")
_LOOK_S = 0.1
"""How often it is asked whether the client still waits."""
Gone = Callable[[], Awaitable[bool]]
GoOn = Callable[[], bool]


class Aside:
    """A thread of its own for one kind of work: however much is asked for, commands find theirs
    free.
    """

    def __init__(self, name: str, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._busy: set[Future[Any]] = set()

    async def run(self, work: Callable[[GoOn], _T], gone: Gone) -> _T:
        """The result of ``work``, in its turn. It may ask from time to time whether to go on.

        Raises StoppedError when the server stops, or when ``gone`` says that nobody waits.
        """
        left = await gone()

        def go_on() -> bool:
            return not (left or self._stopping())

        def begin() -> _T:
            if not go_on():
                raise StoppedError
            return work(go_on)

        submitted = self._pool.submit(begin)
        self._busy.add(submitted)
        submitted.add_done_callback(self._busy.discard)
        result = asyncio.wrap_future(submitted)
        try:
            while not (await asyncio.wait([result], timeout=_LOOK_S))[0]:
                if self._stopping() or await gone():
                    raise StoppedError
            return await result
        finally:
            left = True
            result.cancel()

    def close(self) -> bool:
        """Take no more work; True when all that was begun has ended."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not self._busy
