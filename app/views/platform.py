"""Platforms, policies and schedules as JSON objects."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Any

from simcore import policies
from simcore.hw.cost import CostTable
from simcore.hw.csr import VMIDMAX, hgatp_mode_name
from simcore.hw.platform import Platform
from simcore.hw.tlb import Organisation
from simcore.policies.base import Policy, Scope
from simcore.schedule import Schedule, ScheduleKind


def scope_name(policy: type[Policy]) -> str:
    """`global`, or `per-hart` where an id means something else on each hart."""
    return "per-hart" if policy.scope is Scope.PER_HART else "global"


def policy_json(name: str) -> dict[str, Any]:
    """A policy: what it is, then what it follows, from its module's docstring."""
    policy = policies.find(name)
    module = inspect.getmodule(policy)
    summary, _, doc = (inspect.getdoc(module) or "").partition("\n")
    return {
        "name": policy.name,
        "summary": summary,
        "doc": doc.strip(),
        "scope": scope_name(policy),
        "probes_vmidlen": policy.probes_vmidlen,
        "reserved": sorted(policy.reserved),
        "id_zero": policy.id_zero.value,
        "exhaustion": policy.exhaustion.value,
        "hazards": policy.hazards,
    }


def platform_json(platform: Platform) -> dict[str, Any]:
    """A platform with every parameter, and where its costs come from."""
    tlb = platform.tlb
    structures = 2 if tlb.organisation is Organisation.SPLIT else 1
    return {
        "name": platform.name,
        "summary": platform.summary,
        "xlen": platform.xlen,
        "harts": list(platform.hart_ids),
        "vmidlen": list(platform.vmidlen),
        "vmidmax": VMIDMAX[platform.xlen],
        "g_mode": hgatp_mode_name(platform.g_mode, platform.xlen),
        "asidlen": platform.asidlen,
        "ppn_bits": platform.ppn_bits,
        "warl": platform.warl.value,
        "tlb": {
            "sets": tlb.sets,
            "ways": tlb.ways,
            "organisation": tlb.organisation.value,
            "entries": tlb.entries * structures,
        },
        "rfence_range_limit_bytes": platform.rfence_range_limit_bytes,
        "over_fences": platform.over_fences,
        "costs": {
            name: {"cycles": cycles, "source": CostTable.source(name)}
            for name, cycles in asdict(platform.costs).items()
        },
    }


def schedule_json(name: str, schedule: Schedule) -> dict[str, Any]:
    """A recorded schedule in numbers."""
    kinds = [event.kind for event in schedule.events]
    return {
        "name": name,
        "format": schedule.format,
        "domains": len(schedule.domains),
        "cpus": list(schedule.cpus),
        "events": len(schedule.events),
        "entries": kinds.count(ScheduleKind.ENTER),
        "span_ns": schedule.span_ns,
        "lines": schedule.lines,
        "skipped": dict(schedule.skipped),
    }
