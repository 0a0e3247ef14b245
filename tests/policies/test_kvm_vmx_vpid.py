"""KVM's VPIDs on Intel, as VMIDs."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
from tests.policies.small_machine import fences, run, small_machine, touch, vmids, wrong_hits

ALL_HERE = [(0, "hfence_gvma", -1), (0, "hfence_vvma", -1)]
UNTAGGED = [(0, "hfence_gvma_vmid", 0), (0, "hfence_vvma", -1)]


def test_every_vcpu_has_the_lowest_free_vpid_for_life() -> None:
    machine = small_machine("kvm-vmx-vpid", 3, harts=2, domains=3, vcpus=2)
    assert machine.policy.owners(HartId(0)) == {
        1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (1, 1), 5: (2, 0), 6: (2, 1)
    }  # fmt: skip
    events = machine.apply(cmd.DestroyDomain(1))
    assert [event.vmid for event in events if isinstance(event, ev.VmidReleased)] == [3, 4]
    machine.apply(cmd.CreateDomain(1))
    assert machine.policy.owners(HartId(1))[3] == (3, 0)
    assert vmids(run(machine, 2, hart=1, vcpu=1)) == [6]
    assert vmids(run(machine, 2, hart=0, vcpu=1)) == [6]


def test_first_load_on_a_hart_flushes_and_coming_back_to_the_same_does_not() -> None:
    machine = small_machine("kvm-vmx-vpid", 3, harts=2, domains=2)
    assert fences(run(machine, 0)) == ALL_HERE
    run(machine, 1)
    assert fences(run(machine, 0)) == []
    assert fences(run(machine, 0, hart=1)) == [(1, "hfence_gvma", -1), (1, "hfence_vvma", -1)]
    assert fences(run(machine, 0)) == ALL_HERE


@pytest.mark.parametrize("split", [False, True])
def test_reused_vpid_is_flushed_by_its_new_owners_first_load(split: bool) -> None:
    machine = small_machine("kvm-vmx-vpid", 1, harts=2, domains=1, split=split)
    touch(machine, 0, hart=0)
    touch(machine, 0, hart=1)
    assert fences(machine.apply(cmd.DestroyDomain(0))) == []
    machine.apply(cmd.CreateDomain(1))
    for hart in (0, 1):
        events = touch(machine, 1, hart=hart)
        assert vmids(events) == [1]
        assert wrong_hits(events) == []


def test_vcpus_beyond_the_vpids_run_untagged_and_flush_at_every_entry() -> None:
    machine = small_machine("kvm-vmx-vpid", 1, domains=3, split=True)
    seen = [touch(machine, domain) for domain in (0, 1, 2, 1, 2, 0)]
    assert [vmids(events) for events in seen] == [[1], [0], [0], [0], [0], [1]]
    assert [fences(events) for events in seen[3:]] == [UNTAGGED, UNTAGGED, []]
    assert [wrong_hits(events) for events in seen] == [[]] * 6


def test_untagged_vcpu_flushes_at_a_timer_tick_too() -> None:
    machine = small_machine("kvm-vmx-vpid", 0, domains=1)
    machine.apply(cmd.Step(1))
    assert fences(machine.apply(cmd.Step(1))) == UNTAGGED


def test_without_vmid_bits_nobody_gets_a_vpid() -> None:
    machine = small_machine("kvm-vmx-vpid", (3, 0), harts=2, domains=2)
    assert machine.policy.owners(HartId(0)) == {}
    assert vmids(touch(machine, 0)) == [0]
    events = touch(machine, 1)
    assert vmids(events) == [0]
    assert wrong_hits(events) == []


def test_p2m_change_flushes_everything_on_the_harts_that_run_the_domain() -> None:
    machine = small_machine("kvm-vmx-vpid", 3, harts=2, domains=2)
    touch(machine, 0, hart=0)
    touch(machine, 1, hart=1)
    assert fences(machine.apply(cmd.UnmapPages(0, 0, 8))) == ALL_HERE
    assert wrong_hits(touch(machine, 0, hart=0)) == []


def test_vpid_zero_is_never_released() -> None:
    machine = small_machine("kvm-vmx-vpid", 0, domains=1)
    events = machine.apply(cmd.DestroyDomain(0))
    assert [event for event in events if isinstance(event, ev.VmidReleased)] == []
    machine.apply(cmd.CreateDomain(1))
    assert vmids(run(machine, 1)) == [0]


def test_whoever_entered_last_without_a_vpid_has_id_zero_on_that_hart() -> None:
    machine = small_machine("kvm-vmx-vpid", 1, harts=2, domains=3)
    run(machine, 1)
    run(machine, 2)
    assert machine.policy.owners(HartId(0)) == {0: (2, 0), 1: (0, 0)}
    assert machine.policy.owners(HartId(1)) == {1: (0, 0)}
    machine.apply(cmd.DestroyDomain(2))
    assert machine.policy.owners(HartId(0)) == {1: (0, 0)}
