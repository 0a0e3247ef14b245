"""Xen's ASIDs on x86, as VMIDs."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
from simcore.policies.xen_riscv_head import XenRiscvHead
from simcore.policies.xen_x86_asid import XenX86Asid
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

ALL = [(0, "hfence_gvma", -1), (0, "hfence_vvma", -1)]
EVERYWHERE = [(0,) * 3, (1,) * 3, (2,) * 3, (3,) * 3, (7,) * 3, (14,) * 3, (0, 3, 1)]


def test_first_asid_flushes_everything_and_the_others_the_vs_stage_of_their_own() -> None:
    machine = small_machine("xen-x86-asid", 2, domains=4)
    assert [fences(run(machine, domain)) for domain in (0, 1, 2)] == [ALL, ALL[1:], ALL[1:]]
    events = run(machine, 3)
    assert (vmids(events), fences(events)) == ([1], ALL)
    assert [e.generation for e in events if isinstance(e, ev.GenerationRolledOver)] == [2]


def test_flush_comes_once_hgatp_holds_the_asid_and_vsatp_nothing() -> None:
    machine = small_machine("xen-x86-asid", 2, domains=1)
    told = ("VsatpWritten", "HgatpWritten", "FenceExecuted")
    kinds = [type(event).__name__ for event in run(machine, 0)]
    assert [kind for kind in kinds if kind in told] == [
        *("VsatpWritten", "HgatpWritten", "FenceExecuted", "FenceExecuted", "VsatpWritten")
    ]


@pytest.mark.parametrize(
    ("vmidlen", "flushes", "assignments"),
    [(0, 1200, 0), (1, 1200, 1200), (2, 400, 1200), (3, 172, 1200), (4, 1, 12), (7, 1, 12)],
)
def test_twelve_vcpus_round_robin(vmidlen: int, flushes: int, assignments: int) -> None:
    events = round_robin(small_machine("xen-x86-asid", vmidlen, domains=12), 12, 100)
    assert count(events, "hfence_gvma") == flushes
    assert count(events, "hfence_vvma") == max(flushes, assignments)
    assert sum(isinstance(event, ev.VmidAssigned) for event in events) == assignments


def test_moving_to_another_hart_takes_a_new_asid_there() -> None:
    machine = small_machine("xen-x86-asid", 3, harts=2, domains=2)
    run(machine, 0, hart=0)
    run(machine, 1, hart=1)
    assert vmids(run(machine, 0, hart=1)) == [2]
    assert machine.policy.owners(HartId(0)) == {}
    assert machine.policy.owners(HartId(1)) == {1: (1, 0), 2: (0, 0)}
    assert vmids(run(machine, 0, hart=0)) == [2]


def test_coming_back_to_the_same_hart_keeps_the_asid_without_a_fence() -> None:
    machine = small_machine("xen-x86-asid", 3, domains=2)
    round_robin(machine, 2, 1)
    events = round_robin(machine, 2, 2)
    assert (vmids(events), fences(events)) == ([1, 2, 1, 2], [])


def test_without_vmid_bits_each_entry_flushes_everything() -> None:
    machine = small_machine("xen-x86-asid", 0, domains=2, split=True)
    for domain in (0, 1, 0, 1):
        events = touch(machine, domain)
        assert (vmids(events), fences(events), wrong_hits(events)) == ([0], ALL, [])
        assert fences(machine.apply(cmd.Step(1))) == ALL
    written = [event for event in run(machine, 0) if isinstance(event, ev.HgatpWritten)]
    assert {event.programmed_vmid for event in written} == {0}


def test_a_hart_without_asids_leaves_the_others_theirs() -> None:
    machine = small_machine("xen-x86-asid", (3, 0), harts=2, domains=2)
    touch(machine, 0, hart=0)
    assert vmids(touch(machine, 0, hart=1)) == [0]
    events = touch(machine, 0, hart=0)
    assert (vmids(events), wrong_hits(events)) == ([2], [])


def test_p2m_change_begins_a_generation_where_the_domain_runs() -> None:
    machine = small_machine("xen-x86-asid", 3, harts=2, domains=2, vcpus=2)
    touch(machine, 0, hart=0, vcpu=0)
    touch(machine, 0, hart=1, vcpu=1)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    rolled = [e.hart for e in events if isinstance(e, ev.GenerationRolledOver)]
    left = [e.hart for e in events if isinstance(e, ev.GuestExited) and e.forced]
    assert (rolled, left, vmids(events)) == ([0, 1], [0, 1], [2, 2])
    assert count(events, "hfence_gvma") == 0
    assert wrong_hits(touch(machine, 0, hart=0, vcpu=0)) == []


def test_p2m_change_takes_the_asid_of_a_vcpu_that_does_not_run() -> None:
    machine = small_machine("xen-x86-asid", 3, domains=2)
    touch(machine, 0)
    run(machine, 1)
    events = machine.apply(cmd.UnmapPages(0, 0, 8))
    assert [e for e in events if isinstance(e, ev.GenerationRolledOver)] == []
    assert machine.policy.owners(HartId(0)) == {2: (1, 0)}
    events = touch(machine, 0)
    assert (vmids(events), wrong_hits(events)) == ([3], [])


def test_hazards_of_the_port_are_not_its_own() -> None:
    assert (XenX86Asid.hazards, XenRiscvHead.hazards == "") == ("", False)


def test_destroyed_domain_leaves_no_owner() -> None:
    machine = small_machine("xen-x86-asid", 3, domains=1, vcpus=2)
    run(machine, 0, vcpu=0)
    run(machine, 0, vcpu=1)
    machine.apply(cmd.DestroyDomain(0))
    assert machine.policy.owners(HartId(0)) == {}


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("asids", ["distinct", "same", "bare"])
@pytest.mark.parametrize("vmidlen", EVERYWHERE)
def test_no_life_breaks_an_invariant(vmidlen: tuple[int, ...], asids: str, split: bool) -> None:
    assert seen("xen-x86-asid", vmidlen, split=split, asids=asids) == set()


def test_no_life_breaks_an_invariant_where_harts_walk_ahead() -> None:
    assert seen("xen-x86-asid", (2, 0, 3), split=True, speculation=True) == set()


@pytest.mark.parametrize(
    ("lost", "vmidlen"),
    [(caused_by("roll-over"), 2), (caused_by("new id"), 3), (caused_by("no ASID"), 0), (vvma, 2)],
)
def test_each_fence_is_needed(lost: Lost, vmidlen: int) -> None:
    assert {"I1", "cross-domain"} <= seen("xen-x86-asid", (vmidlen,) * 2, lost=lost, split=True)
