"""The details of the Arm, x86 and firmware scenarios: who is served by whom, and what hides it."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from simcore import events as ev
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine import Machine
from simcore.policies.kvm_arm64 import KvmArm64
from simcore.scenario import play
from simcore.scenarios import find
from tests.scenarios.shown import vmids, whats


def served(events: Iterable[ev.Event]) -> set[tuple[int, int, int, int]]:
    """Wrong hits: hart, VMID, who was served, whose entry it was."""
    return {
        (event.hart, event.vmid, event.domain, event.owner_domain)
        for event in events
        if isinstance(event, ev.StaleHit)
    }


@pytest.mark.parametrize(
    ("name", "wrong_hits"),
    [
        ("kvm-arm64-vmid-zero", {(1, 0, 2, 1)}),
        ("kvm-arm-vmid-rollover-race", {(0, 1, 3, 0)}),
        ("kvm-arm-two-vcpus-one-cpu", {(0, 1, 0, 0)}),
        ("kvm-nvmx-vpid02-first-use", {(0, 2, 2, 1)}),
        ("kvm-nvmx-eptp-tag", {(0, 1, 0, 0)}),
        ("xen-x86-svm-flush-one-at-wrap", {(0, 2, 0, 1)}),
        ("xen-arm-2013-256-VMs", {(0, 0, 128, 0)}),
        ("XSA-408", {(1, 1, 0, 0)}),
        ("XSA-480", set()),
        ("altp2m-missing-invept", {(1, 1, 0, 0)}),
    ],
)
def test_whose_entry_served_whom(name: str, wrong_hits: set[tuple[int, int, int, int]]) -> None:
    assert served(play(find(name)).events) == wrong_hits


def test_linux_warns_where_vmid_0_will_be_given_out_and_not_in_the_fixed_variant() -> None:
    scenario = find("kvm-arm64-vmid-zero")
    assert vmids(play(scenario).events, hart=1) == [0, 0]
    for played, warns in ((scenario, True), (scenario.repaired(), False)):
        policy = Machine(played.spec()).policy
        assert isinstance(policy, KvmArm64)
        assert policy.warns is warns


def test_without_speculation_nobody_meets_what_the_host_cached_for_vmid_0() -> None:
    assert play(replace(find("kvm-arm64-vmid-zero"), speculation=False)).seen == ()


def test_the_vcpu_that_lost_the_race_runs_on_with_the_vmid_of_the_old_generation() -> None:
    for scenario, expected in (
        (find("kvm-arm-vmid-rollover-race"), [1, 2]),
        (find("kvm-arm-vmid-rollover-race").repaired(), [2, 2]),
    ):
        events = play(scenario).events
        rolled = [n for n, e in enumerate(events) if isinstance(e, ev.GenerationRolledOver)]
        entries = [e for e in events[rolled[-1] :] if isinstance(e, ev.GuestEntered)]
        assert len(rolled) == 3
        assert sorted(entry.vmid for entry in entries if entry.domain == 0) == expected


def test_guests_with_asids_of_their_own_for_each_vcpu_need_no_last_vcpu_ran() -> None:
    scenario = find("kvm-arm-two-vcpus-one-cpu")
    assert play(replace(scenario, guests=GuestSpec(accesses_per_us=0))).seen == ()


def test_xen_on_arm_has_the_same_fence_to_lose() -> None:
    scenario = replace(find("kvm-arm-two-vcpus-one-cpu"), policy="xen-arm-bitmap")
    assert play(scenario).missing == ()
    assert play(scenario.repaired()).seen == ()


def test_the_flush_of_the_nested_switch_names_the_tag_of_the_guest_that_is_left() -> None:
    for scenario, expected in (
        (find("kvm-nvmx-eptp-tag"), 2),
        (find("kvm-nvmx-eptp-tag").repaired(), 1),
    ):
        flushed = [
            event.id
            for event in play(scenario).events
            if isinstance(event, ev.FenceExecuted) and event.cause == "p2m change"
        ]
        assert flushed == [expected]


def test_bhyve_flushes_each_asid_as_it_is_given_out_and_needs_no_flush_at_the_wrap() -> None:
    scenario = replace(find("xen-x86-svm-flush-one-at-wrap"), policy="bhyve-svm")
    assert play(scenario).seen == ()


def test_the_fence_for_each_new_asid_hides_the_missing_flush_on_a_combined_tlb() -> None:
    scenario = find("xen-x86-svm-flush-one-at-wrap")
    combined = replace(scenario, platform=replace(scenario.platform, tlb=preset("rv64").tlb))
    assert play(combined).seen == ()


def test_the_bitmap_gives_the_freed_id_again_and_again_and_never_the_one_in_use() -> None:
    events = play(find("xen-arm-2013-256-VMs").repaired()).events
    given = [event.vmid for event in events if isinstance(event, ev.VmidAssigned)]
    assert given == [1, *[2] * 128]


def test_the_deferred_flush_arrives_before_anything_is_touched_again() -> None:
    events = play(find("XSA-480")).events
    flushed = [
        event.hart
        for event in events
        if isinstance(event, ev.FenceExecuted) and event.cause == "p2m change"
    ]
    assert flushed == [0, 1]
    assert whats(play(find("XSA-480"))) == {"I2", "I9"}


@pytest.mark.parametrize(("fixed", "flushes", "misses"), [(False, 4, 4), (True, 1, 2)])
def test_without_asids_every_entry_flushes_and_every_touch_misses(
    fixed: bool, flushes: int, misses: int
) -> None:
    scenario = find("amd-erratum-170")
    playing = play(scenario.repaired() if fixed else scenario)
    fences = [
        event
        for event in playing.events
        if isinstance(event, ev.FenceExecuted)
        and event.fence == "hfence_gvma"
        and event.cause != ev.CAUSE_BOOT
    ]
    accesses = [event for event in playing.events if isinstance(event, ev.PagesAccessed)]
    assert playing.seen == ()
    assert len(fences) == flushes
    assert sum(event.misses for event in accesses) == misses
