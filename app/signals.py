"""Tells the machines that the server is asked to end, before uvicorn waits for open streams.

uvicorn does not end while a response is being sent, and a stream of events never is done by
itself (Kludex/uvicorn#2829). So SIGINT and SIGTERM first stop the streams and then do what they
did before.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def before_the_end(stop: Callable[[], None]) -> Iterator[None]:
    """Have ``stop`` called on the running loop at SIGINT and SIGTERM, as long as this lasts.

    Only in the main thread, where signals can be handled; elsewhere somebody else ends the server.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _ENDING}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in _ENDING:
        if callable(before[number]):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, handler)
