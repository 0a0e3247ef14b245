"""`vmidscope check`: every order of a small machine's steps, until a scheme breaks."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import Progress as Display
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from app.check_report import Answer, print_answer
from app.check_workers import WorkerError, check_shared
from simcore.check.bounds import Bounds
from simcore.check.partition import Order
from simcore.check.search import Progress, Verdict, check
from simcore.check.walk import walk
from simcore.hw.tlb import Organisation
from simcore.invariants import ISOLATION, Invariant
from simcore.machine.faults import fault

HOLDS, BROKEN, LOST, INTERRUPTED = 0, 1, 3, 130
_FIELDS = {field.name for field in fields(Bounds)} - {"tlb", "faults"}


def check_command(options: argparse.Namespace) -> int:
    """Explore a policy within bounds and print what was found; returns the exit status.

    Raises ValueError for anything wrong with an option.
    """
    bounds = bounds_of(options)
    order = Order(options.policy, bounds, properties_of(options.property))
    began = time.perf_counter()
    with _interruptible() as stopped, _reporting() as report:
        try:
            verdict = _searched(order, options, report, stopped)
        except WorkerError as error:
            print(f"vmidscope check: {error}", file=sys.stderr)
            return LOST
        interrupted = stopped() and verdict.holds
    seconds = time.perf_counter() - began
    if interrupted:
        verdict = replace(verdict, cut_by=(*verdict.cut_by, "stopped by Ctrl-C"))
    answer = Answer(verdict, seconds)
    if options.json:
        print(json.dumps(answer.to_dict()))
    else:
        print_answer(answer, sys.stdout)
    if interrupted:
        return INTERRUPTED
    return HOLDS if verdict.holds else BROKEN


def bounds_of(options: argparse.Namespace) -> Bounds:
    """The bounds that options name, in which the policy can run; the usual ones where they do not.

    Raises ValueError.
    """
    given: dict[str, Any] = {name: vars(options)[name] for name in _FIELDS & vars(options).keys()}
    if "tlb" in options:
        given["tlb"] = Organisation(options.tlb)
    bounds = Bounds(**given, faults=frozenset(map(fault, options.fault)))
    bounds.spec(options.policy)
    return bounds


def properties_of(names: Sequence[str]) -> tuple[Invariant, ...]:
    """The invariants of these names or titles, in any case, each once; "all": every one.

    Raises ValueError for a name of none.
    """
    if not names:
        return ISOLATION
    known = {name.lower(): one for one in Invariant for name in (one.name, one.title)}
    for name in names:
        if name != "all" and name.lower() not in known:
            allowed = ", ".join(f"{one.name} or {one.title}" for one in Invariant)
            raise ValueError(f"property is {name!r}; allowed: all, {allowed}")
    wanted = set(Invariant) if "all" in names else {known[name.lower()] for name in names}
    return tuple(one for one in Invariant if one in wanted)


def _searched(
    order: Order,
    options: argparse.Namespace,
    report: Callable[[Progress], None],
    stopped: Callable[[], bool],
) -> Verdict:
    policy, bounds, properties, _ = order
    if options.walk is not None:
        if options.workers != 1:
            raise ValueError(f"workers is {options.workers}; 1 is allowed with --walk")
        return walk(
            policy, bounds, options.walk, options.seed, properties, report=report, stopped=stopped
        )
    if options.workers != 1:
        return check_shared(order, options.workers, report, stopped)
    return check(policy, bounds, properties, report=report, stopped=stopped)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; pressed once more, it ends the program at once."""
    pressed: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _reporting() -> Iterator[Callable[[Progress], None]]:
    """A line on a terminal's standard error that says how far it is; nothing elsewhere."""
    display = Display(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    began = time.perf_counter()
    with display:
        task = display.add_task("starting", total=None)

        def report(progress: Progress) -> None:
            states, transitions, depth, waiting = progress
            rate = states / max(time.perf_counter() - began, 1e-3)
            display.update(
                task,
                description=f"{states:,} states  {transitions:,} transitions  {depth:,} deep  "
                f"{waiting:,} waiting  {rate:,.0f} states/s",
            )

        yield report
