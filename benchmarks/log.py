"""What a million lines of the flush log cost: taking them in, and the slowest answer about them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.live.chronicle import Chronicle
from app.views.log import LogQuery, filter_of, log_json
from benchmarks.figures import Figure, seconds
from simcore import events as ev

LINES = 1_000_000
_BLOCK = 10_000
_ASKED = (
    LogQuery(filter_of("")),
    LogQuery(filter_of(""), grouped=True, first=LINES // 2, count=500),
    LogQuery(filter_of("kind:hfence_gvma"), grouped=True),
    LogQuery(filter_of('vmid:0x100..0x1ff cause:"world switch" cycles>50'), grouped=True),
    LogQuery(filter_of("redundant:yes hart:3"), at=LINES // 2),
    LogQuery(filter_of("hart:3 nowhere")),
    LogQuery(filter_of("domain:7"), find=LINES // 3),
)


def _events(first: int) -> list[ev.Event]:
    """Fences of 64 harts: two a switch, and every tenth by id after a remote request."""
    events: list[ev.Event] = []
    for number in range(first, first + _BLOCK):
        hart, vmid, reuse = number // 2 % 64, number * 7 % 16384, number % 10 == 0
        kind = "hfence_gvma_vmid" if reuse else ("hfence_gvma", "hfence_vvma")[number % 2]
        cause, requester = ("reuse", hart ^ 1) if reuse else ("world switch", -1)
        tag, dropped = vmid if reuse else -1, number % 3
        at_ns = 1000 * number
        events.append(
            ev.FenceExecuted(at_ns, hart, kind, -1, tag, vmid, cause, requester, dropped, 100)
        )
    return events


def _filled() -> Chronicle:
    chronicle = Chronicle(1 << 20)
    for first in range(0, LINES, _BLOCK):
        chronicle.lines.append(_events(first), first + 1)
    return chronicle


def figures(runs: int) -> Iterator[Figure]:
    """The slowest of several questions, each asked for the first time and then again."""
    first: list[float] = []
    again: list[float] = []
    for _ in range(runs):
        chronicle = _filled()
        for times in (first, again):
            asked = (seconds(partial(log_json, chronicle, query)) for query in _ASKED)
            times.append(1000 * max(asked))
    yield Figure(
        "a million lines: slowest first answer of the log", tuple(first), "ms", at_most=200
    )
    yield Figure("a million lines: slowest answer asked again", tuple(again), "ms", at_most=200)
