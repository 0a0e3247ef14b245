"""Machine specifications and recorded schedules as JSON objects, and back.

Everything that decides what a machine does is written out, presets included, so that a later
change of a preset does not change a machine that exists.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from simcore.guests.working_set import GuestSpec
from simcore.hw.cost import CostTable
from simcore.hw.csr import HgatpMode, WarlRule
from simcore.hw.ids import HartId
from simcore.hw.platform import Platform
from simcore.hw.tlb import Organisation, TlbGeometry
from simcore.machine import MachineSpec
from simcore.machine.faults import fault
from simcore.schedule import Schedule, ScheduledDomain, ScheduleEvent, ScheduleKind


def platform_to_json(platform: Platform) -> dict[str, Any]:
    """A platform as a JSON object."""
    tlb = platform.tlb
    return {
        "name": platform.name,
        "summary": platform.summary,
        "xlen": platform.xlen,
        "hart_ids": list(platform.hart_ids),
        "vmidlen": list(platform.vmidlen),
        "g_mode": int(platform.g_mode),
        "modes": sorted(int(mode) for mode in platform.modes),
        "tlb": {"sets": tlb.sets, "ways": tlb.ways, "organisation": tlb.organisation.value},
        "asidlen": platform.asidlen,
        "ppn_bits": platform.ppn_bits,
        "warl": platform.warl.value,
        "rfence_range_limit_bytes": platform.rfence_range_limit_bytes,
        "over_fences": platform.over_fences,
        "costs": asdict(platform.costs),
    }


def platform_from_json(data: dict[str, Any]) -> Platform:
    """The platform a JSON object describes. Raises ValueError or KeyError for any other."""
    tlb = data["tlb"]
    return Platform(
        name=data["name"],
        summary=data["summary"],
        xlen=data["xlen"],
        hart_ids=tuple(HartId(number) for number in data["hart_ids"]),
        vmidlen=tuple(data["vmidlen"]),
        g_mode=HgatpMode(data["g_mode"]),
        modes=frozenset(data["modes"]),
        tlb=TlbGeometry(tlb["sets"], tlb["ways"], Organisation(tlb["organisation"])),
        asidlen=data["asidlen"],
        ppn_bits=data["ppn_bits"],
        warl=WarlRule(data["warl"]),
        rfence_range_limit_bytes=data["rfence_range_limit_bytes"],
        over_fences=data.get("over_fences", False),
        costs=CostTable(**data["costs"]),
    )


def spec_to_json(spec: MachineSpec) -> dict[str, Any]:
    """A machine's specification as a JSON object."""
    return {
        "platform": platform_to_json(spec.platform),
        "policy": spec.policy,
        "seed": spec.seed,
        "guests": asdict(spec.guests),
        "quantum_ns": spec.quantum_ns,
        "loop": spec.loop,
        "speculation": spec.speculation,
        "faults": sorted(fault.value for fault in spec.faults),
    }


def spec_from_json(data: dict[str, Any]) -> MachineSpec:
    """The specification a JSON object describes. Raises ValueError or KeyError for any other."""
    return MachineSpec(
        platform=platform_from_json(data["platform"]),
        policy=data["policy"],
        seed=data["seed"],
        guests=GuestSpec(**data["guests"]),
        quantum_ns=data["quantum_ns"],
        loop=data["loop"],
        # Absent in what version 0.1.0 kept before these switches existed.
        speculation=data.get("speculation", False),
        faults=frozenset(fault(name) for name in data.get("faults", ())),
    )


def schedule_to_json(schedule: Schedule) -> dict[str, Any]:
    """A recorded schedule as a JSON object."""
    return {
        "format": schedule.format,
        "domains": [[domain.name, domain.process, domain.vcpus] for domain in schedule.domains],
        "events": [list(event) for event in schedule.events],
        "cpus": list(schedule.cpus),
        "span_ns": schedule.span_ns,
        "lines": schedule.lines,
        "skipped": dict(schedule.skipped),
    }


def schedule_from_json(data: dict[str, Any]) -> Schedule:
    """The schedule a JSON object describes. Raises ValueError or KeyError for any other."""
    kinds = list(ScheduleKind)
    return Schedule(
        format=data["format"],
        domains=tuple(ScheduledDomain(*domain) for domain in data["domains"]),
        events=tuple(
            ScheduleEvent(at_ns, kinds[kind], cpu, domain, vcpu)
            for at_ns, kind, cpu, domain, vcpu in data["events"]
        ),
        cpus=tuple(data["cpus"]),
        span_ns=data["span_ns"],
        lines=data["lines"],
        skipped=data["skipped"],
    )
