"""One measured figure: several runs, their median and spread, and the target it is held against."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, ``values`` of each run, and the bound it should keep (None: told only)."""

    what: str
    values: tuple[float, ...]
    unit: str = "×"
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """``pass``, ``miss``, or nothing where there is no target."""
        if self.at_least is None and self.at_most is None:
            return ""
        low = self.at_least is None or self.median >= self.at_least
        return "pass" if low and (self.at_most is None or self.median <= self.at_most) else "miss"

    @property
    def target(self) -> str:
        """The bound in words."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "" if self.at_most is None else f"≤ {self.at_most:g}"

    def line(self) -> str:
        """One row of the table."""
        spread = f"{min(self.values):.3g} … {max(self.values):.3g}"
        told = f"{self.median:9.3g} {self.unit:<3} {spread:>19} {len(self.values):>3}"
        return f"{self.what:<78}{told} {self.target:>7} {self.verdict}"

    def to_dict(self) -> dict[str, Any]:
        """The figure as a JSON object."""
        return {
            "what": self.what,
            "unit": self.unit,
            "median": self.median,
            "values": list(self.values),
            "at_least": self.at_least,
            "at_most": self.at_most,
            "verdict": self.verdict or None,
        }


HEADER = f"{'figure':<78}{'median':>9}     {'lowest … highest':>19} {'n':>3} {'target':>7}"


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes, with the garbage of the others gone."""
    return wall_and_processor(work)[0]


def wall_and_processor(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that one call takes, and those of them that this process computed."""
    gc.collect()
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def ratios(
    ours: Callable[[], object], theirs: Callable[[], object], runs: int
) -> tuple[float, ...]:
    """How many times faster ``ours`` is, run by run, the two taking turns."""
    return tuple(seconds(theirs) / seconds(ours) for _ in range(runs))


def growth(
    what: str,
    of: str,
    works: Mapping[int, Callable[[], object]],
    runs: int,
    *,
    shared_by_size: bool = False,
) -> Iterator[Figure]:
    """Cost at the largest size against the smallest, and the slope over all in log-log.

    In processor time: works of one thread, which another program may interrupt for long.
    ``shared_by_size``: the cost is divided by the size first.
    """
    sizes = list(works)
    flat, slopes = [], []
    for _ in range(runs):
        cost = {size: wall_and_processor(work)[1] for size, work in works.items()}
        if shared_by_size:
            cost = {size: taken / size for size, taken in cost.items()}
        flat.append(cost[sizes[-1]] / cost[sizes[0]])
        slopes.append(_slope(cost))
    between = f"{sizes[0]:,} … {sizes[-1]:,} {of}"
    yield Figure(f"cost of {what}, {between}", tuple(flat), at_most=1.5)
    yield Figure(f"slope of {what}, {between}", tuple(slopes), "")


def _slope(cost: dict[int, float]) -> float:
    """Exponent by which cost grows with size, by least squares."""
    points = [(math.log(size), math.log(value)) for size, value in cost.items()]
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    above = sum((x - x_mean) * (y - y_mean) for x, y in points)
    return above / sum((x - x_mean) ** 2 for x, _ in points)
