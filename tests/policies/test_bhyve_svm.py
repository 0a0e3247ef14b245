"""bhyve's ASIDs on AMD, as VMIDs."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
from simcore.policies.base import PolicyContext
from simcore.policies.bhyve_svm import BhyveSvm
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


def test_first_asid_is_one_of_generation_one() -> None:
    machine = small_machine("bhyve-svm", 2, domains=1)
    events = run(machine, 0)
    assigned = [event for event in events if isinstance(event, ev.VmidAssigned)]
    assert [(event.vmid, event.generation) for event in assigned] == [(1, 1)]


def test_each_asid_is_flushed_as_it_is_given_and_nothing_at_rollover() -> None:
    machine = small_machine("bhyve-svm", 2, domains=4)
    assert [fences(run(machine, domain)) for domain in (0, 1, 2, 3)] == [
        flush(1), flush(2), flush(3), flush(1)
    ]  # fmt: skip
    assert fences(run(machine, 3)) == []
    assert fences(run(machine, 0)) == flush(2)


@pytest.mark.parametrize(
    ("vmidlen", "rollovers", "flushes"),
    [(1, 1200, 1200), (2, 400, 1200), (3, 172, 1200), (4, 1, 12)],
)
def test_twelve_vcpus_round_robin(vmidlen: int, rollovers: int, flushes: int) -> None:
    events = round_robin(small_machine("bhyve-svm", vmidlen, domains=12), 12, 100)
    assert sum(isinstance(event, ev.GenerationRolledOver) for event in events) == rollovers
    assert count(events, "hfence_gvma_vmid") == flushes
    assert count(events, "hfence_vvma") == flushes
    assert count(events, "hfence_gvma") == 0


def test_moving_to_another_hart_takes_and_flushes_an_asid_there() -> None:
    machine = small_machine("bhyve-svm", 3, harts=2, domains=2)
    run(machine, 0, hart=0)
    run(machine, 1, hart=1)
    assert fences(run(machine, 0, hart=1)) == flush(2, hart=1)


def test_p2m_change_flushes_the_asid_at_the_next_entry_once() -> None:
    machine = small_machine("bhyve-svm", 3, domains=1)
    touch(machine, 0)
    assert fences(machine.apply(cmd.UnmapPages(0, 2, 3))) == flush(1)
    assert wrong_hits(touch(machine, 0)) == []


def test_p2m_change_and_new_generation_flush_once() -> None:
    machine = small_machine("bhyve-svm", 1, domains=2)
    touch(machine, 0)
    touch(machine, 1)
    machine.apply(cmd.UnmapPages(0, 0, 8))
    assert fences(run(machine, 0)) == flush(1)


@pytest.mark.parametrize("split", [False, True])
def test_with_one_bit_domains_that_take_turns_are_isolated(split: bool) -> None:
    machine = small_machine("bhyve-svm", 1, domains=2, split=split)
    assert [wrong_hits(touch(machine, domain)) for domain in (0, 1, 0, 1)] == [[]] * 4


def test_platforms_that_do_not_suffice_are_named() -> None:
    context = PolicyContext((HartId(0), HartId(1)), 64)
    assert BhyveSvm.cannot_run(context, (2, 7)) is None
    assert BhyveSvm.cannot_run(context, (0, 0)) == (
        "ids are counted from 1, and hart 0 implements no VMID bit"
    )
    assert BhyveSvm.cannot_run(context, (7, 2)) == (
        "the first hart's VMIDLEN of 7 is taken for all, and hart 1 has 2"
    )


def test_number_of_asids_of_the_first_hart_holds_for_all() -> None:
    machine = small_machine("bhyve-svm", (1, 7), harts=2, domains=2)
    assert [vmids(run(machine, domain, hart=1)) for domain in (0, 1)] == [[1], [1]]
