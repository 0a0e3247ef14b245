"""How long a live machine's page waits while checks run beside it.

    python -m benchmarks.beside_checks [SECONDS]

A server of its own replays the shipped recording at 250 steps a second; one client asks for the
machine, its harts and its map as its page does. First without a check, then with as many running
as the server allows.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from tests.browser.started import Rest, started

CHECK = {"policy": "untagged", "harts": 3, "domains": 6, "vcpus": 2, "speculation": True}
PAUSE_S = 0.02


def waits_ms(rest: Rest, path: str, seconds: float) -> list[float]:
    """How long each answer took."""
    found: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        response = rest.client.get(path)
        found.append(1000 * (time.perf_counter() - began))
        assert response.is_success
        time.sleep(PAUSE_S)
    return found


def line(name: str, found: list[float]) -> str:
    """Median and tail of a series."""
    cuts = quantiles(found, n=100)
    return f"{name:28} {len(found):5} answers  p50 {cuts[49]:6.2f} ms  p95 {cuts[94]:6.2f} ms"


def main(seconds: float) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as data, started(Path(data)) as server:
        rest = Rest(server.url)
        machine = rest.machine(platform={"preset": "rv64", "vmidlen": 6, "harts": 4},
                               schedule="first-start", loop=True)  # fmt: skip
        rest.put(f"/machines/{machine}/clock", {"running": True, "speed": 250})
        paths = {"machine": "", "harts": "/harts", "bitmap": "/bitmap?format=binary"}
        waits_ms(rest, f"/machines/{machine}", 1)
        for what in ("alone", "beside a check"):
            if what != "alone":
                check = rest.post("/checks", CHECK)["id"]
                while not rest.get(f"/checks/{check}")["progress"]["states"]:
                    time.sleep(0.1)
            before = rest.get(f"/machines/{machine}")["steps"]
            began = time.monotonic()
            for name, path in paths.items():
                found = waits_ms(rest, f"/machines/{machine}{path}", seconds)
                print(line(f"{name}, {what}", found), flush=True)
            made = rest.get(f"/machines/{machine}")["steps"] - before
            print(f"{'':28} {made / (time.monotonic() - began):.0f} steps a second of 250")
        rest.client.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
