"""GET /machines/{id}/flushes: filters, order, pages; held against the history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.client import Api, slug

Item = dict[str, Any]


@pytest.fixture(scope="module")
def machine(shared_api: Api) -> str:
    """A KVM machine with local and remote fences, roll-overs and unmaps."""
    path = shared_api.machine(
        "kvm-riscv", schedule="first-start", platform={"harts": 4, "vmidlen": 2}
    )
    for _ in range(6):
        shared_api.step(path, 300)
        for domain in shared_api.get(f"{path}/domains").json()["items"][:2]:
            shared_api.post(f"{path}/domains/{domain['id']}/unmap", {"first": 1})
    return path


@pytest.fixture(scope="module")
def everything(shared_api: Api, machine: str) -> list[Item]:
    return shared_api.follow(f"{machine}/flushes?order=asc&limit=1000")


def test_flush_log_has_every_fence_and_request_of_the_history(
    shared_api: Api, machine: str, everything: list[Item]
) -> None:
    fences = [
        event
        for event in shared_api.history(machine)
        if event["event"] in ("FenceExecuted", "RemoteFenceRequested")
    ]
    assert [item["seq"] for item in everything] == [event["seq"] for event in fences]
    assert len(everything) > 100
    assert {item["type"] for item in everything} == {"executed", "requested"}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("hart=1", lambda item: item["hart"] == 1),
        ("vmid=2", lambda item: item["vmid"] == 2),
        ("kind=hfence_gvma", lambda item: item["kind"] == "hfence_gvma"),
        ("cause=roll-over", lambda item: item["cause"] == "roll-over"),
        ("hart=0&kind=hfence_gvma_vmid&vmid=1", lambda i: i["hart"] == 0 and i["vmid"] == 1),
        ("kind=nothing_like_it", lambda item: False),
        ("from=1000000000", lambda item: item["at_ns"] >= 10**9),
        ("to=1000000000", lambda item: item["at_ns"] <= 10**9),
    ],
)
def test_filter_shows_what_matches_in_either_order(
    shared_api: Api,
    machine: str,
    everything: list[Item],
    query: str,
    wanted: Callable[[Item], bool],
) -> None:
    expected = [item for item in everything if wanted(item)]
    upwards = shared_api.follow(f"{machine}/flushes?{query}&order=asc&limit=7")
    downwards = shared_api.follow(f"{machine}/flushes?{query}&limit=50")
    assert upwards == expected
    assert downwards == expected[::-1]


def test_times_are_inclusive(shared_api: Api, machine: str, everything: list[Item]) -> None:
    at_ns = everything[len(everything) // 2]["at_ns"]
    found = shared_api.follow(f"{machine}/flushes?from={at_ns}&to={at_ns}&order=asc")
    assert found == [item for item in everything if item["at_ns"] == at_ns]


def test_first_page_is_the_newest_hundred(
    shared_api: Api, machine: str, everything: list[Item]
) -> None:
    page = shared_api.get(f"{machine}/flushes").json()
    assert page["items"] == everything[:-101:-1]
    assert page["next_cursor"]


def test_cursor_goes_with_its_filters_only(shared_api: Api, machine: str) -> None:
    cursor = shared_api.get(f"{machine}/flushes?hart=1&limit=1").json()["next_cursor"]
    assert shared_api.get(f"{machine}/flushes?hart=1&cursor={cursor}").status_code == 200
    for query in (f"hart=0&cursor={cursor}", f"order=asc&hart=1&cursor={cursor}", "cursor=xyz"):
        response = shared_api.get(f"{machine}/flushes?{query}")
        assert (response.status_code, slug(response)) == (400, "invalid-cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "order=up", "vmid=-1", "from=x"])
def test_filter_out_of_range_is_a_problem(shared_api: Api, machine: str, query: str) -> None:
    response = shared_api.get(f"{machine}/flushes?{query}")
    assert (response.status_code, slug(response)) == (422, "invalid-request")
    field, _, value = query.partition("=")
    assert response.json()["errors"][0]["loc"] == ["query", field]
    assert value in response.json()["detail"]


def test_request_of_which_nothing_was_sent_is_shown_as_none(shared_api: Api) -> None:
    """The posted patch asks for a remote fence over an empty mask: -EINVAL, and no call."""
    path = shared_api.machine("xen-riscv-v2-posted", platform={"harts": 1, "vmidlen": 4})
    shared_api.post(f"{path}/domains", {"vcpus": 1})
    shared_api.post(f"{path}/domains/0/unmap", {"first": 0})
    (item,) = shared_api.get(f"{path}/flushes?kind=none").json()["items"]
    assert item == {
        "seq": item["seq"],
        "at_ns": 0,
        "type": "requested",
        "hart": 0,
        "kind": "none",
        "address": None,
        "id": None,
        "vmid": None,
        "cause": "p2m change",
        "requester": None,
        "dropped": None,
        "cycles": 0,
        "via": "none",
        "targets": 0,
        "error": -22,
        "hart_mask": "0x0",
        "hart_mask_base": "0x0",
    }
    assert shared_api.get(f"{path}/metrics").json()["remote_fences"] == 0
