"""Patch v2 as posted, as intended, and with what the review asked for."""

from __future__ import annotations

import pytest

from simcore import events as ev
from simcore.hv import operations as op
from simcore.hw.csr import Xlen
from simcore.hw.ids import HartId
from simcore.hw.sbi import RfenceFunction, SbiRfence, all_harts_base
from simcore.machine import commands as cmd
from simcore.policies.xen_riscv_v2_intended import XenRiscvV2Intended
from simcore.policies.xen_riscv_v2_posted import XenRiscvV2Posted
from simcore.policies.xen_riscv_v2_reviewed import XenRiscvV2Reviewed
from tests.machine.machines import Watched, of_type, platform, watched
from tests.policies.hypervisor import Hypervisor, context

ALL_PAGES = tuple(range(16))
H0 = HartId(0)


def reused(policy: str, harts: int = 2) -> Watched:
    """A runs on every hart and is destroyed; B takes its VMID and runs on every hart."""
    machine = watched(policy, platform(harts))
    machine(cmd.CreateDomain(harts))
    for hart in range(harts):
        machine(cmd.RunVcpu(0, hart, hart), cmd.GuestAccess(0, hart, ALL_PAGES))
    machine(cmd.DestroyDomain(0), cmd.CreateDomain(harts))
    for hart in range(harts):
        machine(cmd.RunVcpu(1, hart, hart), cmd.GuestAccess(1, hart, ALL_PAGES))
    return machine


def test_wrong_bit_lets_the_next_domain_hit_what_the_last_one_left() -> None:
    # xen-v2-tests-wrong-bit: the mark is tested at the old id, so no fence is even tried.
    machine = reused("xen-riscv-v2-posted", harts=1)
    (hit,) = of_type(machine.events, ev.StaleHit)
    assert (hit.kind, hit.accesses, hit.domain, hit.owner_domain, hit.vmid) == (
        "cross-domain", 16, 1, 0, 0,
    )  # fmt: skip
    assert of_type(machine.events, ev.RemoteFenceRequested) == []
    assert of_type(machine.events, ev.FenceExecuted) == []


def test_two_hundred_lives_on_one_vmid_cause_no_fence() -> None:
    hypervisor = Hypervisor(XenRiscvV2Posted(context()), 14)
    for _ in range(200):
        domain = hypervisor.create()
        assert domain is not None
        hypervisor.destroy(domain)
    assert {type(operation) for _, operation in hypervisor.log} == {op.Assigned, op.Released}
    assert {o.vmid for o in hypervisor.operations(op.Assigned) if isinstance(o, op.Assigned)} == {0}


def test_right_bit_sends_the_fence_to_an_empty_mask() -> None:
    # xen-v2-empty-mask: -22, nothing sent, and the mark is gone.
    machine = reused("xen-riscv-v2-intended")
    (request,) = of_type(machine.events, ev.RemoteFenceRequested)
    assert (request.via, request.error, request.cause, request.targets) == ("none", -22, "reuse", 0)
    assert machine.hits("cross-domain") == 32
    assert machine.metrics.to_dict()["remote_fences"] == 0


def test_empty_mask_that_means_all_harts_makes_reuse_safe() -> None:
    machine = reused("xen-riscv-v2-reviewed")
    (request,) = of_type(machine.events, ev.RemoteFenceRequested)
    assert (request.via, request.fence, request.id, request.targets, request.error) == (
        "sbi", "remote_hfence_gvma_vmid", 0, 2, 0,
    )  # fmt: skip
    fences = of_type(machine.events, ev.FenceExecuted)
    assert [(f.hart, f.fence, f.dropped) for f in fences if f.cause == "reuse"] == [
        (0, "hfence_gvma_vmid", 16),
        (1, "hfence_gvma_vmid", 16),
    ]
    assert machine.metrics.to_dict()["violations_total"] == 0


@pytest.mark.parametrize("xlen", [32, 64])
def test_intended_with_all_harts_makes_one_call_for_all_of_them(xlen: Xlen) -> None:
    policy = XenRiscvV2Intended(context(2, xlen), flush_target="all")
    hypervisor = Hypervisor(policy, 7)
    for _ in range(2):
        domain = hypervisor.create()
        assert domain is not None
        hypervisor.destroy(domain)
    call = SbiRfence(RfenceFunction.REMOTE_HFENCE_GVMA_VMID, 0, all_harts_base(xlen), 0, 0, 0)
    assert hypervisor.operations(op.SbiFences) == [op.SbiFences((call,), "reuse")]


def test_fresh_id_is_not_fenced() -> None:
    for kind in (XenRiscvV2Intended, XenRiscvV2Reviewed):
        hypervisor = Hypervisor(kind(context()), 14)
        for _ in range(5):
            hypervisor.create()
        assert hypervisor.operations(op.SbiFences) == []


@pytest.mark.parametrize(("xlen", "usable"), [(32, 126), (64, 16382)])
def test_posted_pool_ends_two_ids_below_the_field(xlen: Xlen, usable: int) -> None:
    hypervisor = Hypervisor(XenRiscvV2Posted(context(2, xlen)), 7)
    for _ in range(usable):
        assert hypervisor.create() is not None
    assert hypervisor.create() is None
    assert hypervisor.refused == [op.Refusal(-16, f"all {usable} VMIDs are in use")]
    assert max(hypervisor.policy.owners(H0)) == usable - 1


