"""What everybody may read of a live machine without waiting for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from app.live.chronicle import Chronicle
from app.live.place import Place
from simcore.machine import Machine
from simcore.machine.playback import Playback
from simcore.metrics import Metrics

Status = Literal["paused", "running", "restoring", "failed"]


@dataclass(frozen=True, slots=True)
class Published:
    """A machine after its last command; made anew after each, never changed.

    ``version`` is another number with every publication, ``seq`` the number of events so far.
    """

    version: int = 0
    status: Status = "restoring"
    progress: float | None = 0.0
    failure: str | None = None
    speed: float = 0.0
    seq: int = 0
    commands: int = 0
    steps: int = 0
    now_ns: int = 0
    domains: int = 0
    playback: dict[str, Any] | None = None
    metrics: dict[str, Any] = field(default_factory=lambda: Metrics().to_dict())


def publication(
    machine: Machine,
    chronicle: Chronicle,
    place: Place,
    version: int,
    status: Status,
    speed: float,
    progress: float | None = None,
) -> Published:
    """What is to be published of a machine at a place of its command list."""
    return Published(
        version=version,
        status=status,
        progress=progress,
        speed=speed,
        seq=place.seq,
        commands=place.commands,
        steps=place.steps,
        now_ns=machine.now_ns,
        domains=len(machine.domains),
        playback=_playback_json(machine.playback) if machine.playback else None,
        metrics=chronicle.metrics.to_dict(),
    )


def _playback_json(playback: Playback) -> dict[str, Any]:
    return {
        "position": playback.position,
        "events": len(playback.schedule.events),
        "round": playback.round,
        "finished": playback.finished,
    }
