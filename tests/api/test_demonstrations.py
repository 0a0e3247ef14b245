"""Demonstrations are made once, found again, and show what they promise; summaries add up."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo import DEMONSTRATIONS, FIRST, ROLL_OVER
from app.doors import COMPARED, doors
from simcore import policies
from tests.api.client import Api, running


@pytest.mark.parametrize("name", sorted(DEMONSTRATIONS))
def test_demonstration_is_made_once_and_runs(api: Api, name: str) -> None:
    first = api.put(f"/demonstrations/{name}", None).json()
    second = api.put(f"/demonstrations/{name}", None).json()
    assert first["id"] == second["id"]
    assert first["status"] == "running"
    assert first["name"] == DEMONSTRATIONS[name].title
    listed = {one["name"]: one["machine"] for one in api.get("/demonstrations").json()["items"]}
    assert listed == dict.fromkeys(DEMONSTRATIONS) | {name: first["id"]}


def test_unknown_demonstration_is_not_found(api: Api) -> None:
    answer = api.put("/demonstrations/nothing", None)
    assert answer.status_code == 404
    assert "'nothing'" in answer.json()["detail"]
    assert "roll-over" in answer.json()["detail"]


def test_roll_over_comes_every_six_steps(api: Api) -> None:
    machine = api.put("/demonstrations/roll-over", None).json()
    path = f"/machines/{machine['id']}"
    api.put(f"{path}/clock", {"running": False, "speed": 2})
    before = api.get(f"{path}/metrics").json()["rollovers"]
    api.step(path, 12)
    assert api.get(f"{path}/metrics").json()["rollovers"] == before + 2
    assert machine["domains"] == ROLL_OVER.domains


def test_machine_that_lost_its_guests_is_no_demonstration_any_more(api: Api) -> None:
    first = api.put("/demonstrations/roll-over", None).json()["id"]
    api.delete(f"/machines/{first}/domains/0")
    assert api.put("/demonstrations/roll-over", None).json()["id"] != first


def test_machine_that_failed_is_no_demonstration_any_more(api: Api) -> None:
    first = api.put("/demonstrations/first-start", None).json()["id"]
    api.run(api.live(first).pacing.stop)
    api.run(api.live(first)._fail, "its disk is gone")
    again = api.put("/demonstrations/first-start", None).json()
    assert (again["id"] != first, again["status"]) == (True, "running")


def test_demonstration_is_found_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        first = api.put("/demonstrations/first-start", None).json()["id"]
    with running(tmp_path) as api:
        assert api.put("/demonstrations/first-start", None).json()["id"] == first


def test_summary_counts_every_vmid_once_and_agrees_with_the_metrics(api: Api) -> None:
    path = api.machine(FIRST.spec.policy, schedule="first-start", platform={"vmidlen": 6})
    assert api.get(f"{path}/summary").json()["fences_per_1000_ids"] is None
    api.step(path, 3_000)
    summary = api.get(f"{path}/summary").json()
    metrics = api.get(f"{path}/metrics").json()
    bitmap = api.get(f"{path}/bitmap").json()
    ids = [summary[name] for name in ("live", "stale", "free", "reserved")]
    assert sum(ids) == bitmap["size"] == 64
    assert summary["live"] == len(bitmap["owners"]) > 0
    assert summary["free"] == bitmap["counts"]["free"]
    for name in ("seq", "ids_assigned", "cycles_lost", "violations_total"):
        assert summary[name] == metrics[name]
    assert summary["violations_total"] > 0
    assert summary["fences"] == metrics["local_fences"] + metrics["remote_fences"]


def test_fences_per_thousand_ids(api: Api) -> None:
    path = api.machine("xen-riscv-head", schedule="first-start", platform={"vmidlen": 3})
    api.step(path, 2_000)
    summary = api.get(f"{path}/summary").json()
    assert summary["fences"] > 0
    assert summary["fences_per_1000_ids"] == 1000 * summary["fences"] / summary["ids_assigned"]


def test_id_under_which_untagged_guests_run_is_live(api: Api) -> None:
    path = api.machine("untagged", platform={"harts": 1})
    api.post(f"{path}/domains", {"vcpus": 1})
    api.step(path, 2)
    assert api.get(f"{path}/harts").json()["items"][0]["in_guest"] is True
    summary = api.get(f"{path}/summary").json()
    assert (summary["live"], summary["reserved"]) == (1, 0)


def test_doors_name_policies_that_exist() -> None:
    assert set(COMPARED) <= set(policies.names())
    assert [door.name for door in doors()] == ["roll-over", "compare", "bug"]
