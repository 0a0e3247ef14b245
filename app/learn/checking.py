"""A chapter's check, run over what a machine's log keeps."""

from __future__ import annotations

from app.errors import invalid
from app.learn.chapter import Chapter, Check, Verdict
from app.learn.machines import is_twin_of, require_of
from app.live import LiveMachine
from app.live.chronicle import Chronicle

MOST_EVENTS = 100_000
"""The newest events of a machine that a check looks at: hours of play, tens of milliseconds."""


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
    log = chronicle.log
    return check(log.events.ascending(max(0, log.seq - MOST_EVENTS)))
