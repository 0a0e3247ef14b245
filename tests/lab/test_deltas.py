"""B beside A in words that say the direction."""

from __future__ import annotations

import pytest

from simcore import events as ev
from simcore.lab.deltas import HEADLINES, Delta, deltas
from simcore.metrics import Metrics


def delta(a: int, b: int) -> Delta:
    return Delta("remote_fences", a, b, "issues", "remote fence", "remote fences")


@pytest.mark.parametrize(
    ("a", "b", "percent", "direction", "words"),
    [
        (68, 42, -38.2, "fewer", "B issues 38 % fewer remote fences (42; A 68)."),
        (42, 68, 61.9, "more", "B issues 62 % more remote fences (68; A 42)."),
        (20, 64, 220.0, "more", "B issues 3.2 times as many remote fences as A (64; A 20)."),
        (1000, 999, -0.1, "fewer", "B issues less than 1 % fewer remote fences (999; A 1,000)."),
        (0, 6, None, "more", "B issues 6 remote fences, where A issues none."),
        (0, 1, None, "more", "B issues 1 remote fence, where A issues none."),
        (1000, 3, -99.7, "fewer", "B issues more than 99 % fewer remote fences (3; A 1,000)."),
        (10**5, 1, -99.9, "fewer", "B issues more than 99 % fewer remote fences (1; A 100,000)."),
        (1000, 1995, 99.5, "more", "B issues more than 99 % more remote fences (1,995; A 1,000)."),
        (6, 0, -100.0, "fewer", "B issues no remote fences, where A issues 6."),
        (7, 7, 0.0, "equal", "B issues as many remote fences as A (7)."),
        (1, 1, 0.0, "equal", "B issues 1 remote fence, as A."),
        (0, 0, None, "equal", "Neither issues remote fences."),
    ],
)
def test_words_say_how_many_and_which_way(
    a: int, b: int, percent: float | None, direction: str, words: str
) -> None:
    found = delta(a, b)
    assert found.change == b - a
    assert found.percent == percent
    assert found.direction == direction
    assert found.words == words


@pytest.mark.parametrize(("a", "b"), [(68, 42), (0, 6), (3, 9), (5, 5)])
def test_swapping_the_two_turns_the_direction_round(a: int, b: int) -> None:
    turned = {"fewer": "more", "more": "fewer", "equal": "equal"}
    assert delta(b, a).direction == turned[delta(a, b).direction]
    assert delta(b, a).change == -delta(a, b).change


def test_counters_by_kind_are_compared_where_only_one_has_the_kind() -> None:
    a, b = Metrics(), Metrics()
    b.record([ev.RemoteFenceRequested(0, 0, "remote_hfence_gvma", "sbi", 1, 0, -1, 1, 0, "", 90)])
    found = {one.name: one for one in deltas(a.to_dict(), b.to_dict())}
    one = found["fences.remote_hfence_gvma"]
    assert (one.a, one.b) == (0, 1)
    assert one.words == "B issues 1 remote_hfence_gvma fence, where A issues none."
    assert found["remote_fences"].words == "B issues 1 remote fence, where A issues none."
    assert set(HEADLINES) <= set(found)
