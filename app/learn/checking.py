"""A chapter's check, run over what a machine's log keeps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.errors import invalid
from app.event_log import EventLog, Logged
from app.learn.chapter import Chapter, Check, Verdict
from app.learn.machines import is_twin_of, require_of
from app.live import LiveMachine
from app.live.chronicle import Chronicle

FIRST_EVENTS = 5_000
LAST_EVENTS = 20_000
"""What a check looks at of a long log: how the machine began, and the last ten minutes of play. It
takes some tens of milliseconds so, however long somebody plays."""


async def judge(live: LiveMachine, chapter: Chapter) -> Verdict:
    """Whether the chapter's thing to try was done on a machine.

    Raises ProblemError for a machine that was not made for the chapter.
    """
    return await live.search(_judged, _check_of(live, chapter))


def _check_of(live: LiveMachine, chapter: Chapter) -> Check:
    if chapter.twin and is_twin_of(live, chapter):
        if chapter.twin.check is None:
            message = f"machine is {live.id!r}, made to compare with; the one before it is allowed"
            raise invalid(("query", "machine"), message)
        return chapter.twin.check
    require_of(live, chapter, ("query", "machine"))
    return chapter.check


def _judged(chronicle: Chronicle, check: Check) -> Verdict:
    """In a worker thread."""
    return check(_looked_at(chronicle.log))


def _looked_at(log: EventLog) -> Iterator[Logged]:
    yield from islice(log.events.ascending(0), FIRST_EVENTS)
    yield from log.events.ascending(max(log.events.expired + FIRST_EVENTS, log.seq - LAST_EVENTS))
