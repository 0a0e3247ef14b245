"""/checks: started, watched, cancelled, forgotten; each in a process of its own."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from app.jobs import Checks, Job, Order
from app.jobs import job as job_module
from app.jobs.checks import MOST_KEPT, MOST_WAITING
from simcore.check.bounds import Bounds
from tests.api.client import Api, running, slug

SMALL = {"policy": "xen-riscv-v2-posted", "harts": 1, "domains": 1}
HOLDS = {"policy": "xen-riscv-v2-reviewed", "harts": 1, "domains": 1, "unmap": False}
LONG = {"policy": "untagged", "harts": 3, "domains": 6, "vcpus": 2, "speculation": True}


def over(check: dict[str, Any]) -> bool:
    return check["state"] not in ("queued", "running")


def start(api: Api, **body: Any) -> str:
    """A new check's address."""
    made = api.post("/checks", body)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/v1/checks/{made.json()['id']}"
    return f"/checks/{made.json()['id']}"


def started(api: Api, **body: Any) -> tuple[str, int]:
    """A new check's address, and its worker's process id, once it tells how far it is."""
    address = start(api, **body)
    found = api.wait_for(address, lambda check: check["progress"]["states"] > 1)
    assert found["state"] == "running"
    return address, found["pid"]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_check_that_breaks_leads_to_its_counterexample(shared_api: Api) -> None:
    address = start(shared_api, **SMALL)
    check = shared_api.wait_for(address, over)
    assert (check["state"], check["failure"], check["pid"]) == ("done", None, None)
    verdict = check["verdict"]
    assert not verdict["holds"]
    assert verdict["broken"]["name"] == "I9"
    assert verdict["states"] == check["progress"]["states"]
    assert check["page"] == (
        f"/path?policy=xen-riscv-v2-posted&harts=1&domains=1&path={verdict['path']}"
    )
    found = shared_api.get(f"/paths{check['page'].removeprefix('/path')}").json()
    assert found["broken"] == len(verdict["path"].split("."))
    assert check["sentence"] == found["sentence"]


def test_check_that_holds_says_what_it_saw(shared_api: Api) -> None:
    check = shared_api.wait_for(start(shared_api, **HOLDS, properties=["I1", "I3"]), over)
    verdict = check["verdict"]
    assert verdict["holds"]
    assert verdict["complete"]
    assert (verdict["broken"], verdict["path"], check["page"]) == (None, "", None)
    assert set(verdict["witnessed"]) == {"I1", "I3"}
    assert [known["name"] for known in check["properties"]] == ["I1", "I3"]
    assert verdict["transitions"] > verdict["states"] > 10


def test_cancelled_check_ends_its_worker(api: Api) -> None:
    address, pid = started(api, **LONG)
    assert is_alive(pid)
    for _ in range(2):
        cancelled = api.post(f"{address}/cancel")
        assert cancelled.status_code == 200
        assert not is_alive(pid)
        check = cancelled.json()
        assert (check["state"], check["pid"]) == ("cancelled", None)
        assert api.get(address).json() == check


def test_cancelling_a_check_that_is_over_keeps_its_verdict(api: Api) -> None:
    address = start(api, **SMALL)
    check = api.wait_for(address, over)
    assert check["verdict"]
    assert api.post(f"{address}/cancel").json() == check
    assert api.get(address).json() == check


@pytest.mark.parametrize("ends", [True, False])
def test_check_is_forgotten_whether_it_is_over_or_not(api: Api, ends: bool) -> None:
    address, pid = started(api, **LONG)
    if ends:
        api.post(f"{address}/cancel")
    assert api.delete(address).status_code == 204
    assert not is_alive(pid)
    response = api.get(address)
    assert (response.status_code, slug(response)) == (404, "check-not-found")
    assert api.get("/checks").json()["items"] == []


async def cancelled_after(checks: Checks, turns: int) -> Job:
    """A check that is cancelled so many turns of the loop after it was ordered."""
    job = checks.add(Order("untagged", Bounds(harts=3, domains=6), ()), attended=False)
    for _ in range(turns):
        await asyncio.sleep(0)
    # By now, a thread that starts the worker has begun.
    time.sleep(0.002)
    await checks.cancel(job.id)
    return job


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_check_cancelled_while_it_starts_leaves_nothing(api: Api, turns: int) -> None:
    checks = api.app.state.checks
    # The first worker leaves what all of them share.
    api.run(cancelled_after, checks, 3)
    open_before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        job = api.run(cancelled_after, checks, turns)
        assert (job.state, job.pid) == ("cancelled", None)
        assert f"check {job.id}" not in [child.name for child in active_children()]
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == open_before


def test_worker_is_nicer_than_the_server(api: Api) -> None:
    address, pid = started(api, **LONG)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 15
    api.delete(address)


