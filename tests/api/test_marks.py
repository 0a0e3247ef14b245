"""GET /machines/{id}/marks and /density, held against the history."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app.tables.columns import Columns
from app.tables.marks import Direction, Mark, Marks
from app.views.lanes import counted
from app.views.marks import nearest
from simcore import events as ev
from tests.api.client import Api, slug

EVENT_OF = {
    "fence": "FenceExecuted",
    "assignment": "VmidAssigned",
    "violation": "StaleHit",
    "request": "RemoteFenceRequested",
    "switch": "WorldSwitched",
}


@pytest.fixture(scope="module")
def machine(shared_api: Api) -> str:
    """A machine with fences, remote requests, roll-overs and a wrong hit."""
    path = shared_api.machine(
        "xen-riscv-head", schedule="first-start", platform={"harts": 4, "vmidlen": 2}
    )
    for _ in range(5):
        shared_api.post(f"{path}/domains", {"vcpus": 2})
        shared_api.step(path, 60)
        for domain in shared_api.get(f"{path}/domains").json()["items"][:3]:
            shared_api.post(f"{path}/domains/{domain['id']}/unmap", {"first": 1})
    return path


@pytest.fixture(scope="module")
def history(shared_api: Api, machine: str) -> list[dict[str, Any]]:
    return shared_api.history(machine)


@pytest.mark.parametrize("kind", list(EVENT_OF))
def test_following_the_marks_of_a_kind_finds_each_event_of_it_both_ways(
    shared_api: Api, machine: str, history: list[dict[str, Any]], kind: str
) -> None:
    expected = [
        {"seq": event["seq"], "at_ns": event["at_ns"]}
        for event in history
        if event["event"] == EVENT_OF[kind]
    ]
    assert expected
    for direction, wanted in (("next", expected), ("previous", expected[::-1])):
        found, place = [], ""
        path = f"{machine}/marks?kind={kind}&direction={direction}"
        while (mark := shared_api.get(f"{path}{place}").json())["seq"] is not None:
            assert (mark.pop("since"), mark.pop("complete")) == (1, True)
            found.append(mark)
            place = f"&from={mark['seq']}"
        assert mark == {"seq": None, "at_ns": None, "since": 1, "complete": True}
        assert found == wanted


def test_density_counts_each_event_once_and_says_the_time_at_each_edge(
    shared_api: Api, machine: str, history: list[dict[str, Any]]
) -> None:
    for query, last in (("bins=7", len(history)), ("bins=50&at=99", 99), ("bins=300&at=40", 40)):
        density = shared_api.get(f"{machine}/density?{query}").json()
        edges = density["edges"]
        assert (density["seq"], edges[0], edges[-1]) == (last, 0, last)
        assert len(edges) == density["bins"] + 1
        assert density["at_ns"] == [history[max(edge, 1) - 1]["at_ns"] for edge in edges]
        for name, kind in (
            ("fences", "fence"), ("assignments", "assignment"), ("violations", "violation"),
        ):  # fmt: skip
            seqs = [e["seq"] for e in history if e["event"] == EVENT_OF[kind]]
            upto = [bisect_right(seqs, edge) for edge in edges]
            assert density[name] == [b - a for a, b in pairwise(upto)]


@pytest.mark.parametrize(
    "query", ["marks?kind=fences", "marks", "marks?kind=fence&from=-1", "density?bins=0",
              "density?at=-1", "density?at=999999"],
)  # fmt: skip
def test_query_out_of_range_is_a_problem(shared_api: Api, machine: str, query: str) -> None:
    response = shared_api.get(f"{machine}/{query}")
    assert (response.status_code, slug(response)) == (422, "invalid-request")


def test_older_half_of_too_many_marks_goes() -> None:
    marks = Marks(most=10)
    for seq in range(1, 12):
        marks.record(seq, [ev.VmidAssigned(seq * 5, 0, 0, -1, 1, 0)])
    assert marks.beside("assignment", 0, "next") == Mark(7, 35)
    assert marks.beside("assignment", 99, "previous") == Mark(11, 55)
    assert [marks.time(seq) for seq in (3, 6, 7, 8)] == [None, None, 35, 40]
    assert marks.times(np.array([0, 7])) == [None, 35]
    assert marks.begin("assignment", "fence") == Mark(7, 35)
    assert marks.begin("fence") is None
    assert marks.between("assignment", 36, 50, 99) == 3


def test_answers_say_where_marks_that_are_gone_may_be_missing() -> None:
    marks = Marks(most=10)
    for seq in range(1, 12):
        marks.record(seq, [ev.VmidAssigned(seq * 5, 0, 0, -1, 1, 0)])

    def told(seq: int, direction: Direction) -> tuple[int | None, bool]:
        answer = nearest(marks, "assignment", seq, direction)
        assert answer["since"] == 7
        return answer["seq"], answer["complete"]

    assert [told(seq, "next") for seq in (0, 5, 6, 7)] == [
        (7, False), (7, False), (7, True), (8, True)
    ]  # fmt: skip
    assert [told(seq, "previous") for seq in (5, 7, 8)] == [
        (None, False), (None, False), (7, True)
    ]  # fmt: skip
    assert nearest(marks, "fence", 0, "next")["complete"]
    for from_ns, complete in ((0, False), (35, False), (36, True)):
        counts = counted(marks, from_ns, 55, 11)
        assert (counts["since"], counts["since_ns"]) == (7, 36)
        assert counts["complete"] is complete
    assert counts["assignments"] == 4


def test_rows_that_were_read_stay_as_they_were() -> None:
    columns = Columns({"n": "i8"})
    columns.append([(n,) for n in range(16)])
    before = columns.rows()["n"]
    columns.append([(99,)])
    columns.drop(10)
    columns.append([(n,) for n in range(200, 260)])
    assert before.tolist() == list(range(16))
    assert columns.rows()["n"].tolist() == [*range(10, 16), 99, *range(200, 260)]
