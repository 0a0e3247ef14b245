"""A live machine: commands take turns, are journalled, and are watched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from app.journal import Journal, JournalError, KeptMachine
from app.live.chronicle import Chronicle
from app.live.moment import CutShortError, Moment
from app.live.pacing import Pacing
from app.live.past import Past
from app.live.place import Place
from app.live.published import Published, Status, publication
from app.live.run import MOST_STEPS, AbandonedError, Run
from app.live.snapshots import Snapshots
from app.live.workers import Workers
from app.problems import ProblemError
from simcore import events as ev
from simcore.machine import Command, CommandError, Machine, MachineSpec
from simcore.machine.commands import Step
from simcore.schedule import Schedule

log = logging.getLogger("vmidscope")
_T = TypeVar("_T")
Answer = Callable[["LiveMachine", Machine, list[ev.Event]], _T]
"""What a command is answered with: made of the live machine and what the command did."""
_LONGEST_S = 0.02
"""A batch of steps is halved when it took longer, and doubled when it took a quarter of it."""


class CommandFailedError(Exception):
    """A command that failed for a reason of our own; the machine is rebuilt from the journal."""

    def __init__(self, command: Command, error: Exception, kept: bool) -> None:
        after = "it was kept before, and stands" if kept else "it is undone"
        super().__init__(f"{type(command).__name__} failed: {error!r}; {after}")


class LiveMachine:
    """A machine with its journal, its clock, and those who watch it.

    Commands take turns: each is applied, then journalled, then published. Where one fails on its
    way, the machine is rebuilt from the journal: what is in there has happened, and nothing else.
    """

    def __init__(
        self,
        kept: KeptMachine,
        spec: MachineSpec,
        journal: Journal,
        workers: Workers,
        log_bytes: int,
    ) -> None:
        self.id, self.kept, self.spec = kept.id, kept, spec
        self.schedule: Schedule | None = None
        self.speed = kept.speed
        self.pacing = Pacing()
        self.published = Published(speed=kept.speed)
        self.gone = False
        self.frames: dict[tuple[int, int], str] = {}
        """Encoded stream frames by (position, version), for readers that share them."""
        self._journal, self._workers, self._log_bytes = journal, workers, log_bytes
        self._lock = asyncio.Lock()
        self._news = asyncio.Event()
        self._abandoned = self._deleting = False
        self._batch = MOST_STEPS
        self._run: Run | None = None
        self._past: Past | None = None
        self._rebuilding: asyncio.Task[None] | None = None

    @property
    def chronicle(self) -> Chronicle:
        """What is known from its events. Raises ProblemError for a machine that was deleted."""
        return self._present().chronicle

    @property
    def snapshots(self) -> Snapshots:
        """Snapshots of its way so far. Raises ProblemError for a machine that was deleted."""
        return self._present().snapshots

    def _present(self) -> Run:
        run = self._run
        if run is None:
            self.require_ready()
        assert run is not None
        return run

    # What happens to it

    async def command(self, command: Command) -> None:
        """Carry one command out. Raises CommandError, and nothing has changed then."""
        await self.command_then(command, lambda live, machine, events: None)

    async def command_then(self, command: Command, view: Answer[_T]) -> _T:
        """Carry one command out, and see what ``view`` makes of it before the next one comes."""
        async with self._turn() as run:
            try:
                return await self._workers.run(self._carry_out, run, command, view)
            finally:
                if self.published.status == "restoring":
                    self._rebuild()
                self.announce()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[Run]:
        """Nothing else happens to the machine meanwhile. Raises ProblemError unless it is ready."""
        self.require_ready()
        async with self._lock:
            self.require_ready()
            yield self._present()

    def _carry_out(self, run: Run, command: Command, view: Answer[_T]) -> _T:
        """In a worker thread, in a turn: apply, journal, publish, answer."""
        kept = False
        try:
            events = run.apply(command)
            seq = run.place.seq + len(events)
            number = self._journal.append(self.kept.number, command, seq)
            kept = True
            run.record(command, events, number)
            self._publish(self._ready_status())
            return view(self, run.machine, events)
        except (CommandError, ProblemError):
            # An answer, and no fault: nothing was changed, or what was changed is kept.
            raise
        except Exception as error:
            self._change(status="restoring", progress=0.0)
            if isinstance(error, JournalError):
                raise
            raise CommandFailedError(command, error, kept) from error

    async def step(self, count: int, stop: Callable[[], bool] = lambda: False) -> int:
        """Go on by ``count`` steps, in batches between which others get their turn.

        Returns the steps made, which are fewer where ``stop`` said so between two batches.
        """
        done = 0
        while done < count and not stop():
            batch = min(self._batch, count - done)
            await self.command(Step(batch))
            self._adapt()
            done += batch
        return done

    def _adapt(self) -> None:
        assert self._run is not None
        if self._run.applied_s > _LONGEST_S:
            self._batch = max(1, self._batch // 2)
        elif self._run.applied_s < _LONGEST_S / 4:
            self._batch = min(MOST_STEPS, self._batch * 2)

    async def clock_failed(self) -> None:
        """Let it be known that the clock ended by itself."""
        async with self._lock:
            if self.published.status == "running":
                self._change(status=self._ready_status())
        self.announce()

    async def set_clock(self, running: bool, speed: float) -> None:
        """Start, pause, change speed. A pause is answered when the last step has ended."""
        async with self._turn():
            if speed != self.speed:
                await self._workers.run(self._journal.set_speed, self.kept.number, speed)
                self.speed = speed
            if running:
                self.pacing.start(self)
        if not running:
            await self.pacing.stop()
        async with self._turn():
            self._change(status=self._ready_status(), speed=self.speed)
        self.announce()

    # What can be seen of it

    async def read(self, view: Callable[..., _T], *arguments: Any) -> _T:
        """``view(self, machine, *arguments)`` between two commands; for a view that is quick."""
        async with self._turn() as run:
            return view(self, run.machine, *arguments)

    async def read_in_worker(self, view: Callable[..., _T], *arguments: Any) -> _T:
        """The same in a worker thread, for a view that takes a while."""
        async with self._turn() as run:
            return await self._workers.run(view, self, run.machine, *arguments)

    async def moment(self, at: int) -> Moment:
        """The machine after event ``at``. Raises ValueError for one that did not happen, and
        ProblemError where the machine is deleted before it is found."""
        self.require_ready()
        newest = self.published.seq
        if at > newest:
            raise ValueError(f"at is {at}; 0 to {newest} is allowed")
        assert self._past is not None
        try:
            return await self._past.moment(self, at)
        except CutShortError:
            async with self._turn():
                raise

    async def place(self, at: int | None) -> Place:
        """How far the command list was followed after event ``at``, or now."""
        if at is not None:
            return (await self.moment(at)).place
        async with self._turn() as run:
            return run.place

    async def search(self, work: Callable[..., _T], *arguments: Any) -> _T:
        """``work(chronicle, *arguments)`` in a worker thread, beside commands: logs allow that."""
        self.require_ready()
        return await self._workers.run(work, self.chronicle, *arguments)

    async def news(self, version: int) -> None:
        """Wait until something else than ``version`` is published, or the machine is left."""
        if self.published.version == version and not (self.gone or self._abandoned):
            await self._news.wait()

    def announce(self) -> None:
        """Wake everybody who waits for news."""
        self._news.set()
        self._news = asyncio.Event()

    def _publish(self, status: Status, progress: float | None = None) -> None:
        assert self._run is not None
        version = self.published.version + 1
        run = self._run
        self.published = publication(
            run.machine, run.chronicle, run.place, version, status, self.speed, progress
        )

    def _change(self, **changes: Any) -> None:
        """Publish something else than before, of a machine that did nothing; with the lock held."""
        self.published = replace(self.published, version=self.published.version + 1, **changes)

    def _ready_status(self) -> Status:
        return "running" if self.pacing.running else "paused"

    def require_ready(self) -> None:
        """Raises ProblemError unless commands can be carried out."""
        published = self.published
        if self.gone:
            raise ProblemError("machine-not-found", f"machine {self.id!r} was deleted")
        if published.status == "failed":
            raise ProblemError("machine-failed", published.failure or "")
        if published.status == "restoring":
            percent = int(100 * (published.progress or 0))
            raise ProblemError(
                "machine-restoring",
                f"machine {self.id!r} is being restored: {percent} % of its steps are replayed",
                headers={"Retry-After": "1"},
            )

    # How it comes into being, and ends

    async def boot(self, schedule: Schedule | None) -> None:
        """Make a new machine. Raises ValueError for a specification that cannot be a machine."""
        self.schedule = schedule
        self._begin(await self._workers.run(Run, self.spec, schedule, self._log_bytes))
        self._publish("paused")

    def _begin(self, run: Run) -> Run:
        self._run, self._past = run, Past(run, self._journal, self._workers)
        return run

    async def restore(self) -> None:
        """Replay the command list; the machine is paused afterwards, or failed."""
        await self.pacing.stop()
        loop = asyncio.get_running_loop()
        async with self._lock:
            if self.gone:
                return
            try:
                await self._workers.run(self._replay, loop)
            except AbandonedError:
                return
            except Exception as error:
                log.exception("machine %s could not be restored", self.id)
                self._fail(f"machine {self.id!r} could not be restored: {error}")
            else:
                self._publish("paused")
        self.announce()

    def _replay(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a worker thread: from the first command to the last, telling how far it is."""
        if self.schedule is None and self.kept.schedule is not None:
            self.schedule = self._journal.schedule(self.kept.schedule)
        totals = self._journal.totals(self.kept.number)
        run = self._begin(Run(self.spec, self.schedule, self._log_bytes))

        def go_on() -> bool:
            done, most = run.place.commands + run.place.steps, totals.commands + totals.steps
            self._publish("restoring", min(1.0, done / most))
            loop.call_soon_threadsafe(self.announce)
            return not (self._abandoned or self._deleting)

        run.replay(self._journal.commands_after(self.kept.number, run.place), go_on)
        if totals.seq not in (None, run.place.seq):
            raise ValueError(f"its commands give {run.place.seq} events now and gave {totals.seq}")

    def _rebuild(self) -> None:
        self._rebuilding = asyncio.create_task(self.restore())

    def _fail(self, reason: str) -> None:
        self._change(status="failed", progress=None, failure=reason)

    def leave(self) -> None:
        """Let a restore end early, and whoever waits for news; the machine is not used again."""
        self._abandoned = True
        self.announce()

    async def delete(self) -> None:
        """Take it out of the journal, free what it holds, and stop its clock.

        Raises JournalError where the journal does not let it go; it goes on then.
        """
        self._deleting = True
        try:
            async with self._lock:
                if not self.gone:
                    await self._workers.run(self._journal.delete_machine, self.kept.number)
                self.gone = True
                self._run = self._past = None
                self.frames.clear()
        finally:
            self._deleting = False
            if not self.gone and self.published.status == "restoring":
                self._rebuild()
        self.announce()
        await self.pacing.stop()
