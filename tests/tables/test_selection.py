"""Lines, groups and facets of the log are what a plain look at every event gives."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.tables.facets import facet_counts, missing_without
from app.tables.lines import COLUMNS, Lines
from app.tables.log_filter import Filter, parse
from app.tables.passing import FACETS
from app.tables.selection import MOST_KEPT, Selections
from app.tables.sums import Sums
from simcore import events as ev
from tests.tables.random_events import EVENTS, FILTERS, Row, lets, rows_of


def seqs(lines: Lines, rows: np.ndarray[tuple[int, ...], np.dtype[np.int32]]) -> list[int]:
    """The events that lines are about."""
    return [int(seq) for seq in lines["seq"][rows]]


def group_key(row: Row) -> tuple[object, ...]:
    return (row["type"], row["kind"], row["cause"], row["scope"], row["requester"])


def looked_at_each(rows: list[Row]) -> Sums:
    executed = [row for row in rows if row["type"] == "executed"]
    return Sums(
        len(executed),
        sum(row["redundant"] == "yes" for row in executed),
        sum(row["dropped"] for row in executed),
        sum(row["type"] == "requested" for row in rows),
        sum(row["accesses"] for row in rows if row["type"] == "violation"),
        sum(row["cycles"] for row in rows if row["type"] != "violation"),
    )


@settings(deadline=None)
@given(EVENTS, FILTERS, st.integers(0, 70), st.integers(1, 20))
def test_lines_that_pass_are_those_that_a_look_at_each_finds(
    events: list[ev.Event], text: str, at: int, part: int
) -> None:
    lines, wanted = Lines(), parse(text)
    selections = Selections(lines)
    for first in range(0, len(events), part):
        lines.append(events[first : first + part], first + 1)
        selections.of(wanted)
    selection = selections.of(wanted)
    expected = [row for row in rows_of(events) if lets(wanted)(row)]
    assert seqs(lines, selection.rows(None)) == [row["seq"] for row in expected]
    until = [row for row in expected if row["seq"] <= at]
    assert seqs(lines, selection.rows(at)) == [row["seq"] for row in until]
    for rows, sums in ((expected, selection.sums(None)), (until, selection.sums(at))):
        assert sums == looked_at_each(rows)
    for rows, found in ((expected, selection.starts(None)), (until, selection.starts(at))):
        lengths = [len(list(members)) for _, members in groupby(rows, group_key)]
        assert np.diff([*found, len(rows)]).tolist() == lengths


@settings(deadline=None)
@given(EVENTS, FILTERS, st.one_of(st.none(), st.integers(0, 70)))
def test_facets_add_up_to_what_is_found_without_their_terms(
    events: list[ev.Event], text: str, at: int | None
) -> None:
    lines, wanted = Lines(), parse(text)
    lines.append(events, 1)
    selection = Selections(lines).of(wanted)
    counts = facet_counts(lines, wanted, selection.by_shape(at), lines.before(at))
    assert tuple(counts) == FACETS
    rows = [row for row in rows_of(events) if at is None or row["seq"] <= at]
    for key, values in counts.items():
        expected = Counter(row[key] for row in rows if lets(wanted, besides=key)(row))
        assert {v.value: v.lines for v in values if v.lines} == dict(expected)
        assert sum(v.lines for v in values) == expected.total()
        chosen = {v.value for v in values if v.selected}
        asked = {row[key] for row in rows_of(events) if lets(Filter(wanted.of(key)))(row)}
        assert chosen == (asked if wanted.of(key) else set())
        assert {v.value for v in values} == {row[key] for row in rows} | chosen


@settings(deadline=None)
@given(EVENTS, FILTERS)
def test_empty_result_names_terms_without_which_there_are_lines(
    events: list[ev.Event], text: str
) -> None:
    lines, wanted = Lines(), parse(text)
    lines.append(events, 1)
    rows = rows_of(events)
    if len(Selections(lines).of(wanted).rows(None)) or not rows:
        return
    named = missing_without(lines, wanted, len(lines))
    assert named
    for missing in named:
        rest = wanted.without(missing.terms)
        assert missing.lines == sum(map(lets(rest), rows)) > 0


def fence(number: int, vmid: int = 1) -> ev.FenceExecuted:
    return ev.FenceExecuted(number, number % 4, "hfence_gvma_vmid", -1, vmid, -1, "reuse", -1, 1, 9)


def test_line_is_looked_at_once_for_each_filter() -> None:
    lines = Lines()
    selections = Selections(lines)
    wanted = parse("hart:1")
    lines.append([fence(number) for number in range(100)], 1)
    selection = selections.of(wanted)
    assert (selection.looked, len(selection.rows(None))) == (100, 25)
    lines.append([fence(number) for number in range(100, 110)], 101)
    assert selections.of(wanted) is selection
    assert (selection.looked, len(selection.rows(None))) == (110, 28)
    for number in range(MOST_KEPT):
        selections.of(parse(f"hart:{number + 2}"))
    assert selections.of(wanted) is not selection


def test_oldest_quarter_goes_when_there_are_too_many_lines() -> None:
    lines = Lines(most=1000)
    selections = Selections(lines)
    for first in range(0, 1000, 100):
        lines.append([fence(first + number) for number in range(100)], first + 1)
        assert len(selections.of(Filter()).rows(None)) == first + 100
    assert lines.expired == 0
    lines.append([fence(1000)], 1001)
    rows = selections.of(Filter()).rows(None)
    assert (len(rows), lines.expired) == (751, 250)
    assert seqs(lines, rows) == list(range(251, 1002))


def test_line_takes_76_bytes() -> None:
    assert sum(np.dtype(dtype).itemsize for dtype in COLUMNS.values()) == 76


@pytest.mark.slow
def test_million_lines_are_found_grouped_and_counted() -> None:
    lines = Lines()
    block = [fence(number, number % 1024) for number in range(10_000)]
    for first in range(0, 1_000_000, 10_000):
        lines.append(block, first + 1)
    selections = Selections(lines)
    selection = selections.of(parse("vmid:0x100..0x1ff hart:2"))
    assert selection.looked == 1_000_000
    per_block = sum(n % 4 == 2 and 256 <= n % 1024 < 512 for n in range(10_000))
    assert len(selection.rows(None)) == 100 * per_block
    assert len(selection.starts(None)) == 1
