"""KVM's ASIDs on AMD, as VMIDs."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
from simcore.policies.base import PolicyContext
from simcore.policies.kvm_svm_asid import KvmSvmAsid
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

ALL = [(0, "hfence_gvma", -1), (0, "hfence_vvma", -1)]


def test_asids_are_counted_up_from_one_and_the_first_begins_generation_two() -> None:
    machine = small_machine("kvm-svm-asid", 2, domains=3)
    events = round_robin(machine, 3, 2)
    assert vmids(events) == [1, 2, 3, 1, 2, 3]
    assert [e.generation for e in events if isinstance(e, ev.GenerationRolledOver)] == [2]


def test_wrap_flushes_everything_and_every_assignment_the_vs_stage_of_its_id() -> None:
    machine = small_machine("kvm-svm-asid", 2, domains=4)
    assert fences(run(machine, 0)) == ALL
    assert fences(run(machine, 1)) == [(0, "hfence_vvma", -1)]
    assert fences(run(machine, 2)) == [(0, "hfence_vvma", -1)]
    assert fences(run(machine, 3)) == ALL
    assert vmids(run(machine, 0)) == [2]


@pytest.mark.parametrize(
    ("vmidlen", "flushes", "assignments"),
    [(1, 1200, 1200), (2, 400, 1200), (3, 172, 1200), (4, 1, 12), (7, 1, 12)],
)
def test_twelve_vcpus_round_robin(vmidlen: int, flushes: int, assignments: int) -> None:
    events = round_robin(small_machine("kvm-svm-asid", vmidlen, domains=12), 12, 100)
    assert count(events, "hfence_gvma") == flushes
    assert count(events, "hfence_vvma") == assignments


def test_moving_to_another_hart_takes_a_new_asid_there() -> None:
    machine = small_machine("kvm-svm-asid", 3, harts=2, domains=2)
    run(machine, 0, hart=0)
    run(machine, 1, hart=1)
    assert vmids(run(machine, 0, hart=1)) == [2]
    assert machine.policy.owners(HartId(0)) == {}
    assert vmids(run(machine, 0, hart=0)) == [2]


def test_p2m_change_makes_running_vcpus_leave_and_flush_their_asid() -> None:
    machine = small_machine("kvm-svm-asid", 3, harts=2, domains=1, vcpus=2)
    touch(machine, 0, hart=0, vcpu=0)
    touch(machine, 0, hart=1, vcpu=1)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    assert [event.hart for event in events if isinstance(event, ev.GuestExited)] == [0, 1]
    assert fences(events) == [
        (0, "hfence_gvma_vmid", 1),
        (0, "hfence_vvma", -1),
        (1, "hfence_gvma_vmid", 1),
        (1, "hfence_vvma", -1),
    ]
    assert wrong_hits(touch(machine, 0, hart=0, vcpu=0)) == []


def test_p2m_change_reaches_a_vcpu_that_is_not_loaded_at_its_next_entry() -> None:
    machine = small_machine("kvm-svm-asid", 3, domains=2)
    touch(machine, 0)
    run(machine, 1)
    assert fences(machine.apply(cmd.UnmapPages(0, 0, 8))) == []
    events = touch(machine, 0)
    assert fences(events) == [(0, "hfence_gvma_vmid", 1), (0, "hfence_vvma", -1)]
    assert wrong_hits(events) == []


def test_with_one_bit_each_change_of_vcpu_flushes_everything_and_isolates() -> None:
    machine = small_machine("kvm-svm-asid", 1, domains=2, split=True)
    for domain in (0, 1, 0, 1):
        events = touch(machine, domain)
        assert vmids(events) == [1]
        assert fences(events) == ALL
        assert wrong_hits(events) == []


def test_a_hart_without_vmid_bits_is_said_not_to_do() -> None:
    context = PolicyContext((HartId(0), HartId(3)), 64)
    assert KvmSvmAsid.cannot_run(context, (1, 1)) is None
    assert KvmSvmAsid.cannot_run(context, (7, 0)) == (
        "ids are counted from 1, and hart 3 implements no VMID bit"
    )


def test_vcpus_of_one_domain_have_asids_of_their_own() -> None:
    machine = small_machine("kvm-svm-asid", 3, domains=1, vcpus=2, asids="same", split=True)
    touch(machine, 0, vcpu=0)
    events = touch(machine, 0, vcpu=1)
    assert vmids(events) == [2]
    assert wrong_hits(events) == []


def test_destroyed_domain_leaves_no_owner() -> None:
    machine = small_machine("kvm-svm-asid", 3, domains=1, vcpus=2)
    run(machine, 0, vcpu=0)
    run(machine, 0, vcpu=1)
    machine.apply(cmd.DestroyDomain(0))
    assert machine.policy.owners(HartId(0)) == {}
