"""Whether a policy keeps guests apart on a schedule: wrong hits, and what endangers them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from simcore.invariants import ISOLATION
from simcore.machine import Machine, MachineSpec
from simcore.metrics import Metrics
from simcore.scenario import invariants_of
from simcore.schedule import Schedule

_STEPS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Safety:
    """What one policy did on one schedule: wrong hits by kind, breaches by invariant, refusals."""

    violations: dict[str, int]
    breaches: dict[str, int]
    refused: int

    @property
    def isolates(self) -> bool:
        """Whether no guest was served, or could have been served, what is not its own."""
        exposed = any(self.breaches.get(invariant.name, 0) for invariant in ISOLATION)
        return not exposed and not any(self.violations.values())


def safety(schedule: Schedule, spec: MachineSpec) -> Safety:
    """Play ``schedule`` once and watch the invariants.

    Raises ValueError where the machine has fewer harts than the recording has CPUs, or the policy
    cannot run on the platform.
    """
    machine = Machine(spec, schedule)
    playback = machine.playback
    assert playback is not None
    metrics, invariants = Metrics(), invariants_of(machine)
    breaches: Counter[str] = Counter()
    while not playback.finished:
        left = len(schedule.events) - playback.position
        for _ in range(min(left, _STEPS_AT_ONCE)):
            machine.step()
            events = machine.take_events()
            metrics.record(events)
            breaches.update(breach.invariant.name for breach in invariants.record(events))
    return Safety(dict(metrics.violations), dict(breaches), metrics.counts["domains_refused"])
