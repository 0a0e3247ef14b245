"""The past of a machine: any moment of it is what it was, and a machine can go on from there."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.journal import Journal, JournalError
from app.live import LiveMachine, past, snapshots
from app.problems import ProblemError
from tests.api.client import Api, running, slug

VIEWS = ("/harts", "/domains", "/bitmap", "/metrics", "/harts/0/tlb", "/digest")


def _seen(api: Api, path: str, at: int | None = None) -> dict[str, Any]:
    query = "" if at is None else f"?at={at}"
    return {view: api.get(f"{path}{view}{query}").json() for view in VIEWS}


def _eventful(api: Api, policy: str, **body: Any) -> tuple[str, list[dict[str, Any]]]:
    """A machine with a life behind it, and what was seen after each of its moves."""
    path = api.machine(policy, platform={"harts": 2, "vmidlen": 3}, **body)
    seen = [_seen(api, path)]
    for move in ("create", "create", *["step"] * 12, "unmap", *["step"] * 9, "destroy", "step"):
        if move == "create":
            api.post(f"{path}/domains", {"vcpus": 2})
        elif move == "unmap":
            api.post(f"{path}/domains/1/unmap", {"first": 0, "count": 2})
        elif move == "destroy":
            api.delete(f"{path}/domains/0")
        else:
            api.step(path)
        seen.append(_seen(api, path))
    return path, seen


@pytest.mark.parametrize("often", [False, True])
@pytest.mark.parametrize("policy", ["xen-riscv-v2-posted", "kvm-riscv", "xen-riscv-head"])
def test_every_moment_is_shown_as_it_was(
    api: Api, policy: str, often: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if often:
        monkeypatch.setattr(snapshots, "_APART_S", 0)
        monkeypatch.setattr(snapshots, "_SHARE", 0)
        monkeypatch.setattr(snapshots, "LIMIT_BYTES", 60_000)
    path, seen = _eventful(api, policy)
    for expected in reversed(seen):
        shown = _seen(api, path, expected["/metrics"]["seq"])
        # Rows and versions of the journal are of the moment, too.
        assert shown == expected


def test_one_moment_lies_before_another_until_the_beginning(api: Api) -> None:
    path, seen = _eventful(api, "xen-riscv-v2-posted")
    seqs = [view["/metrics"]["seq"] for view in seen]
    at: int | None = seqs[-1]
    walked = []
    while at is not None:
        moment = api.get(f"{path}?at={at}").json()["moment"]
        assert moment["latest"] == seqs[-1]
        walked.append(moment["at"])
        at = moment["previous"]
    assert walked == seqs[::-1]


def test_event_within_a_step_leads_to_the_end_of_the_step(api: Api) -> None:
    path, seen = _eventful(api, "xen-riscv-v2-posted")
    before, after = (view["/metrics"]["seq"] for view in seen[5:7])
    assert after - before > 1
    for at in range(before + 1, after + 1):
        assert api.get(f"{path}?at={at}").json()["moment"]["at"] == after
        assert api.get(f"{path}/metrics?at={at}").json()["seq"] == after


def test_event_that_has_not_happened_is_refused(api: Api) -> None:
    path, seen = _eventful(api, "kvm-riscv")
    newest = seen[-1]["/metrics"]["seq"]
    response = api.get(f"{path}/harts?at={newest + 1}")
    assert response.status_code == 422
    assert response.json()["detail"] == f"at is {newest + 1}; 0 to {newest} is allowed"
    assert slug(api.get(f"{path}?at=-1")) == "invalid-request"


@pytest.mark.parametrize(
    "address",
    ["harts", "log?", "log.csv?", "violations?", "lanes?", "density?", "counts?from_ns=0&to_ns=9&"],
)
def test_every_address_takes_the_same_events(shared_api: Api, address: str) -> None:
    path = shared_api.machine("kvm-riscv", platform={"harts": 2, "vmidlen": 3})
    newest = shared_api.get(path).json()["seq"]
    asked = f"{path}/{address}{'' if '?' in address else '?'}at="
    for at in (0, 1, newest):
        assert shared_api.get(f"{asked}{at}").status_code == 200
    for at, allowed in ((-1, "greater than or equal to 0"), (newest + 1, f"0 to {newest} is")):
        response = shared_api.get(f"{asked}{at}")
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert allowed in response.json()["detail"]
        assert response.json()["errors"][0]["loc"] == ["query", "at"]


def test_present_goes_on_and_the_past_stays(api: Api) -> None:
    path, seen = _eventful(api, "kvm-riscv")
    at = seen[7]["/metrics"]["seq"]
    assert _seen(api, path, at) == seen[7]
    api.step(path, 50)
    assert _seen(api, path, at) == seen[7]
    assert api.get(path).json()["moment"] is None


@pytest.mark.parametrize("schedule", [None, "first-start"])
def test_fork_goes_on_from_its_moment_as_the_first_did(api: Api, schedule: str | None) -> None:
    body = {"schedule": schedule} if schedule else {}
    path, seen = _eventful(api, "xen-riscv-head", **body)
    at, later = 11, 8
    response = api.post(f"{path}/fork", {"at": seen[at]["/metrics"]["seq"], "name": "what if"})
    assert response.status_code == 201
    twin = response.headers["Location"].removeprefix("/api/v1")
    api.wait_for(twin, lambda machine: machine["status"] == "paused")
    assert api.get(twin).json()["name"] == "what if"
    assert _seen(api, twin) == seen[at]
    for _ in range(3):
        api.step(twin)
    assert _seen(api, twin) == seen[at + 3]
    assert _seen(api, path, seen[at + later]["/metrics"]["seq"]) == seen[at + later]


def test_fork_of_now_and_of_the_past_outlive_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        path, seen = _eventful(api, "xen-riscv-v2-posted")
        twins = [api.post(f"{path}/fork", body).json() for body in ({}, {"at": 0}, {"at": 60})]
        paths = [f"/machines/{twin['id']}" for twin in twins]
        for twin in paths:
            api.wait_for(twin, lambda machine: machine["status"] == "paused")
        digests = [api.digest(twin) for twin in paths]
        assert digests[0]["digest"] == seen[-1]["/digest"]["digest"]
        assert digests[1]["digest"] == seen[0]["/digest"]["digest"]
    with running(tmp_path) as api:
        for twin in [path, *paths]:
            api.wait_for(twin, lambda machine: machine["status"] == "paused")
        assert [api.digest(twin) for twin in paths] == digests
        middle = seen[9]
        assert _seen(api, path, middle["/metrics"]["seq"]) == middle


def test_moment_says_how_fast_the_machine_runs_by_now(api: Api) -> None:
    path, seen = _eventful(api, "kvm-riscv")
    at = seen[7]["/metrics"]["seq"]
    assert api.get(f"{path}?at={at}").json()["speed"] == 100
    api.put(f"{path}/clock", {"running": True, "speed": 250})
    shown = api.get(f"{path}?at={at}").json()
    assert (shown["speed"], shown["status"], shown["seq"]) == (250, "running", at)


def test_fork_has_the_speed_that_its_source_has(api: Api) -> None:
    path = api.machine("kvm-riscv")
    api.put(f"{path}/clock", {"running": False, "speed": 250})
    assert api.post(f"{path}/fork", {}).json()["speed"] == 250


def test_large_moments_are_kept_one_at_a_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = _eventful(api, "kvm-riscv")
    live = api.live(path.rpartition("/")[2])
    first, second = (seen[number]["/metrics"]["seq"] for number in (5, 9))
    found = [api.run(live.moment, at) for at in (first, second, first)]
    assert found[2] is found[0]
    monkeypatch.setattr(past, "LIMIT_BYTES", 2 * found[0].bytes)
    third = api.run(live.moment, seen[12]["/metrics"]["seq"])
    assert api.run(live.moment, seen[12]["/metrics"]["seq"]) is third
    assert api.run(live.moment, first) is not found[0]


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Only what nothing refers to is freed; and no record of a log refers to an error."""
    gc.collect()
    gc.disable()
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
    gc.enable()


