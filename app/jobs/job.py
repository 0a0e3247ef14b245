"""One check: what was ordered, how far it is, who watches it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from simcore.check.bounds import Bounds
from simcore.invariants import Invariant

if TYPE_CHECKING:
    from simcore.check.search import Progress, Verdict

State = Literal["queued", "running", "done", "cancelled", "failed"]
FIRST_WATCHER_S = 10.0
"""How long an attended check waits for somebody to read its stream."""
NEXT_WATCHER_S = 1.5
"""How long it goes on when nobody reads it any more: a page may just be loaded again."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be checked."""

    policy: str
    bounds: Bounds
    properties: tuple[Invariant, ...]


class Job:
    """A check on its way. Used on one event loop only."""

    def __init__(self, order: Order, *, attended: bool) -> None:
        self.order, self.attended = order, attended
        self.id = secrets.token_hex(4)
        self.created = datetime.now(UTC).isoformat(timespec="seconds")
        self.state: State = "queued"
        self.seconds = 0.0
        self.progress: Progress | None = None
        self.verdict: Verdict | None = None
        self.failure: str | None = None
        self.pid: int | None = None
        self.version = 0
        self._watchers = 0
        self._news = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state not in ("queued", "running")

    def tell(self) -> None:
        """Something changed: wake those who watch."""
        self.version += 1
        self._news.set()
        self._news = asyncio.Event()

    def end(self, state: State, failure: str | None = None) -> None:
        """It is over."""
        self.state, self.failure, self.pid = state, failure, None
        self.tell()

    async def news(self, version: int) -> None:
        """Wait until something else than ``version`` is known."""
        if self.version == version:
            await self._news.wait()

    def expect_watcher(self, give_up: Callable[[Job], None], seconds: float) -> None:
        """Have ``give_up`` called unless somebody watches, or it is over, in a while."""

        def look() -> None:
            if not (self._watchers or self.ended):
                give_up(self)

        asyncio.get_running_loop().call_later(seconds, look)

    @contextmanager
    def watched(self, give_up: Callable[[Job], None]) -> Iterator[None]:
        """Somebody watches; ``give_up`` is called when an attended check has nobody left."""
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1
            if self.attended and not self._watchers:
                self.expect_watcher(give_up, NEXT_WATCHER_S)
