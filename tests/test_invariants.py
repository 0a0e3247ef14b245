"""Each invariant is breached by one machine and not by another that does the same."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore import events as ev
from simcore import policies
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.hw.tlb import Organisation, TlbGeometry
from simcore.invariants import ISOLATION, Invariant
from simcore.machine import Command, Machine, MachineSpec
from simcore.machine.commands import CreateDomain, DestroyDomain, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import invariants_of
from tests.policies.test_isolation import Life, lives, next_command
from tests.watched import PAGES, domains, names, touch, watched

REUSE = (*domains(1), *touch(0), DestroyDomain(0), CreateDomain(1), *touch(1))
UNMAP_ELSEWHERE = (*domains(1), *touch(0, hart=1), UnmapPages(0, 0, PAGES))
TURNS_ON_TWO_HARTS = tuple(RunVcpu(n % 2, 0, n % 2) for n in range(12))
THREE_TAGS_TWO_ROUNDS: tuple[Command, ...] = (
    CreateDomain(7),
    CreateDomain(6),
    *(RunVcpu(0, vcpu, 0) for vcpu in range(7)),
    *(RunVcpu(1, vcpu, 1) for vcpu in range(6)),
    RunVcpu(0, 0, 1),
    RunVcpu(0, 0, 0),
)
"""Both harts come to generation 3; vCPU 0 gets VMID 1 of it on hart 1, and goes back to hart 0."""
A_NEW_ID_WHILE_TWO_RUN: tuple[Command, ...] = (
    CreateDomain(2),
    *(CreateDomain(1),) * 3,
    RunVcpu(0, 0, 0),
    RunVcpu(0, 1, 1),
    RunVcpu(1, 0, 2),
    RunVcpu(2, 0, 2),
    RunVcpu(3, 0, 2),
)


@dataclass(frozen=True)
class Ground:
    """What commands are played on."""

    policy: str
    vmidlen: tuple[int, ...] = (7,)
    harts: int = 1
    faults: frozenset[Fault] = field(default_factory=frozenset)

    def breached(self, commands: tuple[Command, ...]) -> set[str]:
        """Names of the invariants that ``commands`` breach here."""
        return names(
            watched(
                self.policy, commands, vmidlen=self.vmidlen, harts=self.harts, faults=self.faults
            )
        )


def faulty(ground: Ground, *faults: Fault) -> Ground:
    """The same ground with faults."""
    return replace(ground, faults=frozenset(faults))


REVIEWED = Ground("xen-riscv-v2-reviewed", harts=2)
RV_KVM = Ground("kvm-riscv", vmidlen=(2,), harts=3)
PAIRS: dict[Invariant, tuple[tuple[Command, ...], Ground, Ground]] = {
    Invariant.I1: (
        (*domains(2), *touch(0), *touch(1)),
        Ground("xen-riscv-v2-posted", vmidlen=(0,)),
        Ground("untagged", vmidlen=(0,)),
    ),
    Invariant.I2: (UNMAP_ELSEWHERE, faulty(REVIEWED, Fault.DROPPED_FENCE), REVIEWED),
    Invariant.I3: (
        REUSE,
        Ground("xen-riscv-v2-posted", vmidlen=(14,)),
        Ground("xen-riscv-v2-reviewed"),
    ),
    Invariant.I4: (
        THREE_TAGS_TWO_ROUNDS,
        Ground("xen-riscv-head", vmidlen=(2,), harts=2),
        Ground("xen-x86-asid", vmidlen=(2,), harts=2),
    ),
    Invariant.I5: (A_NEW_ID_WHILE_TWO_RUN, faulty(RV_KVM, Fault.LOST_RELOAD), RV_KVM),
    Invariant.I6: (
        (*domains(3), *touch(2)),
        Ground("xen-riscv-v2-posted", vmidlen=(1,)),
        Ground("xen-riscv-v2-posted", vmidlen=(2,)),
    ),
    Invariant.I7: (
        UNMAP_ELSEWHERE,
        Ground("xen-riscv-head", harts=2),
        faulty(Ground("xen-riscv-head", harts=2), Fault.EMPTY_MASK_MEANS_ALL),
    ),
    Invariant.I8: (
        (*domains(1), DestroyDomain(0), CreateDomain(1)),
        faulty(Ground("xen-arm-bitmap"), Fault.DOUBLE_FREE),
        Ground("xen-arm-bitmap"),
    ),
    Invariant.I9: (UNMAP_ELSEWHERE, faulty(REVIEWED, Fault.FENCE_BEFORE_CHANGE), REVIEWED),
    Invariant.I10: (
        (*domains(2), *TURNS_ON_TWO_HARTS),
        Ground("kvm-riscv", vmidlen=(1,), harts=2),
        Ground("kvm-riscv", vmidlen=(2,), harts=2),
    ),
}

each_invariant = pytest.mark.parametrize("invariant", list(Invariant), ids=lambda each: each.name)


@each_invariant
def test_an_invariant_is_breached_on_the_one_ground(invariant: Invariant) -> None:
    commands, bad, _ = PAIRS[invariant]
    assert invariant.name in bad.breached(commands)


@each_invariant
def test_nothing_is_breached_on_the_other_ground(invariant: Invariant) -> None:
    commands, _, good = PAIRS[invariant]
    assert good.breached(commands) == set()


@each_invariant
def test_an_invariant_has_a_short_name_and_is_a_sentence(invariant: Invariant) -> None:
    assert invariant.title.isidentifier()
    assert invariant.value.endswith(".")


def test_a_breach_says_where_and_what() -> None:
    commands, bad, _ = PAIRS[Invariant.I3]
    breaches = watched(bad.policy, commands, vmidlen=bad.vmidlen)
    reuse = [(number, b) for number, b in breaches if b.invariant is Invariant.I3]
    assert [(number, b.hart, b.sentence) for number, b in reuse] == [
        (5, 0, "VMID 0 went to domain 1 while hart 0 may hold entries of domain 0")
    ]


def test_a_refused_domain_is_no_progress() -> None:
    breaches = watched("xen-arm-bitmap", domains(2), vmidlen=(1,))
    assert [(number, b.sentence) for number, b in breaches] == [
        (2, "domain 1 was refused (-16): all 1 VMIDs are in use")
    ]


def test_a_vcpu_that_p2m_changes_force_out_is_not_short_of_an_id() -> None:
    commands = (*domains(1), *touch(0), *(UnmapPages(0, page) for page in range(PAGES)))
    assert watched("kvm-vmx-vpid", commands) == []


def test_vcpus_with_ids_of_their_own_need_not_share_one() -> None:
    commands = (*domains(1, vcpus=2), RunVcpu(0, 0, 0), RunVcpu(0, 1, 1))
    assert watched("kvm-vmx-vpid", commands, harts=2) == []


@pytest.mark.parametrize("split", [False, True])
def test_a_fence_of_the_page_that_was_taken_away_is_enough(split: bool) -> None:
    commands = (*domains(1), *touch(0), UnmapPages(0, 3), *touch(0))
    assert watched("xvisor-static", commands, split=split) == []


def test_a_fence_of_one_page_does_not_make_up_for_a_change_that_was_not_fenced() -> None:
    commands = (*domains(1), *touch(0, hart=1), UnmapPages(0, 3), UnmapPages(0, 4))
    dropped = watched("xvisor-static", commands, harts=2, split=True, faults=[Fault.DROPPED_FENCE])
    assert names(dropped) == {"I2", "I9"}


def test_what_a_guest_fills_after_its_hart_fenced_is_no_leftover() -> None:
    commands, bad, _ = PAIRS[Invariant.I9]
    assert bad.breached(commands) == {"I9"}


def test_an_entry_of_before_a_change_is_seen_when_its_domain_comes_back() -> None:
    commands = (*domains(2), *touch(0), *touch(1), UnmapPages(0, 0, PAGES), RunVcpu(0, 0, 0))
    breaches = watched("xen-riscv-v2-posted", commands, vmidlen=(14,))
    assert [(n, b.hart) for n, b in breaches if b.invariant is Invariant.I9] == [(8, 0)]


def test_isolation_is_what_lets_a_guest_reach_what_is_not_its_own() -> None:
    assert ISOLATION == (Invariant.I1, Invariant.I9)


REAL = [name for name in policies.names() if not policies.find(name).sees_ghosts]


@pytest.mark.parametrize("policy", REAL)
@settings(max_examples=15, deadline=None)
@given(
    vmidlen=st.sampled_from(((0, 0), (1, 1), (2, 2), (3, 3), (14, 14), (3, 7))),
    organisation=st.sampled_from(list(Organisation)),
    asids=st.sampled_from(("distinct", "shared", "same", "bare")),
    speculation=st.booleans(),
    life=lives,
)
def test_no_wrong_hit_comes_unannounced(
    policy: str,
    vmidlen: tuple[int, int],
    organisation: Organisation,
    asids: str,
    speculation: bool,
    life: Life,
) -> None:
    """The invariants take a TLB to keep everything: what they call isolated is so at any size."""
    platform = replace(
        preset("rv64").with_harts(2).with_vmidlen(*vmidlen),
        tlb=TlbGeometry(sets=8, ways=4, organisation=organisation),
    )
    guests = GuestSpec(working_set_pages=PAGES, accesses_per_us=0.02, asids=asids)  # type: ignore[arg-type]
    try:
        spec = MachineSpec(platform, policy, guests=guests, speculation=speculation)
    except ValueError:
        return
    machine = Machine(spec)
    invariants = invariants_of(machine)
    breached: set[str] = set()
    for what, *choice in life:
        command = next_command(machine, what, *choice)
        if command is None:
            continue
        events = machine.apply(command)
        breached |= {breach.invariant.name for breach in invariants.record(events)}
        for event in events:
            if isinstance(event, ev.StaleHit):
                assert ("I9" if event.kind == "stale-mapping" else "I1") in breached
