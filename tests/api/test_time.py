"""/machines/{id}/step and /clock."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from app.journal import Journal
from tests.api.client import Api, slug


def _machine(api: Api) -> str:
    path = api.machine("xen-riscv-head", platform={"harts": 2, "vmidlen": 3})
    for _ in range(3):
        api.post(f"{path}/domains", {"vcpus": 2})
    return path


def test_steps_one_by_one_equal_as_many_at_once(api: Api) -> None:
    one_by_one, at_once = _machine(api), _machine(api)
    for _ in range(40):
        api.step(one_by_one)
    api.step(at_once, 40)
    assert api.digest(one_by_one) == api.digest(at_once)
    assert api.history(one_by_one) == api.history(at_once)


def test_many_steps_are_one_command_until_another_comes_between(api: Api) -> None:
    path = _machine(api)
    for count in (1, 700, 3):
        api.step(path, count)
    assert api.digest(path)["commands"] == 4
    api.post(f"{path}/domains/0/pause")
    api.step(path)
    machine = api.get(path).json()
    assert (machine["commands"], machine["steps"]) == (6, 705)


def test_step_without_a_body_is_one_step(api: Api) -> None:
    path = _machine(api)
    response = api.post(f"{path}/step")
    assert response.status_code == 200
    assert response.json()["steps"] == 1
    assert response.json()["now_ns"] == 500_000


def test_running_machine_goes_on_and_a_paused_one_does_not(api: Api) -> None:
    path = _machine(api)
    clock = f"{path}/clock"
    assert api.get(clock).json() == {"running": False, "speed": 100.0}
    assert api.put(clock, {"running": True, "speed": 400}).json() == {
        "running": True,
        "speed": 400.0,
    }
    assert api.get(path).json()["status"] == "running"
    api.wait_for(path, lambda machine: machine["steps"] >= 50)
    assert api.put(clock, {"running": False}).json() == {"running": False, "speed": 400.0}
    before = api.get(path).json()
    assert before["status"] == "paused"
    time.sleep(0.15)
    assert api.get(path).json() == before


def test_a_machine_is_never_faster_than_its_speed(api: Api) -> None:
    path = _machine(api)
    began = time.monotonic()
    api.put(f"{path}/clock", {"running": True, "speed": 100})
    made = api.wait_for(path, lambda machine: machine["steps"] >= 30)["steps"]
    # Two ticks of a twentieth of a second may be owed at most.
    assert made <= 100 * (time.monotonic() - began + 0.1)


def test_pause_holds_at_a_speed_that_cannot_be_reached(api: Api) -> None:
    path = _machine(api)
    api.put(f"{path}/clock", {"running": True, "speed": 100_000})
    api.wait_for(path, lambda machine: machine["steps"] > 500)
    api.put(f"{path}/clock", {"running": False})
    steps = api.get(path).json()["steps"]
    time.sleep(0.1)
    assert api.get(path).json()["steps"] == steps


def test_commands_take_part_while_the_machine_runs(api: Api) -> None:
    path = _machine(api)
    api.put(f"{path}/clock", {"running": True, "speed": 5000})
    for _ in range(5):
        number = api.post(f"{path}/domains", {"vcpus": 1}).json()["id"]
        assert api.delete(f"{path}/domains/{number}").status_code == 204
    api.put(f"{path}/clock", {"running": False})
    assert api.get(f"{path}/metrics").json()["domains_destroyed"] == 5


def test_readers_get_their_turn_during_a_long_step(api: Api) -> None:
    path = _machine(api)
    api.step(path, 10)
    long_step = api.run(_start, api, path, 3_000)
    answered = 0
    while not long_step.done():
        assert api.get(f"{path}/domains").status_code == 200
        answered += 1
    assert api.run(long_step.result) == 3_000
    assert answered > 5


async def _start(api: Api, path: str, count: int) -> asyncio.Future[int]:
    return asyncio.ensure_future(api.live(path.rpartition("/")[2]).step(count))


def test_clock_of_a_machine_that_is_deleted_meanwhile_does_not_run(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    live = api.live(_machine(api).rpartition("/")[2])
    begun, set_speed = threading.Event(), Journal.set_speed

    def slowly(self: Journal, machine: int, speed: float) -> None:
        begun.set()
        time.sleep(0.1)
        set_speed(self, machine, speed)

    async def start_and_delete() -> None:
        starting = asyncio.create_task(live.set_clock(True, 1000))
        await asyncio.to_thread(begun.wait, 5)
        await asyncio.gather(starting, live.delete(), return_exceptions=True)

    monkeypatch.setattr(Journal, "set_speed", slowly)
    api.run(start_and_delete)
    assert live.gone
    assert not live.pacing.running
    assert caplog.records == []


def test_speed_and_count_have_limits(api: Api) -> None:
    path = _machine(api)
    for speed in (0, 0.09, 100_001, -1):
        response = api.put(f"{path}/clock", {"running": True, "speed": speed})
        assert (response.status_code, slug(response)) == (422, "invalid-request")
    for count in (0, 100_001):
        response = api.post(f"{path}/step", {"count": count})
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert f"count is {count}" in response.json()["detail"]
    assert api.get(f"{path}/clock").json() == {"running": False, "speed": 100.0}
