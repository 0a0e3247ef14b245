"""A recorded page stream as a value: which pages a program touched, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_PAGES = 1 << 16
"""Different pages at most, so that a touch is two bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class PageStream:
    """What a program touched, as indices into its pages.

    ``pages`` are the virtual page numbers of the program in ascending order (int64), so that pages
    side by side stay so; ``touches`` has for each access the index of its page (uint16).
    ``lines`` is how many lines of text it was read from.
    """

    format: str
    pages: NDArray[np.int64]
    touches: NDArray[np.uint16]
    lines: int

    def within(self, pages: int) -> NDArray[np.int64]:
        """The touches as pages of a guest that has ``pages``: its pages are used again in turn."""
        return self.touches.astype(np.int64) % pages
