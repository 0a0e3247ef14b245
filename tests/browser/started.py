"""A vmidscope server in a process of its own, and its REST interface for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
_START_S = 60.0
_PATIENCE_S = 60.0
_SAID = re.compile(r"vmidscope is at (http://\S+?)/?$")


@dataclass(frozen=True, slots=True)
class Server:
    """Where a started server is, and the process it runs in."""

    url: str
    process: subprocess.Popen[str]

    def stop(self) -> None:
        """End it as Ctrl-C does, and wait."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=_START_S)
        if self.process.stdout is not None:
            self.process.stdout.close()


def start(data: Path, port: int = 0, *options: str) -> Server:
    """Start a server on a free port, or on ``port``, that keeps its machines in ``data``."""
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), "--data", str(data)]
    command += options
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    said = _SAID.search(process.stdout.readline().strip())
    assert said, "the server said nothing about where it is"
    return Server(said.group(1), process)


@contextmanager
def started(data: Path, *options: str) -> Iterator[Server]:
    """A server for as long as the block lasts; ``options`` are those of `vmidscope serve`."""
    server = start(data, 0, *options)
    try:
        yield server
    finally:
        server.stop()


class Rest:
    """The REST interface of a started server."""

    def __init__(self, url: str) -> None:
        # No connection is kept: the server closes an idle one at about the time at which it would
        # be used again.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(base_url=f"{url}/api/v1", timeout=_PATIENCE_S, limits=limits)

    def get(self, path: str) -> Any:
        """The JSON object at a path."""
        return self._checked(self.client.get(path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to a POST, which must succeed."""
        return self._checked(self.client.post(path, json=body))

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to a PUT, which must succeed."""
        return self._checked(self.client.put(path, json=body))

    def machine(self, **body: Any) -> str:
        """The id of a new machine; 6 bits on 4 harts under the posted Xen patch unless told."""
        usual = {"policy": "xen-riscv-v2-posted", "platform": {"preset": "rv64", "vmidlen": 6}}
        machine = self.post("/machines", {**usual, **body})
        return str(machine["id"])

    def troubled_machine(self) -> str:
        """A machine on which an id was used again without a fence, and served wrong hits."""
        machine = self.machine(
            name="Trouble", platform={"preset": "rv64", "vmidlen": 6, "harts": 1}
        )
        for _ in range(2):
            domain = self.post(f"/machines/{machine}/domains", {"vcpus": 1})
            self.post(f"/machines/{machine}/step", {"count": 20})
            self.client.delete(f"/machines/{machine}/domains/{domain['id']}")
        self.post(f"/machines/{machine}/domains", {"vcpus": 1})
        self.post(f"/machines/{machine}/step", {"count": 20})
        return machine

    @staticmethod
    def _checked(response: httpx.Response) -> Any:
        assert response.is_success, response.text
        return response.json()


def wait_until_answering(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/livez", timeout=1)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
