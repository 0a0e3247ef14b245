"""Worker threads: where commands are carried out, so that the event loop is never held up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

_T = TypeVar("_T")
_THREADS = 4


class Workers:
    """A few threads for what may take longer than a moment."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="machine")
        self._closed = False
        self._busy: set[Future[Any]] = set()

    async def run(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """The result of ``work``. Cancelled, it still waits for the work to end.

        A caller that holds a machine's lock must not let it go while a thread changes the machine.
        Once the workers are closed, nobody takes that lock any more and nothing is waited for.
        """
        submitted = self._pool.submit(work, *arguments)
        self._busy.add(submitted)
        submitted.add_done_callback(self._busy.discard)
        result = asyncio.wrap_future(submitted)
        try:
            return await asyncio.shield(result)
        except asyncio.CancelledError:
            if not self._closed:
                await asyncio.wait([result])
            raise
        finally:
            # An error knows this frame, which must not know the error: it also knows the machine.
            del submitted, result

    def close(self, wait_s: float) -> bool:
        """Take no more work; True when all that was begun has ended within ``wait_s``."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        return not wait(set(self._busy), wait_s).not_done