def test_checks_queue_when_enough_of_them_run(tmp_path: Path) -> None:
    with running(tmp_path, max_checks=1) as api:
        first, _ = started(api, **LONG)
        second, third = start(api, **SMALL), start(api, **SMALL)
        assert [check["state"] for check in api.get("/checks").json()["items"]] == [
            "running", "queued", "queued",
        ]  # fmt: skip
        api.post(f"{third}/cancel")
        assert api.get(third).json()["state"] == "cancelled"
        api.delete(first)
        assert api.wait_for(second, over)["state"] == "done"


def test_full_queue_takes_no_more(tmp_path: Path) -> None:
    with running(tmp_path, max_checks=1) as api:
        for _ in range(MOST_WAITING):
            start(api, **LONG)
        response = api.post("/checks", SMALL)
        assert (response.status_code, slug(response)) == (409, "too-many-checks")


def test_oldest_checks_are_forgotten(tmp_path: Path) -> None:
    with running(tmp_path, max_checks=1) as api:
        first, _ = started(api, **LONG)
        for _ in range(MOST_KEPT + 3):
            api.post(f"{start(api, **SMALL)}/cancel")
        assert len(api.get("/checks").json()["items"]) <= MOST_KEPT + 1
        assert api.get(first).json()["state"] == "running"


def test_end_of_the_server_ends_every_worker(tmp_path: Path) -> None:
    with running(tmp_path, max_checks=2) as api:
        pids = [started(api, **LONG)[1] for _ in range(2)]
        start(api, **LONG)
    assert not any(is_alive(pid) for pid in pids)


def test_worker_that_is_killed_is_told(api: Api) -> None:
    address, pid = started(api, **LONG)
    os.kill(pid, 9)
    check = api.wait_for(address, over)
    assert check["state"] == "failed"
    assert "exit code -9" in check["failure"]


def test_check_that_needs_too_much_memory_says_so(tmp_path: Path) -> None:
    with running(tmp_path, check_bytes=64 << 20) as api:
        check = api.wait_for(start(api, **LONG), over, seconds=120)
        assert check["state"] == "failed"
        assert "GiB of memory" in check["failure"]


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(job_module, "NEXT_WATCHER_S", 0.3)
    yield


async def first_frames(api: Api, address: str, count: int) -> list[dict[str, Any]]:
    """The first frames of a check's stream, which is left then."""
    checks = api.app.state.checks
    job = checks.get(address.rpartition("/")[2])
    frames = []
    from app.api.checks import stream_check

    stream = stream_check(checks, job)
    async for event in stream:
        assert event.raw_data is not None
        frames.append(json.loads(event.raw_data))
        if len(frames) == count:
            break
    await stream.aclose()  # type: ignore[attr-defined]
    return frames


def test_attended_check_ends_when_its_last_watcher_has_gone(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with impatient(monkeypatch):
        address, pid = started(api, **LONG, attended=True)
        frames = api.run(first_frames, api, address, 2)
        assert [frame["state"] for frame in frames] == ["running"] * 2
        assert frames[1]["progress"]["states"] >= frames[0]["progress"]["states"]
        assert api.wait_for(address, over, seconds=5)["state"] == "cancelled"
        assert not is_alive(pid)


def test_check_that_nobody_attends_goes_on_without_watchers(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with impatient(monkeypatch):
        address, pid = started(api, **LONG)
        api.run(first_frames, api, address, 1)
        api.run(asyncio.sleep, 0.8)
        assert is_alive(pid)
        api.delete(address)


def test_stream_ends_with_the_verdict(api: Api) -> None:
    address = start(api, **SMALL)
    frames = api.run(first_frames, api, address, 1000)
    assert [over(frame) for frame in frames] == [*[False] * (len(frames) - 1), True]
    assert frames[-1] == api.get(address).json()


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        ({}, ["body", "policy"], "policy is missing"),
        ({"policy": "nope"}, ["body", "policy"], "policy is 'nope'; allowed: "),
        ({**SMALL, "harts": 0}, ["body", "harts"], "harts is 0"),
        ({**SMALL, "harts": "1"}, ["body", "harts"], "harts is '1'"),
        ({**SMALL, "depth": 0}, ["body", "depth"], "depth is 0"),
        ({**SMALL, "faults": ["nope"]}, ["body", "faults"], "fault is 'nope'; allowed: "),
        ({**SMALL, "properties": ["I11"]}, ["body", "properties"], "properties has 'I11'"),
        ({**SMALL, "properties": []}, ["body", "properties"], "properties is []"),
        ({**SMALL, "speed": 3}, ["body", "speed"], "speed is 3"),
    ],
)
def test_bad_check_is_a_problem(
    shared_api: Api, body: dict[str, Any], where: list[str], says: str
) -> None:
    before = len(shared_api.get("/checks").json()["items"])
    response = shared_api.post("/checks", body)
    assert (response.status_code, slug(response)) == (422, "invalid-request")
    assert response.json()["errors"][0]["loc"] == where
    assert says in response.json()["detail"]
    assert len(shared_api.get("/checks").json()["items"]) == before


def test_unknown_check_is_not_found(shared_api: Api) -> None:
    for method, address in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/stream")):
        response = shared_api.request(method, f"/checks/nope{address}")
        assert (response.status_code, slug(response)) == (404, "check-not-found")
