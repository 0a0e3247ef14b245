"""`vmidscope replay`: one recorded schedule under several policies, a row each."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from app.replay_table import print_rows
from app.trace_files import Progress as Told
from app.trace_files import open_page_stream, open_schedule
from simcore import policies
from simcore.guests.working_set import GuestSpec, RecordedGuests
from simcore.hw.platform import Platform, preset
from simcore.hw.tlb import Organisation
from simcore.lab.replay import ReplayRow, replay
from simcore.machine import MachineSpec
from simcore.machine.faults import fault
from simcore.machine.spec import UnsuitableError
from simcore.schedule import Schedule

_T = TypeVar("_T")


def replay_command(options: argparse.Namespace) -> int:
    """Read the schedule, replay it under each policy, print the rows; returns the exit status.

    Raises ValueError for anything wrong with the file or an option.
    """
    names = _policy_names(options.policy)
    platform = _platform(options)
    with _progress() as progress:
        guests = _guests(options, progress)
        schedule = _read(options.file, open_schedule, progress)
        if options.harts is None:
            platform = platform.with_harts(len(schedule.cpus))
        specs, not_run = _specs(names, platform, guests, options)
        rows = list(_rows(schedule, specs, progress))
    source = _input(options, schedule, specs[0])
    if options.json:
        found = {"input": source, "rows": [row.to_dict() for row in rows], "not_run": not_run}
        print(json.dumps(found))
    else:
        print_rows(source, rows)
        for policy, reason in not_run.items():
            print(f"not run: {policy}: {reason}")
    return 0


def _specs(
    names: list[str], platform: Platform, guests: GuestSpec, options: argparse.Namespace
) -> tuple[list[MachineSpec], dict[str, str]]:
    """A specification for each policy that can run on the platform, and why the others cannot.

    Raises ValueError where none can.
    """
    faults = frozenset(fault(name) for name in options.fault)
    specs: list[MachineSpec] = []
    not_run: dict[str, str] = {}
    for name in names:
        try:
            spec = MachineSpec(
                platform,
                name,
                options.seed,
                guests,
                speculation=options.speculation,
                faults=faults,
            )
        except UnsuitableError as error:
            not_run[name] = str(error)
        else:
            specs.append(spec)
    if not specs:
        raise ValueError("; ".join(not_run.values()))
    return specs, not_run


def _policy_names(text: str) -> list[str]:
    if text == "all":
        return list(policies.names())
    names = list(dict.fromkeys(text.split(",")))
    for name in names:
        policies.find(name)
    return names


def _platform(options: argparse.Namespace) -> Platform:
    platform = preset(options.platform)
    if options.vmidlen is not None:
        platform = platform.with_vmidlen(options.vmidlen)
    if options.harts is not None:
        platform = platform.with_harts(options.harts)
    platform = replace(platform, over_fences=options.over_fences)
    if options.tlb is not None:
        organisation = Organisation(options.tlb)
        platform = replace(platform, tlb=replace(platform.tlb, organisation=organisation))
    return platform


def _progress() -> Progress:
    """A bar on a terminal's standard error; nothing elsewhere."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _guests(options: argparse.Namespace, progress: Progress) -> GuestSpec:
    """What the options say of guests. Reads the stream last: the rest is checked at once."""
    few = options.working_set
    spec = GuestSpec(
        64 if few is None else few, options.skew, options.accesses_per_us, options.asids,
        options.drift, options.sharing, options.page_size,
    )  # fmt: skip
    if options.stream is None:
        return spec
    stream = _read(options.stream, open_page_stream, progress)
    pages = few or len(stream.pages)
    return RecordedGuests(
        pages, spec.skew, spec.accesses_per_us, spec.asids,
        spec.drift, spec.sharing, spec.page_size, stream=stream,
    )  # fmt: skip


def _read(file: Path, opens: Callable[[Path, Told], _T], progress: Progress) -> _T:
    task = progress.add_task(f"reading {file.name}", total=None)
    content = opens(file, lambda read, size: progress.update(task, completed=read, total=size))
    progress.remove_task(task)
    return content


def _rows(schedule: Schedule, specs: list[MachineSpec], progress: Progress) -> Iterator[ReplayRow]:
    for spec in specs:
        task = progress.add_task(spec.policy, total=len(schedule.events))

        def show(done: int, _: int, task: TaskID = task) -> None:
            progress.update(task, completed=done)

        yield replay(schedule, spec, show)


def _input(options: argparse.Namespace, schedule: Schedule, spec: MachineSpec) -> dict[str, Any]:
    """What was replayed, on what: the first half of the answer."""
    platform = spec.platform
    return {
        "file": options.file.name,
        "format": schedule.format,
        "lines": schedule.lines,
        "lines_skipped": dict(schedule.skipped),
        "span_ns": schedule.span_ns,
        "cpus": list(schedule.cpus),
        "domains": len(schedule.domains),
        "vcpus": sum(domain.vcpus for domain in schedule.domains),
        "events": len(schedule.events),
        "platform": platform.name,
        "xlen": platform.xlen,
        "harts": len(platform.hart_ids),
        "vmidlen": list(platform.vmidlen),
        "tlb": {
            "sets": platform.tlb.sets,
            "ways": platform.tlb.ways,
            "organisation": platform.tlb.organisation.value,
        },
        "over_fences": platform.over_fences,
        "speculation": spec.speculation,
        "faults": sorted(fault.value for fault in spec.faults),
        "seed": spec.seed,
        "guests": _guests_json(spec.guests, options.stream),
    }


def _guests_json(guests: GuestSpec, file: Path | None) -> dict[str, Any]:
    """How guests used memory; of a recorded stream, which it was and how large."""
    answer = asdict(guests)
    if isinstance(guests, RecordedGuests) and file is not None:
        stream = guests.stream
        answer["stream"] = {
            "file": file.name,
            "format": stream.format,
            "lines": stream.lines,
            "accesses": len(stream.touches),
            "pages": len(stream.pages),
        }
    return answer
