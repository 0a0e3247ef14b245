"""GET /machines/{id}/lanes and /counts, held against the history."""

from __future__ import annotations

from typing import Any

import pytest

from app.tables.fence_marks import FenceMarks
from app.tables.marks import Marks
from app.views.lanes import bin_edges
from tests.api.client import Api, slug

Item = dict[str, Any]
HARTS = 4


@pytest.fixture(scope="module")
def machine(shared_api: Api) -> str:
    """A machine with fences, remote requests, roll-overs and a wrong hit."""
    path = shared_api.machine(
        "xen-riscv-head", schedule="first-start", platform={"harts": HARTS, "vmidlen": 2}
    )
    for _ in range(5):
        shared_api.post(f"{path}/domains", {"vcpus": 2})
        shared_api.step(path, 60)
        for domain in shared_api.get(f"{path}/domains").json()["items"][:3]:
            shared_api.post(f"{path}/domains/{domain['id']}/unmap", {"first": 1})
    return path


@pytest.fixture(scope="module")
def history(shared_api: Api, machine: str) -> list[Item]:
    return shared_api.history(machine)


def of(history: list[Item], *kinds: str) -> list[Item]:
    return [event for event in history if event["event"] in kinds]


@pytest.mark.parametrize("at", [None, 700])
def test_wide_lanes_have_every_entry_fence_request_and_wrong_hit(
    shared_api: Api, machine: str, history: list[Item], at: int | None
) -> None:
    query = "" if at is None else f"&at={at}"
    answer = shared_api.get(f"{machine}/lanes?width=4096{query}").json()
    seen = history[:at]
    assert (answer["seq"], answer["end_ns"]) == (len(seen), seen[-1]["at_ns"])
    assert (answer["from_ns"], answer["to_ns"]) == (0, seen[-1]["at_ns"])
    words = answer["words"]
    for lane, hart in zip(answer["lanes"], range(HARTS), strict=True):
        assert lane["harts"] == [hart]
        for column, kind in (
            ("slices", "GuestEntered"), ("fences", "FenceExecuted"),
            ("requests", "RemoteFenceRequested"), ("wrong", "StaleHit"),
        ):  # fmt: skip
            expected = [e["seq"] for e in of(seen, kind) if e["hart"] == hart]
            assert lane[column]["seq"] == expected
        fences = [e for e in of(seen, "FenceExecuted") if e["hart"] == hart]
        assert [words[kind] for kind in lane["fences"]["kind"]] == [e["fence"] for e in fences]
        assert [words[cause] for cause in lane["fences"]["cause"]] == [e["cause"] for e in fences]
        assert lane["fences"]["cycles"] == [e["cycles"] for e in fences]
        entered = [e for e in of(seen, "GuestEntered") if e["hart"] == hart]
        assert lane["slices"]["vmid"] == [e["vmid"] for e in entered]
        assert lane["slices"]["start_ns"] == [e["at_ns"] for e in entered]


def test_narrow_lanes_are_sums_of_the_wide_ones(shared_api: Api, machine: str) -> None:
    wide = shared_api.get(f"{machine}/lanes?width=4096").json()
    narrow = shared_api.get(f"{machine}/lanes?width=12").json()
    grouped = shared_api.get(f"{machine}/lanes?width=12&group=4").json()
    assert (narrow["bins"], len(grouped["lanes"])) == (12, 1)
    for told, summed in zip(wide["lanes"], narrow["lanes"], strict=True):
        slices = told["slices"]
        pairs = zip(slices["start_ns"], slices["end_ns"], strict=True)
        assert sum(summed["density"]["busy_ns"]) == sum(end - start for start, end in pairs)
        assert summed["slices"] is None
        assert sum(summed["fence_counts"]) == len(told["fences"]["seq"])
    for name in ("fence_counts", "request_counts", "wrong_counts"):
        column = name.replace("_counts", "s").replace("wrongs", "wrong")
        exact = sum(len(lane[column]["seq"]) for lane in wide["lanes"])
        assert sum(grouped["lanes"][0][name]) == exact
    busy = [lane["density"]["busy_ns"] for lane in narrow["lanes"]]
    assert grouped["lanes"][0]["density"]["busy_ns"] == [
        sum(column) for column in zip(*busy, strict=True)
    ]


