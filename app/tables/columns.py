"""Columns of numbers that grow at the end and lose their oldest rows beyond a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Rows = dict[str, NDArray[Any]]
"""Columns by name, all of one length."""
_FIRST_ROWS = 16
_MOST_NEW = 1024


class Columns:
    """A table of numbers, to be used by one thread at a time.

    Rows that were read are never written again: growing and dropping make new arrays.
    """

    def __init__(self, types: Mapping[str, DTypeLike]) -> None:
        self._arrays: Rows = {name: np.empty(_FIRST_ROWS, kind) for name, kind in types.items()}
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
        needed = len(self)
        capacity = len(next(iter(self._arrays.values())))
        if needed > capacity:
            self._arrays = self._resized(0, max(needed, 2 * capacity))
        values = zip(*self._new, strict=True)
        for array, column in zip(self._arrays.values(), values, strict=True):
            array[self._count : needed] = column
        self._count, self._new, self._read = needed, [], None

    def rows(self) -> Rows:
        """All rows, in the order in which they came; not to be written."""
        if self._new:
            self._take_in()
        if self._read is None:
            self._read = {name: array[: self._count] for name, array in self._arrays.items()}
        return self._read

    def drop(self, oldest: int) -> None:
        """Let the oldest rows go."""
        self.rows()
        kept = max(0, self._count - oldest)
        self._arrays = self._resized(self._count - kept, max(kept, _FIRST_ROWS))
        self._count, self._read = kept, None

    def _resized(self, first: int, capacity: int) -> Rows:
        """The rows from ``first`` on in new arrays with room for ``capacity``."""
        kept = self._count - first
        resized = {name: np.empty(capacity, old.dtype) for name, old in self._arrays.items()}
        for name, array in resized.items():
            array[:kept] = self._arrays[name][first : self._count]
        return resized
