"""The three doors of the first page: where somebody who comes for the first time may go."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from app.bounds import page_of
from app.demo import ROLL_OVER
from app.schedules import FIRST_START
from simcore.check.library import TRACES


class Door(NamedTuple):
    """A way in: whom it is for, what is behind it, and its address."""

    name: str
    title: str
    words: str
    href: str


COMPARED = ("xen-riscv-v2-posted", "xen-riscv-v2-reviewed")
"""The patch as it was posted, and repaired."""


def doors() -> tuple[Door, ...]:
    """The doors, the gentlest first."""
    trace = TRACES[0]
    compared = {"a": COMPARED[0], "b": COMPARED[1], "schedule": FIRST_START}
    return (
        Door(
            "roll-over",
            "Watch a roll-over",
            "Nine guests, seven VMIDs: every few seconds they run out, and all harts fence all.",
            f"/demonstrations/{ROLL_OVER.name}",
        ),
        Door(
            "compare",
            "Two policies on one schedule",
            "The Xen patch as posted and as repaired, on the same recording, side by side.",
            f"/compare?{urlencode(compared)}",
        ),
        Door(
            "bug",
            "Replay a bug",
            f"{trace.title}: {len(trace.path)} steps to a guest that reads another's memory, "
            "and why.",
            page_of(trace.policy, trace.bounds, trace.path),
        ),
    )
