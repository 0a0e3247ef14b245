"""Machines outlive the server; what is not in the journal has not happened."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from app.journal import Journal, JournalError
from app.live.machine import LiveMachine
from app.live.run import Run
from simcore import policies
from simcore.machine import Machine
from simcore.machine.commands import Command, CreateDomain
from tests.api.client import Api, running, slug

RECORDING = Path(__file__).resolve().parents[2] / "app" / "data" / "first-start.ftrace.txt.gz"


def _ready(api: Api) -> None:
    api.wait_for("/machines", lambda all: all["items"] and _none_restoring(all["items"]))


def _none_restoring(machines: list[dict[str, Any]]) -> bool:
    return all(machine["status"] != "restoring" for machine in machines)


def _query(folder: Path, query: str, *parameters: object) -> list[Any]:
    """Look into the journal of a server that has ended, or change it."""
    with closing(sqlite3.connect(folder / "machines.sqlite3")) as database, database:
        return database.execute(query, parameters).fetchall()


def _some_life(api: Api, policy: str) -> str:
    path = api.machine(policy, schedule="first-start", platform={"harts": 3, "vmidlen": 4})
    api.step(path, 700)
    number = api.post(f"{path}/domains", {"vcpus": 2, "name": "mine", "pages": 8}).json()["id"]
    domain = f"{path}/domains/{number}"
    api.post(f"{domain}/vcpus/0/run", {"hart": 2})
    api.post(f"{domain}/vcpus/0/access", {"pages": [1, 2, 3]})
    api.post(f"{domain}/unmap", {"first": 1, "count": 2})
    api.post(f"{domain}/vcpus/1/migrate", {"hart": 2})
    api.step(path, 50)
    api.post(f"{domain}/pause")
    api.post(f"{domain}/unpause")
    api.step(path, 9)
    api.delete(domain)
    return path


def test_restart_brings_every_machine_back_where_it_was(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        paths = [_some_life(api, policy) for policy in policies.names()]
        before = [(api.digest(path), api.get(path).json()) for path in paths]
        histories = [api.history(path) for path in paths]
    with running(tmp_path) as api:
        _ready(api)
        assert [(api.digest(path), api.get(path).json()) for path in paths] == before
        assert [api.history(path) for path in paths] == histories
        assert {digest["commands"] for digest, _ in before} == {11}
        for path in paths:
            api.step(path, 3)


def test_running_machine_comes_back_paused_with_its_speed(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        path = api.machine("untagged", schedule="first-start")
        api.put(f"{path}/clock", {"running": True, "speed": 800})
        api.wait_for(path, lambda machine: machine["steps"] > 30)
    with running(tmp_path) as api:
        _ready(api)
        machine = api.get(path).json()
        assert machine["steps"] > 30
        assert api.get(f"{path}/clock").json() == {"running": False, "speed": 800.0}


def test_deleted_machine_does_not_come_back(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        kept, deleted = api.machine("untagged"), api.machine("untagged", schedule="first-start")
        api.delete(deleted)
    with running(tmp_path) as api:
        _ready(api)
        assert [f"/machines/{m['id']}" for m in api.get("/machines").json()["items"]] == [kept]
    assert _query(tmp_path, "SELECT count(*) FROM schedules") == [(0,)]


def test_machine_that_the_journal_does_not_let_go_goes_on(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = api.machine("untagged")
    api.put(f"{path}/clock", {"running": True, "speed": 100})
    live = api.live(path.rpartition("/")[2])
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "delete_machine", _failing)
        response = api.delete(path)
    assert (response.status_code, slug(response)) == (500, "journal-failed")
    steps = live.published.steps
    assert api.wait_for(path, lambda now: now["steps"] > steps)["status"] == "running"
    api.put(f"{path}/clock", {"running": False})
    with pytest.raises(TimeoutError):
        api.run(_wait_for_news, live)
    assert api.delete(path).status_code == 204
    assert not live.pacing.running


async def _wait_for_news(live: LiveMachine) -> None:
    await asyncio.wait_for(live.news(live.published.version), 0.1)


def test_restore_that_a_deletion_in_vain_cut_short_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as api:
        path = api.machine("untagged", schedule="first-start")
        api.step(path, 2_000)
        before = api.digest(path)
    replayed, refused = threading.Event(), threading.Event()
    apply = Run.apply

    def slowly(self: Run, command: Command) -> Any:
        replayed.set()
        refused.wait(0.1)
        return apply(self, command)

    def refuse(*arguments: object) -> None:
        refused.set()
        raise JournalError("disk is full")

    monkeypatch.setattr(Run, "apply", slowly)
    monkeypatch.setattr(Journal, "delete_machine", refuse)
    with running(tmp_path) as api:
        assert replayed.wait(5)
        assert slug(api.delete(path)) == "journal-failed"
        _ready(api)
        assert api.digest(path) == before


def test_restart_needs_no_recording_and_keeps_one_copy_of_it(tmp_path: Path) -> None:
    recording = tmp_path / "mine.gz"
    shutil.copy(RECORDING, recording)
    with running(tmp_path, schedules=(recording,)) as api:
        names = [item["name"] for item in api.get("/schedules").json()["items"]]
        assert names == ["first-start", "mine.gz"]
        paths = [api.machine("untagged", schedule=name) for name in ("mine.gz", "first-start")]
        for path in paths:
            api.step(path, 100)
        before = [api.digest(path) for path in paths]
    recording.unlink()
    assert _query(tmp_path, "SELECT count(*) FROM schedules") == [(1,)]
    with running(tmp_path) as api:
        _ready(api)
        assert [api.digest(path) for path in paths] == before
        assert api.get(paths[0]).json()["schedule"] == "mine.gz"


def test_machine_that_is_being_restored_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path) as api:
        path = api.machine("untagged")
        api.step(path, 300)
        before = api.digest(path)
    with monkeypatch.context() as patch:
        patch.setattr(LiveMachine, "restore", lambda self: asyncio.sleep(0))
        with running(tmp_path) as api:
            machine = api.get(path).json()
            assert (machine["status"], machine["progress"]) == ("restoring", 0.0)
            for response in (
                api.get(f"{path}/domains"),
                api.post(f"{path}/step"),
                api.put(f"{path}/clock", {"running": True}),
                api.get(f"{path}/clock"),
                api.get(f"{path}/metrics"),
                api.get(f"{path}/bitmap"),
                api.get(f"{path}/history"),
                api.get(f"{path}/events"),
            ):
                assert (response.status_code, slug(response)) == (503, "machine-restoring")
                assert response.headers["retry-after"] == "1"
    with running(tmp_path) as api:
        _ready(api)
        assert api.digest(path) == before


def _failing(*arguments: object) -> int:
    raise JournalError("disk is full")


def test_command_that_cannot_be_kept_has_not_happened(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = api.machine("xen-riscv-head", platform={"harts": 2, "vmidlen": 3})
    api.post(f"{path}/domains", {"vcpus": 2})
    api.step(path, 20)
    before, history = api.digest(path), api.history(path)
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", _failing)
        response = api.post(f"{path}/domains", {"vcpus": 1})
        assert (response.status_code, slug(response)) == (500, "journal-failed")
        assert "disk is full" in response.json()["detail"]
        _ready(api)
    assert api.digest(path) == before
    assert api.history(path) == history
    assert api.post(f"{path}/domains", {"vcpus": 1}).json()["id"] == 1


def test_machine_that_cannot_be_kept_is_not_made(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "add_machine", _failing)
    response = api.post("/machines", {"policy": "untagged"})
    assert (response.status_code, slug(response)) == (500, "journal-failed")
    assert api.get("/machines").json()["items"] == []


def test_clock_stops_when_steps_cannot_be_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    path = api.machine("untagged")
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", _failing)
        api.put(f"{path}/clock", {"running": True, "speed": 1000})
        api.wait_for(path, lambda machine: machine["status"] == "paused")
    assert api.get(path).json()["steps"] == 0


def test_command_that_breaks_on_its_way_is_undone(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of our own in the middle of a command, when the machine has changed already."""
    path = api.machine("untagged")
    api.post(f"{path}/domains", {"vcpus": 1})
    before = api.digest(path)
    apply = Machine.apply

    def break_after(self: Machine, command: Command) -> Any:
        events = apply(self, command)
        if isinstance(command, CreateDomain) and command.name == "the last straw":
            raise AssertionError("broken on its way")
        return events

    monkeypatch.setattr(Machine, "apply", break_after)
    response = api.post(f"{path}/domains", {"vcpus": 1, "name": "the last straw"})
    assert (response.status_code, slug(response)) == (500, "internal-error")
    _ready(api)
    assert api.digest(path) == before


