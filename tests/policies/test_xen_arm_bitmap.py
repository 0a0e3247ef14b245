"""Xen's VMIDs on Arm."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
from simcore.policies.xen_arm_bitmap import XenArmBitmap
from tests.policies.small_machine import (
    fences,
    run,
    small_machine,
    touch,
    vmids,
    wrong_hits,
)
from tests.policies.watched_lives import Lost, caused_by, seen, vvma

FIRST_TIME = [(0, "hfence_vvma", -1)]
ANOTHER_VCPU = [(0, "hfence_gvma_vmid", 1), *FIRST_TIME]
EVERYWHERE = [(1,) * 3, (2,) * 3, (3,) * 3, (7,) * 3, (14,) * 3, (3, 1, 2)]


def refused(events: list[ev.Event]) -> list[tuple[int, str]]:
    """The refusals: errno and reason."""
    return [(e.error, e.reason) for e in events if isinstance(e, ev.DomainRefused)]


def test_new_vmid_is_fenced_on_all_harts_by_one_call() -> None:
    machine = small_machine("xen-arm-bitmap", 2, harts=3)
    events = machine.apply(cmd.CreateDomain(1))
    assert fences(events) == [(hart, "hfence_gvma_vmid", 1) for hart in range(3)]
    requests = [event for event in events if isinstance(event, ev.RemoteFenceRequested)]
    assert [(event.via, event.targets) for event in requests] == [("sbi", 3)]


def test_lowest_free_vmid_is_taken_and_vmid_zero_never() -> None:
    machine = small_machine("xen-arm-bitmap", 2, domains=3)
    assert machine.policy.owners(HartId(0)) == {1: 0, 2: 1, 3: 2}
    machine.apply(cmd.DestroyDomain(0))
    machine.apply(cmd.DestroyDomain(1))
    machine.apply(cmd.CreateDomain(1))
    assert machine.policy.owners(HartId(0)) == {1: 3, 3: 2}


@pytest.mark.parametrize(("vmidlen", "most"), [(0, 0), (1, 1), (2, 3), (3, 7), (8, 255)])
def test_domains_beyond_the_vmids_are_refused(vmidlen: int, most: int) -> None:
    machine = small_machine("xen-arm-bitmap", vmidlen, domains=most)
    assert len(machine.domains) == most
    before = machine.digest()
    events = machine.apply(cmd.CreateDomain(1))
    assert refused(events) == [(-16, f"all {most} VMIDs are in use")]
    assert machine.digest() == before


def test_hart_with_the_fewest_bits_decides() -> None:
    machine = small_machine("xen-arm-bitmap", (14, 1, 7), harts=3, domains=2)
    assert len(machine.domains) == 1


def test_vs_stage_is_fenced_where_a_domain_comes_for_the_first_time() -> None:
    machine = small_machine("xen-arm-bitmap", 3, harts=2, domains=2)
    assert fences(run(machine, 0)) == FIRST_TIME
    assert fences(run(machine, 1)) == FIRST_TIME
    assert fences(run(machine, 0)) == []
    assert fences(run(machine, 0, hart=1)) == [(1, "hfence_vvma", -1)]


def test_vcpu_after_its_sibling_fences_both_stages_of_the_vmid() -> None:
    machine = small_machine("xen-arm-bitmap", 3, domains=2, vcpus=2, asids="same", split=True)
    touch(machine, 0, vcpu=0)
    events = touch(machine, 0, vcpu=1)
    assert (fences(events), wrong_hits(events)) == (ANOTHER_VCPU, [])
    run(machine, 1)
    assert fences(run(machine, 0, vcpu=1)) == []
    assert fences(run(machine, 0, vcpu=0)) == ANOTHER_VCPU


def test_reused_vmid_serves_nothing_of_its_last_owner() -> None:
    for split in (False, True):
        machine = small_machine("xen-arm-bitmap", 1, domains=1, split=split)
        touch(machine, 0)
        machine.apply(cmd.DestroyDomain(0))
        machine.apply(cmd.CreateDomain(1))
        events = touch(machine, 1)
        assert (vmids(events), wrong_hits(events)) == ([1], [])


def test_p2m_change_fences_the_vmid_on_all_harts_at_once() -> None:
    machine = small_machine("xen-arm-bitmap", 3, harts=2, domains=2)
    touch(machine, 0, hart=0)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    assert fences(events) == [(0, "hfence_gvma_vmid", 1), (1, "hfence_gvma_vmid", 1)]
    assert wrong_hits(touch(machine, 0, hart=0)) == []


def test_vmid_freed_twice_would_be_taken_from_its_new_owner() -> None:
    machine = small_machine("xen-arm-bitmap", 3, domains=1)
    policy = machine.policy
    assert isinstance(policy, XenArmBitmap)
    domain = next(iter(machine.domains.values()))
    machine.apply(cmd.DestroyDomain(0))
    machine.apply(cmd.CreateDomain(1))
    policy.destroy(domain)
    assert policy.vmid_mask.taken[1] == 0


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("asids", ["distinct", "same", "bare"])
@pytest.mark.parametrize("vmidlen", EVERYWHERE)
def test_no_life_breaks_an_invariant(vmidlen: tuple[int, ...], asids: str, split: bool) -> None:
    assert seen("xen-arm-bitmap", vmidlen, split=split, asids=asids) == set()


def test_no_life_breaks_an_invariant_where_harts_walk_ahead() -> None:
    assert seen("xen-arm-bitmap", (2, 3), split=True, speculation=True) == set()


@pytest.mark.parametrize(
    ("lost", "asids", "expected"),
    [
        (caused_by("create"), "distinct", {"I1", "I3", "cross-domain"}),
        (caused_by("new id"), "distinct", {"I1", "I3", "cross-domain"}),
        (vvma, "distinct", {"I1", "I3", "cross-domain"}),
        (caused_by("another vCPU ran"), "same", {"I1", "cross-vcpu"}),
        (caused_by("p2m change"), "distinct", {"I9", "stale-mapping"}),
    ],
)
def test_each_fence_is_needed(lost: Lost, asids: str, expected: set[str]) -> None:
    assert seen("xen-arm-bitmap", (3, 3), lives=8, lost=lost, split=True, asids=asids) == expected
