"""Room: never more machines than allowed, and all that are asked for together or none."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.comparisons.pairs import MOST_MACHINES
from app.journal import Journal, JournalError, KeptMachine
from app.live import CommandFailedError, LiveMachine
from simcore.machine import Command
from tests.api.client import Api, running, slug

PAIR: dict[str, Any] = {
    "a": "xen-riscv-v2-posted",
    "b": "xen-riscv-v2-reviewed",
    "schedule": "first-start",
    "platform": {"preset": "rv64", "harts": 2, "vmidlen": 6},
}


def compare(api: Api, **changes: Any) -> Any:
    response = api.post("/comparisons", {**PAIR, **changes})
    assert response.status_code == 200, response.text
    return response.json()


def test_machines_asked_for_at_once_are_no_more_than_allowed(tmp_path: Path) -> None:
    with running(tmp_path, max_machines=6) as api:
        first = api.machine("untagged")
        asked: list[Callable[[], httpx.Response]] = [
            lambda: api.post("/machines", {"policy": "untagged"}),
            lambda: api.post(f"{first}/fork", {}),
        ]
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda ask: ask(), asked * 6))
        refused = [answer for answer in answers if answer.status_code != 201]
        assert [slug(answer) for answer in refused] == ["too-many-machines"] * 7
        assert len(api.get("/machines").json()["items"]) == 6


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/demonstrations/roll-over", None),
        ("POST", "/paths/machines", {"policy": "xen-riscv-v2-posted", "path": "0.0.0.0.0.0"}),
    ],
)
def test_machine_is_listed_when_it_is_ready_and_one_that_fails_before_is_not_left(
    api: Api, monkeypatch: pytest.MonkeyPatch, method: str, path: str, body: object
) -> None:
    command, listed = LiveMachine.command, list[int]()

    async def watched(self: LiveMachine, asked: Command) -> None:
        await command(self, asked)
        listed.append(len(api.machines.all()))
        if len(listed) == 5:
            raise CommandFailedError(asked, AssertionError("broken half-way"), kept=True)

    monkeypatch.setattr(LiveMachine, "command", watched)
    failed = api.request(method, path, json=body)
    assert (failed.status_code, slug(failed)) == (500, "internal-error")
    assert api.get("/machines").json()["items"] == []
    assert api.machines.journal.machines() == []
    machine = api.request(method, path, json=body).json()
    assert set(listed) == {0}
    assert [item["id"] for item in api.get("/machines").json()["items"]] == [machine["id"]]


def test_machine_that_can_neither_be_made_ready_nor_deleted_is_listed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*arguments: object) -> None:
        raise JournalError("disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", failing)
        patch.setattr(Journal, "delete_machine", failing)
        assert slug(api.put("/demonstrations/roll-over", None)) == "journal-failed"
    (left,) = api.get("/machines").json()["items"]
    assert api.delete(f"/machines/{left['id']}").status_code == 204
    assert api.machines.journal.machines() == []


def test_oldest_machines_of_comparisons_make_room(api: Api) -> None:
    kept = api.machine()
    first = compare(api)
    api.post(f"/machines/{first['a']['machine']}/domains", {"vcpus": 1})
    for seed in range(2, 12):
        compare(api, seed=seed)
    left = {item["id"] for item in api.get("/machines").json()["items"]}
    assert len(left) == MOST_MACHINES + 2
    assert kept.rpartition("/")[2] in left
    assert first["a"]["machine"] in left, "it was given commands: it is somebody's own"
    assert first["b"]["machine"] not in left


def test_pair_that_finds_no_room_changes_nothing(tmp_path: Path) -> None:
    most = MOST_MACHINES - 1
    with running(tmp_path, max_machines=most) as api:
        for seed in range(1, most // 2 + 1):
            compare(api, seed=seed)
        compare(api, b="kvm-riscv")
        before = api.get("/machines").json()
        assert len(before["items"]) == most
        response = api.post("/comparisons", PAIR | {"seed": 99})
        assert (response.status_code, slug(response)) == (409, "too-many-machines")
        assert response.json()["detail"] == (
            "there are 11 machines, and 2 more are asked for; 11 is allowed"
        )
        assert api.get("/machines").json() == before
        compare(api)


def test_full_server_gives_old_pairs_for_a_new_one(tmp_path: Path) -> None:
    with running(tmp_path, max_machines=MOST_MACHINES) as api:
        pairs = [compare(api, seed=seed)["id"] for seed in range(MOST_MACHINES // 2 + 1)]
        assert len(api.get("/machines").json()["items"]) == MOST_MACHINES
        assert slug(api.get(f"/comparisons/{pairs[0]}")) == "machine-not-found"
        assert all(api.get(f"/comparisons/{pair}").is_success for pair in pairs[1:])


def test_pair_whose_second_machine_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, calls = Journal.add_machine, list[str]()

    def second_fails(self: Journal, machine: KeptMachine, *rest: Any) -> KeptMachine:
        calls.append(machine.name)
        if len(calls) == 2:
            raise JournalError("disk is full")
        return add(self, machine, *rest)

    with running(tmp_path) as api:
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "add_machine", second_fails)
            assert slug(api.post("/comparisons", PAIR)) == "journal-failed"
        assert calls == ["xen-riscv-v2-posted, compared", "xen-riscv-v2-reviewed, compared"]
        assert api.get("/machines").json()["items"] == []
    with running(tmp_path) as api:
        assert api.get("/machines").json()["items"] == []


def test_bad_input_costs_no_old_pair(api: Api) -> None:
    for seed in range(MOST_MACHINES // 2):
        compare(api, seed=seed)
    before = api.get("/machines").json()
    response = api.post("/comparisons", {**PAIR, "platform": {"harts": 1}})
    assert slug(response) == "invalid-request"
    assert api.get("/machines").json() == before
