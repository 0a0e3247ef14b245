"""The Xen RISC-V patch v3: no look at `disabled` before a VMID is given."""

import pytest

from simcore.hw.ids import HartId
from simcore.machine import commands as cmd
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

GVMA = (0, "hfence_gvma", -1)
VVMA = (0, "hfence_vvma", -1)


@pytest.mark.parametrize(("vmidlen", "flushes"), [(2, 400), (3, 172), (4, 1), (7, 1)])
def test_where_vmids_are_used_it_acts_as_merged(vmidlen: int, flushes: int) -> None:
    events = round_robin(small_machine("xen-riscv-v3", vmidlen, domains=12), 12, 100)
    merged = round_robin(small_machine("xen-riscv-head", vmidlen, domains=12), 12, 100)
    assert count(events, "hfence_gvma") == flushes
    assert events == merged


def test_without_vmid_bits_everybody_is_vmid_zero_and_nothing_is_fenced() -> None:
    machine = small_machine("xen-riscv-v3", 0, domains=2)
    first, second = touch(machine, 0), touch(machine, 1)
    assert vmids(first) + vmids(second) == [0, 0]
    assert fences(second) == [VVMA]
    assert wrong_hits(second) == []
    machine = small_machine("xen-riscv-v3", 0, domains=2, asids="bare")
    touch(machine, 0)
    assert wrong_hits(touch(machine, 1)) == [("cross-domain", 1, 0)]


def test_with_one_bit_every_second_vcpu_gets_vmid_one_and_keeps_it() -> None:
    machine = small_machine("xen-riscv-v3", 1, domains=4)
    seen = [run(machine, domain) for domain in (0, 1, 2, 3, 0, 2)]
    assert [vmids(events) for events in seen] == [[1], [0], [1], [0], [1], [1]]
    assert [GVMA in fences(events) for events in seen] == [True, False, True, False, False, False]
    assert machine.policy.owners(HartId(0)) == {}


def test_with_one_bit_two_vcpus_that_keep_vmid_one_see_each_other() -> None:
    machine = small_machine("xen-riscv-v3", 1, domains=3, asids="bare")
    for domain in (0, 1, 2):
        touch(machine, domain)
    assert wrong_hits(touch(machine, 0)) == [("cross-domain", 0, 2)]
    assert [vmids(run(machine, domain)) for domain in (2, 0)] == [[1], [1]]


def test_migration_with_equal_generations_is_accepted_as_in_the_merged_code() -> None:
    machine = small_machine("xen-riscv-v3", 7, harts=2, domains=2, asids="bare")
    touch(machine, 0, hart=0)
    touch(machine, 1, hart=1)
    events = touch(machine, 0, hart=1)
    assert vmids(events) == [1]
    assert wrong_hits(events) == [("cross-domain", 0, 1)]


def test_p2m_change_is_sent_to_nobody() -> None:
    machine = small_machine("xen-riscv-v3", 7, domains=1)
    touch(machine, 0)
    assert fences(machine.apply(cmd.UnmapPages(0, 0, 8))) == []
    assert wrong_hits(touch(machine, 0)) == [("stale-mapping", 0, 0)]
