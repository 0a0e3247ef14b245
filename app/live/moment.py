"""A machine as it was after an event: what a live machine shows, at rest in the past."""

from __future__ import annotations

import asyncio
import weakref
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from app.live.chronicle import Chronicle
from app.live.place import Place
from app.live.published import Published, publication
from app.live.run import Run, parts
from app.live.shown import Shown
from app.live.workers import Workers
from simcore import events as ev
from simcore.machine import Command
from simcore.machine.snapshot import resumed

_T = TypeVar("_T")
Rows = Callable[[Place], Iterator[tuple[int, Command]]]
"""The commands of a journal that come after a place, each with the number of its row."""


def _moves(rows: Iterator[tuple[int, Command]]) -> Iterator[tuple[int, Command]]:
    """The commands of a journal, steps one by one: the machine may be shown after each."""
    for number, command in rows:
        for part in parts(command, 1):
            yield number, part


class CutShortError(Exception):
    """The journal holds fewer commands than were carried out: the machine is being deleted."""


class Moment:
    """The machine after the step or command that made an event; read as a live machine is."""

    def __init__(self, of: Shown, run: Run, at: int, rows: Rows, workers: Workers) -> None:
        """Replay from the snapshot before event ``at``, which must have happened.

        Raises CutShortError where the journal does not hold the way there.
        """
        self._of = of
        self.id, self.kept, self.spec = of.id, of.kept, of.spec
        self.chronicle: Chronicle
        self.previous: int | None = None
        """The event that the moment before ends with; None at the beginning."""
        self.bytes = 0
        """Of the snapshot it was made from, unpacked."""
        self.place = self._replay(run, at, rows)
        now = of.published
        self._then: Published = publication(
            self.machine, self.chronicle, self.place, now.version, now.status, now.speed
        )
        self._workers, self._lock = workers, asyncio.Lock()

    def _replay(self, run: Run, at: int, rows: Rows) -> Place:
        kept = run.snapshots.before(at)
        machine = run.machine
        schedule = machine.playback.schedule if machine.playback else None
        unpacked, folded = zlib.decompress(kept.machine), zlib.decompress(kept.folded)
        self.bytes = len(unpacked) + len(folded)
        self.machine = resumed(unpacked, machine.spec, schedule)
        weakref.finalize(self, self.machine.dismantle).atexit = False
        self.chronicle = run.chronicle.earlier(folded)
        place, happened = kept.place, list[ev.Event]()
        for number, part in _moves(rows(place)):
            if place.seq >= at:
                break
            events = self.machine.apply(part)
            happened += events
            if events:
                self.previous = place.seq
            place = place.after(part, number, len(events))
        if place.seq < at:
            raise CutShortError(f"the journal has {place.seq} events and not {at}")
        self.chronicle.fold(happened)
        return place

    @property
    def published(self) -> Published:
        """How far the machine was, and its counters; whether it runs, and how fast, is of now."""
        now = self._of.published
        return replace(
            self._then, version=now.version, status=now.status, progress=now.progress,
            failure=now.failure, speed=now.speed,
        )  # fmt: skip

    def holds(self, at: int) -> bool:
        """Whether it is the moment of event ``at``."""
        return (self.previous or 0) < at <= self.place.seq or at == self.place.seq

    def moment_json(self) -> dict[str, int | None]:
        """Where it is, in events, and how many there are by now."""
        latest = self._of.published.seq
        return {"at": self.place.seq, "previous": self.previous, "latest": latest}

    def require_ready(self) -> None:
        """A moment is ready as soon as it is there."""

    async def read(self, view: Callable[..., _T], *arguments: Any) -> _T:
        """``view(self, machine, *arguments)``, for a view that is quick."""
        async with self._lock:
            return view(self, self.machine, *arguments)

    async def read_in_worker(self, view: Callable[..., _T], *arguments: Any) -> _T:
        """The same in a worker thread, for a view that takes a while."""
        async with self._lock:
            return await self._workers.run(view, self, self.machine, *arguments)
