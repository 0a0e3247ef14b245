"""A table a hart, its rows in order of time, with one limit for all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import DTypeLike

from app.tables.columns import Columns, Rows


class HartTables:
    """Rows of numbers by hart; the first column is their machine time in ns.

    When all tables together have more than ``most`` rows, about the older half goes.
    """

    def __init__(self, types: Mapping[str, DTypeLike], most: int) -> None:
        self._types, self._most = types, most
        self._time = next(iter(types))
        self._tables: dict[int, Columns] = {}
        self._nothing = Columns(types).rows()
        self._count = 0
        self.since_ns = 0
        """Rows of before are not kept any more."""

    def __len__(self) -> int:
        return self._count

    def append(self, news: Mapping[int, Sequence[tuple[int, ...]]]) -> None:
        """Add rows, by hart."""
        for hart, rows in news.items():
            table = self._tables.get(hart)
            if table is None:
                table = self._tables[hart] = Columns(self._types)
            table.append(rows)
            self._count += len(rows)
        if self._count > self._most:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        times = [table.rows()[self._time] for table in self._tables.values()]
        self.since_ns = int(np.median(np.concatenate(times))) + 1
        for table, column in zip(self._tables.values(), times, strict=True):
            table.drop(int(np.searchsorted(column, self.since_ns)))
        self._count = sum(map(len, self._tables.values()))

    def rows(self, hart: int) -> Rows:
        """The rows of a hart."""
        table = self._tables.get(hart)
        return self._nothing if table is None else table.rows()
