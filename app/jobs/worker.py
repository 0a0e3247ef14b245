"""What runs in a worker process: one check, at low priority, within a limit of memory."""

from __future__ import annotations

import os
import resource
import signal
import time
from multiprocessing.connection import Connection
from typing import Any

from app.jobs.job import Order
from simcore.check.search import Progress, check

NICENESS = 15
_REPORT_S = 0.1


def work(channel: Connection, order: Order, most_bytes: int) -> None:
    """Check, and tell by ``channel`` how far it is and how it ended.

    Messages are (what, seconds, value): progress, verdict or failure. It ends with its server:
    what it tells then reaches nobody.
    """
    # Ctrl-C is for the server, which ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    _limit_memory(most_bytes)
    telling = _Telling(channel)
    try:
        verdict = check(order.policy, order.bounds, order.properties, report=telling.progress)
        telling.tell("progress", telling.last)
        telling.tell("verdict", verdict)
    except BrokenPipeError:
        return
    except MemoryError:
        # To say so takes some memory, too.
        _limit_memory(resource.RLIM_INFINITY)
        limit = f"{most_bytes / (1 << 30):g} GiB"
        telling.tell("failure", f"it needs more than {limit} of memory; smaller bounds need less")
    except Exception as error:
        telling.tell("failure", f"{type(error).__name__}: {error}")


def _limit_memory(most_bytes: int) -> None:
    """Allow so many bytes of data, or as many as this process may have at all."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    numbers = [limit for limit in (most_bytes, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(numbers, default=hard), hard))


class _Telling:
    """Sends messages, and no more progress than somebody could read."""

    def __init__(self, channel: Connection) -> None:
        self._channel = channel
        self._began = time.monotonic()
        self._next = self._began
        self.last: Progress | None = None

    def progress(self, progress: Progress) -> None:
        """A report of the search."""
        self.last = progress
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _REPORT_S
            self.tell("progress", progress)

    def tell(self, what: str, value: Any) -> None:
        """Send a message."""
        self._channel.send((what, time.monotonic() - self._began, value))
