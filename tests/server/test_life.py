"""How a server starts and ends, and what is left after it was killed."""

from __future__ import annotations

import signal
import socket
import threading
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.serve import serve
from tests.server.server import SIGNALS, Stream, fails, started, stream

LONGEST_END_S = 1.0


@pytest.mark.parametrize("number", SIGNALS)
def test_server_ends_within_a_second_while_a_stream_is_open(
    tmp_path: Path, number: signal.Signals
) -> None:
    with started(tmp_path) as server:
        machine = server.machine(schedule="first-start", loop=True)
        server.http.put(f"{machine}/clock", json={"running": True, "speed": 500})
        with stream(server, machine) as running, stream(server, server.machine()) as idle:
            running.next()
            idle.next()
            readers = [threading.Thread(target=_read_on, args=(one,)) for one in (running, idle)]
            for reader in readers:
                reader.start()
            assert server.end(number) < LONGEST_END_S
            for reader in readers:
                reader.join()
        assert server.process.returncode == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


def _read_on(events: Stream) -> None:
    events.rest()


def test_server_ends_within_a_second_during_a_long_step(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        machine = server.machine(schedule="first-start", loop=True)
        server.post(f"{machine}/step", {"count": 10})
        answers = []

        def step() -> None:
            answers.append(server.http.post(f"{machine}/step", json={"count": 100_000}))

        asking = threading.Thread(target=step)
        asking.start()
        while server.get(machine)["steps"] < 500:
            time.sleep(0.01)
        assert server.end(signal.SIGTERM) < LONGEST_END_S
        asking.join()
    (answer,) = answers
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/server-stopping")
    done = int(answer.json()["detail"].split("; ")[1].split()[0])
    with started(tmp_path) as server:
        server.ready()
        assert server.get(machine)["steps"] == 10 + done


def test_search_ends_when_its_client_is_gone_and_with_the_server(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        body = {"schedule": "first-start", "loop": True, "platform": {"harts": 2, "vmidlen": 14}}
        pair = server.post("/comparisons", {"a": "kvm-riscv", "b": "lazy-epoch", **body})
        path = f"{server.url}api/v1/comparisons/{pair['id']}/divergence?within="
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{path}100000", timeout=0.3)
        began = time.monotonic()
        assert httpx.get(f"{path}100", timeout=20).json()["searched"] == 100
        assert time.monotonic() - began < LONGEST_END_S
        answers = []

        def search() -> None:
            answers.append(httpx.get(f"{path}99999", timeout=20))

        asking = threading.Thread(target=search)
        idle = server.processor_s()
        asking.start()
        # More than it takes to be asked: the search is under way.
        while server.processor_s() < idle + 0.2:
            time.sleep(0.01)
        assert server.end(signal.SIGTERM) < LONGEST_END_S
        asking.join()
    assert [answer.status_code for answer in answers] == [503]


def test_server_ends_within_a_second_while_a_thread_cannot_be_stopped(tmp_path: Path) -> None:
    """The hot loop is being compiled, which takes a second or two where nothing is cached."""
    with started(tmp_path / "data", NUMBA_CACHE_DIR=str(tmp_path / "cache")) as server:
        server.get("/machines")
        assert server.end(signal.SIGTERM) < LONGEST_END_S
        assert server.process.returncode == 0
    with started(tmp_path / "data") as server:
        assert server.get("/machines")["items"] == []


def test_killed_server_comes_back_with_equal_digests(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        machines = [
            server.machine(policy, schedule="first-start", platform={"harts": 3, "vmidlen": 5})
            for policy in ("kvm-riscv", "xen-riscv-head", "xen-riscv-v2-posted")
        ]
        for machine in machines:
            server.post(f"{machine}/step", {"count": 400})
            number = server.post(f"{machine}/domains", {"vcpus": 2})["id"]
            server.post(f"{machine}/domains/{number}/vcpus/0/run", {"hart": 2})
            server.post(f"{machine}/step", {"count": 30})
        digests = [server.get(f"{machine}/digest") for machine in machines]
        server.end(signal.SIGKILL)
    with started(tmp_path) as server:
        server.ready()
        assert [server.get(f"{machine}/digest") for machine in machines] == digests


def test_server_killed_while_machines_run_comes_back_paused_and_goes_on(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        machine = server.machine(schedule="first-start", loop=True)
        server.http.put(f"{machine}/clock", json={"running": True, "speed": 2000})
        with stream(server, machine) as events:
            while (shown := events.next()["data"])["steps"] < 300:
                pass
        server.end(signal.SIGKILL)
    with started(tmp_path) as server:
        server.ready()
        restored = server.get(machine)
        assert restored["status"] == "paused"
        # What was shown was kept before it was shown.
        assert restored["steps"] >= shown["steps"]
        twin = server.machine(schedule="first-start", loop=True)
        server.post(f"{twin}/step", {"count": restored["steps"]})
        digests = [server.get(f"{path}/digest")["digest"] for path in (machine, twin)]
        assert digests[0] == digests[1]


def test_demonstration_runs_by_itself_and_once_only(tmp_path: Path) -> None:
    for _ in range(2):
        with started(tmp_path, "--demo") as server:
            server.ready()
            (machine,) = server.get("/machines")["items"]
            assert machine["name"] == "First start"
            assert machine["schedule"] == "first-start"
            assert machine["loop"] is True
            while (now := server.get(f"/machines/{machine['id']}"))["steps"] < 20:
                assert now["status"] in ("paused", "running")
                time.sleep(0.02)
            assert now["status"] == "running"
            server.end(signal.SIGTERM)


def test_body_that_never_comes_holds_up_no_answer(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        address = httpx.URL(server.url)
        with socket.create_connection((address.host, address.port or 0), timeout=5) as client:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
            answer = b""
            # Until the server closes the connection.
            while part := client.recv(4096):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in head.lower()
        assert body == b'{"status":"alive"}'


def test_usual_port_that_is_taken_gives_a_free_one(tmp_path: Path) -> None:
    with ExitStack() as stack:
        taken = stack.enter_context(socket.socket())
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Where somebody else has the port, it is taken as well.
        with suppress(OSError):
            taken.bind(("127.0.0.1", 8000))
            taken.listen()
        server = stack.enter_context(started(tmp_path, free_port=False))
        assert ":8000/" not in server.url
        assert server.get("/policies")["items"]


def test_port_that_was_asked_for_and_is_taken_is_an_error_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, said = fails("--data", str(tmp_path), "--port", str(port))
    assert status == 2
    assert said.count("\n") == 1
    assert f"port is {port}" in said
    assert "in use" in said


def test_bad_start_is_told_in_one_line(tmp_path: Path) -> None:
    binary, data = tmp_path / "binary", tmp_path / "data"
    binary.write_bytes(b"\0\1\2")
    for start, part in (
        (partial(serve, data=data, port=70000), "port is 70000; 0 to 65535 is allowed"),
        (partial(serve, data=data, schedules=[binary]), "binary"),
        (partial(serve, data=data, schedules=[tmp_path / "none"]), "no such file"),
        (partial(serve, data=binary), "data folder"),
        (partial(serve, data=data, host="no.such.host.invalid"), "host is 'no.such.host.invalid'"),
    ):
        with pytest.raises(ValueError, match=part) as raised:
            start()
        assert "\n" not in str(raised.value)


def test_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with started(tmp_path):
        status, said = fails("--data", str(tmp_path), "--port", "0")
    assert (status, said.count("\n")) == (2, 1)
    assert "another vmidscope is using it" in said
