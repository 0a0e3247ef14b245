"""The VMID map: what each id is on one hart or on all, and which have served a wrong hit."""

from __future__ import annotations

import pytest

from simcore import events as ev
from simcore.hw.ids import HartId
from simcore.hw.platform import Platform, preset
from simcore.machine import commands as cmd
from simcore.vmid_map import ALIASED, IN_HGATP, CellState, Trouble, VmidMap, vmid_map
from tests.machine.machines import Watched, of_type, platform, watched

ALL_PAGES = tuple(range(16))
H0, H1 = HartId(0), HartId(1)


class Mapped:
    """A machine whose trouble is followed."""

    def __init__(self, policy: str, hardware: Platform | None = None) -> None:
        self.watched: Watched = watched(policy, hardware)
        self.trouble = Trouble()
        self.trouble.record(self.watched.booted)

    def __call__(self, *commands: cmd.Command) -> list[ev.Event]:
        happened = self.watched(*commands)
        self.trouble.record(happened)
        return happened

    def map(self, hart: int | None = None) -> VmidMap:
        return vmid_map(self.watched.machine, None if hart is None else HartId(hart), self.trouble)

    def states(self, hart: int | None = None) -> dict[str, list[int]]:
        """VMIDs by state, free ones left out."""
        found: dict[str, list[int]] = {}
        for vmid, cell in enumerate(self.map(hart).cells):
            state = CellState(cell & 7)
            if state is not CellState.FREE:
                found.setdefault(state.name, []).append(vmid)
        return found


def test_life_of_a_vmid_is_assigned_running_stale_and_assigned_again() -> None:
    machine = Mapped("xen-riscv-v2-reviewed")
    assert machine.states() == {}
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1))
    assert machine.states() == {"ASSIGNED": [0, 1]}
    machine(cmd.RunVcpu(1, 0, 0), cmd.GuestAccess(1, 0, ALL_PAGES))
    assert machine.states() == {"ASSIGNED": [0], "RUNNING": [1]}
    machine(cmd.DestroyDomain(1))
    assert machine.states() == {"ASSIGNED": [0], "STALE": [1]}
    assert machine.states(1) == {"ASSIGNED": [0]}
    machine(cmd.CreateDomain(1))
    assert machine.states() == {"ASSIGNED": [0, 1]}
    machine(cmd.DestroyDomain(2))
    assert machine.states() == {"ASSIGNED": [0]}


def test_map_has_one_byte_for_each_implemented_vmid() -> None:
    for vmidlen in (0, 1, 7, 14):
        machine = Mapped("xen-riscv-v2-posted", platform(1, vmidlen))
        vmids = machine.map()
        assert (vmids.vmidlen, len(vmids.cells)) == (vmidlen, 2**vmidlen)


def test_owners_are_whole_domains_or_vcpus() -> None:
    whole, each = Mapped("xen-riscv-v2-reviewed"), Mapped("xen-riscv-head")
    for machine in (whole, each):
        machine(cmd.CreateDomain(2), cmd.RunVcpu(0, 0, 0), cmd.RunVcpu(0, 1, 1))
    assert whole.map().owners == {0: ((0, -1),)}
    assert each.map(0).owners == {1: ((0, 0),)}
    assert each.map(1).owners == {1: ((0, 1),)}


def test_per_hart_spaces_are_laid_over_each_other_without_calling_it_aliased() -> None:
    machine = Mapped("xen-riscv-head")
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0), cmd.RunVcpu(1, 0, 1))
    vmids = machine.map()
    assert vmids.owners == {1: ((0, 0), (1, 0))}
    assert not any(cell & ALIASED for cell in vmids.cells)


def test_vmid_that_is_never_given_is_reserved_until_a_guest_runs_under_it() -> None:
    machine = Mapped("kvm-riscv", platform(2, 3))
    assert machine.states() == {"RESERVED": [0]}
    for vmidlen in (0, 1):
        off = Mapped("xen-riscv-head", platform(1, vmidlen))
        off(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 0))
        assert off.states() == {"RUNNING": [0]}


def test_ids_that_differ_above_the_implemented_bits_share_an_aliased_cell() -> None:
    machine = Mapped("xen-riscv-v2-posted", platform(1, 2))
    for _ in range(6):
        machine(cmd.CreateDomain(1))
    vmids = machine.map()
    assert vmids.owners == {
        0: ((0, -1), (4, -1)),
        1: ((1, -1), (5, -1)),
        2: ((2, -1),),
        3: ((3, -1),),
    }
    assert [bool(cell & ALIASED) for cell in vmids.cells] == [True, True, False, False]
    assert {cell & 7 for cell in vmids.cells} == {CellState.ASSIGNED}


