"""Columns of numbers that grow at the end and lose their oldest rows beyond a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Rows = dict[str, NDArray[Any]]
"""Columns by name, all of one length."""
_FIRST_ROWS = 16


class Columns:
    """A table of numbers. One thread writes, any may read.

    Rows that were read are never written again: growing and dropping make new arrays.
    """

    def __init__(self, types: Mapping[str, DTypeLike]) -> None:
        self._state: tuple[Rows, int] = (
            {name: np.empty(_FIRST_ROWS, kind) for name, kind in types.items()},
            0,
        )

    def __len__(self) -> int:
        return self._state[1]

    def rows(self) -> Rows:
        """All rows, in the order in which they came; not to be written."""
        arrays, count = self._state
        return {name: array[:count] for name, array in arrays.items()}

    def append(self, rows: Sequence[tuple[int, ...]]) -> None:
        """Add rows, each with a value a column."""
        if not rows:
            return
        arrays, count = self._state
        needed = count + len(rows)
        capacity = len(next(iter(arrays.values())))
        if needed > capacity:
            arrays = _resized(arrays, 0, count, max(needed, 2 * capacity))
        for array, values in zip(arrays.values(), zip(*rows, strict=True), strict=True):
            array[count:needed] = values
        self._state = arrays, needed

    def drop(self, oldest: int) -> None:
        """Let the oldest rows go."""
        arrays, count = self._state
        oldest = min(oldest, count)
        kept = count - oldest
        self._state = _resized(arrays, oldest, count, max(kept, _FIRST_ROWS)), kept


def _resized(arrays: Rows, first: int, end: int, capacity: int) -> Rows:
    """The rows from ``first`` to ``end`` in new arrays with room for ``capacity``."""
    resized = {name: np.empty(capacity, array.dtype) for name, array in arrays.items()}
    for name, array in arrays.items():
        resized[name][: end - first] = array[first:end]
    return resized
