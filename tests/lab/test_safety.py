"""Policies that are believed to keep guests apart do so on recorded schedules, at every VMIDLEN."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.policy_table import VMIDLENS
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import Platform, preset
from simcore.hw.tlb import Organisation
from simcore.lab.safety import safety
from simcore.machine import MachineSpec
from tests.lab.test_replay import FTRACE_25S, SHIPPED, schedule_of

FEW = GuestSpec(accesses_per_us=0.01)


def platform(vmidlen: int, organisation: Organisation) -> Platform:
    hardware = preset("rv64").with_harts(2).with_vmidlen(vmidlen)
    return replace(hardware, tlb=replace(hardware.tlb, organisation=organisation))


@pytest.mark.parametrize("vmidlen", VMIDLENS)
@pytest.mark.parametrize("organisation", list(Organisation), ids=lambda value: value.value)
@pytest.mark.parametrize("policy", ["lazy-epoch", "oracle"])
def test_our_own_schemes_keep_guests_apart_on_a_recorded_schedule(
    policy: str, organisation: Organisation, vmidlen: int
) -> None:
    path = FTRACE_25S if FTRACE_25S.exists() else SHIPPED
    spec = MachineSpec(platform(vmidlen, organisation), policy, guests=FEW)
    found = safety(schedule_of(path), spec)
    assert found.isolates
    assert found.breaches == {}
    assert found.refused == 0


def test_guests_with_one_asid_number_are_kept_apart_by_lazy_epoch() -> None:
    guests = GuestSpec(accesses_per_us=0.01, asids="same")
    spec = MachineSpec(platform(3, Organisation.SPLIT), "lazy-epoch", guests=guests)
    assert safety(schedule_of(SHIPPED), spec).isolates


def test_a_core_that_over_fences_hides_what_a_precise_one_shows() -> None:
    precise = platform(14, Organisation.SPLIT)
    over = replace(precise, over_fences=True)
    schedule = schedule_of(SHIPPED)
    shown = safety(schedule, MachineSpec(precise, "xen-riscv-head", guests=FEW))
    hidden = safety(schedule, MachineSpec(over, "xen-riscv-head", guests=FEW))
    assert shown.violations["cross-domain"] > 0
    assert hidden.violations["cross-domain"] == 0


def test_the_posted_patch_breaks_the_invariants_named_for_it() -> None:
    spec = MachineSpec(platform(14, Organisation.COMBINED), "xen-riscv-v2-posted", guests=FEW)
    found = safety(schedule_of(SHIPPED), spec)
    assert not found.isolates
    assert found.breaches["I3"] > 0
    assert found.breaches["I1"] > 0


def test_bound_fences_no_more_than_the_scheme_it_bounds() -> None:
    from simcore.lab.replay import replay

    fences = {}
    for policy in ("oracle", "lazy-epoch", "untagged"):
        spec = MachineSpec(platform(3, Organisation.COMBINED), policy, guests=FEW)
        metrics = replay(schedule_of(SHIPPED), spec).metrics
        fences[policy] = metrics["local_fences"] + metrics["remote_fences"]
        if policy != "untagged":
            assert metrics["remote_fences"] == 0
    assert fences["oracle"] <= fences["lazy-epoch"] < fences["untagged"]
