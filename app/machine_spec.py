"""From a request body to a machine's specification."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from app.schemas.bodies import GuestsBody, PlatformBody, SpecBody
from simcore.guests.working_set import GuestSpec
from simcore.hw.cost import CostTable
from simcore.hw.csr import WarlRule
from simcore.hw.ids import HartId
from simcore.hw.platform import DEFAULT_PRESET, Platform, preset
from simcore.hw.tlb import Organisation
from simcore.machine import MachineSpec
from simcore.machine.faults import Fault, fault
from simcore.schedule import Schedule

MOST_VCPU_PAGES = 1 << 22
"""Of one domain: each vCPU may have tables of its own over all pages (40 bytes a page)."""
MOST_ACCESSES_A_QUANTUM = 1_000_000
"""So that one step takes milliseconds, and a machine can be stopped between two."""
MOST_ACCESSES_OF_A_RUN = 100_000_000
"""Of a recorded vCPU, until it leaves its hart: about a second."""


def spec_of(body: SpecBody, policy: str) -> MachineSpec:
    """The specification that a body describes, under a policy.

    Raises ValueError that begins with the field's name.
    """
    guests = _guests(body.guests)
    due = body.quantum_ns * guests.accesses_per_us / 1000
    if due > MOST_ACCESSES_A_QUANTUM:
        raise ValueError(
            f"guests.accesses_per_us is {guests.accesses_per_us}, which is {due:.0f} accesses in a "
            f"quantum of {body.quantum_ns} ns; {MOST_ACCESSES_A_QUANTUM} is allowed"
        )
    return MachineSpec(
        platform=_platform_of(body),
        policy=policy,
        seed=body.seed,
        guests=guests,
        quantum_ns=body.quantum_ns,
        loop=body.loop,
        speculation=body.speculation,
        faults=_faults(body.faults),
    )


def require_short_runs(spec: MachineSpec, schedule: Schedule) -> None:
    """Refuse a recording in which one step would take long, since nothing stops it midway.

    A recorded vCPU's accesses are made when it leaves its hart, all at once. Raises ValueError.
    """
    longest_ns, rate = schedule.longest_run_ns(), spec.guests.accesses_per_us
    if longest_ns * rate / 1000 > MOST_ACCESSES_OF_A_RUN:
        raise ValueError(
            f"guests.accesses_per_us is {rate}, and one vCPU of the recording runs for "
            f"{longest_ns / 1e9:,.1f} s without a break; {MOST_ACCESSES_OF_A_RUN} accesses are "
            f"allowed at once, {MOST_ACCESSES_OF_A_RUN * 1000 / longest_ns:.3g} a µs"
        )


def _faults(names: list[str]) -> frozenset[Fault]:
    try:
        return frozenset(fault(name) for name in names)
    except ValueError as error:
        raise ValueError(f"faults: {error}") from None


def _guests(body: GuestsBody | None) -> GuestSpec:
    return GuestSpec(**body.model_dump(exclude_none=True)) if body else GuestSpec()


def _platform_of(body: SpecBody) -> Platform:
    if body.preset is not None and body.platform is not None:
        raise ValueError("preset is given beside platform; one of the two is allowed")
    if isinstance(body.platform, PlatformBody):
        return _adjusted(body.platform)
    return preset(body.platform or body.preset or DEFAULT_PRESET)


def _adjusted(body: PlatformBody) -> Platform:
    """The preset with what the body changes. Field names in messages are as in the body."""
    platform = _with_harts(preset(body.preset or DEFAULT_PRESET), body)
    changes: dict[str, Any] = body.model_dump(
        include={"asidlen", "rfence_range_limit_bytes", "over_fences"}, exclude_none=True
    )
    if body.tlb:
        wanted = body.tlb.model_dump(exclude_none=True)
        if "organisation" in wanted:
            wanted["organisation"] = Organisation(wanted["organisation"])
        changes["tlb"] = replace(platform.tlb, **wanted)
    if body.warl:
        changes["warl"] = WarlRule(body.warl)
    if body.costs is not None:
        changes["costs"] = _costs(platform.costs, body.costs)
    return replace(platform, **changes)


def _with_harts(platform: Platform, body: PlatformBody) -> Platform:
    if body.harts is not None and body.hart_ids is not None:
        raise ValueError("harts is given beside hart_ids; one of the two is allowed")
    bits = body.vmidlen
    if body.harts is not None:
        platform = platform.with_harts(body.harts)
    if body.hart_ids is not None:
        ids = tuple(HartId(number) for number in body.hart_ids)
        platform = replace(platform, hart_ids=ids, vmidlen=(platform.vmidlen[0],) * len(ids))
    if bits is None:
        return platform
    if isinstance(bits, list) and len(bits) != len(platform.hart_ids):
        raise ValueError(
            f"vmidlen has {len(bits)} values; {len(platform.hart_ids)} (one a hart) is allowed"
        )
    return replace(
        platform,
        vmidlen=tuple(bits) if isinstance(bits, list) else (bits,) * len(platform.hart_ids),
    )


def _costs(table: CostTable, wanted: dict[str, int]) -> CostTable:
    known = [field.name for field in fields(CostTable)]
    for name in wanted:
        if name not in known:
            raise ValueError(f"costs has {name!r}; allowed: {', '.join(known)}")
    return replace(table, **wanted)


def check_domain_size(vcpus: int, pages: int) -> None:
    """Raises ValueError for a domain whose translation tables would not fit in memory."""
    if vcpus * pages > MOST_VCPU_PAGES:
        raise ValueError(
            f"pages is {pages} for {vcpus} vCPUs; {MOST_VCPU_PAGES // vcpus} is allowed for so many"
        )
