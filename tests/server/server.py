"""A server in a process of its own, started as users start it."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
_READY_S = 30
_URL = re.compile(r"^vmidscope is at (http://\S+/)$")


class Server:
    """A started server, its URL, and requests to it."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url
        # No connection is kept: the server closes an idle one at about the time at which it would
        # be used again.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.Client(base_url=f"{url}api/v1", timeout=60, limits=limits)

    def get(self, path: str, **options: Any) -> Any:
        response = self.http.get(path, **options)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: object = None) -> Any:
        response = self.http.post(path, json=body)
        assert response.status_code in (200, 201), response.text
        return response.json()

    def machine(self, policy: str = "untagged", **body: Any) -> str:
        return f"/machines/{self.post('/machines', {'policy': policy, **body})['id']}"

    def ready(self) -> None:
        """Wait until no machine is being restored."""
        end = time.monotonic() + _READY_S
        while any(m["status"] == "restoring" for m in self.get("/machines")["items"]):
            assert time.monotonic() < end
            time.sleep(0.02)

    def processor_s(self) -> float:
        """How long the process has computed."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, number: int) -> float:
        """Send a signal; seconds until the process has ended."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=10)
        return time.monotonic() - began


@contextmanager
def started(
    folder: Path, *options: str, free_port: bool = True, **environment: str
) -> Iterator[Server]:
    """A server on a data folder, and on a free port unless it is to look for one."""
    port = ("--port", "0") if free_port else ()
    command = [sys.executable, "-m", "app", "serve", "--data", str(folder), *port, *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        server = Server(process, _url(process))
        with server.http:
            yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _url(process: subprocess.Popen[str]) -> str:
    """The URL in the one line that a server prints."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], _READY_S)
    assert ready, "the server said nothing"
    line = process.stdout.readline()
    found = _URL.match(line.rstrip("\n"))
    assert found, (line, process.stderr and process.stderr.read())
    return found[1]


def fails(*options: str) -> tuple[int, str]:
    """A server that does not start: its exit status, and what it said on stderr."""
    ended = subprocess.run(
        [sys.executable, "-m", "app", "serve", *options],
        cwd=ROOT,
        capture_output=True, text=True, timeout=_READY_S, check=False,
    )  # fmt: skip
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


class Stream:
    """An open stream of events, read a message at a time."""

    def __init__(self, response: httpx.Response) -> None:
        assert response.status_code == 200, response.read()
        self._lines = response.iter_lines()

    def next(self) -> dict[str, Any]:
        """The next message: its fields, `data` decoded; keep-alive comments are passed over."""
        message: dict[str, Any] = {}
        for line in self._lines:
            if line.startswith(":"):
                continue
            if not line:
                if message:
                    return message
                continue
            field, _, value = line.partition(": ")
            message[field] = json.loads(value) if field == "data" else value
        raise EOFError

    def rest(self) -> int:
        """How many messages come until the stream ends."""
        count = 0
        while True:
            try:
                self.next()
            except EOFError:
                return count
            count += 1


@contextmanager
def stream(server: Server, machine: str, **options: Any) -> Iterator[Stream]:
    with server.http.stream("GET", f"{machine}/events", **options) as response:
        yield Stream(response)


SIGNALS = [signal.SIGTERM, signal.SIGINT]
