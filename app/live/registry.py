"""The live machines of a server: made, found, deleted, and brought back after a restart."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.journal import Journal, KeptMachine
from app.live.machine import LiveMachine
from app.live.place import Place
from app.live.workers import Workers
from app.machine_spec import require_short_runs
from app.problems import ProblemError
from app.schedules import Schedules
from app.settings import Settings
from app.spec_json import spec_from_json, spec_to_json
from simcore.machine import MachineSpec

log = logging.getLogger("vmidscope")
FIRST_SPEED = 100.0
"""Steps a second of a machine that nobody has set a speed for."""
_LAST_WORK_S = 0.4
"""How long the server waits, when it ends, for work that was begun."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A machine to be made: what it is, the recording that it replays, and its name, if any."""

    spec: MachineSpec
    schedule: str | None = None
    name: str | None = None


class LiveMachines:
    """Every machine of the server by id."""

    def __init__(self, settings: Settings, schedules: Schedules) -> None:
        self.settings, self.schedules = settings, schedules
        self.journal = Journal(settings.data_folder)
        self.workers = Workers()
        self.unreadable: dict[str, tuple[KeptMachine, str]] = {}
        """Machines whose specification this version does not understand, with the reason."""
        self.making_room = asyncio.Lock()
        """Held from deleting machines for another one's sake until that one is there."""
        self.stopping = False
        self.idle = True
        self.making = asyncio.Lock()
        """Held by whoever looks for a machine and makes it where there is none."""
        self._machines: dict[str, LiveMachine] = {}
        self._places_held = 0
        self._restore: asyncio.Task[None] | None = None
        self._forks: set[asyncio.Task[None]] = set()

    # A server's life

    async def start(self) -> None:
        """Find the machines that are kept, and begin to restore them one after another."""
        self.journal.open()
        for kept in self.journal.machines():
            try:
                self._machines[kept.id] = self._live(kept, spec_from_json(kept.spec))
            except (ValueError, KeyError, TypeError) as error:
                log.error("machine %s (%s) is left out: %s", kept.id, kept.name, error)
                self.unreadable[kept.id] = (kept, str(error))
        shortest_first = sorted(self._machines.values(), key=self._length)
        self._restore = asyncio.create_task(self._restore_all(shortest_first))

    def _length(self, live: LiveMachine) -> int:
        return self.journal.totals(live.kept.number).steps

    def _live(self, kept: KeptMachine, spec: MachineSpec) -> LiveMachine:
        return LiveMachine(kept, spec, self.journal, self.workers, self.settings.log_bytes)

    async def _restore_all(self, machines: list[LiveMachine]) -> None:
        """One after another, the same recording in memory once."""
        for live in machines:
            twins = (twin for twin in machines if twin.kept.schedule == live.kept.schedule)
            live.schedule = next((twin.schedule for twin in twins if twin.schedule), None)
            await live.restore()

    def stop(self) -> None:
        """The server is about to end: streams and long commands end at their next turn."""
        self.stopping = True
        for live in self._machines.values():
            live.leave()

    async def close(self) -> None:
        """End everything; ``idle`` says afterwards whether no thread works any more."""
        self.stop()
        await asyncio.gather(*(live.pacing.stop() for live in self._machines.values()))
        self.idle = await asyncio.to_thread(self.workers.close, _LAST_WORK_S)
        if self.idle:
            self.journal.close()

    # Machines

    def all(self) -> list[LiveMachine]:
        """Every machine, oldest first."""
        return sorted(self._machines.values(), key=lambda live: live.kept.number)

    def get(self, number: str) -> LiveMachine:
        """A machine by id. Raises ProblemError where there is none, or none that can be read."""
        live = self._machines.get(number)
        if live is not None:
            return live
        if number in self.unreadable:
            kept, reason = self.unreadable[number]
            raise ProblemError("machine-failed", f"machine {kept.name!r} cannot be read: {reason}")
        known = ", ".join(list(self._machines)[:16]) or "none"
        raise ProblemError("machine-not-found", f"machine is {number!r}; the machines: {known}")

    async def create(self, wanted: Wanted) -> LiveMachine:
        """Make a machine and keep it. Raises ValueError where the specification does not fit."""
        async with self.preparing(wanted) as (live,):
            pass
        return live

    @asynccontextmanager
    async def preparing(self, *wanted: Wanted, freed: int = 0) -> AsyncIterator[list[LiveMachine]]:
        """New machines, which nobody else finds before the block has made them ready.

        The block deletes ``freed`` others, which leaves room. Where a machine cannot be made, or
        the block raises, none of them is left. Raises ProblemError where there is no room for all.
        """
        made: list[LiveMachine] = []
        with self._room(len(wanted), freed):
            try:
                for one in wanted:
                    made.append(await self._make(one))
                yield made
            except BaseException:
                for live in made:
                    await live.delete()
                raise
            finally:
                # One that the journal does not let go is still kept, and so is listed.
                self._machines |= {live.id: live for live in made if not live.gone}

    async def _make(self, wanted: Wanted) -> LiveMachine:
        schedule = self.schedules.get(wanted.schedule) if wanted.schedule else None
        if schedule:
            await self.workers.run(require_short_runs, wanted.spec, schedule)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        kept = KeptMachine(
            0, secrets.token_hex(4), wanted.name or _name(wanted), created,
            spec_to_json(wanted.spec), None, wanted.schedule, FIRST_SPEED,
        )  # fmt: skip
        live = self._live(kept, wanted.spec)
        await live.boot(schedule)
        live.kept = await self.workers.run(self._keep, kept, wanted.schedule)
        return live

    async def fork(self, source: LiveMachine, place: Place, name: str | None) -> LiveMachine:
        """Keep a new machine with the commands up to ``place``, and begin to replay them.

        Raises ProblemError where ``source`` was deleted.
        """
        created = datetime.now(UTC).isoformat(timespec="seconds")
        name = name or f"{source.kept.name[:40]}, from event {place.seq}"
        twin = replace(
            source.kept, id=secrets.token_hex(4), name=name, created=created, speed=source.speed
        )
        with self._room():
            fork = self.journal.fork_machine
            kept = await self.workers.run(fork, twin, source.kept.number, place)
            if kept is None:
                raise ProblemError("machine-not-found", f"machine {source.id!r} was deleted")
            live = self._live(kept, source.spec)
            live.schedule = source.schedule
            self._machines[live.id] = live
        self._forks.add(task := asyncio.create_task(live.restore()))
        task.add_done_callback(self._forks.discard)
        return live

    @property
    def full(self) -> bool:
        """Whether one machine more, beside those that are being made, is refused."""
        return self._count >= self.settings.max_machines

    @property
    def _count(self) -> int:
        return len(self._machines) + self._places_held

    @contextmanager
    def _room(self, count: int = 1, freed: int = 0) -> Iterator[None]:
        """Hold the places of machines that are being made, so that nobody else takes them.

        Raises ProblemError where there are too few, ``freed`` machines less taken into account.
        """
        most = self.settings.max_machines
        if count and self._count - freed + count > most:
            more = f", and {count} more are asked for" if count > 1 else ""
            raise ProblemError(
                "too-many-machines", f"there are {self._count} machines{more}; {most} is allowed"
            )
        self._places_held += count
        try:
            yield
        finally:
            self._places_held -= count

    def _keep(self, kept: KeptMachine, schedule_name: str | None) -> KeptMachine:
        packed = self.schedules.packed(schedule_name) if schedule_name else None
        return self.journal.add_machine(kept, packed)

    async def delete(self, number: str) -> None:
        """Delete a machine and all that is kept of it."""
        if number in self.unreadable:
            kept, _ = self.unreadable[number]
            await self.workers.run(self.journal.delete_machine, kept.number)
            self.unreadable.pop(number, None)
            return
        await self.get(number).delete()
        self._machines.pop(number, None)


def _name(wanted: Wanted) -> str:
    on = f" on {wanted.schedule}" if wanted.schedule else ""
    return f"{wanted.spec.policy}{on}"
