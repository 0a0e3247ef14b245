"""Micro-steps that run back to back are the commands; what is left half done is finished first."""

import pytest

from simcore import events as ev
from simcore import policies
from simcore.check.bounds import Bounds
from simcore.hw.ids import HartId
from simcore.machine import Machine
from simcore.machine import commands as cmd
from simcore.machine.commands import Choose, Command, CommandError
from tests.machine.machines import exactly

BOUNDS = Bounds(harts=2, domains=3)


def whole(action: str, hart: int, domain: int | None = None, **others: int) -> Choose:
    """A choice with all that follows from it, by guests that touch nothing."""
    return Choose(action, hart, domain, whole=True, quiet=True, **others)


PAIRS: tuple[tuple[Command, Command], ...] = (
    (cmd.CreateDomain(1), whole("create", 0, vcpus=1)),
    (cmd.CreateDomain(1), whole("create", 0, vcpus=1)),
    (cmd.RunVcpu(0, 0, 0), whole("switch", 0, 0, vcpu=0)),
    (cmd.RunVcpu(1, 0, 1), whole("switch", 1, 1, vcpu=0)),
    (cmd.UnmapPages(0, 0), whole("unmap", 0, 0, page=0)),
    (cmd.CreateDomain(1), whole("create", 0, vcpus=1)),
    (cmd.RunVcpu(2, 0, 0), whole("switch", 0, 2, vcpu=0)),
    (cmd.DestroyDomain(0), whole("destroy", 0, 0)),
    (cmd.CreateDomain(1), whole("create", 0, vcpus=1)),
    (cmd.UnmapPages(1, 0), whole("unmap", 0, 1, page=0)),
)


@pytest.mark.parametrize("policy", policies.names())
def test_choices_with_all_that_follows_are_the_commands(policy: str) -> None:
    commanded, chosen = Machine(BOUNDS.spec(policy)), Machine(BOUNDS.spec(policy))
    for command, choice in PAIRS:
        told = [event for event in commanded.apply(command) if not isinstance(event, ev.StaleHit)]
        assert exactly(chosen.apply(choice)) == exactly(told)
        assert chosen.policy.key() == commanded.policy.key()
        assert registers_and_tlbs(chosen) == registers_and_tlbs(commanded)


def registers_and_tlbs(machine: Machine) -> list[object]:
    return [hart.key() for hart in machine.execution.harts.values()]


def runs(machine: Machine, hart: int) -> bool:
    """Whether guest code runs on a hart."""
    return machine.occupancy.in_guest(HartId(hart))


def busy(machine: Machine) -> bool:
    return machine.interleaving.busy


def half_switched() -> Machine:
    """A machine whose hart 1 has begun to load a vCPU."""
    machine = Machine(BOUNDS.spec("kvm-riscv"))
    machine.apply(cmd.CreateDomain(1))
    machine.apply(Choose("switch", 1, 0, 0))
    return machine


def test_a_command_finishes_what_was_left_half_done() -> None:
    machine = half_switched()
    assert busy(machine)
    assert not runs(machine, 1)
    machine.apply(cmd.CreateDomain(1))
    assert not busy(machine)
    assert runs(machine, 1)


@pytest.mark.parametrize("policy", ["kvm-riscv", "xen-riscv-v2-reviewed", "lazy-epoch"])
def test_a_command_that_is_refused_leaves_what_is_half_done_as_it_is(policy: str) -> None:
    machine = Machine(BOUNDS.spec(policy))
    machine.apply(cmd.CreateDomain(1))
    machine.apply(cmd.CreateDomain(1))
    machine.apply(cmd.RunVcpu(0, 0, 1))
    # Its vCPU is loaded still, and will not be once that is finished: nothing can be touched then.
    machine.apply(Choose("leave", 1, 0, 0))
    assert busy(machine)
    before, asked = machine.digest(), machine.policy.key()
    refused = (
        cmd.PauseDomain(99),
        cmd.Step(0),
        cmd.GuestAccess(0, 0, (1,)),
        cmd.MigrateVcpu(0, 1, 0),
    )
    for command in refused:
        with pytest.raises(CommandError):
            machine.apply(command)
        assert (machine.digest(), machine.policy.key()) == (before, asked)
        assert machine.take_events() == []
    assert busy(machine)
    machine.apply(cmd.CreateDomain(1))
    assert not runs(machine, 1)
    assert not busy(machine)


def test_a_choice_that_is_not_open_is_refused_and_changes_nothing() -> None:
    machine = half_switched()
    before = machine.digest()
    with pytest.raises(CommandError, match="'touch' on hart 1 is not open now"):
        machine.apply(Choose("touch", 1, 0, 0, 0))
    assert machine.digest() == before


def test_vcpus_that_throw_each_other_out_are_finished_all_the_same() -> None:
    """K1: one usable id on two harts. Whoever is out is left to the next step."""
    machine = Machine(Bounds(harts=2, domains=2, vmidlen=1).spec("kvm-riscv"))
    for domain in range(2):
        machine.apply(cmd.CreateDomain(1))
        machine.apply(Choose("switch", domain, domain, 0))
    machine.apply(cmd.CreateDomain(1))
    assert not busy(machine)
    inside = [runs(machine, hart) for hart in range(2)]
    assert sorted(inside) == [False, True]
    machine.apply(cmd.Step(1))
