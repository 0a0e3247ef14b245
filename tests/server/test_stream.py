"""Server-sent events over a real connection."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.server import Server, started, stream


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture
def machine(server: Server) -> Iterator[str]:
    path = server.machine("xen-riscv-head", platform={"harts": 2, "vmidlen": 3})
    server.post(f"{path}/domains", {"vcpus": 3})
    yield path
    server.http.delete(path)


def test_stream_begins_with_a_reset_and_goes_on_with_frames(server: Server, machine: str) -> None:
    with stream(server, machine) as events:
        first = events.next()
        seq = server.get(machine)["seq"]
        assert (first["event"], first["id"], first["retry"]) == ("reset", str(seq), "1000")
        server.post(f"{machine}/step", {"count": 5})
        frame = events.next()
        assert frame["event"] == "frame"
        assert frame["data"]["from"] == seq
        assert frame["data"]["to"] == int(frame["id"]) == server.get(machine)["seq"]
        history = server.get(f"{machine}/history", params={"after": seq})["items"]
        assert frame["data"]["events"] == history
        assert frame["data"]["metrics"] == server.get(machine)["metrics"]


def test_reader_that_comes_back_goes_on_where_it_was(server: Server, machine: str) -> None:
    with stream(server, machine, params={"after": 0}) as events:
        last = events.next()
    server.post(f"{machine}/step", {"count": 20})
    with stream(server, machine, headers={"Last-Event-ID": last["id"]}) as events:
        resumed = events.next()
    assert resumed["event"] == "frame"
    assert resumed["data"]["from"] == int(last["id"])
    seen = last["data"]["events"] + resumed["data"]["events"]
    assert seen == server.get(f"{machine}/history")["items"]


@pytest.mark.parametrize("place", ["99999999", "nonsense", "-3"])
def test_reader_with_a_place_that_never_was_is_reset(
    server: Server, machine: str, place: str
) -> None:
    with stream(server, machine, headers={"Last-Event-ID": place}) as events:
        assert events.next()["event"] == "reset"


def test_last_event_id_goes_before_after(server: Server, machine: str) -> None:
    headers = {"Last-Event-ID": "3"}
    with stream(server, machine, headers=headers, params={"after": 1}) as events:
        assert events.next()["data"]["from"] == 3


def test_stream_of_a_running_machine_tells_every_event(server: Server, machine: str) -> None:
    with stream(server, machine, params={"after": 0}) as events:
        server.http.put(f"{machine}/clock", json={"running": True, "speed": 300})
        seen: list[dict[str, Any]] = []
        times: list[float] = []
        while len(times) < 8:
            message = events.next()
            assert message["event"] == "frame"
            times.append(time.monotonic())
            seen += message["data"]["events"]
    server.http.put(f"{machine}/clock", json={"running": False})
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))
    assert times[-1] - times[1] > 0.25


def test_slow_reader_is_reset_and_never_a_brake(server: Server) -> None:
    """A reader that stops reading while its machine makes 15 MB of events."""
    machine = server.machine("untagged", platform={"harts": 2}, guests={"accesses_per_us": 0})
    server.post(f"{machine}/domains", {"vcpus": 4})
    address = httpx.URL(server.url)
    with socket.create_connection((address.host, address.port or 80)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = f"GET /api/v1{machine}/events?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        slow.sendall(request.encode())
        time.sleep(0.1)
        steps = 0
        for _ in range(60):
            steps = server.post(f"{machine}/step", {"count": 250})["steps"]
        assert steps == 15_000
        text = _read_until(slow, b"event: reset")
    place = int(text.rpartition(b"\nid: ")[2].split()[0]) if b"\nid: " in text else 0
    assert place < server.get(machine)["seq"]


def _read_until(connection: socket.socket, wanted: bytes) -> bytes:
    connection.settimeout(10)
    text = b""
    while wanted not in text:
        part = connection.recv(1 << 16)
        assert part, "the server closed the connection"
        text += part
    return text


def test_readers_share_the_server_with_everybody(server: Server, machine: str) -> None:
    """Twenty open streams, and still an answer at once."""
    server.http.put(f"{machine}/clock", json={"running": True, "speed": 200})
    with ExitStack() as stack:
        opened = []
        for _ in range(20):
            client = stack.enter_context(httpx.Client(base_url=server.http.base_url))
            opened.append(stack.enter_context(client.stream("GET", f"{machine}/events")))
        began = time.monotonic()
        for _ in range(20):
            server.get(f"{machine}/metrics")
        assert time.monotonic() - began < 4
        for response in opened:
            assert b"event: reset" in next(response.iter_raw())


def test_stream_of_an_unknown_machine_is_a_problem(server: Server) -> None:
    response = server.http.get("/machines/nope/events")
    assert response.status_code == 404
    assert json.loads(response.text)["type"] == "/problems/machine-not-found"


def test_stream_ends_when_its_machine_is_deleted(server: Server) -> None:
    machine = server.machine()
    with stream(server, machine) as events:
        events.next()
        server.http.delete(machine)
        events.rest()


def test_large_body_is_refused_in_full_view_of_its_sender(server: Server, tmp_path: Path) -> None:
    for content in (b" " * 10_000_000, (b" " * 100_000 for _ in range(100))):
        headers = {"content-type": "application/json"}
        response = server.http.post("/machines", content=content, headers=headers)
        assert response.status_code == 413
        assert response.headers["content-type"] == "application/problem+json"