def _broken_once(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Have a function raise the first time, and do what it does from then on."""
    function, called = resolve_name(place), list[bool]()

    def broken(*arguments: Any) -> Any:
        if called:
            return function(*arguments)
        called.append(True)
        raise AssertionError("broken after it was kept")

    monkeypatch.setattr(place, broken)


@pytest.mark.parametrize(
    "place",
    ["app.live.run.Run.record", "app.live.machine.publication", "app.api.domains.created_json"],
)
def test_command_that_breaks_after_it_was_kept_stands(
    api: Api, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    path, twin = (api.machine("xen-riscv-head", platform={"vmidlen": 3}) for _ in range(2))
    api.post(f"{twin}/domains", {"vcpus": 1})
    _broken_once(monkeypatch, place)
    response = api.post(f"{path}/domains", {"vcpus": 1})
    assert (response.status_code, slug(response)) == (500, "internal-error")
    assert response.json()["detail"].endswith("; it was kept before, and stands")
    _ready(api)
    assert api.digest(path) == api.digest(twin)
    assert api.history(path) == api.history(twin)
    assert api.post(f"{path}/domains", {"vcpus": 1}).json()["id"] == 1
    assert api.step(path, 5)["steps"] == 5


def test_command_that_breaks_when_its_client_is_gone_is_undone_too(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = api.machine("untagged")
    live, before = api.live(path.rpartition("/")[2]), api.digest(path)
    begun, gone = threading.Event(), threading.Event()

    def break_late(*arguments: object) -> int:
        begun.set()
        gone.wait(5)
        raise JournalError("disk is full")

    async def leave() -> None:
        asking = asyncio.create_task(live.command(CreateDomain(1)))
        await asyncio.to_thread(begun.wait, 5)
        asking.cancel()
        await asyncio.sleep(0)
        gone.set()
        await asyncio.wait([asking])

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", break_late)
        api.run(leave)
    _ready(api)
    assert api.digest(path) == before


def test_clock_stops_when_its_steps_break_after_they_were_kept(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = api.machine("untagged")
    _broken_once(monkeypatch, "app.live.run.Run.record")
    api.put(f"{path}/clock", {"running": True, "speed": 1000})
    steps = api.wait_for(path, lambda machine: machine["status"] == "paused")["steps"]
    assert steps > 0
    assert api.get(f"{path}/clock").json() == {"running": False, "speed": 1000.0}
    assert api.step(path)["steps"] == steps + 1


def test_clock_that_ends_by_an_error_says_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    path = api.machine("untagged")
    _broken_once(monkeypatch, "app.live.machine.LiveMachine._adapt")
    api.put(f"{path}/clock", {"running": True, "speed": 1000})
    api.wait_for(path, lambda machine: machine["status"] == "paused")
    api.put(f"{path}/clock", {"running": True, "speed": 1000})
    steps = api.get(path).json()["steps"]
    api.wait_for(path, lambda machine: machine["steps"] > steps)


def test_machine_whose_commands_give_something_else_now_is_shown_as_failed(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        path, other = api.machine("untagged"), api.machine("untagged")
        api.step(path, 5)
    _query(tmp_path, "UPDATE commands SET seq = seq + 1")
    with running(tmp_path) as api:
        _ready(api)
        machine = api.get(path).json()
        assert machine["status"] == "failed"
        assert "events now and gave" in machine["failure"]
        response = api.post(f"{path}/step")
        assert (response.status_code, slug(response)) == (500, "machine-failed")
        assert api.step(other)["steps"] == 1
        assert api.delete(path).status_code == 204


def test_machine_of_a_policy_that_is_no_more_is_left_out_and_can_be_deleted(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as api:
        path, other = api.machine("untagged"), api.machine("kvm-riscv")
    ((spec,),) = _query(tmp_path, "SELECT spec FROM machines WHERE number = 1")
    spec = json.dumps(json.loads(spec) | {"policy": "retired"})
    _query(tmp_path, "UPDATE machines SET spec = ? WHERE number = 1", spec)
    with running(tmp_path) as api:
        _ready(api)
        assert [m["id"] for m in api.get("/machines").json()["items"]] == [other.split("/")[2]]
        (left_out,) = api.get("//readyz").json()["checks"]["left_out"]
        assert "policy is 'retired'" in left_out["reason"]
        assert slug(api.get(path)) == "machine-failed"
        assert api.delete(path).status_code == 204
        assert slug(api.get(path)) == "machine-not-found"


def test_journal_that_cannot_be_written_makes_the_server_not_ready(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journal, "check", _failing)
    response = api.get("//readyz")
    assert (response.status_code, slug(response)) == (503, "not-ready")
    assert api.get("//livez").status_code == 200
