"""Bao's VMIDs, which are the VMs' numbers, cut by whatever hgatp keeps."""

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.hw.platform import preset
from simcore.machine import Machine, MachineSpec
from simcore.machine import commands as cmd
from simcore.policies.bao_static import BaoStatic
from simcore.policies.base import PolicyContext
from tests.policies.small_machine import fences, run, small_machine, touch, vmids, wrong_hits


def test_vmid_is_the_vms_number_and_no_switch_fences() -> None:
    machine = small_machine("bao-static", 14, domains=3)
    assert [vmids(touch(machine, domain)) for domain in (0, 1, 2, 0)] == [[0], [1], [2], [0]]
    assert fences(run(machine, 1)) == []


def test_number_is_not_used_again() -> None:
    machine = small_machine("bao-static", 14, domains=2)
    machine.apply(cmd.DestroyDomain(0))
    machine.apply(cmd.CreateDomain(1))
    assert vmids(run(machine, 2)) == [2]


@pytest.mark.parametrize(("vmidlen", "other"), [(0, 1), (1, 2), (2, 4), (3, 8)])
@pytest.mark.parametrize("split", [False, True])
def test_numbers_that_differ_above_vmidlen_share_a_vmid(
    vmidlen: int, other: int, split: bool
) -> None:
    machine = small_machine("bao-static", vmidlen, domains=9, split=split)
    touch(machine, 0)
    events = touch(machine, other)
    written = [event for event in events if isinstance(event, ev.HgatpWritten)]
    assert [(event.programmed_vmid, event.vmid) for event in written] == [(other, 0)]
    assert set(wrong_hits(events)) == {("cross-domain", other, 0)}


def test_vm_129_of_an_rv32_machine_has_the_number_of_the_first() -> None:
    machine = Machine(MachineSpec(preset("rv32").with_harts(1), "bao-static"))
    for _ in range(129):
        machine.apply(cmd.CreateDomain(1))
    assert vmids(run(machine, 127)) == [127]
    assert vmids(run(machine, 128)) == [0]


def test_fence_meant_for_one_vmid_reaches_firmware_as_one_for_all() -> None:
    machine = small_machine("bao-static", 14, harts=3, domains=2)
    touch(machine, 1, hart=2)
    events = machine.apply(cmd.UnmapPages(1, 2))
    asked = [event for event in events if isinstance(event, ev.RemoteFenceRequested)]
    assert [(event.fence, event.hart_mask, event.hart_mask_base, event.id) for event in asked] == [
        ("remote_hfence_gvma", 0b111, 0, -1)
    ]
    assert fences(events) == [(hart, "hfence_gvma", -1) for hart in (0, 1, 2)]
    assert wrong_hits(touch(machine, 1, hart=2)) == []


def test_platforms_whose_harts_the_mask_cannot_name_are_refused() -> None:
    harts = tuple(HartId(hart) for hart in range(32))
    assert BaoStatic.cannot_run(PolicyContext(harts[:31], 64), (0,) * 31) is None
    assert BaoStatic.cannot_run(PolicyContext(harts, 64), (14,) * 32) == (
        "the hart mask is (1U << harts) - 1, and there are 32 harts"
    )
    assert BaoStatic.cannot_run(PolicyContext((HartId(1), HartId(2)), 64), (14, 14)) == (
        "hart ids must be 0 to 1, and are [1, 2]"
    )
