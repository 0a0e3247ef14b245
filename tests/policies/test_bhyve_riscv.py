"""bhyve on RISC-V, which has no VMIDs."""

import pytest

from simcore.machine import commands as cmd
from tests.policies.small_machine import fences, run, small_machine, touch, vmids, wrong_hits

FENCE = [(0, "hfence_gvma", -1)]


@pytest.mark.parametrize("vmidlen", [0, 1, 14])
def test_every_run_fences_everything_under_vmid_zero(vmidlen: int) -> None:
    machine = small_machine("bhyve-riscv", vmidlen, domains=2)
    for domain in (0, 1, 0):
        events = touch(machine, domain)
        assert vmids(events) == [0]
        assert fences(events) == FENCE
        assert wrong_hits(events) == []


def test_a_timer_tick_fences_too() -> None:
    machine = small_machine("bhyve-riscv", domains=1)
    machine.apply(cmd.Step(1))
    assert fences(machine.apply(cmd.Step(1))) == FENCE


def test_vs_stage_entries_of_the_guest_before_serve_the_next_on_a_split_tlb() -> None:
    machine = small_machine("bhyve-riscv", 14, domains=2, split=True)
    touch(machine, 0)
    assert wrong_hits(touch(machine, 1)) == [("cross-domain", 1, 0)]


def test_running_vcpu_uses_the_old_mapping_until_it_is_run_anew() -> None:
    machine = small_machine("bhyve-riscv", domains=2)
    touch(machine, 0)
    assert fences(machine.apply(cmd.UnmapPages(0, 0, 8))) == []
    assert wrong_hits(touch(machine, 0)) == [("stale-mapping", 0, 0)]
    run(machine, 1)
    assert wrong_hits(touch(machine, 0)) == []
