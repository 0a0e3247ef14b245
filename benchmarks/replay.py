"""Ratios of reading, replaying and the kernel, from one run.

    python -m benchmarks.replay RECORDING [RUNS]

Prints, as medians with their spread: how many times faster than it lasted a recording replays under
each policy; lines a second of its reader against a bare line-splitting loop; accesses a second of
the compiled kernel against the same function uncompiled.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from app.trace_files import open_schedule
from simcore import policies
from simcore.guests.working_set import page_stream
from simcore.hw import kernel
from simcore.hw.kernel import Stage
from simcore.hw.platform import preset
from simcore.hw.tlb import Tlb
from simcore.lab.replay import replay
from simcore.machine import MachineSpec
from simcore.schedule import Schedule


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _show(what: str, ratios: list[float]) -> None:
    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
    print(f"{what:<48} {middle:8.2f}  ({low:.2f} … {high:.2f}, {len(ratios)} runs)", flush=True)


def _split_all(path: Path) -> None:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            line.split()


def measure_reading(path: Path, runs: int) -> None:
    """The reader against a loop that only splits each line."""
    pairs = [
        (_seconds(lambda: _split_all(path)), _seconds(lambda: open_schedule(path)))
        for _ in range(runs)
    ]
    _show("reading, of a bare line-splitting loop's speed", [bare / ours for bare, ours in pairs])


def measure_replay(schedule: Schedule, runs: int) -> None:
    """Recorded seconds per second of replaying, for each policy."""
    platform = preset("rv64").with_harts(len(schedule.cpus))
    lasted = schedule.span_ns / 1e9
    for name in policies.names():
        spec = MachineSpec(platform, name)
        _show(
            f"replay under {name}, times faster than it lasted",
            [lasted / _seconds(partial(replay, schedule, spec)) for _ in range(runs)],
        )


def measure_kernel(runs: int) -> None:
    """The compiled loop against the same function uncompiled, on one stream."""
    stream = page_stream(1024, 0.8, 1)
    stage = Stage(np.zeros(1024, np.int64), np.arange(1024, dtype=np.int64))
    owners = np.zeros(1, np.int64)
    accesses = 20_000

    def play(count: int) -> None:
        tlb = Tlb(preset("rv64").tlb)
        tlb.access(1, 1, stage, (stage, stage), (stream, 0, count), owners)

    def play_plain() -> None:
        compiled = dict(kernel._compiled)
        kernel._compiled.clear()
        limit, kernel.COMPILE_FROM = kernel.COMPILE_FROM, accesses + 1
        try:
            play(accesses)
        finally:
            kernel.COMPILE_FROM = limit
            kernel._compiled.update(compiled)

    play(accesses)
    many = 100 * accesses
    pairs = [(_seconds(play_plain), _seconds(lambda: play(many))) for _ in range(runs)]
    ratios = [(many / fast) / (accesses / plain) for plain, fast in pairs]
    _show("kernel, compiled against uncompiled", ratios)


def main() -> int:
    """Run every measurement; returns the exit status."""
    if not 2 <= len(sys.argv) <= 3:
        print("usage: python -m benchmarks.replay RECORDING [RUNS]", file=sys.stderr)
        return 2
    path, runs = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 5
    measure_kernel(runs)
    measure_reading(path, runs)
    measure_replay(open_schedule(path), runs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
