"""Salus, which counts VMIDs from 0 on each hart."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
from simcore.policies.base import PolicyContext
from simcore.policies.salus import Salus
from tests.policies.small_machine import (
    count,
    fences,
    round_robin,
    run,
    small_machine,
    touch,
    vmids,
    wrong_hits,
)

FENCE = [(0, "hfence_gvma", -1)]


def test_vmids_are_counted_from_zero_and_fenced_where_they_wrap() -> None:
    machine = small_machine("salus", 2, domains=5)
    seen = [run(machine, domain) for domain in range(5)]
    assert [vmids(events) for events in seen] == [[0], [1], [2], [3], [0]]
    assert [fences(events) for events in seen] == [FENCE, [], [], [], FENCE]
    rolled = [
        e.generation for events in seen for e in events if isinstance(e, ev.GenerationRolledOver)
    ]
    assert rolled == [1, 2]


def test_fence_comes_before_the_write_of_hgatp() -> None:
    machine = small_machine("salus", 2, domains=1)
    kinds = [type(event).__name__ for event in run(machine, 0)]
    assert kinds.index("FenceExecuted") < kinds.index("HgatpWritten") < kinds.index("VsatpWritten")


@pytest.mark.parametrize(
    ("vmidlen", "flushes"), [(0, 1200), (1, 600), (2, 300), (3, 150), (4, 1), (7, 1)]
)
def test_twelve_vcpus_round_robin(vmidlen: int, flushes: int) -> None:
    events = round_robin(small_machine("salus", vmidlen, domains=12), 12, 100)
    assert count(events, "hfence_gvma") == flushes


@pytest.mark.parametrize("vmidlen", [0, 1])
def test_few_vmid_bits_need_nothing_special(vmidlen: int) -> None:
    machine = small_machine("salus", vmidlen, domains=3)
    for domain in (0, 1, 2, 0, 1, 2):
        assert wrong_hits(touch(machine, domain)) == []


def test_without_vmid_bits_the_same_vcpu_comes_back_without_a_fence() -> None:
    machine = small_machine("salus", 0, domains=1)
    machine.apply(cmd.Step(1))
    assert fences(machine.apply(cmd.Step(1))) == []


def test_moving_to_another_hart_takes_a_vmid_there() -> None:
    machine = small_machine("salus", 2, harts=2, domains=2)
    run(machine, 0, hart=0)
    run(machine, 1, hart=1)
    assert vmids(run(machine, 0, hart=1)) == [1]
    assert machine.policy.owners(HartId(0)) == {}
    assert vmids(run(machine, 0, hart=0)) == [1]


def test_p2m_change_fences_the_vmid_as_the_vcpu_is_run_anew() -> None:
    machine = small_machine("salus", 2, harts=2, domains=1, vcpus=3)
    touch(machine, 0, hart=0, vcpu=2)
    touch(machine, 0, hart=0, vcpu=0)
    touch(machine, 0, hart=1, vcpu=1)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    assert fences(events) == [(0, "hfence_gvma_vmid", 1), (1, "hfence_gvma_vmid", 0)]
    assert fences(run(machine, 0, hart=0, vcpu=2)) == [(0, "hfence_gvma_vmid", 0)]
    assert wrong_hits(touch(machine, 0, hart=0, vcpu=0)) == []


def test_wrapped_vmid_has_the_vs_stage_entries_of_its_last_owner_on_a_split_tlb() -> None:
    machine = small_machine("salus", 1, domains=3, split=True)
    touch(machine, 0)
    touch(machine, 1)
    assert wrong_hits(touch(machine, 2)) == [("cross-domain", 2, 0)]


def test_a_narrower_hart_than_the_first_is_said_not_to_do() -> None:
    context = PolicyContext((HartId(0), HartId(1)), 64)
    assert Salus.cannot_run(context, (0, 0)) is None
    assert Salus.cannot_run(context, (2, 14)) is None
    assert Salus.cannot_run(context, (14, 2)) == (
        "the first hart's VMIDLEN of 14 is taken for all, and hart 1 has 2"
    )
