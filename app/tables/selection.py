"""The lines that pass a filter, found once and then only among the lines that are new."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tables.growing import Growing
from app.tables.lines import Lines
from app.tables.log_filter import Filter
from app.tables.passing import count_shapes, lines_passing, shapes_passing_all
from app.tables.sums import Sums, sums_of

MOST_KEPT = 4


class Selection:
    """Lines that pass, in the order of events, and where their groups begin.

    A group is a run of lines, among those that pass, with equal type, kind, cause, scope and
    requester. As lines are added, what is found stays where it is: an index never shifts, unless
    the oldest lines are dropped.
    """

    def __init__(self, lines: Lines, wanted: Filter) -> None:
        self._lines, self._wanted = lines, wanted
        self._rows = Growing(np.int32)
        self._starts = Growing(np.int32)
        self._last_group = (-1, -1)
        self._by_shape = np.zeros(0, np.int64)
        self._sums = Sums()
        self.expired = lines.expired
        """What `Lines.expired` was when it began: with another value it is of no use."""
        self.looked = 0
        """Lines that were looked at so far."""

    def go_on(self) -> None:
        """Look at the lines that were added since."""
        lines, wanted, first, end = self._lines, self._wanted, self.looked, len(self._lines)
        if first == end:
            return
        passing = lines_passing(lines, wanted, first, end)
        by_shape = count_shapes(lines, passing, first)
        by_shape[: len(self._by_shape)] += self._by_shape
        self._by_shape = by_shape
        passing &= shapes_passing_all(lines, wanted)[lines["shape"][first:end]]
        self._add(np.flatnonzero(passing) + first)
        self.looked = end

    def _add(self, rows: NDArray[Any]) -> None:
        if not len(rows):
            return
        group = self._lines.shapes.fields["group"].codes.values[self._lines["shape"][rows]]
        requester = self._lines["requester"][rows]
        begins = np.empty(len(rows), bool)
        begins[0] = (group[0], requester[0]) != self._last_group
        begins[1:] = (group[1:] != group[:-1]) | (requester[1:] != requester[:-1])
        self._starts.extend(np.flatnonzero(begins) + len(self._rows))
        self._rows.extend(rows)
        self._sums = self._sums.with_more(sums_of(self._lines, rows))
        self._last_group = (int(group[-1]), int(requester[-1]))

    def rows(self, at: int | None) -> NDArray[np.int32]:
        """Numbers of the lines that pass up to the event ``at``, ascending."""
        rows = self._rows.values
        return rows if at is None else rows[: np.searchsorted(rows, self._lines.before(at))]

    def starts(self, at: int | None) -> NDArray[np.int32]:
        """By group up to the event ``at``: where in `rows` it begins."""
        starts = self._starts.values
        return starts if at is None else starts[: np.searchsorted(starts, len(self.rows(at)))]

    def sums(self, at: int | None) -> Sums:
        """What the lines that pass up to the event ``at`` come to."""
        return self._sums if at is None else sums_of(self._lines, self.rows(at))

    def by_shape(self, at: int | None) -> NDArray[np.int64]:
        """By shape: lines up to the event ``at`` that pass what the filter asks of numbers."""
        if at is None:
            return self._by_shape
        end = self._lines.before(at)
        return count_shapes(self._lines, lines_passing(self._lines, self._wanted, 0, end), 0)


class Selections:
    """The selections of one machine that were asked for last, up to `MOST_KEPT`.

    Each takes up to 8 bytes a line.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._kept: OrderedDict[Filter, Selection] = OrderedDict()

    def of(self, wanted: Filter) -> Selection:
        """The selection for a filter, with all lines so far. Call it with the lines' lock held."""
        self._lines.settle()
        found = self._kept.pop(wanted, None)
        if found is None or found.expired != self._lines.expired:
            found = Selection(self._lines, wanted)
        self._kept[wanted] = found
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        found.go_on()
        return found
