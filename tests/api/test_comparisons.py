"""Two policies on one schedule: found again, moved together, compared by their own counters."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from app.comparisons import Pair, searches
from app.problems import ProblemError
from simcore.lab.divergence import Divergences, divergences
from simcore.machine import MachineSpec
from simcore.schedule import Schedule
from tests.api.client import Api, running, slug

BODY: dict[str, Any] = {
    "a": "xen-riscv-v2-posted",
    "b": "xen-riscv-v2-reviewed",
    "schedule": "first-start",
    "loop": True,
    "platform": {"preset": "rv64", "harts": 2, "vmidlen": 6},
}
BINARY = {"Accept": "application/octet-stream"}


def compare(api: Api, **changes: Any) -> Any:
    response = api.post("/comparisons", {**BODY, **changes})
    assert response.status_code == 200, response.text
    return response.json()


def move(api: Api, comparison: Any, steps: int) -> Any:
    response = api.put(f"/comparisons/{comparison['id']}/position", {"steps": steps})
    assert response.status_code == 200, response.text
    return response.json()


def machine(api: Api, side: Any) -> Any:
    return api.get(f"/machines/{side['machine']}").json()


def test_two_machines_differ_in_their_policy_alone(api: Api) -> None:
    comparison = compare(api)
    a, b = (machine(api, comparison[side]) for side in "ab")
    assert a["policy"]["name"] == "xen-riscv-v2-posted"
    assert b["policy"]["name"] == "xen-riscv-v2-reviewed"
    of_its_own = {"id", "name", "created", "policy", "seq", "metrics", "domains"}
    assert {k: v for k, v in a.items() if k not in of_its_own} == {
        k: v for k, v in b.items() if k not in of_its_own
    }
    assert a["schedule"] == comparison["schedule"] == "first-start"


def test_same_body_gives_the_same_machines(api: Api) -> None:
    first, second = compare(api), compare(api)
    assert first["id"] == second["id"]
    assert len(api.get("/machines").json()["items"]) == 2


def test_machines_are_found_again_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as api:
        comparison = compare(api)
        shown = move(api, comparison, 300)
    with running(tmp_path) as api:
        path = f"/comparisons/{comparison['id']}"
        for side in "ab":
            api.wait_for(
                f"/machines/{comparison[side]['machine']}", lambda m: m["status"] == "paused"
            )
        assert compare(api)["id"] == comparison["id"]
        assert api.get(path).json() == shown
        assert len(api.get("/machines").json()["items"]) == 2


def test_one_policy_in_two_comparisons_is_one_machine(api: Api) -> None:
    first = compare(api)
    second = compare(api, b="kvm-riscv")
    swapped = compare(api, a=BODY["b"], b=BODY["a"])
    assert second["a"]["machine"] == first["a"]["machine"]
    assert swapped["id"] == "-".join(reversed(first["id"].split("-")))
    assert len(api.get("/machines").json()["items"]) == 3


def test_other_specifications_are_other_machines(api: Api) -> None:
    ids = [
        compare(api, **changes)["id"]
        for changes in ({}, {"seed": 2}, {"loop": False}, {"speculation": True},
                        {"platform": {**BODY["platform"], "vmidlen": 4}})
    ]  # fmt: skip
    assert len(set(ids)) == 5


def test_nobody_elses_machine_is_taken(api: Api) -> None:
    of_somebody = api.machine(
        BODY["a"], schedule="first-start", loop=True, platform=BODY["platform"]
    )
    comparison = compare(api)
    assert comparison["a"]["machine"] not in of_somebody


def test_both_make_the_same_steps(api: Api) -> None:
    comparison = compare(api)
    for steps in (1, 10, 10, 250, 251):
        shown = move(api, comparison, steps)
        assert (shown["steps"], shown["most_steps"]) == (steps, steps)
        assert [machine(api, shown[side])["steps"] for side in "ab"] == [steps, steps]
        assert shown["a"]["now_ns"] == shown["b"]["now_ns"]


def test_one_that_was_stepped_alone_is_caught_up_with(api: Api) -> None:
    comparison = compare(api)
    api.step(f"/machines/{comparison['a']['machine']}", 40)
    path = f"/comparisons/{comparison['id']}"
    assert api.get(path).json()["steps"] == 0
    shown = move(api, comparison, 30)
    assert (shown["a"]["steps"], shown["b"]["steps"]) == (40, 30)
    alone = compare(api, seed=7)
    alone_at_30 = move(api, alone, 30)
    assert shown["a"]["seq"] == alone_at_30["a"]["seq"]


def test_deltas_are_of_the_two_machines_metrics(api: Api) -> None:
    shown = move(api, compare(api), 4000)
    a, b = (api.get(f"/machines/{shown[side]['machine']}/metrics").json() for side in "ab")
    assert shown["a"]["metrics"] == {k: v for k, v in a.items() if k not in ("seq", "now_ns")}
    assert (shown["b"]["seq"], shown["b"]["now_ns"]) == (b["seq"], b["now_ns"])
    for delta in shown["deltas"]:
        group, _, kind = delta["name"].partition(".")
        one, other = (m[group].get(kind, 0) if kind else m[group] for m in (a, b))
        assert (delta["a"], delta["b"], delta["change"]) == (one, other, other - one)
    words = {delta["name"]: delta["sentence"] for delta in shown["deltas"]}
    assert words["violations_total"] == "B serves no wrong accesses, where A serves 77,930."
    assert shown["headlines"][1] == "B issues 4 remote fences, where A issues none."


def test_any_step_that_was_made_can_be_seen_again(api: Api) -> None:
    comparison = compare(api)
    path = f"/comparisons/{comparison['id']}"
    seen = {steps: move(api, comparison, steps) for steps in (0, 90, 91, 700)}
    of_now = {"most_steps", "a", "b"}
    for steps in (91, 0, 90, 700, 91):
        again = api.get(f"{path}?steps={steps}").json()
        assert {k: v for k, v in again.items() if k not in of_now} == {
            k: v for k, v in seen[steps].items() if k not in of_now
        }
        assert again["a"] == seen[steps]["a"] | {"steps": 700}
        assert again["most_steps"] == 700
        assert move(api, comparison, steps) == again


def test_steps_nobody_made_cannot_be_seen(api: Api) -> None:
    comparison = compare(api)
    path = f"/comparisons/{comparison['id']}"
    response = api.get(f"{path}?steps=5")
    assert slug(response) == "invalid-request"
    assert response.json()["detail"] == "steps is 5; 0 to 0 is allowed, which both made"
    too_far = api.put(f"{path}/position", {"steps": 100_001})
    assert too_far.json()["errors"][0]["loc"] == ["body", "steps"]


def bitmap(api: Api, side: Any, hart: str = "") -> bytes:
    return api.get(f"/machines/{side['machine']}/bitmap{hart}", headers=BINARY).content


@pytest.mark.parametrize("hart", ["", "?hart=1"])
def test_maps_are_the_two_machines_bitmaps(api: Api, hart: str) -> None:
    shown = move(api, compare(api), 2400)
    path = f"/comparisons/{shown['id']}/maps{hart}"
    a, b = (bitmap(api, shown[side], hart) for side in "ab")
    assert api.get(path, headers=BINARY).content == a + b
    for side in "ab":
        view = api.get(f"/machines/{shown[side]['machine']}/bitmap{hart}").json()
        found = api.get(path).json()[side]
        assert found == {key: view[key] for key in ("seq", "counts", "runs")}
    move(api, shown, 3000)
    again = f"{path}{'&' if hart else '?'}steps=2400"
    assert api.get(again, headers=BINARY).content == a + b


@pytest.mark.parametrize("of", ["taken", "running", "stale", "violation"])
def test_difference_counts_are_those_of_the_bytes(api: Api, of: str) -> None:
    shown = move(api, compare(api, b="lazy-epoch"), 4500)
    a, b = (bitmap(api, shown[side]) for side in "ab")
    wanted = {"taken": {1, 2, 3, 4, 5, 6}, "stale": {1}, "running": {4}, "violation": {6}}[of]
    counts: Counter[str] = Counter()
    for one, other in zip(a, b, strict=True):
        pair = one & 7 in wanted, other & 7 in wanted
        name = {(True, False): "a_only", (False, True): "b_only", (False, False): "neither"}
        counts[name.get(pair, "both" if one & 7 == other & 7 else "unlike")] += 1
    found = api.get(f"/comparisons/{shown['id']}/maps?of={of}").json()["difference"]
    assert found.pop("of") == of
    assert {name: count for name, count in found.items() if count} == dict(counts)
    assert sum(found.values()) == 64


def test_first_divergence_leaves_the_machines_where_they_are(api: Api) -> None:
    comparison = compare(api)
    found = api.get(f"/comparisons/{comparison['id']}/divergence").json()
    assert (found["first"], found["searched"]) == (2226, 2302)
    assert found["fences"]["sentence"] == "In step 2,226, B fences, and A does not."
    assert found["fences"]["b"][0]["words"] == (
        "Hart 0 asked 2 harts for HFENCE.GVMA, VMID 5 by an SBI call (cause: reuse)."
    )
    assert found["wrong_hits"]["a"][0]["words"] == (
        "Domain 7 hit what domain 5 had filled, 6 times, on hart 0 under VMID 5 (cross-domain)."
    )
    assert api.get(f"/comparisons/{comparison['id']}").json()["most_steps"] == 0
    few = api.get(f"/comparisons/{comparison['id']}/divergence?within=2225").json()
    assert few == {"searched": 2225, "first": None, "fences": None, "wrong_hits": None}


def test_divergence_is_searched_for_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/comparisons/{compare(api)['id']}/divergence"
    calls = counted_searches(monkeypatch)
    first = api.get(f"{path}?within=2230").json()
    assert api.get(f"{path}?within=2230").json() == first
    assert calls == [2230]
    api.get(f"{path}?within=2231")
    assert calls == [2230, 2231]


def counted_searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How far each search goes that really is made."""
    calls: list[int] = []

    def counted(
        schedule: Schedule | None,
        specs: tuple[MachineSpec, MachineSpec],
        within: int,
        go_on: Callable[[], bool],
    ) -> Divergences:
        calls.append(within)
        return divergences(schedule, specs, within, go_on)

    monkeypatch.setattr(searches, "divergences", counted)
    return calls


