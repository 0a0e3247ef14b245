"""The flush log as CSV, a block at a time: raw lines, whatever the page shows in groups."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any

from app.live import LiveMachine
from app.live.chronicle import Chronicle
from app.tables.log_filter import Filter
from app.views.log_line import FIELDS, line_json

BLOCK = 2000


class GoneError(Exception):
    """Lines that were to come next are no longer kept."""


async def csv_blocks(live: LiveMachine, wanted: Filter, at: int | None) -> AsyncIterator[str]:
    """The lines up to the event ``at`` (None: that there are now), oldest first.

    The answer has begun when something fails, so its last line has to say so.
    """
    yield _text([FIELDS])
    first, end, begun = 0, None, None
    try:
        while end is None or first < end:
            rows, end, begun = await live.search(_block, wanted, at, first, end, begun)
            yield _text(rows)
            first += BLOCK
    except Exception as error:
        yield _text([[f"stopped before the end: {error}"]])


def _block(
    chronicle: Chronicle,
    wanted: Filter,
    at: int | None,
    first: int,
    end: int | None,
    begun: tuple[Any, int] | None,
) -> tuple[list[list[Any]], int, tuple[Any, int]]:
    """Lines from ``first`` on, how many there are to come in all, and what they were read from."""
    lines = chronicle.lines
    with lines.lock:
        rows = chronicle.selections.of(wanted).rows(at)
        source = (lines, lines.expired)
        if begun not in (None, source):
            raise GoneError("its oldest lines were dropped meanwhile, or the machine was restored")
        end = len(rows) if end is None else end
        part = [line_json(lines, row) for row in rows[first : min(end, first + BLOCK)]]
    return [[line[field] for field in FIELDS] for line in part], end, source


def _text(rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