@pytest.mark.parametrize(("vmidlen", "usable"), [(1, 2), (3, 8), (7, 128)])
def test_reviewed_pool_is_every_id_that_exists(vmidlen: int, usable: int) -> None:
    hypervisor = Hypervisor(XenRiscvV2Reviewed(context()), vmidlen)
    for _ in range(usable):
        assert hypervisor.create() is not None
    assert hypervisor.create() is None
    hypervisor.destroy(hypervisor.domains[usable // 2])
    assert hypervisor.create() is not None
    assert hypervisor.policy.owners(H0)[usable // 2] == usable


def test_refused_domain_is_told_in_the_machine_too() -> None:
    machine = watched("xen-riscv-v2-posted", platform(1, 7, xlen=32))
    for _ in range(127):
        machine(cmd.CreateDomain(1))
    counts = machine.metrics.counts
    assert (counts["domains_created"], counts["domains_refused"]) == (126, 1)


@pytest.mark.parametrize(("vmidlen", "distinct", "largest"), [(0, 1, 40), (1, 2, 20), (4, 16, 3)])
def test_forty_domains_share_the_ids_that_are_left_after_truncation(
    vmidlen: int, distinct: int, largest: int
) -> None:
    # xen-v2-vmidlen-alias: software assumes 14 bits, the register keeps the low ones.
    machine = watched("xen-riscv-v2-posted", platform(1, vmidlen))
    for number in range(40):
        machine(cmd.CreateDomain(1), cmd.RunVcpu(number, 0, 0))
    entered = [event.vmid for event in of_type(machine.events, ev.GuestEntered)]
    classes = [entered.count(vmid) for vmid in set(entered)]
    assert (len(classes), max(classes)) == (distinct, largest)


def test_domains_that_share_a_truncated_id_hit_each_other_s_entries() -> None:
    machine = watched("xen-riscv-v2-posted", platform(1, 1))
    for number in range(3):
        machine(cmd.CreateDomain(1), cmd.RunVcpu(number, 0, 0))
        machine(cmd.GuestAccess(number, 0, ALL_PAGES))
    (hit,) = of_type(machine.events, ev.StaleHit)
    assert (hit.domain, hit.owner_domain, hit.vmid, hit.accesses) == (2, 0, 0, 16)


def test_reviewed_works_without_vmids_by_flushing_at_each_switch() -> None:
    machine = watched("xen-riscv-v2-reviewed", platform(1, 0, split=True))
    for _ in range(4):
        machine(cmd.CreateDomain(1))
    machine(cmd.Step(200))
    assert machine.metrics.fences == {"hfence_gvma": 200, "hfence_vvma": 200}
    assert machine.metrics.to_dict()["violations_total"] == 0
    assert machine.metrics.counts["domains_refused"] == 0


def test_reviewed_takes_the_least_vmidlen_of_all_harts() -> None:
    machine = watched("xen-riscv-v2-reviewed", platform(3, (14, 2, 7)))
    for _ in range(5):
        machine(cmd.CreateDomain(1))
    assert machine.metrics.counts["domains_refused"] == 1
    one_blind = watched("xen-riscv-v2-reviewed", platform(2, (14, 0)))
    for _ in range(5):
        one_blind(cmd.CreateDomain(1))
    one_blind(cmd.Step(100))
    assert one_blind.metrics.counts["domains_refused"] == 0
    assert one_blind.hits("cross-domain") == 0


def test_reviewed_fences_a_p2m_change_on_every_hart_that_may_hold_entries() -> None:
    # The vCPU has left hart 1; its entries are there still, and must go.
    machine = watched("xen-riscv-v2-reviewed")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1), cmd.GuestAccess(0, 0, ALL_PAGES))
    machine(cmd.RunVcpu(0, 0, 0), cmd.UnmapPages(0, 0, 16))
    machine(cmd.RunVcpu(0, 0, 1), cmd.GuestAccess(0, 0, ALL_PAGES))
    assert machine.metrics.to_dict()["violations_total"] == 0


def test_second_free_of_a_domain_frees_its_id_from_under_the_next_owner() -> None:
    # I8: p2m->vmid stays set, so the guard lets a second free through.
    policy = XenRiscvV2Posted(context())
    hypervisor = Hypervisor(policy, 14)
    first = hypervisor.create()
    assert first is not None
    hypervisor.destroy(first)
    second = hypervisor.create()
    assert second is not None
    assert policy.owners(H0) == {0: second.id}
    assert policy.destroy(first) == (op.Released(first.id, 0),)
    third = hypervisor.create()
    assert third is not None
    assert policy.vmids[third.id] == policy.vmids[second.id] == 0


def test_reviewed_frees_once() -> None:
    policy = XenRiscvV2Reviewed(context())
    hypervisor = Hypervisor(policy, 14)
    first = hypervisor.create()
    assert first is not None
    hypervisor.destroy(first)
    hypervisor.create()
    assert policy.destroy(first) == ()
    assert len(policy.owners(H0)) == 1


def test_reviewed_leaves_vs_stage_entries_of_a_split_tlb_to_the_next_owner() -> None:
    # The review asks for HFENCE.GVMA alone, which need not remove GVA -> GPA entries.
    machine = watched("xen-riscv-v2-reviewed", platform(1, split=True))
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0), cmd.GuestAccess(0, 0, ALL_PAGES))
    machine(cmd.DestroyDomain(0), cmd.CreateDomain(1), cmd.RunVcpu(1, 0, 0))
    machine(cmd.GuestAccess(1, 0, ALL_PAGES))
    assert machine.hits("cross-domain") == 16
