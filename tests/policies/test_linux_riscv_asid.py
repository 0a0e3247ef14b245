"""Linux's ASIDs on RISC-V, as VMIDs."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import Machine
from simcore.machine import commands as cmd
from simcore.policies.base import PolicyContext
from simcore.policies.kvm_arm64 import TaggedId
from simcore.policies.linux_riscv_asid import LinuxRiscvAsid
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
EVERYTHING = (0, "hfence_gvma", -1)
WITHOUT_IDS = [(0, "hfence_gvma_vmid", 0), NEW_ID]
EVERYWHERE = [(0,) * 3, (1,) * 3, (2,) * 3, (3,) * 3, (7,) * 3, (14,) * 3, (0, 3, 1), (3, 14)]


def policy_of(machine: Machine) -> LinuxRiscvAsid:
    policy = machine.policy
    assert isinstance(policy, LinuxRiscvAsid)
    return policy


def on_two_harts(domains: int) -> Machine:
    """Seven ids on two harts, and domains 0 to `domains` - 1, the first of them on hart 1."""
    machine = small_machine("linux-riscv-asid", 3, harts=2, domains=domains)
    touch(machine, 0, hart=1)
    return machine


def rolled(events: list[ev.Event]) -> list[int]:
    """The versions that began."""
    return [event.generation for event in events if isinstance(event, ev.GenerationRolledOver)]


def test_rollover_fences_its_own_hart_after_hgatp_and_marks_the_others() -> None:
    machine = on_two_harts(8)
    for domain in range(1, 7):
        run(machine, domain)
    events = run(machine, 7)
    # VMID 1 runs on hart 1 and 7 was the last on this hart: both are reserved.
    assert (rolled(events), vmids(events)) == ([2], [2])
    assert fences(events) == [EVERYTHING, NEW_ID]
    kinds = [type(event).__name__ for event in events]
    assert kinds.index("HgatpWritten") < kinds.index("FenceExecuted")
    assert policy_of(machine).flush_pending == {1}
    assert policy_of(machine).owners(HartId(0)) == {1: 0, 7: 6, 2: 7}


def test_marked_hart_fences_at_its_next_switch_to_another_domain() -> None:
    machine = on_two_harts(8)
    for domain in range(1, 8):
        run(machine, domain)
    events = run(machine, 7, hart=1)
    assert fences(events) == [(1, "hfence_gvma", -1), (1, "hfence_vvma", -1)]
    assert policy_of(machine).flush_pending == set()
    assert fences(run(machine, 0, hart=1)) == [(1, "hfence_vvma", -1)]
    assert fences(run(machine, 7, hart=1)) == []


def test_switch_to_the_domain_that_ran_last_writes_vsatp_alone() -> None:
    machine = small_machine("linux-riscv-asid", 3, domains=1, vcpus=2)
    run(machine, 0, vcpu=0)
    machine.apply(cmd.PauseDomain(0))
    machine.apply(cmd.UnpauseDomain(0))
    events = run(machine, 0, vcpu=1)
    written = [event for event in events if isinstance(event, (ev.HgatpWritten, ev.FenceExecuted))]
    assert (written, vmids(events)) == ([], [1])


def test_id_of_the_domain_that_ran_last_is_reserved_though_it_sleeps() -> None:
    machine = on_two_harts(8)
    machine.apply(cmd.PauseDomain(0))
    for domain in range(1, 8):
        run(machine, domain)
    assert policy_of(machine).reserved_ids[HartId(1)] == TaggedId(1, 1)
    machine.apply(cmd.UnpauseDomain(0))
    events = run(machine, 0, hart=1)
    told = [event for event in events if isinstance(event, ev.VmidAssigned)]
    assert (vmids(events), [(e.vmid, e.generation) for e in told]) == ([1], [(1, 2)])
    assert (fences(events), wrong_hits(touch(machine, 0, hart=1))) == ([], [])


@pytest.mark.parametrize(
    ("vmidlen", "all_fences", "id_fences", "assignments"),
    [
        (0, 0, 1200, 0),
        (1, 0, 1200, 0),
        (2, 599, 0, 1200),
        (3, 199, 0, 1200),
        (4, 0, 0, 12),
        (7, 0, 0, 12),
    ],
)
def test_twelve_vcpus_round_robin(
    vmidlen: int, all_fences: int, id_fences: int, assignments: int
) -> None:
    events = round_robin(small_machine("linux-riscv-asid", vmidlen, domains=12), 12, 100)
    assert count(events, "hfence_gvma") == len(rolled(events)) == all_fences
    assert count(events, "hfence_gvma_vmid") == id_fences
    assert count(events, "hfence_vvma") == max(id_fences, assignments)
    assert sum(isinstance(event, ev.VmidAssigned) for event in events) == assignments


@pytest.mark.parametrize(
    ("vmidlen", "harts", "used"),
    [(1, 1, False), (2, 1, True), (2, 2, False), (3, 3, True), (3, 4, False), (14, 8, True)],
)
def test_ids_are_used_where_there_are_more_than_two_a_hart(
    vmidlen: int, harts: int, used: bool
) -> None:
    policy = policy_of(small_machine("linux-riscv-asid", vmidlen, harts=harts))
    assert (policy.use_ids, policy.generation(HartId(0))) == (used, 1 if used else None)


def test_without_ids_each_switch_to_another_domain_fences_vmid_zero() -> None:
    machine = small_machine("linux-riscv-asid", 2, harts=2, domains=2, split=True)
    for domain in (0, 1, 0):
        events = touch(machine, domain)
        assert (vmids(events), fences(events), wrong_hits(events)) == ([0], WITHOUT_IDS, [])
    machine.apply(cmd.PauseDomain(0))
    machine.apply(cmd.UnpauseDomain(0))
    assert fences(run(machine, 0)) == []


def test_p2m_change_fences_the_id_wherever_the_domain_ran() -> None:
    machine = on_two_harts(2)
    machine.apply(cmd.MigrateVcpu(0, 0, 0))
    run(machine, 1, hart=1)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    assert fences(events) == [(0, "hfence_gvma_vmid", 1), (1, "hfence_gvma_vmid", 1)]
    assert fences(machine.apply(cmd.UnmapPages(1, 0, 8))) == [(1, "hfence_gvma_vmid", 2)]
    assert wrong_hits(touch(machine, 0, hart=1)) == []


def test_p2m_change_without_ids_fences_where_the_domain_was_the_last_to_run() -> None:
    machine = small_machine("linux-riscv-asid", 0, harts=2, domains=2)
    touch(machine, 0, hart=1)
    touch(machine, 0, hart=0)
    assert fences(machine.apply(cmd.UnmapPages(0, 0, 8))) == [
        (0, "hfence_gvma_vmid", 0),
        (1, "hfence_gvma_vmid", 0),
    ]
    run(machine, 1, hart=1)
    assert fences(machine.apply(cmd.UnmapPages(0, 0, 8))) == [(0, "hfence_gvma_vmid", 0)]
    assert wrong_hits(touch(machine, 0, hart=1)) == []


def test_vcpus_under_one_asid_are_not_kept_apart() -> None:
    machine = small_machine("linux-riscv-asid", 3, domains=1, vcpus=2, asids="same")
    touch(machine, 0, vcpu=0)
    assert wrong_hits(touch(machine, 0, vcpu=1)) == [("cross-vcpu", 0, 0)]


def test_a_narrower_hart_than_the_first_is_said_not_to_do() -> None:
    context = PolicyContext((HartId(0), HartId(1)), 64)
    assert LinuxRiscvAsid.cannot_run(context, (0, 3)) is None
    assert LinuxRiscvAsid.cannot_run(context, (14, 2)) == (
        "the first hart's VMIDLEN of 14 is taken for all, and hart 1 has 2"
    )


def test_destroyed_domain_leaves_no_owner_but_its_id_stays_reserved() -> None:
    machine = on_two_harts(8)
    machine.apply(cmd.DestroyDomain(0))
    for domain in range(1, 8):
        run(machine, domain)
    assert machine.policy.owners(HartId(0)) == {7: 6, 2: 7}
    assert policy_of(machine).taken[1] == 1


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("asids", ["distinct", "shared", "bare"])
@pytest.mark.parametrize("vmidlen", EVERYWHERE)
def test_no_life_breaks_an_invariant(vmidlen: tuple[int, ...], asids: str, split: bool) -> None:
    assert seen("linux-riscv-asid", vmidlen, split=split, asids=asids) == set()


def test_no_life_breaks_an_invariant_where_harts_walk_ahead() -> None:
    assert seen("linux-riscv-asid", (3, 3, 3), split=True, speculation=True) == set()


@pytest.mark.parametrize(
    ("lost", "vmidlen", "expected"),
    [
        (caused_by("roll-over"), 3, {"I1", "I3", "cross-domain"}),
        (caused_by("new id"), 3, {"I1", "I3", "cross-domain"}),
        (caused_by("world switch"), 0, {"I1", "cross-domain"}),
        (vvma, 0, {"I1", "cross-domain"}),
        (caused_by("p2m change"), 3, {"I9", "stale-mapping"}),
    ],
)
def test_each_fence_is_needed(lost: Lost, vmidlen: int, expected: set[str]) -> None:
    found = seen("linux-riscv-asid", (vmidlen,) * 2, lives=8, lost=lost, split=True)
    assert expected <= found
