"""Turns a speed into steps, twenty times a second, and never builds up a backlog."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.live.machine import LiveMachine

log = logging.getLogger("vmidscope")
TICK_S = 0.05


class Pacing:
    """The clock of one live machine, running or not."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether it makes steps."""
        return self._task is not None and not self._task.done() and not self._stopped.is_set()

    def start(self, live: LiveMachine) -> None:
        """Begin to make steps on ``live``, whose clock it is, unless it does already."""
        if not self.running:
            self._stopped = asyncio.Event()
            self._task = asyncio.create_task(_run(live, self._stopped))

    async def stop(self) -> None:
        """Make no more steps; returns when the last one has ended."""
        task, self._task = self._task, None
        self._stopped.set()
        if task is not None and task is not asyncio.current_task():
            await asyncio.wait([task])


async def _run(live: LiveMachine, stopped: asyncio.Event) -> None:
    try:
        await _pace(live, stopped)
    except Exception as error:
        if live.gone:
            return
        log.error("the clock of machine %s stopped: %s", live.id, error)
        stopped.set()
        await live.clock_failed()


async def _pace(live: LiveMachine, stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    last = deadline = loop.time()
    owed = 0.0
    while not stopped.is_set():
        deadline = max(deadline + TICK_S, loop.time())
        await _wait(stopped, deadline - loop.time())
        now = loop.time()
        # What could not be made within two ticks is forgotten, so a speed that is too high
        # runs as fast as it can and stops at once.
        most = max(1.0, 2 * live.speed * TICK_S)
        owed = min(owed + live.speed * (now - last), most)
        last = now
        owed -= await live.step(int(owed), stopped.is_set)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
