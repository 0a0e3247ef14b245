"""Xen as merged: one flush a generation and hart, and the hazards that come with it."""

from __future__ import annotations

import pytest

from simcore import events as ev
from simcore.hv import operations as op
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import DomainId, HartId
from simcore.hw.platform import PRESETS
from simcore.machine import Machine, MachineSpec
from simcore.machine import commands as cmd
from simcore.policies.xen_riscv_head import XenRiscvHead
from tests.machine.machines import Watched, of_type, platform, watched
from tests.policies.hypervisor import Hypervisor, context

ALL_PAGES = tuple(range(16))
H0, H1 = HartId(0), HartId(1)


@pytest.mark.parametrize(("vmidlen", "flushes"), [(2, 400), (3, 172), (4, 1), (7, 1)])
def test_twelve_vcpus_round_robin_for_1200_entries(vmidlen: int, flushes: int) -> None:
    hardware = PRESETS["rv64"].with_harts(1).with_vmidlen(vmidlen)
    machine = Watched(Machine(MachineSpec(hardware, "xen-riscv-head")))
    machine(cmd.CreateDomain(12), cmd.Step(1200))
    assert machine.metrics.counts["guest_entries"] == 1200
    assert machine.metrics.fences["hfence_gvma"] == flushes
    assert machine.metrics.fences["hfence_vvma"] == 1200
    assert machine.metrics.to_dict()["violations_total"] == 0


def test_vmids_are_1_to_the_highest_and_0_is_never_given() -> None:
    hypervisor = Hypervisor(XenRiscvHead(context(1)), 2)
    for _ in range(7):
        domain = hypervisor.create()
        assert domain is not None
        hypervisor.run(H0, domain.vcpus[0])
    given = [o.vmid for o in hypervisor.operations(op.Assigned) if isinstance(o, op.Assigned)]
    assert given == [1, 2, 3, 1, 2, 3, 1]
    generations = [
        o.generation for o in hypervisor.operations(op.RolledOver) if isinstance(o, op.RolledOver)
    ]
    assert generations == [2, 3]


def test_hgatp_is_written_before_the_fence() -> None:
    hypervisor = Hypervisor(XenRiscvHead(context(1)), 4)
    domain = hypervisor.create()
    assert domain is not None
    hypervisor.run(H0, domain.vcpus[0])
    vcpu = domain.vcpus[0]
    assert [operation for _, operation in hypervisor.log] == [
        op.LocalFence(GVMA_ALL, "boot"),
        op.WriteHgatp(vcpu, 0),
        op.WriteVsatp(vcpu),
        op.LocalFence(VVMA_ALL, "world switch"),
        op.Assigned(DomainId(0), 0, H0, 1, 1),
        op.WriteHgatp(vcpu, 1),
        op.LocalFence(GVMA_ALL, "first generation"),
    ]


def test_vcpu_keeps_its_vmid_while_the_generation_lasts() -> None:
    hypervisor = Hypervisor(XenRiscvHead(context(1)), 4)
    domain = hypervisor.create(2)
    assert domain is not None
    for index in (0, 1, 0, 1):
        hypervisor.run(H0, domain.vcpus[index])
    assert len(hypervisor.operations(op.Assigned)) == 2
    assert hypervisor.policy.owners(H0) == {1: (0, 0), 2: (0, 1)}


def migration(*, split: bool) -> Watched:
    """Domain 1 takes (generation 1, VMID 2) from hart 0 to hart 1, where VMID 2 is not given yet.

    There it fills the TLB; then domain 3 comes, and hart 1 gives VMID 2 to it.
    """
    machine = watched("xen-riscv-head", platform(2, split=split))
    for _ in range(4):
        machine(cmd.CreateDomain(1))
    machine(cmd.RunVcpu(0, 0, 0), cmd.RunVcpu(1, 0, 0), cmd.RunVcpu(2, 0, 1))
    machine(cmd.RunVcpu(1, 0, 1), cmd.GuestAccess(1, 0, ALL_PAGES), cmd.RunVcpu(3, 0, 1))
    return machine


@pytest.mark.parametrize("split", [False, True], ids=["combined", "split"])
def test_vcpu_that_migrates_under_an_equal_generation_leaves_entries_to_another_domain(
    split: bool,
) -> None:
    # H1: harts count generations by themselves, and entering compares numbers alone.
    machine = migration(split=split)
    entered = of_type(machine.events, ev.GuestEntered)
    assert [(e.hart, e.domain, e.vmid) for e in entered][-2:] == [(1, 1, 2), (1, 3, 2)]
    (hit,) = of_type(machine(cmd.GuestAccess(3, 0, ALL_PAGES)), ev.StaleHit)
    assert (hit.kind, hit.accesses, hit.vmid, hit.owner_domain) == ("cross-domain", 16, 2, 1)


def test_flushing_the_vcpu_before_its_move_removes_the_hazard() -> None:
    machine = watched("xen-riscv-head")
    policy = machine.machine.policy
    assert isinstance(policy, XenRiscvHead)
    for _ in range(4):
        machine(cmd.CreateDomain(1))
    machine(cmd.RunVcpu(0, 0, 0), cmd.RunVcpu(1, 0, 0), cmd.RunVcpu(2, 0, 1))
    policy.flush_vcpu((DomainId(1), 0))
    machine(cmd.RunVcpu(1, 0, 1), cmd.GuestAccess(1, 0, ALL_PAGES), cmd.RunVcpu(3, 0, 1))
    machine(cmd.GuestAccess(3, 0, ALL_PAGES))
    assert machine.hits("cross-domain") == 0
    assert policy.owners(H1) == {1: (2, 0), 2: (1, 0), 3: (3, 0)}


