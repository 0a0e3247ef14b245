"""What ran on which hart when, as much of it as a width of pixels can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.errors import invalid
from app.live.chronicle import Chronicle
from app.live.machine import LiveMachine
from app.problems import ProblemError
from app.tables.columns import Rows
from app.tables.fence_marks import FenceMarks, within
from app.tables.hart_tables import HartTables
from app.tables.marks import KINDS, Marks
from app.tables.slices import Moment, Numbers, Slices
from app.views.marks import last_event
from simcore.machine import Machine

_MOST_LANES = 64
"""More harts share lanes unless they are asked for one by one."""
_MOST_PIXELS = 1 << 15
_MOST_TOLD = 1 << 13
"""Pixels, and things told one by one, of all lanes together: what bounds an answer. Harts that
share a lane have twice the pixels, since whose slices they are is not told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown; ``to_ns`` None: up to the newest; ``harts`` None: all;
    ``group`` None: as many harts a lane as leave 64 lanes at most."""

    from_ns: int
    to_ns: int | None
    width: int
    harts: tuple[int, ...] | None
    group: int | None
    at: int | None


def lanes_json(live: LiveMachine, machine: Machine, wanted: Wanted) -> dict[str, Any]:
    """The lanes of a machine. Raises ProblemError for what is not there."""
    harts = wanted.harts or tuple(map(int, live.spec.platform.hart_ids))
    return lanes_of(live.chronicle, _moment(live, wanted.at), harts, wanted)


def lanes_of(
    chronicle: Chronicle, moment: Moment, harts: tuple[int, ...], wanted: Wanted
) -> dict[str, Any]:
    """The lanes of these harts as they were at a moment. O(harts · width · log n)."""
    from_ns, to_ns = wanted.from_ns, moment.ns if wanted.to_ns is None else wanted.to_ns
    if to_ns < from_ns:
        raise invalid(("query", "to_ns"), f"to_ns is {to_ns}; from_ns is {from_ns} or more")
    group = wanted.group or -(-len(harts) // _MOST_LANES)
    groups = [list(harts[first : first + group]) for first in range(0, len(harts), group)]
    if len(groups) > _MOST_LANES:
        raise invalid(
            ("query", "group"),
            f"group is {group}, which gives {len(groups)} lanes; {_MOST_LANES} are allowed",
        )
    bins = max(1, min(wanted.width, (_MOST_PIXELS << (group > 1)) // len(harts)))
    window = _Window(
        chronicle.slices, chronicle.fence_marks, moment, (from_ns, to_ns), bins, len(groups)
    )
    return {
        "seq": moment.seq,
        "begin_ns": chronicle.slices.kept.since_ns,
        "since_ns": chronicle.fence_marks.since_ns,
        "end_ns": moment.ns,
        "from_ns": from_ns,
        "to_ns": to_ns,
        "bins": bins,
        "words": list(chronicle.fence_marks.words),
        "lanes": [window.lane(group) for group in groups],
    }


def counts_json(
    live: LiveMachine, machine: Machine, from_ns: int, to_ns: int, at: int | None
) -> dict[str, Any]:
    """How many things happened in a span of time."""
    return counted(live.chronicle.marks, from_ns, to_ns, last_event(live, at))


def counted(marks: Marks, from_ns: int, to_ns: int, last: int) -> dict[str, Any]:
    """How many noteworthy events, up to the event ``last``, are kept of a span of time."""
    begin = marks.begin(*KINDS)
    # Events of the same instant that came before it are gone too.
    since_ns = begin.at_ns + 1 if begin else 0
    return {
        "from_ns": from_ns,
        "to_ns": to_ns,
        "fences": marks.between("fence", from_ns, to_ns, last),
        "requests": marks.between("request", from_ns, to_ns, last),
        "assignments": marks.between("assignment", from_ns, to_ns, last),
        "violations": marks.between("violation", from_ns, to_ns, last),
        "world_switches": marks.between("switch", from_ns, to_ns, last),
        "since": begin.seq if begin else 1,
        "since_ns": since_ns,
        "complete": from_ns >= since_ns,
    }


def _moment(live: LiveMachine, at: int | None) -> Moment:
    last, marks = last_event(live, at), live.chronicle.marks
    now_ns = live.published.now_ns if at is None else marks.time(last)
    if now_ns is None:
        raise ProblemError(
            "events-expired",
            f"at is {at}; when that was is not kept any more, {marks.since} and later is allowed",
        )
    return Moment(last, now_ns)


def bin_edges(from_ns: int, to_ns: int, bins: int) -> Numbers:
    """The ``bins`` + 1 edges of equal parts of a span, each rounded down to a whole ns.

    The span's whole parts and the rest are multiplied apart: both products stay within 64 bits.
    """
    part, rest = divmod(to_ns - from_ns, bins)
    number = np.arange(bins + 1)
    return from_ns + number * part + number * rest // bins


class _Window:
    """A span of time and the pixels it is shown on."""

    def __init__(
        self,
        slices: Slices,
        fences: FenceMarks,
        moment: Moment,
        span: tuple[int, int],
        bins: int,
        lanes: int,
    ) -> None:
        self._slices, self._fences, self._moment, self._span = slices, fences, moment, span
        self._edges = bin_edges(*span, bins)
        self._most = max(8, min(bins // 2, _MOST_TOLD // lanes))

    def lane(self, harts: Sequence[int]) -> dict[str, Any]:
        """One lane: a hart, or several together, of which only counts are told."""
        fences = self._fences
        tables = (("fence", "fences", fences.executed), ("request", "requests", fences.requested),
                  ("wrong", "wrong", fences.wrong))  # fmt: skip
        lane: dict[str, Any] = {"harts": harts, **self._ran(harts)}
        for word, name, table in tables:
            rows, counts = self._rows(table, harts)
            lane |= {name: rows, f"{word}_counts": counts}
        return lane

    def _ran(self, harts: Sequence[int]) -> dict[str, Any]:
        lanes = [self._slices.lane(hart, self._moment) for hart in harts]
        if len(lanes) == 1 and lanes[0].count(*self._span) <= self._most:
            return {"slices": lanes[0].window(*self._span), "density": None}
        if len(lanes) == 1:
            busy, domains = lanes[0].density(self._edges)
        else:
            busy = np.sum([lane.busy_ns(self._edges) for lane in lanes], axis=0)
            domains = np.full(len(busy), -1)
        return {"slices": None, "density": {"busy_ns": busy.tolist(), "domain": domains.tolist()}}

    def _rows(
        self, table: HartTables, harts: Sequence[int]
    ) -> tuple[dict[str, list[int]] | None, list[int] | None]:
        found = [within(table.rows(hart), *self._span, self._moment.seq) for hart in harts]
        if len(found) == 1 and len(found[0]["seq"]) <= self._most:
            return {name: column.tolist() for name, column in found[0].items()}, None
        total = np.zeros(len(self._edges) - 1, np.int64)
        for rows in found:
            if len(rows["seq"]):
                total += self._counted(rows)
        return None, total.tolist()

    def _counted(self, rows: Rows) -> Numbers:
        """Rows by pixel; the last pixel has what is at its right edge too."""
        edges = self._edges.copy()
        edges[-1] += 1
        return np.diff(np.searchsorted(rows["at_ns"], edges, "left"))
