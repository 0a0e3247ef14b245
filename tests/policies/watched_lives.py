"""Random lives of domains under a policy, with every invariant watching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from simcore import events as ev
from simcore.guests.working_set import GuestSpec
from simcore.hv.operations import IpiFence, LocalFence, Operation, Operations, SbiFences
from simcore.hw.fence import FenceKind
from simcore.hw.ids import HartId
from simcore.hw.platform import preset
from simcore.hw.tlb import Organisation, TlbGeometry
from simcore.machine import Command, CommandError, Machine, MachineSpec
from simcore.machine import commands as cmd
from simcore.scenario import invariants_of

Lost = Callable[[Operation], bool]

PAGES = 8
COMMANDS = 120
WHATS = (
    *("create",) * 4,
    *("destroy",) * 2,
    *("run",) * 6,
    *("migrate",) * 2,
    *("unmap",) * 2,
    "pause",
    "unpause",
    *("step",) * 4,
)


def new_machine(policy: str, vmidlen: tuple[int, ...], **options: Any) -> Machine:
    """A machine with a hart for each VMIDLEN, small TLBs and guests that are always busy.

    Options are `split` for the TLB, `asids` for the guests and `speculation`.
    """
    organisation = Organisation.SPLIT if options.get("split") else Organisation.COMBINED
    platform = replace(
        preset("rv64").with_harts(len(vmidlen)).with_vmidlen(*vmidlen),
        tlb=TlbGeometry(sets=4, ways=4, organisation=organisation),
    )
    guests = GuestSpec(PAGES, 0.2, 1.0, options.get("asids", "distinct"))
    speculation = bool(options.get("speculation"))
    return Machine(
        MachineSpec(platform, policy, guests=guests, quantum_ns=30_000, speculation=speculation)
    )


def next_command(machine: Machine, random: Random) -> Command:
    """A command that may or may not be possible."""
    what = random.choice(WHATS)
    alive = list(machine.domains)
    if what == "create" or not alive:
        return cmd.CreateDomain(random.randint(1, 3), pages=random.choice((PAGES, PAGES + 3)))
    if what == "step":
        return cmd.Step(random.randint(1, 9))
    domain = random.choice(alive)
    vcpu = random.randrange(len(machine.domains[domain].vcpus))
    hart = random.randrange(len(machine.execution.harts))
    choices: dict[str, Command] = {
        "destroy": cmd.DestroyDomain(domain),
        "run": cmd.RunVcpu(domain, vcpu, hart),
        "migrate": cmd.MigrateVcpu(domain, vcpu, hart),
        "unmap": cmd.UnmapPages(domain, random.randrange(PAGES)),
        "pause": cmd.PauseDomain(domain),
        "unpause": cmd.UnpauseDomain(domain),
    }
    return choices[what]


def lose(machine: Machine, lost: Lost) -> None:
    """Have a machine not carry some operations out."""
    carry_out = machine.execution.run

    def run(hart: HartId, operations: Operations) -> None:
        carry_out(hart, tuple(each for each in operations if not lost(each)))

    vars(machine.execution)["run"] = run


def caused_by(cause: str) -> Lost:
    """Fences with a cause."""
    return lambda each: isinstance(each, (LocalFence, IpiFence, SbiFences)) and each.cause == cause


def vvma(each: Operation) -> bool:
    """Every HFENCE.VVMA."""
    return isinstance(each, LocalFence) and each.fence.kind is FenceKind.VVMA


def seen(
    policy: str, vmidlen: tuple[int, ...], lives: int = 4, lost: Lost | None = None, **options: Any
) -> set[str]:
    """Invariants breached and kinds of wrong hits in random lives; refusals are neither."""
    found: set[str] = set()
    for life in range(lives):
        random, machine = Random(life), new_machine(policy, vmidlen, **options)
        if lost is not None:
            lose(machine, lost)
        invariants = invariants_of(machine)
        invariants.record(machine.take_events())
        for _ in range(COMMANDS):
            try:
                events = machine.apply(next_command(machine, random))
            except CommandError:
                continue
            breaches = invariants.record(events)
            found.update(b.invariant.name for b in breaches if "was refused" not in b.sentence)
            found.update(event.kind for event in events if isinstance(event, ev.StaleHit))
    return found
