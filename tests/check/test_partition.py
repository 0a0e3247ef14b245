"""One search by several searchers comes to what one searcher finds."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from simcore.check.bounds import Bounds
from simcore.check.collapse import Collapsed
from simcore.check.fingerprint import Fingerprints, encoded
from simcore.check.labels import Slot
from simcore.check.parcel import Reached
from simcore.check.partition import Order, Share, Together, explore
from simcore.check.path import Walker
from simcore.check.search import Progress, Verdict, check
from simcore.hw.tlb import Organisation
from simcore.invariants import Invariant
from simcore.machine.faults import Fault
from simcore.machine.micro_steps import Action, Stage

HOLDING = {
    "everything": Order("untagged", Bounds(domains=2)),
    "whole hooks": Order("xen-riscv-v2-reviewed", Bounds(unmap=False, cut=False, touch=False)),
    "two vCPUs, speculation": Order(
        "kvm-riscv", Bounds(domains=2, vcpus=2, depth=12, speculation=True)
    ),
    "generations": Order("lazy-epoch", Bounds(depth=13)),
    "past the last generation": Order(
        "xen-riscv-head", Bounds(harts=1, unmap=False, generations=1, depth=40)
    ),
    "every property": Order("kvm-riscv", Bounds(domains=2, depth=14), (Invariant.I3, Invariant.I6)),
}
BREAKING = {
    "missing flush": Order("xen-riscv-v2-posted", Bounds(unmap=False), (Invariant.I1,)),
    "missing fence": Order("xen-riscv-v2-posted", Bounds()),
    "split TLB": Order("xen-riscv-v2-posted", Bounds(tlb=Organisation.SPLIT)),
    "speculation": Order("xen-riscv-head", Bounds(speculation=True, domains=2)),
    "wrong id": Order("kvm-riscv", Bounds(domains=2, faults=frozenset({Fault.WRONG_ID}))),
}


def single(order: Order) -> Verdict:
    return check(order.policy, order.bounds, order.properties, symmetry=order.symmetry)


@pytest.mark.parametrize("shares", [1, 2, 3, 5])
@pytest.mark.parametrize("order", HOLDING.values(), ids=HOLDING)
def test_shares_together_find_what_one_search_finds(order: Order, shares: int) -> None:
    expected = single(order)
    assert expected.holds
    assert explore(Together(order, shares), order) == expected


@pytest.mark.parametrize("shares", [2, 3])
def test_shares_without_symmetry_count_every_state(shares: int) -> None:
    order = HOLDING["everything"]._replace(symmetry=False)
    found = explore(Together(order, shares), order)
    assert found == single(order)
    assert found.states > single(HOLDING["everything"]).states


@pytest.mark.parametrize("shares", [1, 2, 3])
@pytest.mark.parametrize("order", BREAKING.values(), ids=BREAKING)
def test_breach_is_at_the_end_of_a_path_as_short(order: Order, shares: int) -> None:
    expected, found = single(order), explore(Together(order, shares), order)
    assert (found.holds, found.complete, found.depth) == (False, True, expected.depth)
    assert len(found.path) == len(expected.path) == found.depth
    steps = list(Walker(order.policy, order.bounds).follow(found.path))
    assert found.broken in dict(steps[-1].broken)
    wanted = set(order.properties)
    assert not any(wanted & set(dict(step.broken)) for step in steps[:-1])


def test_the_same_shares_find_the_same_path() -> None:
    order = BREAKING["missing flush"]
    assert explore(Together(order, 3), order) == explore(Together(order, 3), order)


def test_every_share_has_its_part() -> None:
    order, crew = HOLDING["everything"], Together(HOLDING["everything"], 3)
    found = explore(crew, order)
    counts = [tally.progress.states for tally in crew.tallies]
    assert sum(counts) == found.states
    assert min(counts) > 0.9 * found.states / 3


def test_progress_is_of_all_shares_and_a_search_stops_between_levels() -> None:
    order, told = HOLDING["everything"], list[Progress]()
    found = explore(Together(order, 2), order, told.append, lambda: len(told) == 5)
    assert (found.complete, found.holds, found.cut_by) == (False, True, ())
    assert [progress.depth for progress in told] == [1, 2, 3, 4, 5]
    assert told[-1][:3] == (found.states, found.transitions, found.depth)


# ---- states in transit


class Watched(Share):
    """A share that names again every state it is sent."""

    arrived = 0

    def _keep(self, reached: Reached) -> None:
        if self._known and reached.parent % self._of != self._number:
            assert self._fingerprint(reached.state) == reached.fingerprint
            self.arrived += 1
        super()._keep(reached)


@pytest.mark.parametrize(
    "order",
    [
        Order("kvm-riscv", Bounds(domains=2, vcpus=2, speculation=True, tlb=Organisation.SPLIT)),
        Order("xen-riscv-head", Bounds(vcpus=2, pages=2)),
        Order("xen-arm-bitmap", Bounds(faults=frozenset({Fault.DOUBLE_FREE}), asids="same")),
        Order("oracle", Bounds(domains=2, vcpus=2), tuple(Invariant)),
    ],
    ids=lambda order: order.policy,
)
def test_states_arrive_as_they_were_sent(order: Order) -> None:
    order = order._replace(bounds=replace(order.bounds, depth=12))
    shares = [Watched(order, number, 2) for number in range(2)]
    for _ in range(12):
        sent = [share.expand() for share in shares]
        for number, share in enumerate(shares):
            share.take_in({1 - number: sent[1 - number][number]})
    assert min(share.arrived for share in shares) > 25


def test_a_part_is_sent_once() -> None:
    order = HOLDING["everything"]
    shares = [Share(order, number, 2) for number in range(2)]
    sizes: list[int] = []
    while any(share.waiting for share in shares):
        sent = [share.expand() for share in shares]
        sizes.append(len(sent[0][1].parts))
        for number, share in enumerate(shares):
            share.take_in({1 - number: sent[1 - number][number]})
    assert max(sizes) > 1_000
    assert sizes[-1] < 10


# ---- fingerprints


def test_equal_keys_are_encoded_alike() -> None:
    assert encoded((True, Slot(3), "a")) == encoded((1, 3, "a"))
    assert encoded(frozenset({"b", "a", ("c", 1)})) == encoded(frozenset({("c", 1), "a", "b"}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        ((1, (2, 3)), ((1, 2), 3)),
        ((12,), (1, 2)),
        ("1", 1),
        (b"a", "a"),
        (None, ()),
        ((), frozenset()),
        (Stage.LOAD, Stage.ENTER),
        (Stage.LOAD, Action.SWITCH),
    ],
)
def test_different_keys_are_encoded_differently(one: object, other: object) -> None:
    assert encoded(one) != encoded(other)


def test_what_has_no_stated_order_or_name_is_refused() -> None:
    with pytest.raises(AssertionError, match="no plain data"):
        encoded({"a": 1})


_NAMES = """
from simcore.check.bounds import Bounds
from simcore.check.partition import Order, Share
share = Share(Order("kvm-riscv", Bounds(vcpus=2, domains=2)), 0, 1)
for _ in range(8):
    share.expand()
    share.take_in({})
print(*sorted(name.hex() for name in share._known))
"""


def test_fingerprints_do_not_depend_on_the_salt_of_hashes() -> None:
    def names(salt: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        return subprocess.run(
            [sys.executable, "-c", _NAMES], env=environment, check=True, capture_output=True,
            text=True,
        ).stdout  # fmt: skip

    assert len(names("1").split()) > 100
    assert names("1") == names("2")


def test_states_that_differ_by_names_share_a_fingerprint() -> None:
    collapsed = Collapsed("kvm-riscv", Bounds(domains=2, unmap=False), (Invariant.I1,))
    initial = collapsed.initial()
    of = Fingerprints(collapsed).of
    apart = Fingerprints(collapsed, symmetry=False).of
    reached = {initial}
    level = [initial]
    for _ in range(6):
        level = [s.state for state in level for s in collapsed.successors(state)]
        reached |= set(level)
    assert len({of(state) for state in reached}) < len({apart(state) for state in reached})
    assert len({apart(state) for state in reached}) == len(reached)