async def _parts(live: LiveMachine) -> list[weakref.ref[Any]]:
    """What holds a machine's memory: of its run, and through the log of its moments, too."""
    of_machine = await live.read(lambda live, machine: [machine, machine.execution, machine.policy])
    return [weakref.ref(part) for part in (*of_machine, live.chronicle.log, live.snapshots)]


def _left(parts: list[weakref.ref[Any]]) -> list[Any]:
    """What is still there once worker threads had time to let go of what they were given."""
    end = time.monotonic() + 5
    while any(part() is not None for part in parts) and time.monotonic() < end:
        time.sleep(0.01)
    return [type(part()).__name__ for part in parts if part() is not None]


@pytest.mark.usefixtures("uncollected")
def test_memory_of_a_deleted_machine_is_free_at_once(api: Api) -> None:
    path, seen = _eventful(api, "xen-riscv-head")
    api.put(f"{path}/clock", {"running": True, "speed": 250})
    api.get(f"{path}/harts?at={seen[7]['/metrics']['seq']}")
    live = api.live(path.rpartition("/")[2])
    parts = [weakref.ref(live), *api.run(_parts, live)]
    del live
    assert all(part() is not None for part in parts)
    api.delete(path)
    assert _left(parts) == []


@pytest.mark.usefixtures("uncollected")
def test_memory_of_a_run_is_free_when_the_machine_is_rebuilt(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*arguments: object) -> int:
        raise JournalError("disk is full")

    path, seen = _eventful(api, "xen-riscv-head")
    api.get(f"{path}/harts?at={seen[7]['/metrics']['seq']}")
    parts = api.run(_parts, api.live(path.rpartition("/")[2]))
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", failing)
        assert api.post(f"{path}/step").status_code == 500
    api.wait_for(path, lambda machine: machine["status"] == "paused")
    assert _left(parts) == []
    assert _seen(api, path, seen[7]["/metrics"]["seq"]) == seen[7]


