"""Live machines as JSON objects."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.live.moment import Moment
from app.live.published import Published
from app.live.shown import Shown
from app.views.platform import platform_json, policy_json
from simcore.machine import Machine


def machine_json(live: Shown) -> dict[str, Any]:
    """A machine, as of its last command or of a moment before."""
    spec, now = live.spec, live.published
    policy = policy_json(spec.policy)
    return {
        "id": live.id,
        "name": live.kept.name,
        "created": live.kept.created,
        "status": now.status,
        "progress": now.progress,
        "failure": now.failure,
        "speed": now.speed,
        "policy": {key: policy[key] for key in ("name", "summary", "scope")},
        "platform": platform_json(spec.platform),
        "seed": spec.seed,
        "schedule": live.kept.schedule_name,
        "loop": spec.loop,
        "guests": asdict(spec.guests),
        "quantum_ns": spec.quantum_ns,
        "speculation": spec.speculation,
        "faults": sorted(fault.value for fault in spec.faults),
        "seq": now.seq,
        "commands": now.commands,
        "steps": now.steps,
        "now_ns": now.now_ns,
        "playback": now.playback,
        "domains": now.domains,
        "metrics": now.metrics,
        "moment": live.moment_json() if isinstance(live, Moment) else None,
    }


def digest_json(live: Shown, machine: Machine) -> dict[str, Any]:
    """A hash over the whole state: equal machines act alike."""
    now = live.published
    return {"digest": machine.digest(), "seq": now.seq, "commands": now.commands}


def stepped_json(now: Published) -> dict[str, Any]:
    """Where a machine is after a command."""
    return {"seq": now.seq, "steps": now.steps, "now_ns": now.now_ns}


def clock_json(now: Published) -> dict[str, Any]:
    """Whether a machine runs, and how fast."""
    return {"running": now.status == "running", "speed": now.speed}


def metrics_json(now: Published) -> dict[str, Any]:
    """The counters, with the place in the events that they are of."""
    return {"seq": now.seq, "now_ns": now.now_ns, **now.metrics}
