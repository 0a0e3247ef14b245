"""Two machines at one step as JSON objects."""

from __future__ import annotations

from typing import Any

from app.comparisons import Pair, Standing
from app.live import LiveMachine
from app.views.platform import platform_json, policy_json
from simcore.lab.deltas import HEADLINES, Delta, deltas

_Moment = tuple[int, int, dict[str, Any]]


def moment(now: Standing) -> _Moment:
    """Events so far, time and counters of a machine, copied."""
    return now.seq, now.machine.now_ns, now.chronicle.metrics.to_dict()


def comparison_json(pair: Pair, steps: int, moments: tuple[_Moment, _Moment]) -> dict[str, Any]:
    """Both machines after ``steps`` steps, and how B's counters compare with A's."""
    (_, _, a), (_, _, b) = moments
    found = deltas(a, b)
    words = {delta.name: delta.words for delta in found}
    return {
        "id": pair.id,
        "steps": steps,
        "most_steps": pair.steps,
        "schedule": pair.a.kept.schedule_name,
        "platform": platform_json(pair.a.spec.platform),
        "a": _side_json(pair.a, moments[0]),
        "b": _side_json(pair.b, moments[1]),
        "headlines": [words[name] for name in HEADLINES],
        "deltas": [_delta_json(delta) for delta in found],
    }


def _side_json(live: LiveMachine, moment: _Moment) -> dict[str, Any]:
    seq, now_ns, metrics = moment
    policy = policy_json(live.spec.policy)
    return {
        "machine": live.id,
        "policy": {key: policy[key] for key in ("name", "summary", "scope")},
        "steps": live.published.steps,
        "seq": seq,
        "now_ns": now_ns,
        "metrics": metrics,
    }


def _delta_json(delta: Delta) -> dict[str, Any]:
    return {
        "name": delta.name,
        "noun": delta.noun,
        "a": delta.a,
        "b": delta.b,
        "change": delta.change,
        "percent": delta.percent,
        "direction": delta.direction,
        "sentence": delta.words,
    }