def test_search_leaves_the_threads_of_commands_alone(api: Api) -> None:
    pair = api.app.state.comparisons.get(compare(api)["id"])
    path = api.machine("untagged")

    async def both() -> tuple[int, bool]:
        async def here() -> bool:
            return left

        left = False
        known = api.app.state.comparisons
        # No two of these are one search, and each is longer than the test.
        waiting = [
            asyncio.create_task(known.divergences(pair_of_equals(pair), 90_000 + n, here))
            for n in range(6)
        ]
        await asyncio.sleep(0.2)
        made = await api.live(path.rpartition("/")[2]).step(3)
        running = not any(task.done() for task in waiting)
        left = True
        ended = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
        assert all(isinstance(error, ProblemError) for error in ended)
        return made, running

    assert api.run(both) == (3, True)


def pair_of_equals(pair: Pair) -> Pair:
    """A pair that never parts, which no request can ask for: a search goes on to its end."""
    twin = copy(pair.b)
    twin.spec = pair.a.spec
    return Pair(pair.a, twin)


def test_pair_that_is_restored_is_not_ready_whatever_steps_are_asked_for(api: Api) -> None:
    comparison = compare(api)
    live = api.live(comparison["b"]["machine"])
    api.run(live._publish, "restoring", 0.5)
    path = f"/comparisons/{comparison['id']}"
    for response in (
        api.get(f"{path}?steps=5"),
        api.get(f"{path}/maps?steps=5"),
        api.get(f"{path}/divergence"),
        api.put(f"{path}/position", {"steps": 100_001}),
    ):
        assert (response.status_code, slug(response)) == (503, "machine-restoring")
        assert response.headers["retry-after"] == "1"


