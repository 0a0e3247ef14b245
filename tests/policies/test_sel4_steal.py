"""seL4's hardware ids on Arm, as VMIDs."""

import pytest

from simcore import events as ev
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


def flush(vmid: int) -> list[tuple[int, str, int]]:
    return [(0, "hfence_gvma_vmid", vmid), (0, "hfence_vvma", -1)]


def test_ids_are_taken_from_zero_on_as_domains_are_switched_to() -> None:
    machine = small_machine("sel4-steal", 2, domains=4)
    events = [event for domain in (2, 0, 3, 1) for event in run(machine, domain)]
    assert vmids(events) == [0, 1, 2, 3]
    assert fences(events) == []
    assert machine.policy.owners(HartId(0)) == {0: 2, 1: 0, 2: 3, 3: 1}


def test_when_none_is_free_the_next_in_turn_is_taken_and_flushed() -> None:
    machine = small_machine("sel4-steal", 1, domains=4)
    seen = [run(machine, domain) for domain in (0, 1, 2, 3, 0)]
    assert [vmids(events) for events in seen] == [[0], [1], [0], [1], [0]]
    assert [fences(events) for events in seen] == [[], [], flush(0), flush(1), flush(0)]
    released = [e for events in seen for e in events if isinstance(e, ev.VmidReleased)]
    assert [(event.domain, event.vmid) for event in released] == [(0, 0), (1, 1), (2, 0)]


@pytest.mark.parametrize(("vmidlen", "flushes"), [(0, 1199), (2, 1196), (3, 1192), (4, 0)])
def test_twelve_domains_round_robin(vmidlen: int, flushes: int) -> None:
    events = round_robin(small_machine("sel4-steal", vmidlen, domains=12), 12, 100)
    assert count(events, "hfence_gvma_vmid") == flushes
    assert count(events, "hfence_vvma") == flushes


def test_no_more_than_256_ids_are_used() -> None:
    machine = small_machine("sel4-steal", 14, domains=257)
    assert vmids(round_robin(machine, 257, 1)) == [*range(256), 0]


@pytest.mark.parametrize("split", [False, True])
def test_id_of_a_destroyed_domain_is_flushed_before_its_next_owner_runs(split: bool) -> None:
    machine = small_machine("sel4-steal", 2, harts=2, domains=1, split=split)
    touch(machine, 0, hart=0)
    touch(machine, 0, hart=1)
    assert fences(machine.apply(cmd.DestroyDomain(0))) == [
        (0, "hfence_gvma_vmid", 0), (1, "hfence_gvma_vmid", 0)
    ]  # fmt: skip
    machine.apply(cmd.CreateDomain(1))
    events = touch(machine, 1, hart=1)
    assert vmids(events) == [0]
    assert fences(events) == [(1, "hfence_vvma", -1), (0, "hfence_vvma", -1)]
    assert wrong_hits(events) + wrong_hits(touch(machine, 1, hart=0)) == []


def test_p2m_change_is_fenced_on_all_harts_by_vmid() -> None:
    machine = small_machine("sel4-steal", 2, harts=2, domains=2)
    run(machine, 0)
    touch(machine, 1, hart=1)
    assert fences(machine.apply(cmd.UnmapPages(1, 5))) == [
        (0, "hfence_gvma_vmid", 1), (1, "hfence_gvma_vmid", 1)
    ]  # fmt: skip
    assert wrong_hits(touch(machine, 1, hart=1)) == []


@pytest.mark.parametrize("vmidlen", [0, 1])
@pytest.mark.parametrize("split", [False, True])
def test_on_one_hart_taken_ids_isolate(vmidlen: int, split: bool) -> None:
    machine = small_machine("sel4-steal", vmidlen, domains=3, split=split)
    for domain in (0, 1, 2, 0, 2, 1):
        assert wrong_hits(touch(machine, domain)) == []


def test_id_taken_from_a_domain_that_runs_on_another_hart_serves_two() -> None:
    machine = small_machine("sel4-steal", 0, harts=2, domains=2)
    touch(machine, 0, hart=0)
    assert wrong_hits(touch(machine, 1, hart=1)) == []
    # Domain 0 was not told: it goes on under id 0 and fills hart 0's TLB again.
    machine.apply(cmd.GuestAccess(0, 0, (0, 1)))
    assert wrong_hits(touch(machine, 1, hart=0)) == [("cross-domain", 1, 0)]


def test_p2m_change_of_a_domain_whose_id_was_taken_is_not_fenced() -> None:
    machine = small_machine("sel4-steal", 0, harts=2, domains=2)
    touch(machine, 0, hart=0)
    touch(machine, 1, hart=1)
    machine.apply(cmd.GuestAccess(0, 0, (0, 1)))
    assert fences(machine.apply(cmd.UnmapPages(0, 0))) == []
    assert wrong_hits(machine.apply(cmd.GuestAccess(0, 0, (0, 1)))) == [("stale-mapping", 0, 0)]


def test_vcpus_of_one_domain_are_not_kept_apart() -> None:
    machine = small_machine("sel4-steal", 3, domains=1, vcpus=2, asids="same")
    touch(machine, 0, vcpu=0)
    assert wrong_hits(touch(machine, 0, vcpu=1)) == [("cross-vcpu", 0, 0)]
