"""The past of a machine: any moment of it is what it was, and a machine can go on from there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.live import snapshots
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
