"""Small machines for policy tests: guests touch only what a test makes them touch."""

from __future__ import annotations

from collections.abc import Iterable

from simcore import events as ev
from simcore.guests.working_set import Asids, GuestSpec
from simcore.hw.platform import preset
from simcore.machine import Machine, MachineSpec
from simcore.machine import commands as cmd

PAGES = 8
ALL_PAGES = tuple(range(PAGES))


def small_machine(
    policy: str,
    vmidlen: int | tuple[int, ...] = 2,
    *,
    harts: int = 1,
    split: bool = False,
    asids: Asids = "distinct",
    domains: int = 0,
    vcpus: int = 1,
) -> Machine:
    """A machine with `domains` domains of `vcpus` vCPUs, none of which runs yet."""
    platform = preset("rv64-split" if split else "rv64").with_harts(harts)
    bits = vmidlen if isinstance(vmidlen, tuple) else (vmidlen,)
    guests = GuestSpec(working_set_pages=PAGES, accesses_per_us=0, asids=asids)
    machine = Machine(MachineSpec(platform.with_vmidlen(*bits), policy, guests=guests))
    machine.take_events()
    for _ in range(domains):
        machine.apply(cmd.CreateDomain(vcpus))
    return machine


def run(machine: Machine, domain: int, hart: int = 0, vcpu: int = 0) -> list[ev.Event]:
    """Switch a hart to a vCPU."""
    return machine.apply(cmd.RunVcpu(domain, vcpu, hart))


def touch(machine: Machine, domain: int, hart: int = 0, vcpu: int = 0) -> list[ev.Event]:
    """Switch a hart to a vCPU and have it touch every page; the events of both."""
    events = run(machine, domain, hart, vcpu)
    return events + machine.apply(cmd.GuestAccess(domain, vcpu, ALL_PAGES))


def vmids(events: Iterable[ev.Event]) -> list[int]:
    """The VMIDs under which guests were entered."""
    return [event.vmid for event in events if isinstance(event, ev.GuestEntered)]


def fences(events: Iterable[ev.Event]) -> list[tuple[int, str, int]]:
    """The fences executed: hart, kind, and the id operand (-1: register x0)."""
    return [
        (event.hart, event.fence, event.id)
        for event in events
        if isinstance(event, ev.FenceExecuted)
    ]


def wrong_hits(events: Iterable[ev.Event]) -> list[tuple[str, int, int]]:
    """Hits on entries that were not the vCPU's own: kind, whose access, whose entry."""
    return [
        (event.kind, event.domain, event.owner_domain)
        for event in events
        if isinstance(event, ev.StaleHit)
    ]


def count(events: Iterable[ev.Event], fence: str) -> int:
    """How often a kind of fence was executed."""
    return [name for _, name, _ in fences(events)].count(fence)


def round_robin(machine: Machine, domains: int, rounds: int) -> list[ev.Event]:
    """Enter vCPU 0 of each domain in turn, again and again, on the first hart."""
    return [
        event for _ in range(rounds) for domain in range(domains) for event in run(machine, domain)
    ]
