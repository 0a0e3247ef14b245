"""The checks of a server: a few run at once in processes of their own, the others queue."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from app.jobs.job import FIRST_WATCHER_S, Job, Order
from app.problems import ProblemError
from app.settings import Settings

log = logging.getLogger("vmidscope")
MOST_WAITING = 32
MOST_KEPT = 100
"""Checks that are over and can still be looked at."""
_LAST_S = 2.0
"""How long a worker may take to end when it is told to."""


class Checks:
    """Every check by id, oldest first. They do not outlive the server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.max_checks)
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.stopping = False

    def all(self) -> list[Job]:
        """Every check, oldest first."""
        return list(self._jobs.values())

    def get(self, number: str) -> Job:
        """A check by id. Raises ProblemError where there is none."""
        job = self._jobs.get(number)
        if job is None:
            known = ", ".join(list(self._jobs)[-16:]) or "none"
            raise ProblemError("check-not-found", f"check is {number!r}; the checks: {known}")
        return job

    def add(self, order: Order, *, attended: bool) -> Job:
        """Start a check, or queue it. Raises ProblemError where too many wait already."""
        waiting = sum(not job.ended for job in self._jobs.values())
        if waiting >= MOST_WAITING:
            raise ProblemError(
                "too-many-checks", f"{waiting} checks run or wait; {MOST_WAITING} is allowed"
            )
        self._forget_oldest()
        job = Job(order, attended=attended)
        self._jobs[job.id] = job
        task = asyncio.create_task(self._run(job))
        self._tasks[job.id] = task
        task.add_done_callback(partial(self._over, job))
        if attended:
            job.expect_watcher(self.give_up, FIRST_WATCHER_S)
        return job

    def _forget_oldest(self) -> None:
        over = [job.id for job in self._jobs.values() if job.ended]
        for number in over[: max(0, len(over) - MOST_KEPT + 1)]:
            del self._jobs[number]

    def give_up(self, job: Job) -> None:
        """Have a check end soon."""
        task = self._tasks.get(job.id)
        # Once: a second time would cut short how the first one ends the worker.
        if task is not None and not task.cancelling():
            task.cancel()

    async def cancel(self, number: str) -> Job:
        """End a check, worker and all; one that is over stays as it is."""
        job = self.get(number)
        if not job.ended:
            self.give_up(job)
            await asyncio.wait([self._tasks[number]])
        return job

    async def forget(self, number: str) -> None:
        """End a check where it goes on, and keep nothing of it."""
        await self.cancel(number)
        self._jobs.pop(number, None)

    def stop(self) -> None:
        """The server is about to end: so does every check."""
        self.stopping = True
        for job in self._jobs.values():
            self.give_up(job)
            job.tell()

    async def close(self) -> None:
        """End everything."""
        self.stop()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    # One check

    async def _run(self, job: Job) -> None:
        try:
            async with self._slots:
                await self._work(job)
        except Exception as error:
            log.exception("check %s failed", job.id)
            job.end("failed", f"the worker could not be run: {error}")

    def _over(self, job: Job, task: asyncio.Task[None]) -> None:
        """Its task has ended, or was cancelled before it began."""
        del self._tasks[job.id]
        if not job.ended:
            job.end("cancelled")

    async def _work(self, job: Job) -> None:
        """In a slot: run the worker and take in what it tells."""
        # Imported in the worker too, where it takes a second that a server's start need not.
        from app.jobs.worker import work

        context = get_context("spawn")
        here, there = context.Pipe(duplex=False)
        arguments = (there, job.order, self._settings.check_bytes)
        process = context.Process(target=work, args=arguments, name=f"check {job.id}", daemon=True)
        starting = asyncio.create_task(asyncio.to_thread(_start, process, there))
        try:
            await asyncio.shield(starting)
            job.pid, job.state = process.pid, "running"
            job.tell()
            await self._listen(job, here, process)
        finally:
            # Cancelled or not, the thread starts the process: only then can it be ended.
            await asyncio.wait([starting])
            await asyncio.to_thread(_end, process)
            here.close()

    async def _listen(self, job: Job, channel: Connection, process: SpawnProcess) -> None:
        while not job.ended:
            message = await asyncio.to_thread(_received, channel)
            if message is None:
                await asyncio.to_thread(process.join, _LAST_S)
                job.end("failed", f"the worker ended with exit code {process.exitcode}")
            else:
                _take_in(job, *message)


def _start(process: SpawnProcess, there: Connection) -> None:
    """Start a process, which alone has its end of the pipe then."""
    try:
        process.start()
    finally:
        there.close()


def _received(channel: Connection) -> tuple[str, float, Any] | None:
    """The next message of a worker; None where it is gone."""
    try:
        message: tuple[str, float, Any] = channel.recv()
    except (EOFError, OSError):
        return None
    return message


def _take_in(job: Job, what: str, seconds: float, value: Any) -> None:
    job.seconds = seconds
    if what == "progress":
        job.progress = value
        job.tell()
    elif what == "verdict":
        job.verdict = value
        job.end("done")
    else:
        job.end("failed", value)


def _end(process: SpawnProcess) -> None:
    """Have a process be gone."""
    if process.pid is None:
        return
    process.terminate()
    process.join(_LAST_S)
    if process.is_alive():
        process.kill()
        process.join()
    process.close()
