"""The library of infamous traces as JSON objects."""

from __future__ import annotations

from typing import Any

from app.bounds import bounds_json, page_of, property_json
from simcore.check.library import TRACES
from simcore.check.path import format_path


def traces_json() -> list[dict[str, Any]]:
    """Every trace, in the library's order."""
    return [
        {
            "name": trace.name,
            "title": trace.title,
            "words": trace.words,
            "source": trace.source,
            "policy": trace.policy,
            "bounds": bounds_json(trace.bounds),
            "sentence": trace.bounds.sentence(),
            "broken": property_json(trace.broken),
            "path": format_path(trace.path),
            "steps": len(trace.path),
            "page": page_of(trace.policy, trace.bounds, trace.path),
        }
        for trace in TRACES
    ]
