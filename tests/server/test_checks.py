"""Checks of a started server: their workers end with it, however it ends."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.browser.started import Rest, start

LONG = {"policy": "untagged", "harts": 3, "domains": 6, "vcpus": 2, "speculation": True}


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_server(tmp_path: Path, number: signal.Signals) -> None:
    server = start(tmp_path)
    rest = Rest(server.url)
    check = rest.post("/checks", LONG)["id"]
    while not rest.get(f"/checks/{check}")["progress"]["states"]:
        time.sleep(0.05)
    pid = rest.get(f"/checks/{check}")["pid"]
    with rest.client.stream("GET", f"/checks/{check}/stream") as stream:
        next(stream.iter_lines())
        began = time.monotonic()
        server.process.send_signal(number)
        server.process.wait(timeout=10)
        if number != signal.SIGKILL:
            assert time.monotonic() - began < 3
            assert not is_alive(pid)
    rest.client.close()
    assert server.process.stdout is not None
    server.process.stdout.close()
    while is_alive(pid):
        assert time.monotonic() - began < 10
        time.sleep(0.05)