class _Gate:
    """Holds the first reader of the journal up until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        read = Journal.commands_after

        def late(journal: Journal, *arguments: Any) -> Iterator[Any]:
            if not self.reached.is_set():
                self.reached.set()
                assert self.opened.wait(20)
            yield from read(journal, *arguments)

        monkeypatch.setattr(Journal, "commands_after", late)


def test_moment_of_a_machine_that_is_deleted_meanwhile_is_not_found(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = _eventful(api, "kvm-riscv")
    gate = _Gate(monkeypatch)
    with ThreadPoolExecutor() as clients:
        asked = clients.submit(api.get, f"{path}/harts?at={seen[-1]['/metrics']['seq']}")
        assert gate.reached.wait(20)
        api.delete(path)
        gate.opened.set()
        response = asked.result(20)
    assert (response.status_code, slug(response)) == (404, "machine-not-found")


@pytest.mark.usefixtures("uncollected")
def test_moment_in_the_making_is_not_kept_where_the_machine_is_rebuilt_meanwhile(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen = _eventful(api, "kvm-riscv")
    live, at = api.live(path.rpartition("/")[2]), seen[7]["/metrics"]["seq"]
    parts = api.run(_parts, live)
    gate = _Gate(monkeypatch)
    with ThreadPoolExecutor() as clients:
        asked = clients.submit(api.get, f"{path}/harts?at={at}")
        assert gate.reached.wait(20)
        api.run(live.restore)
        gate.opened.set()
        assert asked.result(20).json() == seen[7]["/harts"]
    assert _left(parts) == []
    assert _seen(api, path, at) == seen[7]


def test_place_of_a_machine_that_is_deleted_meanwhile_is_not_found(api: Api) -> None:
    live, release = api.live(api.machine("kvm-riscv").rpartition("/")[2]), threading.Event()

    async def race() -> None:
        reading = asyncio.create_task(live.read_in_worker(lambda *_: release.wait(20)))
        await asyncio.sleep(0)
        deleting = asyncio.create_task(live.delete())
        await asyncio.sleep(0)
        placing = asyncio.create_task(live.place(None))
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(reading, deleting)
        with pytest.raises(ProblemError, match="was deleted"):
            await placing

    api.run(race)
