"""World switches: in which order a policy's hooks act and what each leaves in the registers."""

from __future__ import annotations

from simcore import events as ev
from simcore.hv.operations import SbiFences
from simcore.hw.csr import Hgatp, Vsatp
from simcore.hw.ids import HartId
from simcore.hw.sbi import RfenceFunction, SbiRfence
from simcore.machine import commands as cmd
from tests.machine.machines import of_type, platform, watched


def names(events: list[ev.Event]) -> list[str]:
    """Event names, with the fence or VMID that matters."""
    return [
        f"{type(event).__name__} {event.fence}"
        if isinstance(event, (ev.FenceExecuted, ev.RemoteFenceRequested))
        else type(event).__name__
        for event in events
    ]


def test_untagged_switch_zeroes_vsatp_swaps_hgatp_fences_and_restores_vsatp() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0))
    assert names(machine(cmd.RunVcpu(1, 0, 0))) == [
        "GuestExited",
        "VsatpWritten",
        "WorldSwitched",
        "VsatpWritten",
        "HgatpWritten",
        "FenceExecuted hfence_gvma",
        "FenceExecuted hfence_vvma",
        "VsatpWritten",
        "GuestEntered",
    ]


def test_xen_head_writes_the_stored_vmid_then_the_new_one_then_fences() -> None:
    machine = watched("xen-riscv-head")
    machine(cmd.CreateDomain(1))
    happened = machine(cmd.RunVcpu(0, 0, 0))
    assert names(happened) == [
        "WorldSwitched",
        "HgatpWritten",
        "VsatpWritten",
        "FenceExecuted hfence_vvma",
        "VmidAssigned",
        "HgatpWritten",
        "FenceExecuted hfence_gvma",
        "GuestEntered",
    ]
    assert [event.vmid for event in of_type(happened, ev.HgatpWritten)] == [0, 1]


def test_kvm_s_first_entry_ever_rolls_over_reloads_and_sanitizes() -> None:
    machine = watched("kvm-riscv")
    machine(cmd.CreateDomain(1))
    assert names(machine(cmd.RunVcpu(0, 0, 1))) == [
        "WorldSwitched",
        "VsatpWritten",
        "HgatpWritten",
        "GenerationRolledOver",
        "RemoteFenceRequested remote_hfence_gvma",
        "FenceExecuted hfence_gvma",
        "FenceExecuted hfence_gvma",
        "VmidAssigned",
        "HgatpReloadRequested",
        "HgatpWritten",
        "FenceExecuted hfence_gvma_vmid",
        "GuestEntered",
    ]


def test_registers_hold_the_domain_s_root_and_the_vcpu_s_asid() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.CreateDomain(3), cmd.RunVcpu(1, 2, 1))
    hart = machine.machine.execution.harts[HartId(1)]
    domain = machine.machine.domains[machine.machine.vcpu(1, 2).domain]
    assert Hgatp.unpack(hart.hgatp, 64) == Hgatp(8, 0, domain.p2m.root_ppn)
    vsatp = Vsatp.unpack(hart.vsatp, 64)
    assert (vsatp.mode, vsatp.asid) == (8, 3)
    assert domain.p2m.root_ppn % 4 == 0


def test_every_vcpu_with_tables_of_its_own_has_its_own_vsatp_root() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(2), cmd.CreateDomain(2))
    roots = set()
    for domain, vcpu in ((0, 0), (0, 1), (1, 0), (1, 1)):
        happened = machine(cmd.RunVcpu(domain, vcpu, 0))
        roots.add(of_type(happened, ev.VsatpWritten)[-1].value & (1 << 44) - 1)
    assert len(roots) == 4


def test_vsatp_stays_zero_for_guests_without_virtual_memory() -> None:
    machine = watched("untagged", asids="bare")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0), cmd.GuestAccess(0, 0, (1, 2)))
    assert {event.value for event in of_type(machine.events, ev.VsatpWritten)} == {0}
    tlb = machine.machine.execution.harts[HartId(0)].tlb
    assert {entry.kind.label for entry in tlb.entries()} == {"G-stage"}


def test_switch_to_the_vcpu_that_is_there_already_is_none() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0))
    assert machine(cmd.RunVcpu(0, 0, 0)) == []


def test_vcpu_that_moves_leaves_its_hart_first_and_is_recorded_as_migrated() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1))
    happened = machine(cmd.RunVcpu(0, 0, 0))
    assert names(happened)[:4] == ["GuestExited", "VsatpWritten", "VcpuMigrated", "WorldSwitched"]
    (moved,) = of_type(happened, ev.VcpuMigrated)
    assert (moved.from_hart, moved.to_hart) == (1, 0)
    assert machine.machine.occupancy.on(HartId(1)) is None


def test_world_switch_names_who_ran_there_before() -> None:
    machine = watched("untagged")
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1))
    happened = machine(cmd.RunVcpu(0, 0, 0), cmd.RunVcpu(1, 0, 0))
    switches = of_type(happened, ev.WorldSwitched)
    assert [(s.domain, s.from_domain, s.from_vcpu) for s in switches] == [(0, -1, -1), (1, 0, 0)]


def test_timer_tick_leaves_and_enters_guest_mode_without_a_world_switch() -> None:
    machine = watched("untagged", platform(1))
    machine(cmd.CreateDomain(1), cmd.Step(1))
    happened = machine(cmd.Step(1))
    assert names(happened) == ["PagesAccessed", "GuestExited", "GuestEntered"]


def test_programmed_and_effective_vmid_differ_where_bits_are_missing() -> None:
    machine = watched("xen-riscv-v2-posted", platform(1, 2))
    for _ in range(6):
        machine(cmd.CreateDomain(1))
    (written,) = of_type(machine(cmd.RunVcpu(5, 0, 0)), ev.HgatpWritten)
    assert (written.programmed_vmid, written.vmid) == (5, 1)
    (entered,) = of_type(machine.events, ev.GuestEntered)
    assert entered.vmid == 1


def test_firmware_s_vvma_is_logged_under_the_vmid_that_its_target_implements() -> None:
    # A caller with VMID 5 in hgatp, a target with one VMID bit: the fence acts on VMID 1.
    machine = watched("xen-riscv-v2-posted", platform(2, (14, 1)))
    for _ in range(6):
        machine(cmd.CreateDomain(1))
    machine(cmd.RunVcpu(5, 0, 0))
    execution = machine.machine.execution
    call = SbiRfence(RfenceFunction.REMOTE_HFENCE_VVMA, 0b10, 0)
    execution.run(HartId(0), (SbiFences((call,), "test"),))
    (fence,) = of_type(machine.machine.take_events(), ev.FenceExecuted)
    assert (fence.hart, fence.vmid) == (1, 1)
