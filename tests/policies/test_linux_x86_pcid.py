"""Linux's PCID slots, as VMIDs."""

import pytest

from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
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


def flush(vmid: int, hart: int = 0) -> list[tuple[int, str, int]]:
    return [(hart, "hfence_gvma_vmid", vmid), (hart, "hfence_vvma", -1)]


def test_slots_are_taken_in_turn_and_kept_until_the_round_comes_back() -> None:
    machine = small_machine("linux-x86-pcid", 7, domains=8)
    assert vmids(round_robin(machine, 6, 1)) == [1, 2, 3, 4, 5, 6]
    events = round_robin(machine, 6, 1)
    assert vmids(events) == [1, 2, 3, 4, 5, 6]
    assert fences(events) == []
    events = run(machine, 6)
    assert vmids(events) == [1]
    assert fences(events) == flush(1)
    assert vmids(run(machine, 1)) == [2]
    assert vmids(run(machine, 0)) == [2]


@pytest.mark.parametrize(("vmidlen", "slots"), [(1, 1), (2, 3), (3, 6), (14, 6)])
def test_slots_are_six_or_as_many_as_there_are_ids(vmidlen: int, slots: int) -> None:
    machine = small_machine("linux-x86-pcid", vmidlen, domains=7)
    assert max(vmids(round_robin(machine, 7, 1))) == slots


@pytest.mark.parametrize(("domains", "flushes"), [(6, 6), (7, 700), (12, 1200)])
def test_one_domain_more_than_slots_flushes_at_every_switch(domains: int, flushes: int) -> None:
    events = round_robin(small_machine("linux-x86-pcid", 7, domains=domains), domains, 100)
    assert count(events, "hfence_gvma_vmid") == flushes
    assert count(events, "hfence_vvma") == flushes


def test_without_vmid_bits_each_switch_flushes_id_zero() -> None:
    machine = small_machine("linux-x86-pcid", 0, domains=2, split=True)
    for domain in (0, 1, 0):
        events = touch(machine, domain)
        assert vmids(events) == [0]
        assert fences(events) == flush(0)
        assert wrong_hits(events) == []


def test_slots_are_a_harts_own() -> None:
    machine = small_machine("linux-x86-pcid", 3, harts=2, domains=2)
    run(machine, 0, hart=0)
    run(machine, 1, hart=1)
    assert vmids(run(machine, 0, hart=1)) == [2]
    assert machine.policy.owners(HartId(0)) == {1: 0}
    assert machine.policy.owners(HartId(1)) == {1: 1, 2: 0}
    assert fences(run(machine, 0, hart=0)) == []


def test_p2m_change_makes_each_loaded_hart_flush_the_id_it_has_for_the_domain() -> None:
    machine = small_machine("linux-x86-pcid", 3, harts=3, domains=2, vcpus=2)
    touch(machine, 0, hart=2, vcpu=0)
    touch(machine, 1, hart=1)
    touch(machine, 0, hart=1, vcpu=1)
    touch(machine, 0, hart=0, vcpu=0)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    assert fences(events) == flush(1, hart=0) + flush(2, hart=1)
    assert wrong_hits(touch(machine, 0, hart=0, vcpu=0)) == []
    late = touch(machine, 0, hart=2, vcpu=0)
    assert fences(late) == flush(1, hart=2)
    assert wrong_hits(late) == []
    assert fences(run(machine, 1, hart=2)) == flush(2, hart=2)
    assert fences(run(machine, 0, hart=2)) == []


def test_slot_of_a_destroyed_domain_is_flushed_when_it_is_taken() -> None:
    machine = small_machine("linux-x86-pcid", 1, domains=1, split=True)
    touch(machine, 0)
    machine.apply(cmd.DestroyDomain(0))
    assert machine.policy.owners(HartId(0)) == {}
    machine.apply(cmd.CreateDomain(1))
    events = touch(machine, 1)
    assert fences(events) == flush(1)
    assert wrong_hits(events) == []


def test_vcpus_of_one_domain_are_not_kept_apart() -> None:
    machine = small_machine("linux-x86-pcid", 3, domains=1, vcpus=2, asids="same")
    touch(machine, 0, vcpu=0)
    assert wrong_hits(touch(machine, 0, vcpu=1)) == [("cross-vcpu", 0, 0)]
