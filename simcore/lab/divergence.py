"""Where two policies on one schedule first part: in fences, and in wrong hits.

Two fences count as the same where kind, hart and who asked for it agree. The ids they name are left
out: two schemes may number their domains differently and still fence alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from simcore import events as ev
from simcore.machine import Machine, MachineSpec
from simcore.schedule import Schedule

_LOOK_AROUND = 256
"""Steps between two questions whether the search is still wanted."""

Shown = tuple[ev.Event, ...]
Pair = tuple[Shown, Shown]


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first step, counted from 1, of which two machines tell something different."""

    step: int
    at_ns: int
    events: Pair
    """What each of the two did in this step, of the kind that is compared."""


@dataclass(frozen=True, slots=True)
class Divergences:
    """What a search over the first ``searched`` steps found; None: no difference in them."""

    searched: int
    fences: Divergence | None = None
    wrong_hits: Divergence | None = None

    @property
    def first(self) -> Divergence | None:
        """The earlier of the two."""
        found = [one for one in (self.fences, self.wrong_hits) if one is not None]
        return min(found, key=lambda one: one.step, default=None)


class StoppedError(Exception):
    """Nobody waits for the search any more."""


def divergences(
    schedule: Schedule | None,
    specs: tuple[MachineSpec, MachineSpec],
    within: int,
    go_on: Callable[[], bool] = lambda: True,
) -> Divergences:
    """Play both side by side for ``within`` steps, or until both differences are found.

    Fences of booting are left out, as they are of the counters. Raises StoppedError once ``go_on``,
    asked every 256 steps, says no.
    """
    machines = [Machine(spec, schedule) for spec in specs]
    for machine in machines:
        machine.take_events()
    fences = hits = None
    for step in range(1, within + 1):
        if step % _LOOK_AROUND == 0 and not go_on():
            raise StoppedError
        for machine in machines:
            machine.step()
        one, other = (machine.take_events() for machine in machines)
        at_ns = machines[0].now_ns
        fences = fences or _differing(step, at_ns, _fences(one), _fences(other), _fence_marks)
        hits = hits or _differing(step, at_ns, _hits(one), _hits(other), _hit_marks)
        if fences and hits:
            return Divergences(step, fences, hits)
    return Divergences(within, fences, hits)


def _differing(
    step: int, at_ns: int, one: Shown, other: Shown, marks: Callable[[Shown], Counter[Hashable]]
) -> Divergence | None:
    if not (one or other) or marks(one) == marks(other):
        return None
    return Divergence(step, at_ns, (one, other))


def _fences(events: Iterable[ev.Event]) -> Shown:
    return tuple(e for e in events if isinstance(e, (ev.FenceExecuted, ev.RemoteFenceRequested)))


def _hits(events: Iterable[ev.Event]) -> Shown:
    return tuple(e for e in events if isinstance(e, ev.StaleHit))


def _fence_marks(events: Shown) -> Counter[Hashable]:
    """How often each hart executed or asked for each kind of fence."""
    marks: Counter[Hashable] = Counter()
    for event in events:
        if isinstance(event, ev.FenceExecuted):
            marks[event.hart, event.fence, event.requester] += 1
        elif isinstance(event, ev.RemoteFenceRequested):
            marks[event.hart, event.fence, event.via, event.targets] += 1
    return marks


def _hit_marks(events: Shown) -> Counter[Hashable]:
    """How many accesses each hart had served by a wrong entry, by kind."""
    marks: Counter[Hashable] = Counter()
    for event in events:
        if isinstance(event, ev.StaleHit):
            marks[event.hart, event.kind] += event.accesses
    return marks
