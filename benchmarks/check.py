"""States a second of the checker, against a bare model in Python and the same model in SPIN.

    python -m benchmarks.check [RUNS]

In each run, one after the other: the plain configuration without symmetry; allocation and fences as
a bare model of tuples (benchmarks/allocation.py) and, where `spin` and `gcc` are installed, in SPIN
(benchmarks/allocation.pml), which must store as many states; six domains to the end; and a larger
configuration with symmetry by one process and by two. Rates are by processor time of one core: a
machine may be shared. Prints medians with their spread, and whether the targets are met.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.check_workers import check_shared
from benchmarks.allocation import explored
from simcore.check.bounds import Bounds
from simcore.check.partition import Order
from simcore.check.search import check

RUNS = 5
PLAIN = Order("xen-riscv-v2-reviewed", Bounds(unmap=False), symmetry=False)
SIX = Order("xen-arm-bitmap", Bounds(domains=6, cut=False, touch=False, unmap=False))
LARGE = Order("xen-riscv-v2-reviewed", Bounds(harts=3, unmap=False, depth=24))
MODEL = Path(__file__).with_name("allocation.pml")
STATES_PER_S, SIX_S = 30_000, 10
PAN_DEPTH, PAN_HASH_BITS = 1_000_000, 22


class Measured(NamedTuple):
    """States found, with the seconds of processor and of the clock on the wall."""

    states: int
    processor_s: float
    wall_s: float

    @property
    def rate(self) -> float:
        """States a second of one core."""
        return self.states / self.processor_s


def _measured(work: Callable[[], int]) -> Measured:
    processor, wall = _processor_s(), time.perf_counter()
    states = work()
    return Measured(states, _processor_s() - processor, time.perf_counter() - wall)


def _processor_s() -> float:
    """Processor time of this process and of those that it started and that ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _checked(order: Order) -> int:
    verdict = check(order.policy, order.bounds, order.properties, symmetry=order.symmetry)
    assert verdict.holds
    assert verdict.complete
    return verdict.states


def _shared(order: Order, workers: int) -> int:
    return check_shared(order, workers).states


def _built(folder: Path) -> Path | None:
    """SPIN's checker of the model; None where SPIN or a C compiler is missing."""
    if not shutil.which("spin") or not shutil.which("gcc"):
        return None
    for command in (
        ["spin", "-a", str(MODEL)],
        ["gcc", "-O2", "-DSAFETY", "-DNOREDUCE", "-w", "-o", "pan", "pan.c"],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "pan"


def _spun(pan: Path) -> int:
    """Explore everything with SPIN; returns the number of states."""
    command = [str(pan), f"-m{PAN_DEPTH}", f"-w{PAN_HASH_BITS}"]
    told = subprocess.run(command, cwd=pan.parent, check=True, capture_output=True, text=True)
    assert "errors: 0" in told.stdout
    line = next(line for line in told.stdout.splitlines() if line.endswith("states, stored"))
    return int(line.split()[0])


def _measure(runs: int, pan: Path | None) -> dict[str, list[Measured]]:
    works: dict[str, Callable[[], int]] = {
        "checker, plain": lambda: _checked(PLAIN),
        "tuples": explored,
        "six domains": lambda: _checked(SIX),
        "one process": lambda: _checked(LARGE),
        "two workers": lambda: _shared(LARGE, 2),
    }
    if pan is not None:
        works["SPIN"] = lambda: _spun(pan)
    found: dict[str, list[Measured]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            found[name].append(_measured(work))
    return found


def _show(what: str, values: list[float], target: tuple[bool, str] | None = None) -> float:
    middle = statistics.median(values)
    spread = f"({min(values):,.2f} … {max(values):,.2f}, {len(values)} runs)"
    verdict = f"  {'pass' if target[0] else 'MISS'}: target {target[1]}" if target else ""
    print(f"{what:<52} {middle:12,.2f}  {spread}{verdict}", flush=True)
    return middle


def _report(found: dict[str, list[Measured]]) -> bool:
    """Print everything; returns whether every target is met."""
    plain, six = found["checker, plain"], found["six domains"]
    for name, runs in found.items():
        counts = {run.states for run in runs}
        print(f"{name:<52} {', '.join(f'{count:12,}' for count in sorted(counts))} states")
        assert len(counts) == 1
    fast = statistics.median(run.rate for run in plain) >= STATES_PER_S
    soon = statistics.median(run.wall_s for run in six) <= SIX_S
    for name in ("checker, plain", "tuples", "SPIN"):
        target = (fast, f"at least {STATES_PER_S:,}") if name == "checker, plain" else None
        if name in found:
            _show(f"{name}, states/s", [run.rate for run in found[name]], target)
    for name in ("tuples", "SPIN"):
        if name in found:
            assert name == "tuples" or found[name][0].states == found["tuples"][0].states
            pairs = zip(plain, found[name], strict=True)
            _show(
                f"checker, of the speed of {name}",
                [ours.rate / theirs.rate for ours, theirs in pairs],
            )
    _show("six domains, s", [run.wall_s for run in six], (soon, f"within {SIX_S} s"))
    _show("six domains, s of processor", [run.processor_s for run in six])
    one, two = found["one process"], found["two workers"]
    both = list(zip(one, two, strict=True))
    _show("two workers, times faster than one process", [a.wall_s / b.wall_s for a, b in both])
    _show(
        "two workers, processor time against one", [b.processor_s / a.processor_s for a, b in both]
    )
    return fast and soon


def main() -> int:
    """Measure and print; returns the exit status, 1 where a target is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    with tempfile.TemporaryDirectory() as folder:
        pan = _built(Path(folder))
        if pan is None:
            print("SPIN is left out: spin and gcc are not both installed")
        found = _measure(runs, pan)
    return 0 if _report(found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
