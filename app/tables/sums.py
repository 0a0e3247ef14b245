"""What the lines found come to: fences, what they dropped, and cycles."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from app.tables.lines import Lines
from app.tables.passing import Mask


class Sums(NamedTuple):
    """Sums over lines of the log. Cycles are those of fences and of remote requests."""

    fences: int = 0
    redundant: int = 0
    dropped: int = 0
    requests: int = 0
    wrong_accesses: int = 0
    cycles: int = 0

    def with_more(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(*map(sum, zip(self, other, strict=True)))


def sums_of(lines: Lines, rows: NDArray[Any]) -> Sums:
    """Sums over the lines of these numbers, in O(lines)."""
    shapes, counts = lines["shape"][rows], lines["count"][rows]

    def having(field: str, value: str) -> Mask:
        has: Mask = lines.shapes.fields[field].where(lambda of_shape: of_shape == value)[shapes]
        return has

    executed, violation = having("type", "executed"), having("type", "violation")
    return Sums(
        int(executed.sum()),
        int(having("redundant", "yes").sum()),
        int(counts[executed].sum()),
        int(having("type", "requested").sum()),
        int(counts[violation].sum()),
        int(lines["cycles"][rows][~violation].sum()),
    )
