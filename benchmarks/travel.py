"""How long a server takes to show a moment of the past: python -m benchmarks.travel [EVENTS]

One machine replays the shipped recording over and over until so many events have happened (a
million unless told). Then moments are asked for at random, each over HTTP.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.started import Rest, started

EVENTS = 1_000_000
_ASKED = 200
_STEPS = 10_000


def main(events: int = EVENTS) -> int:
    """Print the times of the moments; returns the exit status."""
    with tempfile.TemporaryDirectory() as data, started(Path(data)) as server:
        rest = Rest(server.url)
        machine = rest.machine(schedule="first-start", loop=True)
        seq = 0
        while seq < events:
            seq = rest.post(f"/machines/{machine}/step", {"count": _STEPS})["seq"]
        chosen = random.Random(1)
        took = []
        for _ in range(_ASKED):
            at = chosen.randrange(1, seq + 1)
            began = time.perf_counter()
            rest.get(f"/machines/{machine}?at={at}")
            took.append(1000 * (time.perf_counter() - began))
    took.sort()
    print(f"{seq:,} events, {_ASKED} moments at random")
    print(
        f"median {statistics.median(took):.0f} ms, 95 % {took[int(0.95 * _ASKED)]:.0f} ms, ", end=""
    )
    print(f"slowest {took[-1]:.0f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
