"""GET /machines/{id}/log and log.csv: held against the history and the other lists."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from app.live import LiveMachine
from app.tables.log_filter import parse
from app.views import log_csv
from app.views.log_csv import csv_blocks
from tests.api.client import Api, slug

Row = dict[str, Any]


@pytest.fixture(scope="module")
def machine(shared_api: Api) -> str:
    """A KVM machine with local and remote fences, roll-overs and unmaps."""
    path = shared_api.machine(
        "kvm-riscv", schedule="first-start", platform={"harts": 4, "vmidlen": 2}
    )
    for _ in range(8):
        shared_api.step(path, 300)
        for domain in shared_api.get(f"{path}/domains").json()["items"][:2]:
            shared_api.post(f"{path}/domains/{domain['id']}/unmap", {"first": 1})
    return path


@pytest.fixture(scope="module")
def troubled(shared_api: Api) -> str:
    """A machine on which an id was used again without a fence, and served wrong hits."""
    path = shared_api.machine(platform={"harts": 1, "vmidlen": 4})
    for domain in range(3):
        shared_api.post(f"{path}/domains", {"vcpus": 1})
        shared_api.step(path, 20)
        shared_api.delete(f"{path}/domains/{domain}")
    return path


def log(api: Api, machine: str, **query: Any) -> Any:
    response = api.get(f"{machine}/log", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def rows(api: Api, machine: str, **query: Any) -> list[Row]:
    """All rows, by index."""
    found: list[Row] = []
    while True:
        part = log(api, machine, first=len(found), count=500, facets=False, **query)
        found += part["rows"]
        if len(found) == part["matching"]:
            return found


def test_rows_are_the_fences_of_the_other_list_oldest_first(shared_api: Api, machine: str) -> None:
    flushes = shared_api.follow(f"{machine}/flushes?order=asc&limit=1000")
    found = rows(shared_api, machine)
    assert len(found) > 100
    assert [{key: row[key] for key in flushes[0]} for row in found] == flushes


def test_wrong_hits_are_rows_too(shared_api: Api, troubled: str) -> None:
    violations = shared_api.follow(f"{troubled}/violations?limit=1000")[::-1]
    found = rows(shared_api, troubled, filter="type:violation")
    assert len(found) > 0
    shared = ("seq", "at_ns", "hart", "domain", "vcpu", "kind", "accesses", "page", "vmid")
    assert [[row[key] for key in shared] for row in found] == [
        [hit[key] for key in shared] for hit in violations
    ]
    assert [row["owner_domain"] for row in found] == [hit["owner_domain"] for hit in violations]


def test_index_stays_while_the_machine_goes_on(api: Api) -> None:
    path = api.machine("untagged", platform={"harts": 1})
    api.post(f"{path}/domains", {"vcpus": 2})
    api.step(path, 10)
    before = log(api, path)
    api.step(path, 10)
    after = log(api, path)
    assert after["rows"][: before["matching"]] == before["rows"]
    assert after["matching"] > before["matching"]
    then = log(api, path, at=before["seq"])
    assert then == before | {"seq": before["seq"]}


def test_groups_are_the_runs_of_the_rows(shared_api: Api, machine: str) -> None:
    found = rows(shared_api, machine, filter="type:executed")
    answer = log(shared_api, machine, filter="type:executed", grouped=True, count=500)
    assert answer["rows"] is None
    assert answer["matching_groups"] == len(answer["groups"]) > 5
    place = 0
    for group in answer["groups"]:
        members = found[place : place + group["count"]]
        assert group["first"] == place
        assert group["line"] == members[0]
        assert (group["last_seq"], group["last_ns"]) == (members[-1]["seq"], members[-1]["at_ns"])
        assert len({tuple(m[k] for k in ("kind", "cause", "requester")) for m in members}) == 1
        for name in ("dropped", "cycles", "redundant"):
            assert group[name] == sum(member[name] for member in members)
        harts = sorted({member["hart"] for member in members})
        spread = group["harts"]
        assert (spread["count"], spread["first"], spread["last"]) == (
            len(harts), harts[0], harts[-1],
        )  # fmt: skip
        assert [h for a, b in spread["ranges"] for h in range(a, b + 1)] == harts
        place += group["count"]
    assert place == len(found)


def test_redundant_fences_are_executed_ones_that_dropped_nothing(
    shared_api: Api, machine: str
) -> None:
    everything = rows(shared_api, machine)
    expected = [r for r in everything if r["type"] == "executed" and r["dropped"] == 0]
    assert rows(shared_api, machine, filter="redundant:yes") == expected
    assert {row["redundant"] for row in everything if row["type"] == "requested"} == {None}


def test_facets_count_under_the_other_terms(shared_api: Api, machine: str) -> None:
    answer = log(shared_api, machine, filter="kind:hfence_gvma hart:1", count=0)
    facets = {facet["name"]: facet["values"] for facet in answer["facets"]}
    kinds = {value["value"]: value["count"] for value in facets["kind"]}
    assert kinds == {
        kind: log(shared_api, machine, filter=f"kind:{kind} hart:1")["matching"] for kind in kinds
    }
    (chosen,) = [value for value in facets["hart"] if value["selected"]]
    assert chosen == {"value": "1", "term": "hart:1", "count": answer["matching"], "selected": True}
    assert sum(value["count"] for value in facets["cause"]) == answer["matching"]


def test_facets_of_a_moment_have_no_values_that_came_later(shared_api: Api, machine: str) -> None:
    everything = rows(shared_api, machine)
    at = everything[0]["seq"]
    kinds = {row["kind"] for row in everything if row["seq"] <= at}
    later = {row["kind"] for row in everything} - kinds
    assert later

    def told(**query: Any) -> dict[str, int]:
        answer = log(shared_api, machine, at=at, **query)
        facets = {facet["name"]: facet["values"] for facet in answer["facets"]}
        return {value["value"]: value["count"] for value in facets["kind"]}

    assert told().keys() == kinds
    asked = min(later)
    assert told(filter=f"kind:{asked}") == told() | {asked: 0}


def test_empty_result_says_which_term_caused_it(shared_api: Api, machine: str) -> None:
    answer = log(shared_api, machine, filter="hart:1 hart:2 cause:nonsense")
    assert (answer["matching"], answer["rows"]) == (0, [])
    others = log(shared_api, machine, filter="hart:1..2")["matching"]
    assert answer["without"] == [{"terms": "cause:nonsense", "matching": others}]
    assert log(shared_api, machine)["without"] == []


def test_place_of_an_event_is_found(shared_api: Api, machine: str) -> None:
    found = rows(shared_api, machine, filter="hart:2")
    place = len(found) // 2
    answer = log(shared_api, machine, filter="hart:2", find=found[place]["seq"], grouped=True)
    assert answer["found"]["line"] == place
    (group,) = log(
        shared_api, machine, filter="hart:2", first=answer["found"]["group"], count=1, grouped=True
    )["groups"]
    assert group["first"] <= place < group["first"] + group["count"]
    assert log(shared_api, machine, filter="hart:1", find=found[place]["seq"])["found"] is None


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("filter=size:3", "filter is size:3; size is no key"),
        ("filter=hart:one", "filter is hart:one; allowed is hart:5"),
        ("count=501", "count is '501'"),
        ("first=-1", "first is '-1'"),
        ("at=x", "at is 'x'"),
    ],
)
def test_wrong_query_is_a_problem(
    shared_api: Api, machine: str, query: str, complaint: str
) -> None:
    response = shared_api.get(f"{machine}/log?{query}")
    assert (response.status_code, slug(response)) == (422, "invalid-request")
    assert complaint in response.json()["detail"]
    assert response.json()["errors"][0]["loc"] == ["query", query.partition("=")[0]]


def test_csv_has_every_row_that_matches(
    shared_api: Api, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_csv, "BLOCK", 50)
    response = shared_api.get(f"{machine}/log.csv", params={"filter": "type:executed"})
    assert response.headers["content-type"].startswith("text/csv")
    seq = shared_api.get(machine).json()["seq"]
    name = f"log-{machine.rpartition('/')[2]}-{seq}.csv"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    read = list(csv.DictReader(io.StringIO(response.text)))
    found = rows(shared_api, machine, filter="type:executed")
    assert len(found) > 100
    assert read == [
        {key: "" if value is None else str(value) for key, value in row.items()} for row in found
    ]


def test_csv_that_cannot_go_on_says_so_in_its_last_line(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_csv, "BLOCK", 5)
    path = api.machine("untagged", platform={"harts": 1})
    api.post(f"{path}/domains", {"vcpus": 2})
    api.step(path, 20)
    live = api.live(path.rpartition("/")[2])

    async def interrupted(live: LiveMachine) -> list[str]:
        blocks = []
        async for block in csv_blocks(live, parse(""), None):
            blocks.append(block)
            if len(blocks) == 2:
                await live.delete()
        return blocks

    *whole, last = api.run(interrupted, live)
    assert [block.count("\n") for block in whole] == [1, 5]
    assert last == f"stopped before the end: machine '{live.id}' was deleted\n"
