"""The flush log as it is shown: lines or groups by index, facets, and why nothing is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.errors import invalid
from app.live.chronicle import Chronicle
from app.tables.facets import facet_counts, missing_without
from app.tables.lines import Lines
from app.tables.log_filter import Filter, FilterError, parse, written
from app.tables.selection import Selection
from app.views.log_line import line_json

MOST_RANGES = 8


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What is asked of the log; ``at`` None: all events so far."""

    filter: Filter
    at: int | None = None
    first: int = 0
    count: int = 100
    grouped: bool = False
    facets: bool = True
    find: int | None = None


def filter_of(text: str) -> Filter:
    """A filter from a query. Raises ProblemError for one that cannot be read."""
    try:
        return parse(text)
    except FilterError as error:
        raise invalid(("query", "filter"), str(error)) from error


def log_json(chronicle: Chronicle, asked: LogQuery) -> dict[str, Any]:
    """A part of the log, with what is to be known of the whole."""
    lines = chronicle.lines
    with lines.lock:
        selection = chronicle.selections.of(asked.filter)
        at = asked.at if asked.at is not None and asked.at < lines.seq else None
        rows, starts, end = selection.rows(at), selection.starts(at), lines.before(at)
        part = slice(asked.first, asked.first + asked.count)
        return {
            "seq": lines.seq if at is None else at,
            "expired": lines.expired,
            "total": end,
            "matching": len(rows),
            "matching_groups": len(starts),
            "sums": selection.sums(at)._asdict(),
            "first": asked.first,
            "groups": _groups_json(lines, rows, starts, part) if asked.grouped else None,
            "rows": None if asked.grouped else [line_json(lines, row) for row in rows[part]],
            "facets": _facets_json(lines, asked, selection, at) if asked.facets else None,
            "without": [] if len(rows) or not end else _without_json(lines, asked.filter, end),
            "found": None if asked.find is None else _found(lines, rows, starts, asked.find),
        }


def _groups_json(lines: Lines, rows: Any, starts: Any, part: slice) -> list[dict[str, Any]]:
    ends = np.append(starts, len(rows))[1:][part]
    fields = lines.shapes.fields
    harts = np.array(fields["hart"].values, np.int64)[fields["hart"].codes.values]
    redundant = fields["redundant"].where(lambda value: value == "yes")
    return [
        _group_json(lines, rows[first:end], int(first), harts, redundant)
        for first, end in zip(starts[part], ends, strict=True)
    ]


def _group_json(
    lines: Lines, members: Any, first: int, harts: Any, redundant: Any
) -> dict[str, Any]:
    """A group; ``harts`` and ``redundant`` tell of each shape."""
    shapes = lines["shape"][members]
    line, last = line_json(lines, members[0]), lines.line(members[-1])
    kind = line["type"]
    count = int(lines["count"][members].sum())
    return {
        "first": first,
        "count": len(members),
        "line": line,
        "last_seq": last["seq"],
        "last_ns": last["at_ns"],
        "harts": _spread(harts[shapes]),
        "vmids": _spread(lines["vmid"][members]),
        "dropped": count if kind == "executed" else None,
        "targets": count if kind == "requested" else None,
        "accesses": count if kind == "violation" else None,
        "redundant": int(redundant[shapes].sum()) if kind == "executed" else None,
        "cycles": 0 if kind == "violation" else int(lines["cycles"][members].sum()),
    }


def _spread(values: Any) -> dict[str, Any] | None:
    """The distinct numbers of a group, in up to `MOST_RANGES` ranges; None: there are none."""
    if len(values) == 1:
        only = int(values[0])
        one = {"count": 1, "first": only, "last": only, "ranges": [[only, only]]}
        return None if only < 0 else one
    distinct = np.unique(values[values >= 0])
    if not len(distinct):
        return None
    breaks = np.flatnonzero(np.diff(distinct) > 1)
    firsts = distinct[np.append(0, breaks + 1)][:MOST_RANGES]
    lasts = distinct[np.append(breaks, len(distinct) - 1)][:MOST_RANGES]
    return {
        "count": len(distinct),
        "first": int(distinct[0]),
        "last": int(distinct[-1]),
        "ranges": [[int(a), int(b)] for a, b in zip(firsts, lasts, strict=True)],
    }


def _facets_json(
    lines: Lines, asked: LogQuery, selection: Selection, at: int | None
) -> list[dict[str, Any]]:
    counts = facet_counts(lines, asked.filter, selection.by_shape(at), lines.before(at))
    return [
        {
            "name": name,
            "values": [
                {
                    "value": str(value.value),
                    "term": written(name, str(value.value)),
                    "count": value.lines,
                    "selected": value.selected,
                }
                for value in values
            ],
        }
        for name, values in counts.items()
    ]


def _without_json(lines: Lines, wanted: Filter, end: int) -> list[dict[str, Any]]:
    return [
        {"terms": " ".join(term.text for term in missing.terms), "matching": missing.lines}
        for missing in missing_without(lines, wanted, end)
    ]


def _found(lines: Lines, rows: Any, starts: Any, seq: int) -> dict[str, int] | None:
    """Where the line of an event is among those that pass; None: it is not."""
    row = lines.before(seq) - 1
    line = int(np.searchsorted(rows, row))
    if row < 0 or int(lines["seq"][row]) != seq or line == len(rows) or int(rows[line]) != row:
        return None
    return {"line": line, "group": int(np.searchsorted(starts, line, "right")) - 1}
