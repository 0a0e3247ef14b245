"""The comparisons of a server: pairs of machines found again or made, brought on, looked at.

Nothing is kept of a comparison but its two machines, so it outlives the server as they do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakKeyDictionary

from app.aside import Gone
from app.comparisons.pair import Pair, only_stepped
from app.comparisons.past import Standing, after_steps
from app.comparisons.searches import Search, Searches
from app.live import LiveMachine, LiveMachines, Wanted
from app.problems import ProblemError
from simcore.lab.divergence import Divergences, StoppedError
from simcore.machine import Machine, MachineSpec

MOST_MACHINES = 12
"""Machines that comparisons keep, the pair that is asked for included; the oldest go first."""
_T = TypeVar("_T")
View = Callable[[Standing], _T]


class Comparisons:
    """Pairs of live machines, by what they were made of and by their ids."""

    def __init__(self, machines: LiveMachines) -> None:
        self._machines = machines
        self._searches = Searches(lambda: machines.stopping)
        self._turns: WeakKeyDictionary[LiveMachine, asyncio.Lock] = WeakKeyDictionary()

    def close(self) -> bool:
        """End everything; True when no thread works any more."""
        return self._searches.close()

    # Which two

    async def make(self, specs: tuple[MachineSpec, MachineSpec], schedule: str) -> Pair:
        """The pair of these two specifications on this schedule: the machines of the last time
        where they are left, new ones where not.

        Raises ValueError for a schedule that is not known, or needs more harts, and ProblemError
        where there is no room for both; nothing has changed then.
        """
        self._machines.schedules.get(schedule)
        workers, packed = self._machines.workers, self._machines.schedules.packed
        content = (await workers.run(packed, schedule)).sha256
        async with self._machines.making:
            found = [self._found(spec, content) for spec in specs]
            missing = [
                Wanted(spec, schedule, _name(spec))
                for spec, live in zip(specs, found, strict=True)
                if live is None
            ]
            old = self._old(found)
            async with self._machines.preparing(*missing, freed=len(old)) as made:
                for live in old:
                    if not live.gone:
                        await self._machines.delete(live.id)
        new = iter(made)
        a, b = (live or next(new) for live in found)
        return Pair(a, b)

    def _found(self, spec: MachineSpec, content: str) -> LiveMachine | None:
        """The machine that an earlier comparison made; nobody else's is taken."""
        return next(
            (m for m in self._ours() if m.spec == spec and m.kept.schedule == content), None
        )

    def _ours(self) -> list[LiveMachine]:
        """Machines of comparisons, oldest first; one that was given commands is somebody's own."""
        return [
            live
            for live in self._machines.all()
            if live.kept.name == _name(live.spec)
            and live.published.status != "failed"
            and only_stepped(live)
        ]

    def _old(self, wanted: list[LiveMachine | None]) -> list[LiveMachine]:
        """Those that make room for a pair."""
        others = [live for live in self._ours() if live not in wanted]
        return others[: max(0, len(others) + len(wanted) - MOST_MACHINES)]

    def get(self, number: str) -> Pair:
        """The pair of this id. Raises ProblemError where one is gone, or they are not a pair."""
        a, _, b = number.partition("-")
        return Pair(self._machines.get(a), self._machines.get(b))

    # At which step

    def _turn(self, live: LiveMachine) -> asyncio.Lock:
        """One at a time brings a machine on: two would overshoot."""
        return self._turns.setdefault(live, asyncio.Lock())

    async def bring(self, pair: Pair, steps: int) -> None:
        """Have both make the steps that are left of ``steps``. One that has made more is left."""
        await asyncio.gather(*(self._bring(live, steps) for live in pair.both))

    async def _bring(self, live: LiveMachine, steps: int) -> None:
        async with self._turn(live):
            while (left := steps - live.published.steps) > 0:
                if await live.step(left, lambda: self._machines.stopping) < left:
                    raise _stopping()

    async def at(self, pair: Pair, steps: int, view: View[_T]) -> tuple[_T, _T]:
        """What ``view`` makes of A and of B after ``steps`` steps, which both have made."""
        pair.require_ready()
        a, b = pair.both
        return await self._at(a, steps, view), await self._at(b, steps, view)

    async def _at(self, live: LiveMachine, steps: int, view: View[_T]) -> _T:
        now: tuple[_T] | None = await live.read_in_worker(_now, steps, view)
        if now is not None:
            return now[0]
        return await self._machines.workers.run(lambda: view(after_steps(live, steps)))

    async def divergences(self, pair: Pair, within: int, gone: Gone) -> Divergences:
        """Where the two first differ, on machines of the search's own; ``gone``: nobody waits."""
        pair.require_ready()
        a, b = pair.both
        search = Search((a.spec, b.spec), a.kept.schedule, within)
        try:
            return await self._searches.find(search, a.schedule, gone)
        except StoppedError:
            raise _stopping() from None


def _now(live: LiveMachine, machine: Machine, steps: int, view: View[_T]) -> tuple[_T] | None:
    """The view of a machine that stands at ``steps``; None for one that does not."""
    now = live.published
    return (view(Standing(now.seq, live.chronicle, machine)),) if now.steps == steps else None


def _stopping() -> ProblemError:
    return ProblemError("server-stopping", "the server is stopping; the machines keep their steps")


def _name(spec: MachineSpec) -> str:
    return f"{spec.policy}, compared"
