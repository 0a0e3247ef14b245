"""Where in a machine's history something noteworthy is: what the time scrubber and `[` `]` use.

By kind, the sequence number and machine time of each event; and the event with which each new
machine time begins, so that any event has a time. Of each, `MOST_MARKS` rows of 16 bytes are kept
at most; when there are more, the older half goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.tables.columns import Columns
from simcore import events as ev

MarkKind = Literal["fence", "assignment", "violation", "request", "switch"]
Direction = Literal["next", "previous"]
MOST_MARKS = 1 << 20
_KIND_OF: dict[type[object], MarkKind] = {
    ev.FenceExecuted: "fence",
    ev.VmidAssigned: "assignment",
    ev.StaleHit: "violation",
    ev.RemoteFenceRequested: "request",
    ev.WorldSwitched: "switch",
}
KINDS = tuple(_KIND_OF.values())
_Row = tuple[int, int]


class Mark(NamedTuple):
    """A noteworthy event."""

    seq: int
    at_ns: int


class Marks:
    """The noteworthy events of one machine."""

    def __init__(self, most: int = MOST_MARKS) -> None:
        self._most = most
        self._kinds = {kind: _columns() for kind in KINDS}
        self._instants = _columns()
        self._newest_ns = -1
        self._since = 1
        self._begins: dict[Columns, Mark] = {}

    def record(self, first: int, events: Sequence[ev.Event]) -> None:
        """Take in events, the first of which has the number ``first``."""
        found: dict[MarkKind, list[_Row]] = {kind: [] for kind in KINDS}
        instants: list[_Row] = []
        newest = self._newest_ns
        for seq, event in enumerate(events, first):
            if event.at_ns != newest:
                newest = event.at_ns
                instants.append((seq, newest))
            kind = _KIND_OF.get(type(event))
            if kind is not None:
                found[kind].append((seq, event.at_ns))
        self._newest_ns = newest
        for kind, rows in found.items():
            self._add(self._kinds[kind], rows)
        self._add(self._instants, instants)

    def _add(self, columns: Columns, rows: list[_Row]) -> None:
        columns.append(rows)
        if len(columns) > self._most:
            columns.drop(len(columns) - self._most // 2)
            begin = self._begins[columns] = _mark(columns, 0)
            self._since = max(self._since, begin.seq)

    def beside(self, kind: MarkKind, seq: int, direction: Direction) -> Mark | None:
        """The nearest event of a kind after or before the event ``seq``; O(log n)."""
        columns = self._kinds[kind]
        seqs = columns.rows()["seq"]
        if direction == "next":
            found = int(np.searchsorted(seqs, seq, "right"))
        else:
            found = int(np.searchsorted(seqs, seq, "left")) - 1
        if not 0 <= found < len(seqs):
            return None
        return _mark(columns, found)

    def counts(self, kind: MarkKind, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many events of a kind lie after each number of ``edges`` and not after the next."""
        return np.diff(np.searchsorted(self._kinds[kind].rows()["seq"], edges, "right"))

    def between(self, kind: MarkKind, from_ns: int, to_ns: int, last: int) -> int:
        """How many events of a kind, up to the event ``last``, lie in a span of time, inclusive."""
        rows = self._kinds[kind].rows()
        first = np.searchsorted(rows["at_ns"], from_ns, "left")
        end = np.searchsorted(rows["at_ns"], to_ns, "right")
        known = np.searchsorted(rows["seq"], last, "right")
        return max(0, int(min(end, known) - first))

    def times(self, seqs: NDArray[np.int64]) -> list[int | None]:
        """The machine's clock at each of these events, ns; 0 or less: at the first one.

        None: it was earlier than the oldest instant that is kept.
        """
        rows = self._instants.rows()
        place = np.searchsorted(rows["seq"], seqs, "right") - 1
        times: list[int] = rows["at_ns"][np.maximum(place, 0)].tolist()
        if self._instants not in self._begins:
            return list(times)
        return [None if first < 0 else ns for first, ns in zip(place, times, strict=True)]

    def begin(self, *kinds: MarkKind) -> Mark | None:
        """The event from which on all of these kinds are kept; None: nothing was dropped."""
        found = [self._begins.get(self._kinds[kind]) for kind in kinds]
        return max((begin for begin in found if begin), default=None)

    @property
    def since(self) -> int:
        """The first event from which on nothing was dropped."""
        return self._since

    def time(self, seq: int) -> int | None:
        """The machine's clock at the event ``seq``, ns; None: it is not kept any more."""
        return self.times(np.array([seq]))[0]


def _mark(columns: Columns, place: int) -> Mark:
    rows = columns.rows()
    return Mark(int(rows["seq"][place]), int(rows["at_ns"][place]))


def _columns() -> Columns:
    return Columns({"seq": np.int64, "at_ns": np.int64})
