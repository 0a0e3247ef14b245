"""Each fault is caught by the invariant named for it; without the fault the machine is clean."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from simcore import policies
from simcore.guests.working_set import Asids
from simcore.hw.platform import preset
from simcore.invariants import Breach
from simcore.machine import Command, MachineSpec
from simcore.machine.commands import CreateDomain, DestroyDomain, RunVcpu, UnmapPages
from simcore.machine.faults import Fault, fault
from tests.watched import PAGES, domains, names, touch, watched

RUN_AND_UNMAP = (*domains(1), *touch(0, hart=1), UnmapPages(0, 0, PAGES))
REUSE = (*domains(1), *touch(0, hart=1), DestroyDomain(0), CreateDomain(1), *touch(1, hart=1))
ROUND_OF_FIVE = (*domains(4), *touch(0), *touch(1), *touch(2), *touch(3), *touch(0))
BOTH_VCPUS_FORCED_OUT: tuple[Command, ...] = (
    CreateDomain(2),
    *(CreateDomain(1),) * 3,
    RunVcpu(0, 0, 0),
    RunVcpu(0, 1, 1),
    RunVcpu(1, 0, 2),
    RunVcpu(2, 0, 2),
    RunVcpu(3, 0, 2),
)
"""With three ids: the last to enter begins a generation, and gets the id that domain 0 had."""


@dataclass(frozen=True)
class Case:
    """A fault, the invariant named for it, and a machine on which it is caught.

    ``beside`` are faults of the machine without it: a scheme whose masks are empty is clean only
    where an empty mask means all. ``inherent`` is what the commands breach by themselves.
    """

    fault: Fault
    named: str
    policy: str
    commands: tuple[Command, ...]
    vmidlen: int = 7
    harts: int = 2
    split: bool = False
    asids: Asids = "distinct"
    beside: frozenset[Fault] = field(default_factory=frozenset)
    inherent: frozenset[str] = field(default_factory=frozenset)

    def breaches(self, *faults: Fault) -> list[tuple[int, Breach]]:
        """What is breached on this machine with ``faults``."""
        return watched(
            self.policy,
            self.commands,
            vmidlen=(self.vmidlen,),
            harts=self.harts,
            split=self.split,
            asids=self.asids,
            faults=faults,
        )


TO_ALL = frozenset({Fault.EMPTY_MASK_MEANS_ALL})
CASES = (
    Case(Fault.SWAPPED_FUNCTION_IDS, "I2", "xen-riscv-head", RUN_AND_UNMAP, beside=TO_ALL),
    Case(Fault.DROPPED_FENCE, "I2", "xen-riscv-v2-reviewed", RUN_AND_UNMAP),
    Case(Fault.EARLY_ACKNOWLEDGE, "I2", "kvm-arm64", RUN_AND_UNMAP),
    Case(Fault.EMPTY_MASK_MEANS_NONE, "I7", "xen-riscv-head", RUN_AND_UNMAP, beside=TO_ALL),
    Case(Fault.EMPTY_MASK_MEANS_ERROR, "I7", "xen-riscv-head", RUN_AND_UNMAP, beside=TO_ALL),
    Case(Fault.WRONG_ID, "I3", "xen-riscv-v2-reviewed", REUSE),
    Case(Fault.FENCE_BEFORE_CHANGE, "I9", "xen-arm-bitmap", RUN_AND_UNMAP),
    Case(
        Fault.NO_MIGRATION_INVALIDATE,
        "I9",
        "kvm-riscv",
        (*domains(1), *touch(0, 0), *touch(0, 1), UnmapPages(0, 0, PAGES), *touch(0, 0)),
    ),
    Case(
        Fault.NO_VCPU_SWITCH_FENCE,
        "I1",
        "xen-arm-bitmap",
        (*domains(1, vcpus=2), *touch(0, vcpu=0), *touch(0, vcpu=1)),
        asids="same",
    ),
    Case(Fault.UNSERVED_REQUEST, "I9", "kvm-svm-asid", RUN_AND_UNMAP, split=True),
    Case(Fault.LOST_RELOAD, "I5", "kvm-riscv", BOTH_VCPUS_FORCED_OUT, vmidlen=2, harts=3),
    Case(Fault.NO_VMIDLEN_PROBE, "I6", "kvm-svm-asid", ROUND_OF_FIVE, vmidlen=2),
    Case(Fault.ROLLOVER_FENCES_ONE_ID, "I3", "xen-x86-asid", ROUND_OF_FIVE, vmidlen=2, split=True),
    Case(
        Fault.DOUBLE_FREE,
        "I8",
        "xen-arm-bitmap",
        (*domains(1), DestroyDomain(0), CreateDomain(1)),
    ),
    Case(
        Fault.FREE_WITHOUT_ALLOC,
        "I8",
        "xen-arm-bitmap",
        (*domains(1), DestroyDomain(0), CreateDomain(1), CreateDomain(1)),
        vmidlen=1,
        inherent=frozenset({"I10"}),
    ),
    Case(
        Fault.LEAKED_ID,
        "I10",
        "xen-arm-bitmap",
        (*domains(1), DestroyDomain(0), CreateDomain(1)),
        vmidlen=1,
    ),
)
EMPTY_MASK = {Fault.EMPTY_MASK_MEANS_NONE, Fault.EMPTY_MASK_MEANS_ERROR}
HARMLESS = {Fault.EMPTY_MASK_MEANS_ALL}
"""More is fenced than was asked for, which is always right."""

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.fault.value)


def test_every_fault_is_here() -> None:
    assert {case.fault for case in CASES} | HARMLESS == set(Fault)


@each_case
def test_a_fault_is_caught_by_the_invariant_named_for_it(case: Case) -> None:
    beside = set() if case.fault in EMPTY_MASK else case.beside
    assert case.named in names(case.breaches(*beside, case.fault))


@each_case
def test_the_same_machine_without_the_fault_is_clean(case: Case) -> None:
    assert names(case.breaches(*case.beside)) == case.inherent


@pytest.mark.parametrize("policy", ["xen-riscv-head", "xen-riscv-v2-posted"])
def test_an_empty_mask_that_means_all_makes_a_p2m_change_safe(policy: str) -> None:
    unsafe = watched(policy, RUN_AND_UNMAP, harts=2, vmidlen=(14,))
    assert names(unsafe) == {"I7", "I9"}
    assert watched(policy, RUN_AND_UNMAP, harts=2, vmidlen=(14,), faults=TO_ALL) == []


def test_the_guard_of_a_careful_scheme_survives_a_second_free() -> None:
    commands = (*domains(1), DestroyDomain(0), CreateDomain(1))
    assert watched("xen-riscv-v2-reviewed", commands, faults=[Fault.DOUBLE_FREE]) == []


def test_a_combined_tlb_and_a_fence_of_each_new_id_hide_the_short_roll_over_fence() -> None:
    faults = [Fault.ROLLOVER_FENCES_ONE_ID]
    assert watched("xen-x86-asid", ROUND_OF_FIVE, vmidlen=(2,), faults=faults) == []


@pytest.mark.parametrize("wanted", list(Fault))
def test_a_fault_is_found_by_its_name_and_says_what_goes_wrong(wanted: Fault) -> None:
    assert fault(wanted.value) is wanted
    assert wanted.summary.endswith(".")


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="fault is 'gremlin'; allowed: swapped-function-ids, "):
        fault("gremlin")


@pytest.mark.parametrize("free", [Fault.DOUBLE_FREE, Fault.FREE_WITHOUT_ALLOC, Fault.LEAKED_ID])
def test_a_fault_of_freeing_needs_a_policy_that_frees(free: Fault) -> None:
    platform = preset("rv64")
    MachineSpec(platform, "xen-arm-bitmap", faults=frozenset({free}))
    assert not policies.find("kvm-riscv").frees_ids
    with pytest.raises(ValueError, match=f"faults has {free.value}; policy kvm-riscv never frees"):
        MachineSpec(platform, "kvm-riscv", faults=frozenset({free}))
