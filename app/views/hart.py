"""Harts as JSON objects, and what runs on all of them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.live.shown import Shown
from app.problems import ProblemError
from simcore.hw.csr import (
    FieldValue,
    Hgatp,
    Vsatp,
    describe_hgatp,
    describe_vsatp,
    hgatp_mode_name,
    vsatp_mode_name,
)
from simcore.hw.hart import Hart
from simcore.hw.ids import DomainId, HartId
from simcore.hw.tlb import Organisation, TlbEntry
from simcore.machine import Machine


def harts_json(live: Shown, machine: Machine) -> list[dict[str, Any]]:
    """Every hart, in ascending order of id."""
    return [_hart_json(live, machine, hart) for hart in machine.execution.harts.values()]


def hart_json(live: Shown, machine: Machine, number: int) -> dict[str, Any]:
    """One hart. Raises ProblemError where the machine does not have it."""
    return _hart_json(live, machine, hart_of(machine, number))


def occupancy_json(live: Shown, machine: Machine) -> dict[str, Any]:
    """What runs on each hart, in columns; O(harts)."""
    harts = list(machine.execution.harts.values())
    running = [machine.occupancy.on(hart.id) for hart in harts]
    return {
        "seq": live.published.seq,
        "harts": [hart.id for hart in harts],
        "domain": [vcpu.domain if vcpu else None for vcpu in running],
        "vcpu": [vcpu.index if vcpu else None for vcpu in running],
        "in_guest": [machine.occupancy.in_guest(hart.id) for hart in harts],
        "vmid": [hart.vmid for hart in harts],
    }


def hart_of(machine: Machine, number: int) -> Hart:
    """The hart of this number. Raises ProblemError where the machine does not have it."""
    hart = machine.execution.harts.get(HartId(number))
    if hart is None:
        known = machine.spec.platform.hart_ids
        listed = ", ".join(map(str, known[:16])) + (" …" if len(known) > 16 else "")
        raise ProblemError("hart-not-found", f"hart is {number}; the harts: {listed}")
    return hart


def _hart_json(live: Shown, machine: Machine, hart: Hart) -> dict[str, Any]:
    vcpu = machine.occupancy.on(hart.id)
    return {
        "hart": hart.id,
        "vmidlen": hart.vmidlen,
        "vcpu": vcpu
        and {
            "domain": vcpu.domain,
            "name": live.chronicle.name(vcpu.domain),
            "vcpu": vcpu.index,
        },
        "in_guest": machine.occupancy.in_guest(hart.id),
        "hgatp": _hgatp_json(live, machine, hart),
        "vsatp": _vsatp_json(machine, hart),
        "generation": machine.policy.generation(hart.id),
        "cycles": hart.cycles,
        "tlb": _fill_json(live, machine, hart),
    }


def _hgatp_json(live: Shown, machine: Machine, hart: Hart) -> dict[str, Any]:
    xlen = machine.spec.platform.xlen
    value = Hgatp.unpack(hart.hgatp, xlen)
    return {
        "value": hex(hart.hgatp),
        "mode": int(value.mode),
        "mode_name": hgatp_mode_name(value.mode, xlen),
        "vmid": value.vmid,
        "ppn": hex(value.ppn),
        "programmed_vmid": live.chronicle.programmed.get(hart.id, value.vmid),
        "fields": [_field_json(field) for field in describe_hgatp(hart.hgatp, xlen)],
    }


def _vsatp_json(machine: Machine, hart: Hart) -> dict[str, Any]:
    xlen = machine.spec.platform.xlen
    value = Vsatp.unpack(hart.vsatp, xlen)
    return {
        "value": hex(hart.vsatp),
        "mode_name": vsatp_mode_name(value.mode, xlen),
        "asid": value.asid,
        "ppn": hex(value.ppn),
        "fields": [_field_json(field) for field in describe_vsatp(hart.vsatp, xlen)],
    }


def _field_json(field: FieldValue) -> dict[str, Any]:
    """Hexadecimal, since a PPN of 44 bits and more beside it would not fit a JavaScript number."""
    return {"field": field.field, "high": field.high, "low": field.low, "value": hex(field.value)}


def _fill_json(live: Shown, machine: Machine, hart: Hart) -> dict[str, Any]:
    """Valid entries by the domain that filled them, right ones and wrong ones apart."""
    geometry = hart.tlb.geometry
    structures = 2 if geometry.organisation is Organisation.SPLIT else 1
    fill: Counter[tuple[int, bool]] = Counter()
    for entry in hart.tlb.entries():
        fill[machine.memory.owners[entry.owner].domain, is_stale(machine, entry)] += 1
    return {
        "capacity": geometry.entries * structures,
        "valid": sum(fill.values()),
        "fill": [
            {
                "domain": domain,
                "name": live.chronicle.name(domain),
                "entries": count,
                "wrong": wrong,
            }
            for (domain, wrong), count in sorted(fill.items())
        ],
    }


def is_stale(machine: Machine, entry: TlbEntry) -> bool:
    """Whether its domain is gone, or mapped the guest page anew since the entry was filled."""
    domain = machine.domains.get(DomainId(machine.memory.owners[entry.owner].domain))
    return not machine.memory.is_current(entry, domain.p2m if domain else None)
