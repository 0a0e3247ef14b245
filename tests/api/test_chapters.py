"""/chapters: machines of their own, checks by events, and room for everybody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.learn import CHAPTERS
from app.learn.chapter import Chapter
from app.learn.checking import FIRST_EVENTS, LAST_EVENTS
from tests.api.client import Api, running, slug


def opened(api: Api, number: int, **body: str) -> str:
    """The id of a fresh machine of a chapter."""
    response = api.post(f"/chapters/{number}/machine", body)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def check(api: Api, number: int, machine: str) -> Any:
    response = api.get(f"/chapters/{number}/check?machine={machine}")
    assert response.status_code == 200, response.text
    return response.json()


def press(api: Api, number: int, machine: str, label: str) -> None:
    """Do what a chapter's button does."""
    actions = api.get(f"/chapters/{number}").json()["actions"]
    (action,) = (action for action in actions if action["label"] == label)
    for request in action["requests"]:
        domains = api.get(f"/machines/{machine}/domains").json()["items"]
        path = request["path"].replace("{oldest}", str(domains[0]["id"]) if domains else "")
        options = {"json": request["body"]} if request["body"] else {}
        answer = api.request(request["method"], f"/machines/{machine}{path}", **options)
        assert answer.is_success, answer.text


def test_chapters_are_listed_and_found_one_by_one(shared_api: Api) -> None:
    items = shared_api.get("/chapters").json()["items"]
    assert [item["number"] for item in items] == list(range(1, 9))
    assert [shared_api.get(f"/chapters/{item['number']}").json() for item in items] == items
    assert items[3]["specification"] == {
        "policy": "xen-riscv-head",
        "platform": {
            "preset": "rv64", "harts": 1, "vmidlen": 2, "tlb": {"sets": 8, "ways": 4},
        },
        "guests": {"working_set_pages": 16, "accesses_per_us": 0.02, "asids": "bare"},
    }  # fmt: skip


@pytest.mark.parametrize("number", [0, 9, -1])
def test_unknown_chapter_is_a_problem_that_says_which_there_are(
    shared_api: Api, number: int
) -> None:
    for response in (
        shared_api.get(f"/chapters/{number}"),
        shared_api.post(f"/chapters/{number}/machine"),
        shared_api.get(f"/chapters/{number}/check?machine=x"),
    ):
        assert (response.status_code, slug(response)) == (404, "chapter-not-found")
        assert response.json()["detail"] == f"chapter is {number}; the chapters: 1 to 8"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title)
def test_machine_is_what_its_specification_and_commands_make(
    shared_api: Api, chapter: Chapter
) -> None:
    told = shared_api.get(f"/chapters/{chapter.number}").json()
    machine = opened(shared_api, chapter.number)
    same = shared_api.post("/machines", told["specification"]).json()["id"]
    for command in told["commands"]:
        if command["command"] == "Step":
            shared_api.step(f"/machines/{same}", command["count"])
        else:
            body = {"vcpus": command["vcpus"], "name": command["name"]}
            assert shared_api.post(f"/machines/{same}/domains", body).status_code == 201
    digests = [shared_api.digest(f"/machines/{one}")["digest"] for one in (machine, same)]
    assert digests[0] == digests[1]
    assert shared_api.get(f"/machines/{machine}").json()["name"] == (
        f"Learn {chapter.number}: {chapter.title}"
    )
    assert check(shared_api, chapter.number, machine)["done"] is False
    for one in (machine, same):
        shared_api.delete(f"/machines/{one}")


def test_task_is_done_by_the_buttons_and_evidence_is_in_the_history(api: Api) -> None:
    machine = opened(api, 7)
    press(api, 7, machine, "Destroy A, create another")
    assert check(api, 7, machine) == {
        "done": False,
        "reason": "Domain 2 has VMID 0 and has hit nothing old yet.",
        "evidence": [],
    }
    for _ in range(3):
        press(api, 7, machine, "Step")
    verdict = check(api, 7, machine)
    assert verdict["done"]
    events = {item["seq"]: item for item in api.history(f"/machines/{machine}")}
    request, assigned, hit = (events[seq] for seq in verdict["evidence"])
    assert (request["event"], request["error"], request["targets"]) == (
        "RemoteFenceRequested", -22, 0,
    )  # fmt: skip
    assert (assigned["event"], assigned["vmid"]) == ("VmidAssigned", 0)
    assert (hit["event"], hit["domain"], hit["owner_domain"]) == ("StaleHit", 2, 0)


def test_machine_of_another_chapter_is_not_judged(api: Api) -> None:
    other = opened(api, 2)
    own = api.post("/machines", {"policy": "untagged", "name": CHAPTERS[0].machine_name})
    for machine in (other, own.json()["id"]):
        response = api.get(f"/chapters/1/check?machine={machine}")
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert response.json()["errors"][0]["loc"] == ["query", "machine"]
    gone = api.get("/chapters/1/check?machine=nobody")
    assert (gone.status_code, slug(gone)) == (404, "machine-not-found")
    assert slug(api.get("/chapters/1/check")) == "invalid-request"


