"""An array that grows at its end, and forgets from its beginning."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LEAST = 16


class Growing:
    """Numbers of one type in a row; adding costs a constant time a number, on average."""

    __slots__ = ("_array", "_length")

    def __init__(self, dtype: Any) -> None:
        self._array = np.empty(_LEAST, dtype)
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> int:
        """One number, of those there are."""
        return int(self._array[place])

    @property
    def values(self) -> NDArray[Any]:
        """All numbers, shape (length,); a view that the next change makes stale."""
        return self._array[: self._length]

    def extend(self, values: ArrayLike) -> None:
        """Add numbers at the end."""
        added = np.asarray(values, self._array.dtype)
        end = self._length + len(added)
        if end > len(self._array):
            grown = np.empty(max(end, 2 * len(self._array)), self._array.dtype)
            grown[: self._length] = self.values
            self._array = grown
        self._array[self._length : end] = added
        self._length = end

    def drop_first(self, count: int) -> None:
        """Forget the first ``count`` numbers; the others move to the beginning."""
        self._length -= count
        kept = np.empty(max(_LEAST, self._length), self._array.dtype)
        kept[: self._length] = self._array[count : count + self._length]
        self._array = kept
