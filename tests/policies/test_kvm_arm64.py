"""KVM's VMIDs on Arm."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import Machine
from simcore.machine import commands as cmd
from simcore.policies.base import PolicyContext
from simcore.policies.kvm_arm64 import KvmArm64, TaggedId
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
from tests.policies.watched_lives import Lost, caused_by, seen, vvma

NEW_ID = (0, "hfence_vvma", -1)
EVERYWHERE = [(2,) * 3, (3,) * 3, (7,) * 3, (14,) * 3, (3, 2, 14), (1,), (2, 2)]


def policy_of(machine: Machine) -> KvmArm64:
    policy = machine.policy
    assert isinstance(policy, KvmArm64)
    return policy


def rollovers(events: list[ev.Event]) -> list[int]:
    """The generations that began."""
    return [event.generation for event in events if isinstance(event, ev.GenerationRolledOver)]


def assigned(events: list[ev.Event]) -> list[tuple[int, int, int]]:
    """Ids given out: domain, VMID, generation."""
    given = [event for event in events if isinstance(event, ev.VmidAssigned)]
    return [(event.domain, event.vmid, event.generation) for event in given]


def test_indices_are_given_out_from_one_and_none_is_fenced_but_by_hfence_vvma() -> None:
    machine = small_machine("kvm-arm64", 2, domains=3)
    events = round_robin(machine, 3, 2)
    assert vmids(events) == [1, 2, 3, 1, 2, 3]
    assert fences(events) == [NEW_ID] * 3
    assert assigned(events) == [(0, 1, 1), (1, 2, 1), (2, 3, 1)]


def test_rollover_fences_all_harts_before_hgatp_gets_the_new_id() -> None:
    machine = small_machine("kvm-arm64", 2, harts=2, domains=4)
    for domain in range(3):
        run(machine, domain)
    events = run(machine, 3)
    assert rollovers(events) == [2]
    assert fences(events) == [(0, "hfence_gvma", -1), (1, "hfence_gvma", -1), NEW_ID]
    kinds = [type(event).__name__ for event in events]
    fenced = kinds.index("FenceExecuted")
    assert kinds.index("GenerationRolledOver") < fenced < kinds.index("VmidAssigned")


def test_running_vm_keeps_its_index_over_a_rollover() -> None:
    machine = small_machine("kvm-arm64", 2, harts=2, domains=4, vcpus=2)
    run(machine, 0, hart=1)
    for domain in (1, 2):
        run(machine, domain)
    events = run(machine, 3)
    # The running VM's id is told to be good in generation 2 before the new VM gets its own.
    assert assigned(events) == [(0, 1, 2), (3, 2, 2)]
    assert policy_of(machine).reserved_ids[HartId(1)] == TaggedId(1, 1)
    assert policy_of(machine).owners(HartId(0)) == {1: 0, 2: 3}
    events = run(machine, 0, hart=0, vcpu=1)
    assert (vmids(events), assigned(events)) == ([1], [])
    assert policy_of(machine).ids == {
        0: TaggedId(2, 1),
        1: TaggedId(1, 2),
        2: TaggedId(1, 3),
        3: TaggedId(2, 2),
    }


def test_vm_that_left_its_hart_reserves_nothing_and_takes_its_old_index_if_it_is_free() -> None:
    machine = small_machine("kvm-arm64", 2, domains=4)
    for domain in range(4):
        run(machine, domain)
    assert vmids(run(machine, 2)) == [3]
    assert vmids(run(machine, 0)) == [2]


@pytest.mark.parametrize(
    ("vmidlen", "rolled", "assignments"),
    [(1, 1199, 1200), (2, 399, 1200), (3, 171, 1200), (4, 0, 12), (7, 0, 12)],
)
def test_twelve_vcpus_round_robin(vmidlen: int, rolled: int, assignments: int) -> None:
    events = round_robin(small_machine("kvm-arm64", vmidlen, domains=12), 12, 100)
    assert count(events, "hfence_gvma") == len(rollovers(events)) == rolled
    assert count(events, "hfence_vvma") == len(assigned(events)) == assignments


def test_vcpu_after_its_sibling_fences_the_vs_stage() -> None:
    machine = small_machine("kvm-arm64", 3, domains=2, vcpus=2, asids="same", split=True)
    touch(machine, 0, vcpu=0)
    events = touch(machine, 0, vcpu=1)
    assert (fences(events), wrong_hits(events)) == ([NEW_ID], [])
    run(machine, 1)
    assert fences(run(machine, 0, vcpu=1)) == []
    assert fences(run(machine, 0, vcpu=0)) == [NEW_ID]


def test_vmid_zero_is_in_hgatp_while_the_host_runs() -> None:
    machine = small_machine("kvm-arm64", 3, domains=1)
    run(machine, 0)
    machine.apply(cmd.PauseDomain(0))
    registers = machine.execution.harts[HartId(0)]
    assert (registers.vmid, registers.vsatp) == (0, 0)


def test_p2m_change_fences_the_index_on_all_harts_and_makes_nobody_leave() -> None:
    machine = small_machine("kvm-arm64", 3, harts=2, domains=2)
    touch(machine, 0, hart=0)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    assert fences(events) == [(0, "hfence_gvma_vmid", 1), (1, "hfence_gvma_vmid", 1)]
    assert not any(isinstance(event, ev.GuestExited) for event in events)
    assert wrong_hits(touch(machine, 0, hart=0)) == []
    assert fences(machine.apply(cmd.UnmapPages(1, 0, 8))) == []


def test_with_no_index_left_vmid_zero_is_handed_out() -> None:
    machine = small_machine("kvm-arm64", 1, harts=2, domains=3)
    assert policy_of(machine).warns
    assert vmids(run(machine, 0, hart=0)) == [1]
    events = run(machine, 1, hart=1)
    assert (vmids(events), rollovers(events)) == ([0], [2])
    assert policy_of(machine).next_index == 2


@pytest.mark.parametrize(
    ("vmidlen", "harts", "warns"), [(1, 1, True), (2, 2, False), (2, 3, True), (8, 254, False)]
)
def test_linux_warns_unless_an_index_is_left_over(vmidlen: int, harts: int, warns: bool) -> None:
    assert policy_of(small_machine("kvm-arm64", vmidlen, harts=harts)).warns == warns


def test_a_hart_without_vmid_bits_is_said_not_to_do() -> None:
    context = PolicyContext((HartId(0), HartId(3)), 64)
    assert KvmArm64.cannot_run(context, (1, 1)) is None
    assert KvmArm64.cannot_run(context, (7, 0)) == (
        "VMID 0 is the host's, and hart 3 implements no VMID bit"
    )


def test_destroyed_vm_leaves_no_owner() -> None:
    machine = small_machine("kvm-arm64", 3, domains=2)
    run(machine, 0)
    run(machine, 1)
    machine.apply(cmd.DestroyDomain(0))
    assert machine.policy.owners(HartId(0)) == {2: 1}


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("asids", ["distinct", "same", "bare"])
@pytest.mark.parametrize("vmidlen", EVERYWHERE)
def test_no_life_breaks_an_invariant_with_an_index_for_each_hart(
    vmidlen: tuple[int, ...], asids: str, split: bool
) -> None:
    assert seen("kvm-arm64", vmidlen, split=split, asids=asids) == set()


def test_no_life_breaks_an_invariant_where_harts_walk_ahead() -> None:
    assert seen("kvm-arm64", (2, 2, 3), split=True, speculation=True) == set()


def test_with_fewer_indices_than_harts_two_vms_may_meet_under_vmid_zero() -> None:
    assert "cross-domain" in seen("kvm-arm64", (1, 1, 1), split=True)


@pytest.mark.parametrize(
    ("lost", "asids", "expected"),
    [
        (caused_by("roll-over"), "distinct", "cross-domain"),
        (caused_by("new id"), "distinct", "cross-domain"),
        (vvma, "distinct", "cross-domain"),
        (caused_by("another vCPU ran"), "same", "cross-vcpu"),
        (caused_by("p2m change"), "distinct", "I9"),
    ],
)
def test_each_fence_is_needed(lost: Lost, asids: str, expected: str) -> None:
    assert expected in seen("kvm-arm64", (2, 2), lives=8, lost=lost, split=True, asids=asids)