def test_vcpu_that_runs_under_an_id_another_has_makes_the_cell_aliased() -> None:
    # H1: vCPU 0 of domain 1 brings VMID 2 from hart 0; hart 1 has given it to domain 3.
    machine = Mapped("xen-riscv-head")
    for _ in range(4):
        machine(cmd.CreateDomain(1))
    machine(cmd.RunVcpu(0, 0, 0), cmd.RunVcpu(1, 0, 0), cmd.RunVcpu(2, 0, 1))
    machine(cmd.RunVcpu(1, 0, 1))
    assert machine.map(1).owners == {1: ((2, 0),), 2: ((1, 0),)}
    assert not any(cell & ALIASED for cell in machine.map(1).cells)
    machine(cmd.RunVcpu(3, 0, 1), cmd.RunVcpu(1, 0, 1))
    assert machine.map(1).owners == {1: ((2, 0),), 2: ((1, 0), (3, 0))}
    for hart in (None, 1):
        assert [v for v, cell in enumerate(machine.map(hart).cells) if cell & ALIASED] == [2]
    assert not any(cell & ALIASED for cell in machine.map(0).cells)


def test_guests_that_all_run_untagged_are_not_called_aliased() -> None:
    for policy, vmidlen in (("untagged", 14), ("kvm-riscv", 0), ("xen-riscv-v2-reviewed", 0)):
        machine = Mapped(policy, platform(2, vmidlen))
        machine(cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.Step(4))
        assert machine.states() == {"RUNNING": [0]}
        assert machine.map().owners == {}


def test_wrong_hit_marks_the_vmid_on_that_hart_until_a_fence_covers_it() -> None:
    machine = Mapped("xen-riscv-v2-posted", platform(2, 13))
    machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1), cmd.GuestAccess(0, 0, ALL_PAGES))
    machine(cmd.DestroyDomain(0), cmd.CreateDomain(1), cmd.RunVcpu(1, 0, 1))
    machine(cmd.GuestAccess(1, 0, (3,)))
    assert machine.trouble.pairs == {(1, 0)}
    assert machine.states() == machine.states(1) == {"VIOLATION": [0]}
    assert machine.states(0) == {"ASSIGNED": [0]}
    assert machine.map(1).cells[0] == CellState.VIOLATION | IN_HGATP
    assert machine.map().cells[0] == CellState.VIOLATION | IN_HGATP
    machine(cmd.DestroyDomain(1))
    assert machine.states(1) == {"VIOLATION": [0]}
    assert machine.map(1).cells[0] == CellState.VIOLATION


def test_fence_in_flight_shows_on_the_ids_whose_entries_it_will_drop() -> None:
    machine = Mapped("kvm-riscv", platform(2, 2))
    for domain in range(4):
        machine(cmd.CreateDomain(1))
        if domain < 3:
            machine(cmd.RunVcpu(domain, 0, 0), cmd.GuestAccess(domain, 0, ALL_PAGES[:4]))
    # Ids 1 to 3 are used up on hart 0; domain 3 rolls over on hart 1 and takes id 1.
    machine(cmd.Choose("switch", 1, 3, 0))
    while not machine.watched.machine.interleaving.flights:
        machine(cmd.Choose("go on", 1))
    while any(flight.delivery is None for flight in machine.watched.machine.interleaving.flights):
        machine(cmd.Choose("serve", 0))
        machine(cmd.Choose("go on", 1))
    assert machine.states(0) == {"RESERVED": [0], "ASSIGNED": [1], "FLUSHING": [2, 3]}
    assert machine.states(1) == {"RESERVED": [0], "ASSIGNED": [1]}
    machine(cmd.Choose("serve", 0))
    assert machine.states(0) == {"RESERVED": [0], "ASSIGNED": [1]}


@pytest.mark.parametrize(
    ("policy", "vmidlen", "never"),
    [
        ("xen-riscv-v2-posted", 14, [16382, 16383]),
        ("xen-riscv-v2-posted", 13, []),
        ("xvisor-static", 5, list(range(16, 32))),
        ("xvisor-static", 4, []),
        ("sel4-steal", 9, list(range(256, 512))),
        ("linux-x86-pcid", 4, [0, *range(7, 16)]),
        ("kvm-riscv", 14, [0]),
    ],
)
def test_ids_that_a_scheme_never_gives_are_not_free(
    policy: str, vmidlen: int, never: list[int]
) -> None:
    machine = Mapped(policy, platform(2, vmidlen))
    assert machine.states() == ({"RESERVED": never} if never else {})


