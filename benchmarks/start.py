"""How soon the command line answers and the server shows its first page, and what it holds idle."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, seconds

_APP = [sys.executable, "-m", "app"]
_HEAVY = (
    "import sys, app.cli\n"
    "try: app.cli.main(['--help'])\n"
    "except SystemExit: pass\n"
    "assert not {'numpy', 'numba'} & set(sys.modules)"
)


def _help() -> None:
    subprocess.run([*_APP, "--help"], check=True, stdout=subprocess.DEVNULL)


def _serve(demo: bool) -> tuple[float, float]:
    """Seconds from start to first page, and MiB resident two seconds later."""
    with tempfile.TemporaryDirectory() as data:
        begin = time.perf_counter()
        command = [*_APP, "serve", "--data", data, "--port", "0", *(["--demo"] if demo else [])]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            address = next(word for word in line.split() if word.startswith("http"))
            with urllib.request.urlopen(address) as page:
                assert page.read()
            took = time.perf_counter() - begin
            time.sleep(2)
            status = Path(f"/proc/{server.pid}/status").read_text()
            resident = next(row for row in status.splitlines() if row.startswith("VmRSS"))
            return took, int(resident.split()[1]) / 1024
        finally:
            server.terminate()
            server.wait()


def figures(runs: int) -> Iterator[Figure]:
    """Starts of the command line and of the server."""
    subprocess.run([sys.executable, "-c", _HEAVY], check=True, stdout=subprocess.DEVNULL)
    _help()
    values = tuple(seconds(_help) for _ in range(runs))
    yield Figure("vmidscope --help (imports neither NumPy nor Numba)", values, "s", at_most=0.3)
    for demo in (False, True):
        _serve(demo)
        measured = [_serve(demo) for _ in range(runs)]
        kind = "serve --demo" if demo else "serve"
        first = tuple(took for took, _ in measured)
        yield Figure(f"{kind} to first page, warm", first, "s", at_most=2.5)
        if not demo:
            idle = tuple(resident for _, resident in measured)
            yield Figure("memory of an idle server", idle, "MiB", at_most=200)
