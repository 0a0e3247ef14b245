"""How many lines there are of each value of a facet, and why a filter finds nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.tables.lines import Lines
from app.tables.log_filter import Filter, Term
from app.tables.passing import FACETS, Mask, count_passing, shapes_passing, shapes_passing_all


class Value(NamedTuple):
    """One value of a facet, how many lines have it, and whether the filter asks for it."""

    value: str | int
    lines: int
    selected: bool


def facet_counts(
    lines: Lines, wanted: Filter, by_shape: NDArray[np.int64], end: int
) -> dict[str, list[Value]]:
    """By facet, the values in the log, each counted under the filter without that facet's terms.

    So the counts of one facet add up to what the filter would find without its terms.
    ``by_shape`` counts the lines before ``end`` that pass the filter's numbers
    (`Selection.by_shape`). A value that no line before ``end`` has is told only where the filter
    asks for it.
    """
    there = _shapes_before(lines, end)
    return {key: _facet(lines, wanted, by_shape, there, key) for key in FACETS}


def _shapes_before(lines: Lines, end: int) -> Mask:
    """By shape: whether one of the lines before ``end`` has it."""
    if end == len(lines) and not lines.expired:
        return np.ones(len(lines.shapes), bool)
    return np.bincount(lines["shape"][:end], minlength=len(lines.shapes)) > 0


def _facet(
    lines: Lines, wanted: Filter, by_shape: NDArray[np.int64], there: Mask, key: str
) -> list[Value]:
    field = lines.shapes.fields[key]
    size = len(by_shape)
    codes = field.codes.values[:size]
    counted = np.where(shapes_passing_all(lines, wanted, besides=key)[:size], by_shape, 0)
    counts = np.zeros(len(field.values), np.int64)
    np.add.at(counts, codes, counted)
    terms = wanted.of(key)
    chosen = shapes_passing(lines, terms, key)[:size]
    selected = {int(code) for code in codes[chosen]} if terms else set[int]()
    told = selected.union(codes[there[:size]].tolist())
    values = [
        Value(value, int(counts[number]), number in selected)
        for number, value in enumerate(field.values)
        if number in told
    ]
    return sorted(values, key=_place)


def _place(value: Value) -> tuple[bool, Any]:
    """Values in their own order, with "none" last."""
    return (value.value == "none", value.value)


class Missing(NamedTuple):
    """Terms without which a filter would find something."""

    terms: tuple[Term, ...]
    lines: int


def missing_without(lines: Lines, wanted: Filter, end: int) -> list[Missing]:
    """Parts of a filter that finds nothing without which it would find something.

    Where no part does it by itself: all parts but one, or else all of them.
    """
    parts = wanted.parts()
    for left_out in (
        [wanted.without(part) for part in parts],
        [Filter(part) for part in parts],
        [Filter()],
    ):
        found = [
            Missing(wanted.without(rest.terms).terms, count_passing(lines, rest, end))
            for rest in left_out
        ]
        if any(missing.lines for missing in found):
            return [missing for missing in found if missing.lines]
    return []