def test_edges_of_a_span_are_whole_and_exact_however_long_it_is() -> None:
    for from_ns, to_ns, bins in ((0, 2**62, 8192), (7, 10**16, 1024), (0, 5, 8), (3, 3, 2)):
        exact = [from_ns + number * (to_ns - from_ns) // bins for number in range(bins + 1)]
        assert bin_edges(from_ns, to_ns, bins).tolist() == exact


def test_window_far_longer_than_what_ran_counts_the_same(shared_api: Api, machine: str) -> None:
    usual = shared_api.get(f"{machine}/lanes?width=12&group=4").json()["lanes"][0]
    far = shared_api.get(f"{machine}/lanes?width=1024&group=4&to_ns={10**16}").json()["lanes"][0]
    for name in ("fence_counts", "request_counts", "wrong_counts"):
        assert min(far[name]) >= 0
        assert sum(far[name]) == sum(usual[name])
    assert sum(far["density"]["busy_ns"]) == sum(usual["density"]["busy_ns"])


def test_window_shows_what_lies_in_it_in_part(shared_api: Api, machine: str) -> None:
    everything = shared_api.get(f"{machine}/lanes?width=4096&harts=1").json()["lanes"][0]["slices"]
    starts, ends = everything["start_ns"], everything["end_ns"]
    from_ns, to_ns = (starts[5] + ends[5]) // 2, (starts[9] + ends[9]) // 2
    answer = shared_api.get(f"{machine}/lanes?harts=1&from_ns={from_ns}&to_ns={to_ns}").json()
    shown = answer["lanes"][0]["slices"]["seq"]
    inside = [n for n in range(len(starts)) if ends[n] >= from_ns and starts[n] <= to_ns]
    assert shown == [everything["seq"][n] for n in inside]


def test_counts_are_those_of_the_history(
    shared_api: Api, machine: str, history: list[Item]
) -> None:
    middle = history[len(history) // 2]["at_ns"]
    for from_ns, to_ns, at in ((0, history[-1]["at_ns"], len(history)), (middle, middle, 900)):
        counts = shared_api.get(f"{machine}/counts?from_ns={from_ns}&to_ns={to_ns}&at={at}").json()
        inside = [e for e in history[:at] if from_ns <= e["at_ns"] <= to_ns]
        assert counts == {
            "from_ns": from_ns,
            "to_ns": to_ns,
            "fences": len(of(inside, "FenceExecuted")),
            "requests": len(of(inside, "RemoteFenceRequested")),
            "assignments": len(of(inside, "VmidAssigned")),
            "violations": len(of(inside, "StaleHit")),
            "world_switches": len(of(inside, "WorldSwitched")),
            "since": 1,
            "since_ns": 0,
            "complete": True,
        }


def test_lanes_say_from_when_on_fences_and_wrong_hits_are_kept(api: Api) -> None:
    path = api.machine("xen-riscv-head", schedule="first-start", platform={"vmidlen": 2})
    live = api.live(path.rpartition("/")[2])
    live.chronicle.fence_marks = FenceMarks(most=40)
    live.chronicle.marks = Marks(most=200)
    api.post(f"{path}/domains", {"vcpus": 2})
    api.step(path, 3_000)
    answer = api.get(f"{path}/lanes?width=4096").json()
    since = answer["since_ns"]
    assert since["fences"] > 0
    assert since["wrong"] == 0
    shown = [ns for lane in answer["lanes"] for ns in lane["fences"]["at_ns"]]
    fences = of(api.history(path), "FenceExecuted")
    assert sorted(shown) == [e["at_ns"] for e in fences if e["at_ns"] >= since["fences"]]
    assert len(shown) < len(fences)
    gone = api.get(f"{path}/lanes?at=2")
    assert (gone.status_code, slug(gone)) == (410, "events-expired")


def test_more_than_sixty_four_harts_share_lanes(shared_api: Api) -> None:
    path = shared_api.machine("xen-riscv-v4", platform={"harts": 100})
    shared_api.post(f"{path}/domains", {"vcpus": 3})
    shared_api.step(path, 300)
    answer = shared_api.get(f"{path}/lanes").json()
    assert [len(lane["harts"]) for lane in answer["lanes"]] == [2] * 50
    response = shared_api.get(f"{path}/lanes?group=1")
    assert (response.status_code, slug(response)) == (422, "invalid-request")
    assert response.json()["errors"][0]["loc"] == ["query", "group"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("lanes?width=0", "width"),
        ("lanes?harts=0,x", "harts"),
        ("lanes?harts=", "harts"),
        ("lanes?harts=9", "hart"),
        ("lanes?from_ns=9&to_ns=8", "to_ns"),
        ("lanes?at=99999999", "at"),
        ("counts?from_ns=1", "to_ns"),
    ],
)
def test_query_out_of_range_is_a_problem(
    shared_api: Api, machine: str, query: str, field: str
) -> None:
    response = shared_api.get(f"{machine}/{query}")
    assert (response.status_code, slug(response)) == (422, "invalid-request")
    assert response.json()["errors"][0]["loc"] == ["query", field]
