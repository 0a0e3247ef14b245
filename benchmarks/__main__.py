"""Measure everything and print one table.

    python -m benchmarks [--runs N] [--only AREA] [--schedule FILE] [--policy NAME]
                         [--stream FILE] [--json FILE]

Install the extra `benchmarks` to compare with pycachesim and SimPy; g++ for the C++ loops.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import control, kernel, lanes, log, reading, start
from benchmarks.figures import HEADER, Figure
from simcore import policies

SHIPPED = Path(__file__).parents[1] / "app" / "data" / "first-start.ftrace.txt.gz"


def _readings(options: argparse.Namespace) -> Iterator[Figure]:
    for path in options.schedule or [SHIPPED]:
        names = options.policy or policies.names()
        yield from reading.of_schedule(path, names, options.runs)
    for path in options.stream:
        yield from reading.of_program(path, options.runs)


_AREAS: dict[str, Callable[[argparse.Namespace], Iterator[Figure]]] = {
    "kernel": lambda options: kernel.figures(options.runs),
    "control": lambda options: control.figures(options.runs),
    "lanes": lambda options: lanes.figures(options.runs),
    "start": lambda options: start.figures(options.runs),
    "reading": _readings,
    "log": lambda options: log.figures(options.runs),
}


def main() -> int:
    """Run the measurements; returns the exit status, which a missed target does not change."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--only", choices=tuple(_AREAS), action="append", help="may be repeated")
    parser.add_argument("--schedule", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--stream", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--policy", choices=policies.names(), action="append", metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    found: list[Figure] = []
    print(HEADER)
    for area in options.only or _AREAS:
        for figure in _AREAS[area](options):
            print(figure.line(), flush=True)
            found.append(figure)
    missed = sum(figure.verdict == "miss" for figure in found)
    held = sum(figure.verdict == "pass" for figure in found)
    print(f"{held} targets kept, {missed} missed")
    if options.json:
        figures = [figure.to_dict() for figure in found]
        options.json.write_text(json.dumps({"runs": options.runs, "figures": figures}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
