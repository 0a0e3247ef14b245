"""Readers against a loop that only splits each line, and replays against the clock."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from app.trace_files import open_page_stream, open_schedule
from benchmarks.figures import Figure, ratios, seconds, wall_and_processor
from simcore.hw.platform import preset
from simcore.lab.replay import replay
from simcore.machine import MachineSpec
from simcore.machine.spec import UnsuitableError

THIRD = 1 / 3
LINES_A_SECOND = 400_000


def _split_all(path: Path) -> int:
    lines = 0
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as text:
        for line in text:
            line.split()
            lines += 1
    return lines


def of_schedule(path: Path, names: Sequence[str], runs: int) -> Iterator[Figure]:
    """Reading a recorded schedule, and replaying it with the reading under each policy named."""
    schedule, lines = open_schedule(path), _split_all(path)
    values = ratios(partial(open_schedule, path), partial(_split_all, path), runs)
    yield Figure(f"reading {path.name}, of bare splitting", values, at_least=THIRD)
    rates = tuple(lines / seconds(partial(open_schedule, path)) for _ in range(runs))
    yield Figure(f"reading {path.name}, lines", rates, "/s", at_least=LINES_A_SECOND)
    platform = preset("rv64").with_harts(len(schedule.cpus))
    lasted = schedule.span_ns / 1e9
    for name in names:
        try:
            spec = MachineSpec(platform, name)
        except UnsuitableError:
            continue

        def whole(spec: MachineSpec = spec) -> None:
            replay(open_schedule(path), spec)

        taken = [wall_and_processor(whole) for _ in range(runs)]
        what = f"reading and replaying {path.name}, {name}"
        wall, processor = zip(*taken, strict=True)
        yield Figure(f"{what}, of its time", tuple(lasted / t for t in wall), at_least=20)
        yield Figure(f"{what}, processor", tuple(lasted / t for t in processor), at_least=20)


def of_program(path: Path, runs: int) -> Iterator[Figure]:
    """Reading a recorded page stream."""
    values = ratios(partial(open_page_stream, path), partial(_split_all, path), runs)
    yield Figure(f"reading {path.name}, of bare splitting", values, at_least=THIRD)