def test_pool_that_refuses_has_no_free_id_left() -> None:
    rv32 = preset("rv32").with_harts(1)
    assert rv32.vmidlen == (7,)
    machine = Mapped("xen-riscv-v2-posted", rv32)
    refused = [machine(cmd.CreateDomain(1))[-1] for _ in range(127)][-1]
    assert isinstance(refused, ev.DomainRefused)
    assert machine.states() == {"ASSIGNED": list(range(126)), "RESERVED": [126, 127]}


def test_flag_beside_the_state_is_on_the_ids_of_harts_in_guest_mode() -> None:
    machine = Mapped("xen-riscv-v2-reviewed")
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.RunVcpu(1, 0, 0))
    assert [bool(cell & IN_HGATP) for cell in machine.map().cells[:3]] == [False, True, False]
    assert not any(cell & IN_HGATP for cell in machine.map(1).cells)


@pytest.mark.parametrize(
    ("fence", "fenced_id", "hart", "left"),
    [
        ("hfence_gvma", -1, 1, {(0, 1)}),
        ("hfence_gvma", -1, 0, {(1, 1), (1, 2)}),
        ("hfence_gvma_vmid", 1, 1, {(0, 1), (1, 2)}),
        ("hfence_gvma_vmid", 3, 1, {(0, 1), (1, 1), (1, 2)}),
        ("hfence_gvma_vmid", 5, 1, {(0, 1), (1, 2)}),
        ("hfence_gvma_vmid", 5, 0, {(0, 1), (1, 1), (1, 2)}),
        ("hfence_vvma", -1, 1, {(0, 1), (1, 1), (1, 2)}),
        ("hfence_gvma_gpa_vmid", 1, 1, {(0, 1), (1, 1), (1, 2)}),
    ],
)
def test_trouble_ends_with_a_g_stage_fence_of_the_implemented_vmid(
    fence: str, fenced_id: int, hart: int, left: set[tuple[int, int]]
) -> None:
    # Hart 0 has 7 VMID bits, hart 1 has 2: an operand of 5 is VMID 1 there.
    trouble = Trouble()
    trouble.record([ev.HartBooted(0, 0, 7, 7), ev.HartBooted(0, 1, 2, 2)])
    hits = [(0, 1), (1, 1), (1, 2)]
    trouble.record(
        ev.StaleHit(0, where, 1, 0, "cross-domain", 1, 3, vmid, 0, 0) for where, vmid in hits
    )
    trouble.record([ev.FenceExecuted(1, hart, fence, -1, fenced_id, -1, "x", -1, 0, 100)])
    assert trouble.pairs == left


def test_kvm_s_fence_on_a_narrower_hart_ends_the_trouble_of_the_truncated_vmid() -> None:
    # KVM probes the first hart alone: VMIDs 1 and 3 are one on a hart with one bit.
    machine = Mapped("kvm-riscv", platform(2, (7, 1)))
    for number in range(3):
        machine(cmd.CreateDomain(1), cmd.RunVcpu(number, 0, 0))
    machine(cmd.RunVcpu(0, 0, 1), cmd.GuestAccess(0, 0, ALL_PAGES))
    machine(cmd.RunVcpu(2, 0, 1), cmd.RunVcpu(0, 0, 1))
    machine(cmd.RunVcpu(2, 0, 1))
    assert machine.watched.hits("cross-domain") == 0
    machine(cmd.RunVcpu(0, 0, 1), cmd.GuestAccess(0, 0, ALL_PAGES), cmd.RunVcpu(2, 0, 1))
    machine(cmd.GuestAccess(2, 0, ALL_PAGES))
    assert machine.trouble.pairs == {(1, 1)}
    machine(cmd.RunVcpu(2, 0, 0), cmd.RunVcpu(2, 0, 1))
    (fence,) = of_type(machine.watched.events[-6:], ev.FenceExecuted)
    assert (fence.hart, fence.id) == (1, 3)
    assert machine.trouble.pairs == set()


def test_unknown_hart_is_refused() -> None:
    with pytest.raises(ValueError, match="hart is 9; the harts: 0, 1"):
        Mapped("untagged").map(9)


def test_map_of_all_harts_is_as_wide_as_the_widest() -> None:
    machine = Mapped("xen-riscv-head", platform(2, (7, 2)))
    assert (machine.map().vmidlen, machine.map(0).vmidlen, machine.map(1).vmidlen) == (7, 7, 2)


def test_looking_at_the_map_changes_nothing() -> None:
    machine = Mapped("xen-riscv-head")
    machine(cmd.CreateDomain(2), cmd.Step(9))
    before = machine.watched.machine.digest()
    machine.map()
    machine.map(1)
    assert machine.watched.machine.digest() == before