@pytest.mark.parametrize(("split", "hits"), [(False, 0), (True, 63)], ids=["combined", "split"])
def test_without_migration_only_a_separate_vs_stage_tlb_serves_another_domain(
    split: bool, hits: int
) -> None:
    # H5: HFENCE.VVMA at the switch covers the stored VMID, not the one that entering assigns.
    machine = watched("xen-riscv-head", platform(2, 2, split=split))
    for _ in range(12):
        machine(cmd.CreateDomain(1))
    machine(cmd.Step(600))
    assert machine.metrics.counts["rollovers"] > 100
    assert machine.hits("cross-domain") == hits


@pytest.mark.parametrize("vmidlen", [0, 1])
def test_unusable_vmids_put_everybody_on_vmid_0_without_a_g_stage_fence(vmidlen: int) -> None:
    # H2: HFENCE.VVMA at the switch removes combined entries and leaves G-stage ones.
    for split, hits in ((False, 0), (True, 16)):
        machine = watched("xen-riscv-head", platform(1, vmidlen, split=split))
        machine(cmd.CreateDomain(1), cmd.CreateDomain(1))
        machine(cmd.RunVcpu(0, 0, 0), cmd.GuestAccess(0, 0, ALL_PAGES))
        machine(cmd.RunVcpu(1, 0, 0), cmd.GuestAccess(1, 0, ALL_PAGES))
        assert machine.metrics.fences == {"hfence_vvma": 2}
        assert {event.vmid for event in of_type(machine.events, ev.GuestEntered)} == {0}
        assert machine.hits("cross-domain") == hits
        assert machine.metrics.counts["ids_assigned"] == 0


def test_option_off_is_as_no_vmids() -> None:
    hypervisor = Hypervisor(XenRiscvHead(context(1), vmid_option=False), 14)
    domain = hypervisor.create()
    assert domain is not None
    hypervisor.run(H0, domain.vcpus[0])
    assert hypervisor.programmed == {H0: 0}
    assert hypervisor.operations(op.Assigned) == []


def test_generation_that_wraps_turns_the_hart_off_for_good() -> None:
    policy = XenRiscvHead(context(1))
    hypervisor = Hypervisor(policy, 2)
    domains = [hypervisor.create() for _ in range(3)]
    policy.harts[H0].generation = 2**64 - 1
    policy.harts[H0].next_vmid = 4
    for domain in domains:
        assert domain is not None
        hypervisor.run(H0, domain.vcpus[0])
    assert hypervisor.operations(op.TaggingDisabled) == [op.TaggingDisabled(H0)]
    assert hypervisor.operations(op.Assigned) == []
    assert hypervisor.programmed == {H0: 0}
    assert policy.owners(H0) == {}


def test_flushing_a_hart_gives_higher_vmids_and_no_fence_until_they_run_out() -> None:
    policy = XenRiscvHead(context(1))
    hypervisor = Hypervisor(policy, 3)
    first, second = hypervisor.create(), hypervisor.create()
    assert first is not None
    assert second is not None
    hypervisor.run(H0, first.vcpus[0])
    assert policy.flush_hart(H0) == (op.RolledOver(H0, 2),)
    hypervisor.run(H0, second.vcpus[0])
    hypervisor.run(H0, first.vcpus[0])
    assert policy.owners(H0) == {2: (1, 0), 3: (0, 0)}
    fences = hypervisor.operations(op.LocalFence)
    assert [f for f in fences if isinstance(f, op.LocalFence) and f.fence == GVMA_ALL] == [
        op.LocalFence(GVMA_ALL, "boot"),
        op.LocalFence(GVMA_ALL, "first generation"),
    ]
    # VMIDs 4 to 7 are left; the domain after them rolls over.
    for _ in range(5):
        later = hypervisor.create()
        assert later is not None
        hypervisor.run(H0, later.vcpus[0])
    assert hypervisor.operations(op.RolledOver) == [op.RolledOver(H0, 3)]
    assert hypervisor.operations(op.LocalFence)[-1] == op.LocalFence(GVMA_ALL, "roll-over")


def test_vmid_of_a_wider_hart_is_truncated_by_a_narrower_one() -> None:
    # H3: step 2 keeps VMID 5 of hart 0 on hart 1, whose register holds two bits.
    machine = watched("xen-riscv-head", platform(2, (7, 2)))
    for _ in range(5):
        machine(cmd.CreateDomain(1))
    for domain in range(5):
        machine(cmd.RunVcpu(domain, 0, 0))
    machine(cmd.RunVcpu(4, 0, 1))
    written = of_type(machine.events, ev.HgatpWritten)[-1]
    assert (written.programmed_vmid, written.vmid) == (5, 1)


def test_p2m_change_asks_for_a_fence_that_reaches_nobody() -> None:
    machine = watched("xen-riscv-head")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1))
    (request,) = of_type(machine(cmd.UnmapPages(0, 0, 4)), ev.RemoteFenceRequested)
    assert (request.via, request.fence, request.error) == ("none", "none", -22)
    assert machine.metrics.to_dict()["remote_fences"] == 0
