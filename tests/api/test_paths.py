"""/paths: every state along a path, as data, as a test, as a live machine; /traces."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from app.schemas.checks import BoundsView, CheckBody, PathBody, PathQuery
from app.views.path import path_json
from simcore import policies
from simcore.check.bounds import Bounds
from simcore.check.path import Walker
from simcore.hw.tlb import Organisation
from simcore.machine.faults import Fault
from tests.api.client import Api, running, slug

ROOT = Path(__file__).resolve().parents[2]
WRONG = {"policy": "xen-riscv-v2-posted", "harts": 1, "domains": 1}
REUSE = "0.0.0.0.0.0.0.0.1.0.0.0.0.0"
"""Create, switch in, touch, leave, destroy, create, switch in: the old entry is hit."""
LAST = 14


def path(api: Api, **query: Any) -> Any:
    response = api.get("/paths", params={**WRONG, "path": REUSE, **query})
    assert response.status_code == 200, response.text
    return response.json()


def test_path_has_every_state_from_boot_on(shared_api: Api) -> None:
    found = path(shared_api)
    assert [state["number"] for state in found["states"]] == list(range(LAST + 1))
    assert [state["choice"] for state in found["states"]] == [None, *map(int, REUSE.split("."))]
    boot, created = found["states"][:2]
    assert (boot["action"], boot["hart"], boot["did"]) == (None, None, "the machine is booted")
    assert boot["events"][0]["event"] == "HartBooted"
    assert created["action"] == "create"
    assert created["did"] == "the toolstack on hart 0 creates a domain"
    assert created["told"] == ["it is domain 0", "VMID 0 is given to domain 0"]
    assert created["words"] == "; ".join((created["did"], *created["told"]))
    assert created["domains"] == [
        {"id": 0, "version": 0, "vcpus": [{"vcpu": 0, "hart": None, "last_hart": None}]}
    ]


def test_hart_tells_who_is_loaded_what_is_to_do_and_what_its_tlb_holds(shared_api: Api) -> None:
    states = path(shared_api)["states"]
    (switching,) = states[2]["harts"]
    assert switching["vcpu"] == {"domain": 0, "vcpu": 0}
    assert not switching["in_guest"]
    assert switching["todo"][0] == "write hgatp: VMID 0, domain 0"
    assert switching["ids"] == [{"vmid": 0, "domain": 0, "vcpu": None}]
    # Nothing is written yet: MODE is Bare in both.
    assert (switching["hgatp"], switching["vsatp"]) == ({"value": "0x0", "id": None},) * 2
    (running_guest,) = states[5]["harts"]
    assert running_guest["in_guest"]
    assert running_guest["hgatp"] == {"value": "0x8000000000080000", "id": 0}
    assert running_guest["vsatp"]["id"] == 1
    (entry,) = running_guest["tlb"]
    assert entry["stale"] is None
    assert (entry["domain"], entry["vmid"], entry["page"], entry["filled"]) == (0, 0, 0, 5)
    (idle,) = states[9]["harts"]
    assert idle["vcpu"] is None
    assert idle["tlb"][0]["stale"] == "domain 0 is gone"
    assert idle["tlb"][0]["filled"] == 5


def test_breach_is_named_and_explained_step_by_step(shared_api: Api) -> None:
    found = path(shared_api)
    assert found["broken"] == LAST
    last = found["states"][-1]
    assert [breach["property"]["name"] for breach in last["breaches"]] == ["I1"]
    assert last["breaches"][0]["property"]["title"] == "UniqueTagPerHart"
    assert (
        "was served under VMID 0 by an entry that domain 0 filled"
        in (last["breaches"][0]["sentence"])
    )
    assert (last["why"][0]["step"], last["why"][0]["part"]) == (5, "fill")
    assert last["why"][-1]["part"] == "hit"
    assert [state["number"] for state in found["states"] if state["breaches"]] == [10, LAST]


def test_choices_are_those_that_a_longer_path_may_take(shared_api: Api) -> None:
    choices = path(shared_api)["states"][-1]["choices"]
    assert [choice["number"] for choice in choices] == list(range(len(choices)))
    for choice in choices:
        longer = path(shared_api, path=f"{REUSE}.{choice['number']}")["states"]
        assert longer[-1]["did"] == choice["words"]
        assert longer[-1]["action"] == choice["action"]


def test_requests_tell_who_asked_when_and_who_served(shared_api: Api) -> None:
    query = {"policy": "kvm-riscv", "domains": 2, "harts": 2, "path": "0.1.0.0.0.0.0.0.0"}
    found = path(shared_api, **query)
    (request,) = found["requests"]
    assert (request["requester"], request["target"]) == (1, 0)
    assert request["served"] == request["asked"] + 1
    assert request["words"] == "HFENCE.GVMA x0, x0 (roll-over)"
    waiting = found["states"][request["asked"]]
    assert waiting["flights"][0]["asked"] == request["asked"]
    assert [hart["waits"] for hart in waiting["harts"]] == [False, True]
    assert found["states"][request["served"]]["flights"] == []


def test_link_has_only_what_differs_from_the_usual_bounds(shared_api: Api) -> None:
    query = {
        "tlb": "split", "unmap": "false", "fault": ["wrong-id", "dropped-fence"], "path": "0",
        "policy": "kvm-riscv", "harts": 2, "domains": 3,
    }  # fmt: skip
    found = path(shared_api, **query)
    assert found["page"] == (
        "/path?policy=kvm-riscv&tlb=split&fault=dropped-fence&fault=wrong-id&unmap=false&path=0"
    )
    assert found["bounds"]["faults"] == ["dropped-fence", "wrong-id"]
    again = shared_api.get(f"/paths{found['page'].removeprefix('/path')}").json()
    assert again == found


def test_every_bound_can_be_asked_for() -> None:
    known = {field.name for field in fields(Bounds)}
    assert known == set(BoundsView.model_fields)
    assert known - {"faults"} == set(PathQuery.model_fields) - {"policy", "path", "fault"}
    assert known == set(PathBody.model_fields) - {"policy", "path"}
    assert known == set(CheckBody.model_fields) - {"policy", "properties", "attended"}


def test_same_link_gives_the_same_bytes_on_another_server(tmp_path: Path) -> None:
    answers = []
    for name in ("first", "second"):
        with running(tmp_path / name) as api:
            api.machine()
            query = {**WRONG, "path": REUSE, "tlb": "split", "speculation": "true", "domains": 2}
            for _ in range(2):
                answers.append(api.get("/paths", params=query).content)
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    ("query", "where", "says"),
    [
        ({"policy": "nope"}, "policy", "policy is 'nope'; allowed: "),
        ({"harts": 9}, "harts", "harts is '9'"),
        ({"harts": "two"}, "harts", "harts is 'two'"),
        ({"vmidlen": 15}, "vmidlen", "vmidlen is '15'"),
        ({"tlb": "none"}, "tlb", "'combined' or 'split'"),
        ({"fault": "nope"}, "fault", "fault is 'nope'; allowed: "),
        ({"unmap": "perhaps"}, "unmap", "unmap is 'perhaps'"),
        ({"cores": 2}, "cores", "cores is '2'"),
        ({"path": "a.b"}, "path", "path is 'a.b'"),
        ({"path": "-1"}, "path", "path is '-1'"),
        ({"path": "0.0.99"}, "path", "path takes choice 99 at step 3; 0 to "),
        ({"path": ".".join("0" * 2001)}, "path", "path has 2001 steps, the last at step 2001"),
    ],
)
def test_bad_path_is_a_problem_that_names_field_and_step(
    shared_api: Api, query: dict[str, Any], where: str, says: str
) -> None:
    for address in ("/paths", "/paths/test"):
        response = shared_api.get(address, params={**WRONG, **query})
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert response.json()["errors"][0]["loc"] == ["query", where]
        assert says in response.json()["detail"]


def test_long_paths_leave_the_threads_of_commands_alone(api: Api) -> None:
    machine = api.machine()
    long = {**WRONG, "path": ".".join("0" * 600)}
    with ThreadPoolExecutor(8) as clients:
        asked = [clients.submit(api.get, "/paths", params=long) for _ in range(8)]
        wait(asked[:1], timeout=0.2)
        api.step(machine)
        waiting = sum(not one.done() for one in asked)
    assert [one.result().status_code for one in asked] == [200] * 8
    # Four threads of commands would have had to end four of them first.
    assert waiting >= 6


def test_policy_that_cannot_run_within_the_bounds_is_a_problem(shared_api: Api) -> None:
    response = shared_api.get("/paths", params={"policy": "xvisor-static", "vmidlen": 0})
    if response.status_code != 200:
        assert slug(response) == "invalid-request"
        assert "cannot run on this platform" in response.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        {**WRONG, "path": REUSE},
        {"policy": "kvm-riscv", "fault": "wrong-id", "tlb": "split", "path": "0.1.0"},
    ],
    ids=["breach", "no breach"],
)
def test_path_as_a_test_passes_in_a_checkout(
    shared_api: Api, tmp_path: Path, query: dict[str, Any]
) -> None:
    response = shared_api.get("/paths/test", params=query)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/x-python")
    file = tmp_path / "test_found.py"
    file.write_text(response.text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    tested = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout
    assert "1 passed" in tested.stdout
    linted = [sys.executable, "-m", "ruff", "check", "--select=E,F,I", "--line-length=1000"]
    assert subprocess.run([*linted, str(file)], capture_output=True).returncode == 0


def test_machine_forked_from_a_state_goes_on_there_and_outlives_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        made = api.post("/paths/machines", {**WRONG, "path": REUSE})
        assert made.status_code == 201, made.text
        machine = made.json()
        assert made.headers["location"] == f"/api/v1/machines/{machine['id']}"
        assert machine["name"] == f"xen-riscv-v2-posted, state {LAST} of a path"
        assert machine["commands"] == LAST
        assert machine["metrics"]["violations_total"] == 1
        expected = [event for state in path(api)["states"] for event in state["events"]]
        history = api.history(f"/machines/{machine['id']}")
        assert [{k: v for k, v in item.items() if k != "seq"} for item in history] == expected
        digest = api.digest(f"/machines/{machine['id']}")
    with running(tmp_path) as api:
        address = f"/machines/{machine['id']}"
        api.wait_for(address, lambda found: found["status"] == "paused")
        assert api.digest(address) == digest
        api.step(address)


def test_fork_from_a_path_that_is_none_makes_no_machine(api: Api) -> None:
    response = api.post("/paths/machines", {**WRONG, "path": "0.7"})
    assert (response.status_code, slug(response)) == (422, "invalid-request")
    assert response.json()["errors"][0]["loc"] == ["body", "path"]
    assert "at step 2" in response.json()["detail"]
    assert api.get("/machines").json()["items"] == []


@pytest.mark.parametrize("policy", policies.names())
def test_any_path_of_any_policy_can_be_shown(policy: str) -> None:
    rng = random.Random(policy)
    for bounds in (
        Bounds(harts=2, domains=2, vcpus=2, speculation=True, asids="same"),
        Bounds(harts=3, domains=3, tlb=Organisation.SPLIT, cut=False, pages=2),
        Bounds(harts=2, domains=4, vmidlen=1, asids="bare", faults=frozenset({Fault.WRONG_ID})),
    ):
        try:
            walker = Walker(policy, bounds)
        except ValueError:
            continue
        path = []
        for _ in range(120):
            path.append(rng.randrange(len(walker.choices())))
            walker.take(path[-1])
        found = path_json(policy, bounds, path)
        assert len(found["states"]) == 121
        json.dumps(found, allow_nan=False)
        for state in found["states"]:
            assert not state["why"] or state["breaches"]
            for reason in state["why"]:
                assert reason["step"] <= state["number"]


def test_every_infamous_trace_breaks_what_it_says(shared_api: Api) -> None:
    traces = shared_api.get("/traces").json()["items"]
    assert traces
    for trace in traces:
        found = shared_api.get(f"/paths{trace['page'].removeprefix('/path')}").json()
        assert len(found["states"]) == trace["steps"] + 1
        broken = [breach["property"]["name"] for breach in found["states"][-1]["breaches"]]
        assert trace["broken"]["name"] in broken, trace["name"]
