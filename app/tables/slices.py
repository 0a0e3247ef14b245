"""When guest code ran on each hart: a slice from each entry into guest mode to its exit.

At most `MOST_SLICES` slices of 44 bytes are kept. Every answer costs O(pixels · log slices):
starts and ends are in order, and each slice knows how long the ones before it were together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.tables.columns import Rows
from app.tables.hart_tables import HartTables
from simcore import events as ev

MOST_SLICES = 1 << 20
_SAMPLED = 4
_Row = tuple[int, ...]
Numbers = NDArray[np.int64]


class Moment(NamedTuple):
    """An event, and the machine time at it: slices are seen as they were then."""

    seq: int
    ns: int


class Slices:
    """The slices of one machine."""

    def __init__(self, most: int = MOST_SLICES) -> None:
        self.kept = HartTables(
            {
                "start_ns": np.int64, "end_ns": np.int64, "before_ns": np.int64, "seq": np.int64,
                "domain": np.int32, "vcpu": np.int32, "vmid": np.int32,
            },
            most,
        )  # fmt: skip
        self._open: dict[int, ev.GuestEntered] = {}
        self._open_seq: dict[int, int] = {}
        self._busy_ns: defaultdict[int, int] = defaultdict(int)

    def record(self, first: int, events: Sequence[ev.Event]) -> None:
        """Take in events, the first of which has the number ``first``."""
        news: defaultdict[int, list[_Row]] = defaultdict(list)
        for seq, event in enumerate(events, first):
            if isinstance(event, ev.GuestEntered):
                self._open[event.hart], self._open_seq[event.hart] = event, seq
            elif isinstance(event, ev.GuestExited):
                news[event.hart].append(self._closed(event))
        self.kept.append(news)

    def _closed(self, event: ev.GuestExited) -> _Row:
        entered = self._open.pop(event.hart)
        before = self._busy_ns[event.hart]
        self._busy_ns[event.hart] = before + event.at_ns - entered.at_ns
        who = entered.domain, entered.vcpu, entered.vmid
        return entered.at_ns, event.at_ns, before, self._open_seq[event.hart], *who

    def lane(self, hart: int, moment: Moment) -> Lane:
        """What ran on a hart until a moment."""
        rows = self.kept.rows(hart)
        if len(rows["seq"]) and rows["seq"][-1] > moment.seq:
            count = int(np.searchsorted(rows["seq"], moment.seq, "right"))
            rows = {name: column[:count] for name, column in rows.items()}
        entered = self._open.get(hart)
        if entered is None or self._open_seq[hart] > moment.seq:
            return _ended(rows, moment.ns)
        who = entered.domain, entered.vcpu, entered.vmid
        last = (entered.at_ns, moment.ns, self._busy_ns[hart], self._open_seq[hart], *who)
        return Lane(rows, last, moment.ns)


def _ended(rows: Rows, end_ns: int) -> Lane:
    """The lane of slices that are over by now, the last of which may go on beyond ``end_ns``."""
    if not len(rows["seq"]) or rows["end_ns"][-1] <= end_ns:
        return Lane(rows, None, end_ns)
    start, _, *others = (int(column[-1]) for column in rows.values())
    before = {name: column[:-1] for name, column in rows.items()}
    return Lane(before, (start, end_ns, *others), end_ns)


@dataclass(frozen=True, slots=True)
class Lane:
    """The slices of one hart until ``end_ns``; ``last`` is one that has not ended."""

    rows: Rows
    last: _Row | None
    end_ns: int

    def count(self, from_ns: int, to_ns: int) -> int:
        """How many slices lie in a span of time, at least in part."""
        first, end = self._span(from_ns, to_ns)
        return end - first + (self.last is not None and self.last[0] <= to_ns)

    def _span(self, from_ns: int, to_ns: int) -> tuple[int, int]:
        first = int(np.searchsorted(self.rows["end_ns"], from_ns, "left"))
        end = int(np.searchsorted(self.rows["start_ns"], to_ns, "right"))
        return first, max(first, end)

    def window(self, from_ns: int, to_ns: int) -> dict[str, list[int]]:
        """The slices in a span of time, by column, in order; ends are at ``end_ns`` at the most."""
        first, end = self._span(from_ns, to_ns)
        columns: dict[str, list[int]] = {}
        shows_last = self.last is not None and self.last[0] <= to_ns
        for place, (name, column) in enumerate(self.rows.items()):
            values: list[int] = column[first:end].tolist()
            if shows_last and self.last is not None:
                values.append(self.last[place])
            columns[name] = values
        columns["end_ns"] = [min(end_ns, self.end_ns) for end_ns in columns["end_ns"]]
        del columns["before_ns"]
        return columns

    def density(self, edges: Numbers) -> tuple[Numbers, Numbers]:
        """Nanoseconds in guest mode between each two neighbours of ``edges``, and who ran longest.

        Where more than four slices lie there, of four that are evenly spread; -1: nobody.
        """
        place = self._last_begun(edges)
        return self._busy_ns(edges, place), self._domains(edges, place)

    def busy_ns(self, edges: Numbers) -> Numbers:
        """Nanoseconds in guest mode between each two neighbours of ``edges``."""
        return self._busy_ns(edges, self._last_begun(edges))

    def _last_begun(self, times: Numbers) -> Numbers:
        """The last slice that has begun at each time; -1: none."""
        place: Numbers = self.rows["start_ns"].searchsorted(times, "right") - 1
        return place

    def _busy_ns(self, edges: Numbers, place: Numbers) -> Numbers:
        times = np.minimum(edges, self.end_ns)
        start, end, before = (self.rows[name] for name in ("start_ns", "end_ns", "before_ns"))
        total = np.zeros(len(edges), np.int64)
        if len(start):
            # Of a slice that begins after ``end_ns`` and before an edge, nothing counts.
            at = np.maximum(place, 0)
            ran = np.maximum(np.minimum(times, end[at]) - start[at], 0)
            total = before[at] + np.where(place >= 0, ran, 0)
        if self.last is not None:
            total = total + np.maximum(times - self.last[0], 0)
        return np.diff(total)

    def _domains(self, edges: Numbers, place: Numbers) -> Numbers:
        starts, ends = edges[:-1, None], np.minimum(edges[1:, None], self.end_ns)
        rows: dict[str, NDArray[Any]] = self.rows
        owner, ran = np.full((len(starts), _SAMPLED), -1), np.zeros((len(starts), _SAMPLED), int)
        if len(rows["seq"]):
            # From the slice that runs at the left edge, or the next, to the last before the right.
            first = place[:-1] + (rows["end_ns"][np.maximum(place[:-1], 0)] <= edges[:-1])
            first = np.maximum(first, 0)[:, None]
            count = place[1:, None] + 1 - first
            places = np.arange(_SAMPLED)
            chosen = first + np.where(count > _SAMPLED, places * count // _SAMPLED, places)
            chosen = np.where(places < count, chosen, 0)
            overlap = np.minimum(rows["end_ns"][chosen], ends)
            overlap -= np.maximum(rows["start_ns"][chosen], starts)
            ran = np.where(places < count, np.maximum(overlap, 0), 0)
            owner = np.where(ran > 0, rows["domain"][chosen], -1)
        if self.last is not None:
            late = np.maximum(ends - np.maximum(self.last[0], starts), 0)
            owner = np.hstack([owner, np.where(late > 0, self.last[4], -1)])
            ran = np.hstack([ran, late])
        return _longest(owner, ran)


def _longest(owner: Numbers, ran: Numbers) -> Numbers:
    """By row: the owner with the largest sum."""
    sums = np.zeros(ran.shape, np.int64)
    for place in range(ran.shape[1]):
        sums += np.where(owner == owner[:, place : place + 1], ran[:, place : place + 1], 0)
    longest: Numbers = owner[np.arange(len(owner)), np.argmax(sums, axis=1)]
    return longest
