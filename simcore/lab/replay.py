"""Replays one recorded schedule under one policy and gives its row of counters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simcore.machine import Machine, MachineSpec
from simcore.metrics import Metrics
from simcore.schedule import Schedule

_STEPS_AT_ONCE = 512
Progress = Callable[[int, int], None]
"""Called with recorded events played and recorded events in all."""


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """What one policy did over the whole recording."""

    policy: str
    metrics: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The row as one JSON object."""
        return {"policy": self.policy, **self.metrics}


def replay(schedule: Schedule, spec: MachineSpec, progress: Progress | None = None) -> ReplayRow:
    """Play every recorded event of ``schedule`` once on a fresh machine.

    Raises ValueError where the machine has fewer harts than the recording has CPUs.
    """
    machine = Machine(spec, schedule)
    playback = machine.playback
    assert playback is not None
    metrics = Metrics()
    while not playback.finished:
        left = len(schedule.events) - playback.position
        for _ in range(min(left, _STEPS_AT_ONCE)):
            machine.step()
        metrics.record(machine.take_events())
        if progress is not None:
            progress(playback.position, len(schedule.events))
    return ReplayRow(spec.policy, metrics.to_dict())
