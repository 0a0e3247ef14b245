"""Xvisor's VMIDs, which are the guests' numbers."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
from simcore.policies.base import PolicyContext
from simcore.policies.xvisor_static import XvisorStatic
from tests.policies.small_machine import fences, run, small_machine, touch, vmids, wrong_hits

BOTH = [(0, "hfence_gvma", -1), (0, "hfence_vvma", -1)]


def test_vmid_is_the_guests_number_from_five_bits_on() -> None:
    machine = small_machine("xvisor-static", 5, domains=3)
    assert [vmids(touch(machine, domain)) for domain in (0, 1, 2, 0)] == [[0], [1], [2], [0]]
    assert fences(run(machine, 1)) == []
    assert machine.policy.owners(HartId(0)) == {0: 0, 1: 1, 2: 2}


@pytest.mark.parametrize("vmidlen", [0, 1, 4])
@pytest.mark.parametrize("split", [False, True])
def test_with_fewer_bits_every_switch_flushes_both_stages(vmidlen: int, split: bool) -> None:
    machine = small_machine("xvisor-static", vmidlen, domains=2, split=split)
    for domain in (0, 1, 0, 1):
        events = touch(machine, domain)
        assert vmids(events) == [0]
        assert fences(events) == BOTH
        assert wrong_hits(events) == []
    assert machine.policy.owners(HartId(0)) == {}


def test_seventeenth_guest_is_refused_and_leaves_nothing_behind() -> None:
    machine = small_machine("xvisor-static", 7, domains=16)
    before = machine.digest()
    events = machine.apply(cmd.CreateDomain(1))
    refused = [event for event in events if isinstance(event, ev.DomainRefused)]
    assert [(event.error, event.reason) for event in refused] == [
        (-16, "all 16 guest instances are in use")
    ]
    assert machine.digest() == before
    machine.apply(cmd.DestroyDomain(7))
    machine.apply(cmd.CreateDomain(1))
    assert vmids(run(machine, 16)) == [7]


@pytest.mark.parametrize("split", [False, True])
def test_number_used_again_has_the_entries_of_its_last_guest(split: bool) -> None:
    machine = small_machine("xvisor-static", 5, domains=1, split=split)
    touch(machine, 0)
    assert fences(machine.apply(cmd.DestroyDomain(0))) == []
    assert fences(machine.apply(cmd.CreateDomain(1))) == []
    assert set(wrong_hits(touch(machine, 1))) == {("cross-domain", 1, 0)}


def test_p2m_change_is_fenced_on_all_harts_by_vmid() -> None:
    machine = small_machine("xvisor-static", 5, harts=2, domains=2)
    touch(machine, 1, hart=1)
    events = machine.apply(cmd.UnmapPages(1, 3))
    asked = [event for event in events if isinstance(event, ev.RemoteFenceRequested)]
    assert [(event.fence, event.id, event.targets) for event in asked] == [
        ("remote_hfence_gvma_vmid", 1, 2)
    ]
    assert fences(events) == [(0, "hfence_gvma_vmid", 1), (1, "hfence_gvma_vmid", 1)]
    assert wrong_hits(touch(machine, 1, hart=1)) == []


def test_p2m_change_without_vmids_is_fenced_for_all() -> None:
    machine = small_machine("xvisor-static", 1, harts=2, domains=1)
    touch(machine, 0, hart=1)
    assert fences(machine.apply(cmd.UnmapPages(0, 0, 8))) == [
        (0, "hfence_gvma", -1), (1, "hfence_gvma", -1)
    ]  # fmt: skip
    assert wrong_hits(touch(machine, 0, hart=1)) == []


def test_platforms_that_do_not_suffice_are_named() -> None:
    context = PolicyContext((HartId(0), HartId(4)), 64)
    assert XvisorStatic.cannot_run(context, (0, 0)) is None
    assert XvisorStatic.cannot_run(context, (4, 1)) is None
    assert XvisorStatic.cannot_run(context, (5, 4)) is None
    assert XvisorStatic.cannot_run(context, (5, 3)) == (
        "the first hart's VMIDLEN of 5 is taken for all, guest numbers need 4 bits, "
        "and hart 4 has 3"
    )
