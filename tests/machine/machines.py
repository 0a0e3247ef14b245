"""Small machines and recordings for tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from simcore import events as ev
from simcore.guests.working_set import Asids, GuestSpec
from simcore.hw.ids import HartId
from simcore.hw.platform import PRESETS, Platform
from simcore.hw.tlb import Organisation, TlbGeometry
from simcore.machine import Command, Machine, MachineSpec
from simcore.metrics import Metrics
from simcore.schedule import Schedule, ScheduledDomain, ScheduleEvent, ScheduleKind

_T = TypeVar("_T")
SMALL_TLB = TlbGeometry(8, 4)


def platform(
    harts: int = 2,
    vmidlen: int | tuple[int, ...] = 14,
    *,
    split: bool = False,
    xlen: int = 64,
    tlb: TlbGeometry = SMALL_TLB,
) -> Platform:
    """Harts 0, 1, … with a small TLB."""
    bits = (vmidlen,) if isinstance(vmidlen, int) else vmidlen
    organisation = Organisation.SPLIT if split else Organisation.COMBINED
    base = PRESETS["rv64" if xlen == 64 else "rv32"].with_harts(harts).with_vmidlen(*bits)
    return replace(base, tlb=replace(tlb, organisation=organisation))


def spec(
    policy: str,
    hardware: Platform | None = None,
    *,
    asids: Asids = "distinct",
    pages: int = 16,
    rate: float = 0.02,
    seed: int = 1,
    quantum_ns: int = 1_000_000,
    loop: bool = False,
) -> MachineSpec:
    """A machine whose guests touch few pages, 20 times a quantum."""
    guests = GuestSpec(working_set_pages=pages, accesses_per_us=rate, asids=asids)
    return MachineSpec(
        hardware or platform(), policy, seed, guests, quantum_ns=quantum_ns, loop=loop
    )


def exactly(events: Iterable[ev.Event]) -> list[tuple[object, ...]]:
    """Events with their kinds: named tuples of two kinds are equal where their fields are."""
    return [(type(event).__name__, *event) for event in events]


class Watched:
    """A machine with everything that happened on it and the counters of that."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.booted = machine.take_events()
        self.events: list[ev.Event] = list(self.booted)
        self.metrics = Metrics()
        self.metrics.record(self.booted)

    def __call__(self, *commands: Command) -> list[ev.Event]:
        """Apply commands; returns what happened."""
        happened = [event for command in commands for event in self.machine.apply(command)]
        self.events += happened
        self.metrics.record(happened)
        return happened

    def hits(self, kind: str) -> int:
        """Wrong hits of a kind so far."""
        return self.metrics.violations[kind]


def watched(policy: str, hardware: Platform | None = None, *, asids: Asids = "distinct") -> Watched:
    """A watched machine without a recording."""
    return Watched(Machine(spec(policy, hardware, asids=asids)))


def of_type(events: list[ev.Event], kind: type[_T]) -> list[_T]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def tlb_entries(machine: Machine, hart: int) -> int:
    """Valid entries of a hart's TLB."""
    return sum(machine.execution.harts[HartId(hart)].tlb.fill_by_vmid().values())


def recording(domains: list[tuple[str, int]], *steps: tuple[int, str, int, int, int]) -> Schedule:
    """A recording from (at_ns, kind, cpu, domain, vCPU) steps."""
    events = tuple(
        ScheduleEvent(at, ScheduleKind[kind.upper()], cpu, domain, vcpu)
        for at, kind, cpu, domain, vcpu in steps
    )
    cpus = tuple(sorted({event.cpu for event in events if event.kind is ScheduleKind.ENTER}))
    return Schedule(
        format="test",
        domains=tuple(
            ScheduledDomain(name, 1000 + n, vcpus) for n, (name, vcpus) in enumerate(domains)
        ),
        events=events,
        cpus=cpus,
        span_ns=events[-1].at_ns if events else 0,
        lines=len(events),
        skipped={},
    )
