"""Noteworthy events: the next of a kind, and how they are spread over the history."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.live.machine import LiveMachine
from app.tables.marks import Direction, MarkKind, Marks
from simcore.machine import Machine


def mark_json(
    live: LiveMachine, machine: Machine, kind: MarkKind, seq: int | None, direction: Direction
) -> dict[str, Any]:
    """The nearest event of a kind; ``seq`` None: seen from the beginning, or from the end."""
    if seq is None:
        seq = 0 if direction == "next" else live.published.seq + 1
    return nearest(live.chronicle.marks, kind, seq, direction)


def nearest(marks: Marks, kind: MarkKind, seq: int, direction: Direction) -> dict[str, Any]:
    """The nearest event of a kind, and whether one that was dropped may have been nearer."""
    mark, begin = marks.beside(kind, seq, direction), marks.begin(kind)
    known = mark is not None if direction == "previous" else begin and seq >= begin.seq - 1
    return {
        "seq": mark and mark.seq,
        "at_ns": mark and mark.at_ns,
        "since": begin.seq if begin else 1,
        "complete": begin is None or bool(known),
    }


def density_json(live: LiveMachine, machine: Machine, bins: int, at: int | None) -> dict[str, Any]:
    """Counts in ``bins`` equal parts of the events 1 to ``at``. O(bins log n)."""
    marks, last = live.chronicle.marks, last_event(live, at)
    edges = np.arange(bins + 1, dtype=np.int64) * last // bins
    return {
        "seq": last,
        "since": marks.since,
        "bins": bins,
        "edges": edges.tolist(),
        "at_ns": marks.times(edges),
        "fences": marks.counts("fence", edges).tolist(),
        "assignments": marks.counts("assignment", edges).tolist(),
        "violations": marks.counts("violation", edges).tolist(),
    }


def last_event(live: LiveMachine, at: int | None) -> int:
    """The event after which a machine is seen: ``at``, which has happened, or the newest."""
    return live.published.seq if at is None else at