def test_first_divergence_is_where_the_logs_first_differ(api: Api) -> None:
    shown = move(api, compare(api), 2225)
    logs = [f"/machines/{shown[side]['machine']}/flushes" for side in "ab"]
    boot = "boot"
    before = [[f for f in api.follow(log) if f["cause"] != boot] for log in logs]
    assert before == [[], []]
    move(api, shown, 2226)
    a, b = (api.follow(log) for log in logs)
    assert [f for f in a if f["cause"] != boot] == []
    assert [f["kind"] for f in b if f["cause"] != boot] == [
        "hfence_gvma_vmid", "hfence_gvma_vmid", "remote_hfence_gvma_vmid"
    ]  # fmt: skip


def test_machine_that_was_given_other_commands_is_replaced(api: Api) -> None:
    comparison = compare(api)
    move(api, comparison, 20)
    api.post(f"/machines/{comparison['b']['machine']}/domains", {"vcpus": 1})
    response = api.get(f"/comparisons/{comparison['id']}")
    assert slug(response) == "not-comparable"
    again = compare(api)
    assert again["a"]["machine"] == comparison["a"]["machine"]
    assert again["b"]["machine"] != comparison["b"]["machine"]


def test_machines_of_different_hardware_cannot_stand_side_by_side(api: Api) -> None:
    one, other = compare(api), compare(api, platform={**BODY["platform"], "vmidlen": 4})
    crossed = f"{one['a']['machine']}-{other['b']['machine']}"
    assert slug(api.get(f"/comparisons/{crossed}")) == "not-comparable"
    twice = f"{one['a']['machine']}-{one['a']['machine']}"
    assert slug(api.get(f"/comparisons/{twice}")) == "not-comparable"


def test_deleted_machine_is_not_found_and_made_anew(api: Api) -> None:
    comparison = compare(api)
    api.delete(f"/machines/{comparison['a']['machine']}")
    assert slug(api.get(f"/comparisons/{comparison['id']}")) == "machine-not-found"
    assert compare(api)["b"]["machine"] == comparison["b"]["machine"]


@pytest.mark.parametrize(
    ("changes", "field", "part"),
    [
        ({"a": "nonsense"}, "a", "a is 'nonsense'; allowed: "),
        ({"b": "xen-riscv-v2-posted"}, "b", "another policy is allowed"),
        ({"schedule": "nowhere"}, "schedule", "schedule is 'nowhere'; allowed: first-start"),
        ({"platform": {"harts": 1}}, "harts", "harts is 1; the recording runs on 2 CPUs"),
        ({"platform": {"vmidlen": 99}}, "vmidlen", "vmidlen"),
    ],
)
def test_bad_input_names_field_value_and_what_is_allowed(
    api: Api, changes: dict[str, Any], field: str, part: str
) -> None:
    response = api.post("/comparisons", {**BODY, **changes})
    assert slug(response) == "invalid-request"
    (error,) = response.json()["errors"]
    assert error["loc"][-1] == field
    assert part in error["msg"]
    assert api.get("/machines").json()["items"] == []