def test_same_commands_are_carried_out_under_the_twin_and_decide_the_last_chapter(
    api: Api,
) -> None:
    machine = opened(api, 8)
    labels = ["Step"] * 3 + ["Destroy the oldest domain", "Create a domain"] + ["Step"] * 3
    for label in labels:
        press(api, 8, machine, label)
    half = check(api, 8, machine)
    assert (half["done"], len(half["evidence"])) == (False, 3)
    twin = opened(api, 8, after=machine)
    assert api.get(f"/machines/{twin}").json()["policy"]["name"] == "xen-riscv-v2-reviewed"
    assert check(api, 8, twin)["done"]
    counts = [api.get(f"/machines/{one}").json() for one in (machine, twin)]
    assert counts[0]["steps"] == counts[1]["steps"] == 6
    assert [one["metrics"]["violations_total"] for one in counts] == [15, 0]


def test_command_that_the_twin_refuses_is_left_out(api: Api) -> None:
    machine = opened(api, 2)
    press(api, 2, machine, "Create a domain")
    api.delete(f"/machines/{machine}/domains/2")
    press(api, 2, machine, "Step")
    twin = opened(api, 2, after=machine)
    metrics = api.get(f"/machines/{twin}").json()["metrics"]
    assert (metrics["domains_refused"], metrics["domains_destroyed"]) == (1, 0)
    answer = api.get(f"/chapters/2/check?machine={twin}")
    assert slug(answer) == "invalid-request"
    assert "made to compare with" in answer.json()["detail"]


def test_twin_is_refused_where_there_is_none_or_the_machine_is_not_the_chapter_s(
    api: Api,
) -> None:
    without = api.post("/chapters/4/machine", {"after": opened(api, 4)})
    other = api.post("/chapters/8/machine", {"after": opened(api, 7)})
    for response in (without, other):
        assert (response.status_code, slug(response)) == (422, "invalid-request")
        assert response.json()["errors"][0]["loc"] == ["body", "after"]
    assert slug(api.post("/chapters/8/machine", {"after": "nobody"})) == "machine-not-found"
    long = opened(api, 8)
    api.step(f"/machines/{long}", 20_001)
    refused = api.post("/chapters/8/machine", {"after": long})
    assert refused.json()["detail"] == (
        f"after is {long!r}, which has 20001 steps; 20000 is allowed"
    )


def test_oldest_machines_of_learn_make_way_and_nobody_else_s(tmp_path: Path) -> None:
    with running(tmp_path / "data", max_machines=8) as api:
        own = [
            api.post("/machines", {"policy": "untagged", "name": CHAPTERS[0].machine_name})
            for _ in range(2)
        ]
        made = [opened(api, 1 + n % 8) for n in range(9)]
        kept = [machine["id"] for machine in api.get("/machines").json()["items"]]
        assert kept == [machine.json()["id"] for machine in own] + made[-5:]


def test_machines_to_compare_with_make_way_before_those_they_were_made_from(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "data", max_machines=8) as api:
        firsts = [opened(api, 1) for _ in range(4)]
        for first in firsts:
            assert api.post("/chapters/1/machine", {"after": first}).status_code == 201
        kept = [machine["id"] for machine in api.get("/machines").json()["items"]]
        assert kept[:4] == firsts
        assert len(kept) == 5


def test_class_that_opens_a_chapter_at_once_finds_room(tmp_path: Path) -> None:
    with running(tmp_path / "data", max_machines=8) as api:
        with ThreadPoolExecutor(30) as pool:
            made = list(pool.map(lambda number: opened(api, 1 + number % 8), range(30)))
        kept = [machine["id"] for machine in api.get("/machines").json()["items"]]
        assert len(kept) == 5
        assert set(kept) <= set(made)


def test_full_server_gives_a_machine_of_learn_for_another_one_only(tmp_path: Path) -> None:
    with running(tmp_path / "data", max_machines=3) as api:
        first = opened(api, 1)
        for _ in range(2):
            api.machine()
        second = opened(api, 2)
        assert slug(api.get(f"/machines/{first}")) == "machine-not-found"
        api.delete(f"/machines/{second}")
        api.machine()
        assert slug(api.post("/chapters/1/machine")) == "too-many-machines"


def test_machines_of_learn_are_there_again_after_a_restart_and_still_judged(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "data") as api:
        machine = opened(api, 1)
        for _ in range(4):
            press(api, 1, machine, "Step")
        before = check(api, 1, machine)
        assert before["done"]
    with running(tmp_path / "data") as api:
        api.wait_for(f"/machines/{machine}", lambda answer: answer["status"] == "paused")
        assert check(api, 1, machine) == before


def test_long_play_between_the_beginning_and_the_task_changes_no_verdict(api: Api) -> None:
    machine = opened(api, 7)
    api.step(f"/machines/{machine}", 15_000)
    assert api.get(f"/machines/{machine}").json()["seq"] > FIRST_EVENTS + LAST_EVENTS
    assert not check(api, 7, machine)["done"]
    press(api, 7, machine, "Destroy A, create another")
    api.step(f"/machines/{machine}", 3)
    verdict = check(api, 7, machine)
    assert verdict["done"]
    after = verdict["evidence"][0] - 1
    (request, *_) = api.get(f"/machines/{machine}/history?after={after}&limit=1").json()["items"]
    assert request["event"] == "RemoteFenceRequested"
