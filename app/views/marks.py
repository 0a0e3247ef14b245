"""Noteworthy events: the next of a kind, and how they are spread over the history."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.errors import invalid
from app.live.machine import LiveMachine
from app.tables.marks import Direction, MarkKind
from simcore.machine import Machine


def mark_json(
    live: LiveMachine, machine: Machine, kind: MarkKind, seq: int | None, direction: Direction
) -> dict[str, int] | None:
    """The nearest event of a kind; ``seq`` None: seen from the beginning, or from the end."""
    if seq is None:
        seq = 0 if direction == "next" else live.published.seq + 1
    mark = live.chronicle.marks.beside(kind, seq, direction)
    return None if mark is None else mark._asdict()


def density_json(live: LiveMachine, machine: Machine, bins: int, at: int | None) -> dict[str, Any]:
    """Counts in ``bins`` equal parts of the events 1 to ``at``. O(bins log n)."""
    marks, last = live.chronicle.marks, last_event(live, at)
    edges = np.arange(bins + 1, dtype=np.int64) * last // bins
    return {
        "seq": last,
        "bins": bins,
        "edges": edges.tolist(),
        "at_ns": marks.times(edges).tolist(),
        "fences": marks.counts("fence", edges).tolist(),
        "assignments": marks.counts("assignment", edges).tolist(),
        "violations": marks.counts("violation", edges).tolist(),
    }


def last_event(live: LiveMachine, at: int | None) -> int:
    """The event after which a machine is seen. Raises ProblemError where it has not happened."""
    newest = live.published.seq
    if at is not None and at > newest:
        raise invalid(("query", "at"), f"at is {at}; the events so far: 1 to {newest}")
    return newest if at is None else at
