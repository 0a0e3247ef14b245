"""The details of the Xen scenarios: who was served by whom, and what hides a bug."""

from collections import Counter
from dataclasses import replace

import pytest

from simcore import events as ev
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.sbi import RfenceFunction
from simcore.machine import Machine
from simcore.machine.commands import CreateDomain, RunVcpu
from simcore.policies.xen_riscv_v4 import XenRiscvV4
from simcore.scenario import invariants_of, play
from simcore.scenarios import find, xen_head_mask_comment
from tests.scenarios.shown import gstage_fences, on_combined_tlb, vmids, whats


def test_testing_the_right_bit_is_not_enough() -> None:
    scenario = replace(find("xen-v2-tests-wrong-bit"), policy="xen-riscv-v2-intended")
    playing = play(scenario)
    assert playing.missing == ()
    assert "I7" in whats(playing)


def test_the_fix_of_the_wrong_bit_is_one_sbi_call_at_the_reuse() -> None:
    calls = [
        (event.fence, event.targets, event.cause)
        for event in play(find("xen-v2-tests-wrong-bit").repaired()).events
        if isinstance(event, ev.RemoteFenceRequested)
    ]
    assert calls == [("remote_hfence_gvma_vmid", 2, "reuse")]


def test_the_fence_to_the_empty_mask_is_refused_and_reaches_nobody() -> None:
    playing = play(find("xen-v2-empty-mask"))
    (request,) = [e for e in playing.events if isinstance(e, ev.RemoteFenceRequested)]
    assert (request.via, request.targets, request.error) == ("none", 0, -22)
    assert gstage_fences(playing.events) == []
    served = [
        (e.hart, e.domain, e.owner_domain) for e in playing.events if isinstance(e, ev.StaleHit)
    ]
    assert served == [(0, 1, 0), (1, 1, 0)]


@pytest.mark.parametrize(("vmidlen", "vmids_left", "largest"), [(0, 1, 40), (1, 2, 20), (4, 16, 3)])
def test_forty_domains_share_what_the_hart_implements(
    vmidlen: int, vmids_left: int, largest: int
) -> None:
    scenario = find("xen-v2-vmidlen-alias")
    machine = Machine(replace(scenario, platform=scenario.platform.with_vmidlen(vmidlen)).spec())
    for command in scenario.steps[1].commands:
        machine.apply(command)
    seen = Counter(
        event.vmid
        for domain in range(40)
        for event in machine.apply(RunVcpu(domain, 0, 0))
        if isinstance(event, ev.GuestEntered)
    )
    assert (len(seen), max(seen.values())) == (vmids_left, largest)


def test_v4_gives_out_vmids_where_there_are_some_and_none_where_there_are_none() -> None:
    playing = play(find("xen-v4-inverted-used"))
    assert vmids(playing.events, hart=0) == [1, 2]
    assert vmids(playing.events, hart=1) == [0, 0]
    assert {seen.step for seen in playing.seen} == {3}


def test_v4_with_vmid_init_alone_corrected_gives_out_vmids_that_a_hart_has_not() -> None:
    scenario = find("xen-v4-inverted-used")
    machine = Machine(scenario.spec())
    machine.policy = XenRiscvV4(machine.policy.context, corrected=frozenset({"vmid_init"}))
    for hart in machine.execution.harts.values():
        machine.execution.run(hart.id, machine.policy.boot(hart.id, hart.vmidlen))
    invariants = invariants_of(machine)
    seen = [
        (breach.invariant.name, breach.hart)
        for step in scenario.steps
        for command in step.commands
        for breach in invariants.record(machine.apply(command))
    ]
    # A fence comes with every assignment, so that I1 holds on the hart without VMIDs.
    assert set(seen) == {("I6", 1)}


