"""Columns of numbers that grow at the end and lose their oldest rows beyond a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import DTypeLike, NDArray

from app.tables.growing import Growing

Rows = dict[str, NDArray[Any]]
"""Columns by name, all of one length."""
_MOST_NEW = 1024


class Columns:
    """A table of numbers, to be used by one thread at a time.

    Rows that were read are never written again: growing and dropping make new arrays.
    """

    def __init__(self, types: Mapping[str, DTypeLike]) -> None:
        self._columns = {name: Growing(kind) for name, kind in types.items()}
        self._count = 0
        self._new: list[tuple[int, ...]] = []
        self._read: Rows | None = None
        """What `rows` answered last, while nothing came since."""

    def __len__(self) -> int:
        return self._count + len(self._new)

    def append(self, rows: Sequence[tuple[int, ...]]) -> None:
        """Add rows, each with a value a column."""
        self._new += rows
        if len(self._new) >= _MOST_NEW:
            self._take_in()

    def _take_in(self) -> None:
        """Many rows at once: an array takes a thousand as quickly as ten."""
        for column, values in zip(
            self._columns.values(), zip(*self._new, strict=True), strict=True
        ):
            column.extend(values)
        self._count, self._new, self._read = len(self), [], None

    def rows(self) -> Rows:
        """All rows, in the order in which they came; not to be written."""
        if self._new:
            self._take_in()
        if self._read is None:
            self._read = {name: column.values for name, column in self._columns.items()}
        return self._read

    def drop(self, oldest: int) -> None:
        """Let the oldest rows go."""
        self.rows()
        gone = min(oldest, self._count)
        for column in self._columns.values():
            column.drop_first(gone)
        self._count, self._read = self._count - gone, None
