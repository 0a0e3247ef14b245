"""Checks as JSON objects."""

from __future__ import annotations

from typing import Any

from app.bounds import bounds_json, page_of, property_json
from app.jobs import Job
from simcore.check.path import format_path


def check_json(job: Job) -> dict[str, Any]:
    """A check, as it is now."""
    order, verdict = job.order, job.verdict
    page = page_of(order.policy, order.bounds, verdict.path) if verdict else None
    return {
        "id": job.id,
        "state": job.state,
        "policy": order.policy,
        "bounds": bounds_json(order.bounds),
        "sentence": order.bounds.sentence(),
        "properties": [property_json(invariant) for invariant in order.properties],
        "attended": job.attended,
        "created": job.created,
        "pid": job.pid,
        "seconds": round(job.seconds, 3),
        "progress": _progress_json(job),
        "verdict": _verdict_json(job),
        "failure": job.failure,
        "page": page if verdict and not verdict.holds else None,
    }


def _progress_json(job: Job) -> dict[str, int]:
    """What was found so far; at the end, what the verdict counts."""
    if job.verdict:
        found = job.verdict
        counted = {"states": found.states, "transitions": found.transitions, "depth": found.depth}
        return {**counted, "waiting": job.progress.waiting if job.progress else 0}
    if job.progress:
        return job.progress._asdict()
    return dict.fromkeys(("states", "transitions", "depth", "waiting"), 0)


def _verdict_json(job: Job) -> dict[str, Any] | None:
    verdict = job.verdict
    if verdict is None:
        return None
    return {
        "holds": verdict.holds,
        "complete": verdict.complete,
        "broken": property_json(verdict.broken) if verdict.broken else None,
        "path": format_path(verdict.path),
        "states": verdict.states,
        "transitions": verdict.transitions,
        "depth": verdict.depth,
        "cut_by": list(verdict.cut_by),
        "witnessed": {invariant.name: seen for invariant, seen in verdict.witnessed.items()},
    }
