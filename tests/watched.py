"""Small machines watched by the invariants: guests touch only what a test makes them touch."""

from __future__ import annotations

from collections.abc import Iterable

from simcore.guests.working_set import Asids, GuestSpec
from simcore.hw.platform import preset
from simcore.invariants import Breach
from simcore.machine import Command, Machine, MachineSpec
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.machine.faults import Fault
from simcore.scenario import invariants_of

PAGES = 8


def watched(
    policy: str,
    commands: Iterable[Command],
    *,
    vmidlen: tuple[int, ...] = (7,),
    harts: int = 1,
    split: bool = False,
    asids: Asids = "distinct",
    faults: Iterable[Fault] = (),
) -> list[tuple[int, Breach]]:
    """The breaches on a machine, each with the number (from 1) of the command that showed it."""
    platform = preset("rv64-split" if split else "rv64").with_harts(harts).with_vmidlen(*vmidlen)
    guests = GuestSpec(working_set_pages=PAGES, accesses_per_us=0, asids=asids)
    machine = Machine(MachineSpec(platform, policy, guests=guests, faults=frozenset(faults)))
    invariants = invariants_of(machine)
    return [
        (number, breach)
        for number, command in enumerate(commands, start=1)
        for breach in invariants.record(machine.apply(command))
    ]


def names(breaches: Iterable[tuple[int, Breach]]) -> set[str]:
    """Which invariants were breached."""
    return {breach.invariant.name for _, breach in breaches}


def touch(domain: int, hart: int = 0, vcpu: int = 0) -> tuple[Command, Command]:
    """Run a vCPU on a hart and have it touch every page."""
    return RunVcpu(domain, vcpu, hart), GuestAccess(domain, vcpu, tuple(range(PAGES)))


def domains(count: int, vcpus: int = 1) -> tuple[Command, ...]:
    """Make domains 0 to ``count`` - 1."""
    return (CreateDomain(vcpus),) * count
