"""Random walks: seeded, cut at the first breach, and never taken for a proof."""

from __future__ import annotations

import pytest

from simcore.check.bounds import Bounds
from simcore.check.path import Walker
from simcore.check.search import Progress, check
from simcore.check.walk import STEPS, walk
from simcore.invariants import Invariant

ISOLATED = (Invariant.I1,)


def test_the_missing_flush_of_the_posted_patch_is_found() -> None:
    verdict = walk("xen-riscv-v2-posted", Bounds(), 200, 1, ISOLATED)
    assert verdict.broken is Invariant.I1
    assert not verdict.holds
    assert not verdict.complete
    steps = list(Walker("xen-riscv-v2-posted", Bounds()).follow(verdict.path))
    breaking = [s.number for s in steps if any(i is Invariant.I1 for i, _ in s.broken)]
    assert breaking == [len(verdict.path)]


def test_no_walk_is_shorter_than_the_shortest_path() -> None:
    shortest = check("xen-riscv-v2-posted", Bounds(domains=1), ISOLATED)
    found = walk("xen-riscv-v2-posted", Bounds(domains=1), 2_000, 1, ISOLATED)
    assert len(shortest.path) <= len(found.path) < len(shortest.path) + 5


def test_one_seed_gives_one_verdict() -> None:
    first, second, other = (
        walk("xen-riscv-v2-posted", Bounds(), 50, seed, ISOLATED) for seed in (7, 7, 8)
    )
    assert first == second
    assert other.path != first.path


def test_more_walks_find_no_longer_path() -> None:
    lengths = [
        len(walk("xen-riscv-v2-posted", Bounds(), walks, 3, ISOLATED).path)
        for walks in (50, 200, 800)
    ]
    assert lengths == sorted(lengths, reverse=True)


def test_walks_that_break_nothing_say_what_they_covered() -> None:
    verdict = walk("untagged", Bounds(), 20, 1)
    assert verdict.holds
    assert not verdict.complete
    assert verdict.path == ()
    assert verdict.depth == STEPS
    assert verdict.transitions == 20 * STEPS
    assert verdict.cut_by[0].startswith(f"random walks cover {verdict.states:,} states")
    assert verdict.cut_by[0].endswith("20 walks of at most 200 steps from seed 1")
    assert verdict.witnessed == {Invariant.I1: True, Invariant.I9: True}


def test_depth_is_where_a_walk_ends() -> None:
    verdict = walk("untagged", Bounds(depth=12), 10, 1)
    assert (verdict.depth, verdict.transitions) == (12, 120)


def test_hooks_that_run_as_one_are_walked_too() -> None:
    bounds = Bounds(cut=False, unmap=False)
    verdict = walk("xen-riscv-v2-posted", bounds, 200, 1, ISOLATED)
    steps = list(Walker("xen-riscv-v2-posted", bounds).follow(verdict.path))
    assert Invariant.I1 in dict(steps[-1].broken)


def test_progress_counts_the_walks_to_come_and_stops_when_asked() -> None:
    told: list[Progress] = []
    verdict = walk(
        "untagged", Bounds(), 1_000, 1, report=told.append, stopped=lambda: len(told) > 2
    )
    assert verdict.transitions < 10 * STEPS
    assert [progress.waiting for progress in told] == sorted(
        (progress.waiting for progress in told), reverse=True
    )


@pytest.mark.parametrize(
    ("walks", "seed", "message"),
    [(0, 1, "walk is 0; 1 to 1000000"), (1_000_001, 1, "walk is 1000001"), (1, -1, "seed is -1")],
)
def test_numbers_out_of_range_are_refused(walks: int, seed: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        walk("untagged", Bounds(), walks, seed)


def test_states_past_the_last_generation_end_a_walk() -> None:
    verdict = walk("xen-riscv-head", Bounds(harts=1, generations=1, unmap=False), 50, 1)
    assert verdict.cut_by[1:] == ("states past generation 1 of a hart are left out",)