def test_v4_with_vmid_init_alone_corrected_falls_back_to_vmid_0_on_a_capable_hart() -> None:
    scenario = find("xen-v4-inverted-used")
    machine = Machine(replace(scenario, platform=scenario.platform.with_vmidlen(2, 0)).spec())
    machine.policy = XenRiscvV4(machine.policy.context, corrected=frozenset({"vmid_init"}))
    for hart in machine.execution.harts.values():
        machine.execution.run(hart.id, machine.policy.boot(hart.id, hart.vmidlen))
    machine.apply(CreateDomain(4))
    events = [event for vcpu in range(4) for event in machine.apply(RunVcpu(0, vcpu, 0))]
    assert vmids(events, hart=0) == [1, 2, 3, 0]


def test_the_migrated_vcpu_is_served_first_by_its_host_and_then_serves_the_next() -> None:
    served = [
        (e.hart, e.vmid, e.domain, e.vcpu, e.owner_domain)
        for e in play(find("xen-head-migrate-no-invalidate")).events
        if isinstance(e, ev.StaleHit)
    ]
    assert served == [(1, 1, 0, 0, 1), (1, 3, 3, 4, 0)]


def test_without_vmids_no_entry_is_fenced() -> None:
    playing = play(find("xen-head-disabled-noflush"))
    assert vmids(playing.events, hart=0) == [0, 0, 0, 0]
    assert gstage_fences(playing.events) == []


def test_one_vmid_bit_is_no_better_than_none() -> None:
    scenario = find("xen-head-disabled-noflush")
    assert play(replace(scenario, platform=scenario.platform.with_vmidlen(1))).missing == ()


def test_a_vcpu_comes_back_from_a_hart_without_vmids_as_vmid_0() -> None:
    playing = play(find("xen-head-mixed-harts"))
    assert vmids(playing.events, hart=0)[:4] == [1, 0, 2, 0]
    assert vmids(playing.events, hart=1) == [0, 0]
    assert vmids(playing.events, hart=2) == [1, 1]


def test_without_speculation_nothing_comes_of_the_window() -> None:
    assert play(replace(find("xen-head-stale-vmid-window"), speculation=False)).seen == ()


def test_a_combined_tlb_hides_that_the_wrong_vmid_is_fenced() -> None:
    assert play(on_combined_tlb(find("xen-head-vvma-wrong-vmid"))).seen == ()


def test_the_p2m_fence_reaches_nobody() -> None:
    playing = play(find("xen-head-p2m-empty-mask"))
    (request,) = [e for e in playing.events if isinstance(e, ev.RemoteFenceRequested)]
    assert (request.via, request.targets, request.error) == ("none", 0, -22)
    assert [e.hart for e in playing.events if isinstance(e, ev.StaleHit)] == [0, 1]


def test_the_swapped_function_id_arrives_as_a_fence_of_vmid_0() -> None:
    events = play(find("xen-head-sbi-fid-swap")).events
    asked = [e.fence for e in events if isinstance(e, ev.RemoteFenceRequested)]
    executed = [
        (e.fence, e.id, e.dropped)
        for e in events
        if isinstance(e, ev.FenceExecuted) and e.cause == "p2m change"
    ]
    assert asked == ["remote_hfence_gvma"]
    assert executed == [("hfence_gvma_vmid", 0, 0)]


def test_a_core_that_drops_everything_at_a_fence_hides_the_swap() -> None:
    scenario = find("xen-head-sbi-fid-swap")
    hidden = replace(scenario, platform=replace(scenario.platform, over_fences=True))
    assert play(hidden).seen == ()


def test_the_code_makes_the_mask_that_the_comment_does_not() -> None:
    harts = xen_head_mask_comment.HARTS
    (call,) = split_hart_mask(RfenceFunction.REMOTE_HFENCE_GVMA, harts, 0, 0, 0, 64)
    assert (call.hart_mask, call.hart_mask_base) == (xen_head_mask_comment.CODE_MASK, 65)
    assert xen_head_mask_comment.COMMENT_MASK != xen_head_mask_comment.CODE_MASK
