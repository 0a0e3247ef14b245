"""Which lines pass a filter, as columns of booleans."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from app.tables.lines import Lines
from app.tables.log_filter import WORDS, Filter, Term

FACETS = ("type", "kind", "cause", "scope", "hart", "redundant")
"""Fields that are counted value by value; all of them belong to a line's shape."""
Mask = NDArray[np.bool_]
_ABOUT_TYPE = {"dropped": "executed", "targets": "requested", "accesses": "violation"}
"""Numbers that lines of one type have, all in the column "count"."""


def shapes_passing(lines: Lines, terms: tuple[Term, ...], key: str) -> Mask:
    """By shape: whether it satisfies the terms of one of `FACETS`; no terms: all do."""
    field = lines.shapes.fields[key]
    if not terms:
        return np.ones(len(lines.shapes), bool)
    if key in WORDS:
        words = {term.word for term in terms}
        return field.where(lambda value: value.casefold() in words)
    return field.where(lambda value: any(term.low <= value <= term.high for term in terms))


def words_passing(lines: Lines, terms: tuple[Term, ...]) -> Mask:
    """By shape: whether every free word is in its words."""
    words = [term.word for term in terms]
    return lines.shapes.fields["words"].where(lambda text: all(word in text for word in words))


def lines_passing(lines: Lines, wanted: Filter, first: int, end: int) -> Mask:
    """By line from ``first`` to before ``end``: whether it satisfies what is not of its shape."""
    passing = np.ones(end - first, bool)
    for key in dict.fromkeys(term.key for term in wanted.terms):
        if key not in FACETS and key != "word":
            passing &= _number_passing(lines, key, wanted.of(key), first, end)
    return passing


def _number_passing(lines: Lines, key: str, terms: tuple[Term, ...], first: int, end: int) -> Mask:
    about = _ABOUT_TYPE.get(key)
    column = lines[key if about is None else "count"][first:end]
    passing = _within(column, terms)
    shape = lines["shape"][first:end]
    if about is not None:
        passing &= lines.shapes.fields["type"].where(lambda value: value == about)[shape]
    if key == "domain":
        # A wrong hit is about two domains: whose access it was, and who had filled the entry.
        hit = lines.shapes.fields["type"].where(lambda value: value == "violation")[shape]
        passing |= hit & _within(lines["id"][first:end], terms)
    return passing


def _within(column: NDArray[np.int64], terms: Iterable[Term]) -> Mask:
    passing = np.zeros(len(column), bool)
    for term in terms:
        passing |= (column >= term.low) & (column <= term.high)
    return passing


def shapes_passing_all(lines: Lines, wanted: Filter, besides: str | None = None) -> Mask:
    """By shape: whether it satisfies all that the filter asks of shapes, but for one facet."""
    passing = words_passing(lines, wanted.of("word"))
    for key in FACETS:
        if key != besides:
            passing &= shapes_passing(lines, wanted.of(key), key)
    return passing


def count_shapes(lines: Lines, passing: Mask, first: int) -> NDArray[np.int64]:
    """By shape: how many of the lines from ``first`` on pass."""
    shapes = lines["shape"][first : first + len(passing)][passing]
    return np.bincount(shapes, minlength=len(lines.shapes))


def count_passing(lines: Lines, wanted: Filter, end: int) -> int:
    """How many of the lines before ``end`` pass a filter."""
    passing = lines_passing(lines, wanted, 0, end)
    return int(count_shapes(lines, passing, 0)[shapes_passing_all(lines, wanted)].sum())
