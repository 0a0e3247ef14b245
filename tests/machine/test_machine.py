"""A machine's life: domains, harts, memory and time, as commands change them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simcore import events as ev
from simcore.hv.domain import DomainState
from simcore.hv.operations import LocalFence
from simcore.hw.cost import CostTable
from simcore.hw.fence import GVMA_ALL
from simcore.hw.ids import DomainId, HartId
from simcore.machine import CommandError, Machine
from simcore.machine import commands as cmd
from tests.machine.machines import (
    Watched,
    exactly,
    of_type,
    platform,
    spec,
    tlb_entries,
    watched,
)

ALL_PAGES = tuple(range(16))


def test_boot_is_told_with_the_first_command_s_events() -> None:
    machine = Machine(spec("xen-riscv-head", platform(2, (7, 3))))
    happened = machine.apply(cmd.CreateDomain(1))
    assert of_type(happened, ev.HartBooted) == [
        ev.HartBooted(0, 0, 7, 7),
        ev.HartBooted(0, 1, 3, 3),
    ]
    assert [f.cause for f in of_type(happened, ev.FenceExecuted)] == ["boot", "boot"]
    assert of_type(machine.apply(cmd.CreateDomain(1)), ev.HartBooted) == []


def test_policy_that_does_not_probe_is_said_not_to() -> None:
    machine = Machine(spec("xen-riscv-v2-posted", platform(1, 7)))
    assert machine.take_events() == [ev.HartBooted(0, 0, 7, -1)]


def test_created_domain_is_named_numbered_and_queued_on_the_emptiest_harts() -> None:
    machine = watched("untagged", platform(3))
    created = of_type(machine(cmd.CreateDomain(2), cmd.CreateDomain(2, "web", 5)), ev.DomainCreated)
    assert created == [
        ev.DomainCreated(0, 0, "domain 0", 2, 16),
        ev.DomainCreated(0, 1, "web", 2, 5),
    ]
    queues = machine.machine.queues
    homes = [queues.home(v.key) for d in machine.machine.domains.values() for v in d.vcpus]
    assert homes == [0, 1, 2, 0]


def test_number_of_a_destroyed_domain_is_never_used_again() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.DestroyDomain(0), cmd.CreateDomain(1))
    assert list(machine.machine.domains) == [1]


def test_refused_domain_leaves_nothing_behind() -> None:
    machine = watched("xen-riscv-v2-reviewed", platform(2, 1))
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1))
    before = machine.machine.digest()
    happened = machine(cmd.CreateDomain(1, "third"))
    assert exactly(happened) == exactly(
        [ev.DomainRefused(0, "third", 1, -16, "all 2 VMIDs are in use")]
    )
    assert machine.machine.digest() == before
    machine(cmd.DestroyDomain(0), cmd.CreateDomain(1))
    assert list(machine.machine.domains) == [1, 2]


def test_destroyed_domain_leaves_its_harts_and_its_entries_stay() -> None:
    machine = watched("xen-riscv-v2-posted")
    machine(cmd.CreateDomain(2), cmd.RunVcpu(0, 0, 0), cmd.RunVcpu(0, 1, 1))
    machine(cmd.GuestAccess(0, 0, ALL_PAGES))
    happened = machine(cmd.DestroyDomain(0))
    assert len(of_type(happened, ev.GuestExited)) == 2
    assert exactly(happened[-2:]) == exactly([ev.VmidReleased(0, 0, 0), ev.DomainDestroyed(0, 0)])
    assert [machine.machine.occupancy.on(HartId(hart)) for hart in (0, 1)] == [None, None]
    assert tlb_entries(machine.machine, 0) == 16


def test_paused_domain_leaves_its_harts_and_runs_again_when_unpaused() -> None:
    machine = watched("untagged", platform(1))
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.Step(1), cmd.PauseDomain(0))
    assert machine.machine.domains[DomainId(0)].state is DomainState.PAUSED
    machine(cmd.Step(10))
    assert {event.domain for event in of_type(machine(cmd.Step(10)), ev.GuestEntered)} == {1}
    machine(cmd.UnpauseDomain(0))
    assert {event.domain for event in of_type(machine(cmd.Step(2)), ev.GuestEntered)} == {0, 1}


def test_migrated_vcpu_goes_on_running_on_its_new_hart_and_stays() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.Step(2))
    happened = machine(cmd.MigrateVcpu(0, 0, 1))
    assert of_type(happened, ev.VcpuMigrated) == [ev.VcpuMigrated(1_000_000, 0, 0, 0, 1)]
    machine(cmd.Step(20))
    assert machine.machine.vcpu(0, 0).hart == 1
    assert machine.metrics.counts["migrations"] == 1


def test_migrating_a_vcpu_that_does_not_run_moves_it_to_the_other_queue() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1))
    assert machine(cmd.MigrateVcpu(0, 0, 1)) == []
    machine(cmd.Step(4))
    assert {event.hart for event in of_type(machine.events, ev.GuestEntered)} == {1}


def test_vcpu_run_elsewhere_comes_home_when_its_queue_says_so() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1), cmd.Step(1))
    assert machine.machine.vcpu(0, 0).hart == 0


def test_each_hart_s_quantum_ends_once_a_quantum() -> None:
    machine = watched("untagged", platform(4))
    for _ in range(8):
        machine(cmd.CreateDomain(1))
    machine(cmd.Step(80))
    assert machine.machine.now_ns == 20_000_000
    shares = [vcpu.ran_ns for d in machine.machine.domains.values() for vcpu in d.vcpus]
    assert max(shares) - min(shares) <= 2_000_000
    switches = of_type(machine.events, ev.WorldSwitched)
    assert {hart: sum(s.hart == hart for s in switches) for hart in range(4)} == {
        0: 20, 1: 20, 2: 20, 3: 20,
    }  # fmt: skip


def test_time_goes_on_where_harts_are_more_than_nanoseconds_in_a_quantum() -> None:
    machine = Machine(spec("untagged", platform(1024), quantum_ns=1000))
    machine.apply(cmd.CreateDomain(1))
    machine.apply(cmd.Step(2048))
    assert machine.now_ns == 2048
    assert machine.vcpu(0, 0).ran_ns > 0


def test_guest_makes_the_accesses_its_rate_gives_and_no_fraction_is_lost() -> None:
    machine = watched("untagged", platform(1))
    machine(cmd.CreateDomain(1), cmd.Step(101))
    assert machine.machine.vcpu(0, 0).accesses == machine.metrics.counts["accesses"] == 2000


def test_guest_with_rate_zero_touches_nothing() -> None:
    machine = Watched(Machine(spec("untagged", platform(1), rate=0.0)))
    machine(cmd.CreateDomain(1), cmd.Step(50))
    assert of_type(machine.events, ev.PagesAccessed) == []


def test_touched_pages_are_beside_what_the_working_set_touches() -> None:
    machine = watched("untagged", platform(1))
    machine(cmd.CreateDomain(1), cmd.Step(1))
    (touched,) = machine(cmd.GuestAccess(0, 0, (3, 3, 4)))
    assert touched == ev.PagesAccessed(1_000_000, 0, 0, 0, 3, 1, 2, 2 * 15 * 20)
    assert machine.machine.vcpu(0, 0).accesses == 0


@pytest.mark.parametrize("policy", ["untagged", "xen-riscv-v2-reviewed", "kvm-riscv"])
@pytest.mark.parametrize("split", [False, True], ids=["combined", "split"])
def test_unmapped_page_comes_back_on_a_fresh_frame_without_a_stale_hit(
    policy: str, split: bool
) -> None:
    machine = watched(policy, platform(2, split=split))
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1), cmd.GuestAccess(0, 0, ALL_PAGES))
    (unmapped,) = of_type(machine(cmd.UnmapPages(0, 4, 3)), ev.PagesUnmapped)
    assert unmapped == ev.PagesUnmapped(0, 0, 4, 3, 1)
    machine(cmd.GuestAccess(0, 0, ALL_PAGES))
    assert machine.metrics.to_dict()["violations_total"] == 0
    p2m = machine.machine.domains[DomainId(0)].p2m
    assert [p2m.versions[gpn] for gpn in (3, 4, 6, 7)] == [0, 1, 1, 0]
    assert len(set(p2m.frames)) == 16


@pytest.mark.parametrize("policy", ["xen-riscv-head", "xen-riscv-v2-posted"])
def test_unmapped_page_is_still_hit_where_the_fence_goes_nowhere(policy: str) -> None:
    machine = watched(policy)
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1), cmd.GuestAccess(0, 0, ALL_PAGES))
    (request,) = of_type(machine(cmd.UnmapPages(0, 4, 3)), ev.RemoteFenceRequested)
    assert (request.via, request.error, request.targets) == ("none", -22, 0)
    (hit,) = of_type(machine(cmd.GuestAccess(0, 0, ALL_PAGES)), ev.StaleHit)
    assert (hit.kind, hit.accesses, hit.page, hit.owner_domain) == ("stale-mapping", 3, 4, 0)


def test_accesses_from_before_an_unmap_fall_before_it() -> None:
    # The guest on hart 1 ran a while unseen; its accesses must not count as stale.
    machine = watched("xen-riscv-v2-posted")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1))
    machine.machine.queues.remove((DomainId(0), 0))
    machine.machine.now_ns += 5_000_000
    happened = machine(cmd.UnmapPages(0, 0, 16))
    assert [type(event) for event in happened[:2]] == [ev.PagesAccessed, ev.PagesUnmapped]
    assert of_type(happened, ev.StaleHit) == []


def test_fence_by_the_toolstack_on_its_own_hart_finds_the_guest_there_caught_up() -> None:
    machine = watched("xen-riscv-v2-posted")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0))
    machine.machine.now_ns += 1_000_000
    machine.machine.execution.run(HartId(0), (LocalFence(GVMA_ALL, "test"),))
    accessed, fenced = machine.machine.take_events()
    assert isinstance(accessed, ev.PagesAccessed)
    assert isinstance(fenced, ev.FenceExecuted)
    assert fenced.dropped == accessed.misses > 0


def test_two_spaces_under_one_asid_show_as_cross_vcpu_hits() -> None:
    # K4: KVM does not fence between two vCPUs of one VM on one CPU.
    machine = watched("kvm-riscv", platform(1), asids="same")
    machine(cmd.CreateDomain(2), cmd.RunVcpu(0, 1, 0), cmd.RunVcpu(0, 0, 0))
    machine(cmd.GuestAccess(0, 0, ALL_PAGES))
    (hit,) = of_type(machine(cmd.RunVcpu(0, 1, 0), cmd.GuestAccess(0, 1, ALL_PAGES)), ev.StaleHit)
    assert (hit.kind, hit.accesses, hit.vcpu, hit.owner_space) == ("cross-vcpu", 16, 1, 0)
    assert machine.hits("cross-domain") == 0


def test_modelled_costs_come_from_the_table() -> None:
    costs = CostTable(10_000, 1_000, 500, 100, 7, 13, 1)
    machine = watched("kvm-riscv", replace(platform(2), costs=costs))
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0))
    fences = of_type(machine.events, ev.FenceExecuted)
    # Boot on hart 0; then the roll-over: at home, and on hart 1 with an interrupt; then sanitize.
    assert [fence.cycles for fence in fences] == [1000, 1000, 1013, 500]
    (request,) = of_type(machine.events, ev.RemoteFenceRequested)
    assert request.cycles == 1013
    assert machine.metrics.counts["remote_fence_cycles"] == 1013
    harts = machine.machine.execution.harts
    # Two register writes at load and one at entry; boot, waiting, its own two fences.
    assert harts[HartId(0)].cycles == 3 * 10_000 + 1000 + 1013 + 1000 + 500
    assert harts[HartId(1)].cycles == 1013


def test_step_survives_a_vcpu_forced_out_and_destroyed_meanwhile() -> None:
    machine = watched("kvm-riscv", platform(2, 1))
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.Step(3))
    waiting = [h for h in (0, 1) if not machine.machine.occupancy.in_guest(HartId(h))]
    (hart,) = waiting
    vcpu = machine.machine.occupancy.on(HartId(hart))
    assert vcpu is not None
    machine(cmd.DestroyDomain(vcpu.domain), cmd.Step(5))
    assert machine.machine.occupancy.on(HartId(hart)) is None


def test_vcpu_that_was_forced_out_takes_no_access() -> None:
    machine = watched("kvm-riscv", platform(2, 1))
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.Step(3))
    (waiting,) = (h for h in (0, 1) if not machine.machine.occupancy.in_guest(HartId(h)))
    vcpu = machine.machine.occupancy.on(HartId(waiting))
    assert vcpu is not None
    with pytest.raises(CommandError, match="is not in guest mode"):
        machine(cmd.GuestAccess(vcpu.domain, vcpu.index, (0,)))


def test_more_domains_than_root_tables_still_have_aligned_roots_within_rv32() -> None:
    machine = Machine(spec("untagged", platform(1, 7, xlen=32), pages=1))
    for number in (0, 8065, 8066, 100_000):
        root = machine.root_ppn(DomainId(number))
        assert root % 4 == 0
        assert root + 4 + 256 < 2**22


def test_entry_is_current_until_its_page_is_unmapped_or_its_domain_destroyed() -> None:
    for split in (False, True):
        machine = watched("xen-riscv-v2-posted", platform(1, split=split))
        machine(cmd.CreateDomain(2), cmd.RunVcpu(0, 1, 0), cmd.GuestAccess(0, 1, ALL_PAGES))
        machine(cmd.UnmapPages(0, 2, 1))
        memory, p2m = machine.machine.memory, machine.machine.domains[DomainId(0)].p2m
        entries = list(machine.machine.execution.harts[HartId(0)].tlb.entries())
        stale = [e for e in entries if not memory.is_current(e, p2m)]
        # vCPU 1's space maps GVA page 1 to GPA page 2 (17 pages on, of 16).
        assert [(e.kind.label, e.page) for e in stale] == [
            ("G-stage", 2) if split else ("combined", 1)
        ]
        assert not any(memory.is_current(entry, None) for entry in entries)
