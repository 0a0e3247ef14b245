"""The hart lanes of a machine with a million slices: what an event and an answer cost."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from functools import partial

from app.live.chronicle import Chronicle
from app.tables.slices import Moment
from app.views.lanes import Wanted, lanes_of
from benchmarks.figures import Figure
from simcore import events as ev

_SLICES = 1_000_000
_CHUNK = 2_000
_PIXELS = 1300


def _events(harts: int) -> Iterator[ev.Event]:
    """A million slices of 40 domains, and a fence each fifth."""
    draw, now = random.Random(1), 0
    entered: set[int] = set()
    for number in range(_SLICES + harts):
        now += draw.randrange(1, 20_000)
        hart, domain = draw.randrange(harts), number % 40
        if hart in entered:
            yield ev.GuestExited(now, hart, domain, 0, False)
        yield ev.WorldSwitched(now, hart, domain, 0, -1, -1)
        if number % 5 == 0:
            yield ev.FenceExecuted(now, hart, "hfence_gvma_vmid", -1, 3, -1, "load", -1, 4, 200)
        entered.add(hart)
        yield ev.GuestEntered(now, hart, domain, 0, domain)


def _recorded(harts: int) -> tuple[Chronicle, Moment, float]:
    """Tables of all that, where they end, and the processor time of an event, in µs."""
    chronicle, events, took = Chronicle(0), list(_events(harts)), 0.0
    for first in range(0, len(events), _CHUNK):
        part = events[first : first + _CHUNK]
        began = time.thread_time()
        for table in (chronicle.marks, chronicle.slices, chronicle.fence_marks):
            table.record(first + 1, part)
        took += time.thread_time() - began
    return chronicle, Moment(len(events), events[-1].at_ns), took / len(events) * 1e6


def _milliseconds(work: Callable[[], object]) -> float:
    """Processor time: the answer is made in a thread beside others."""
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1e3


def figures(runs: int) -> Iterator[Figure]:
    """Answers of GET /machines/{id}/lanes, their JSON included."""
    for harts in (8, 64, 1024):
        chronicle, end, event_us = _recorded(harts)
        yield Figure(f"an event in the tables of lanes, {harts} harts", (event_us,), "µs")
        for what, part in (("all", 1), ("a hundredth", 100), ("a 10,000th", 10_000)):
            middle = end.ns // 2 if part > 1 else 0
            wanted = Wanted(middle, middle + end.ns // part, _PIXELS, None, None, None)
            answer = partial(_answer, chronicle, end, harts, wanted)
            values = tuple(_milliseconds(answer) for _ in range(runs))
            name = f"lanes of {harts} harts with a million slices, {what} of the time"
            yield Figure(name, values, "ms", at_most=50)


def _answer(chronicle: Chronicle, end: Moment, harts: int, wanted: Wanted) -> str:
    return json.dumps(lanes_of(chronicle, end, tuple(range(harts)), wanted))
