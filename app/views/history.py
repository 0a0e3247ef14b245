"""A machine's events and violations, a page at a time."""

from __future__ import annotations

from collections.abc import Container
from itertools import islice
from typing import Any

from app.cursors import make_cursor, read_cursor
from app.event_log import Logged
from app.live.chronicle import Chronicle
from app.problems import ProblemError
from simcore import events as ev


def event_json(entry: Logged) -> dict[str, Any]:
    """An event with its sequence number."""
    seq, event = entry
    return {"seq": seq, **ev.to_dict(event)}


def history_json(
    chronicle: Chronicle, after: int, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Events in order, from the one behind ``after`` or ``cursor`` on.

    Raises ProblemError where they are not kept any more.
    """
    start = read_cursor(cursor, "history")
    start = after if start is None else start
    events = chronicle.log.events
    if start < events.expired:
        raise ProblemError(
            "events-expired",
            f"after is {start}; the oldest event that is kept is {events.expired + 1}, so "
            f"{events.expired} or more is allowed",
        )
    found = list(islice(events.ascending(start), limit + 1))
    page = found[:limit]
    return {
        "items": [event_json(entry) for entry in page],
        "next_cursor": make_cursor(page[-1][0], "history") if len(found) > limit else None,
    }


def violations_json(
    chronicle: Chronicle, kind: str | None, at: int | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Violations until event ``at``, newest first.

    Raises ProblemError for a cursor of another list.
    """
    filters = ("violations", kind, at)
    before = read_cursor(cursor, *filters)
    if before is None and at is not None:
        before = at + 1

    def may_have(kinds: object) -> bool:
        return kind is None or (isinstance(kinds, Container) and kind in kinds)

    entries = chronicle.log.violations.descending(before, may_have)
    wanted = (e for e in entries if kind is None or getattr(e[1], "kind", None) == kind)
    found = list(islice(wanted, limit + 1))
    page = found[:limit]
    return {
        "items": [violation_json(chronicle, entry) for entry in page],
        "next_cursor": make_cursor(page[-1][0], *filters) if len(found) > limit else None,
    }


def violation_json(chronicle: Chronicle, entry: Logged) -> dict[str, Any]:
    """A violation with a sentence that says what happened."""
    _, event = entry
    assert isinstance(event, ev.StaleHit)
    return {**event_json(entry), "sentence": sentence(chronicle, event)}


def sentence(chronicle: Chronicle, hit: ev.StaleHit) -> str:
    """A violation in words."""
    who = f"vCPU {hit.vcpu} of {called(chronicle, hit.domain)}"
    times = "once" if hit.accesses == 1 else f"{hit.accesses:,} times in one batch"
    where = f"on hart {hit.hart} under VMID {hit.vmid}"
    match hit.kind:
        case "cross-domain":
            what = f"a TLB entry that {called(chronicle, hit.owner_domain)} had filled"
        case "cross-vcpu":
            what = f"a VS-stage entry of its domain's address space {hit.owner_space}, not its own"
        case _:
            what = "its domain's own entry from before the page was mapped anew"
    return f"{who} hit {what}, {times}, {where}, first at page {hit.page:#x}."


def called(chronicle: Chronicle, domain: int) -> str:
    """A domain by number, and by name where it has one of its own."""
    number, name = f"domain {domain}", chronicle.name(domain)
    return number if name == number else f"{number} ({name})"
