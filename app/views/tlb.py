"""A hart's TLB as JSON: the entries of a window of sets, and one entry explained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.errors import invalid
from app.live.chronicle import Chronicle
from app.live.shown import Shown
from app.views.fences import fence_text, spared_text
from app.views.hart import hart_of, is_stale
from app.views.history import called
from simcore.hv.domain import Domain
from simcore.hw.hart import Hart
from simcore.hw.ids import DomainId
from simcore.hw.removal import Fate, fates
from simcore.hw.tlb import EntryKind, Organisation, TlbEntry, TlbGeometry
from simcore.machine import Machine
from simcore.machine.guest_memory import OwnerOf, gpn_of
from simcore.vmid_map import vmid_map


def tlb_json(
    live: Shown, machine: Machine, number: int, first_set: int = 0, sets: int | None = None
) -> dict[str, Any]:
    """The valid entries of one hart's TLB, of ``sets`` sets from ``first_set`` on (None: all).

    Raises ProblemError where the machine does not have the hart.
    """
    hart = hart_of(machine, number)
    geometry = hart.tlb.geometry
    last = geometry.sets if sets is None else first_set + sets
    return {
        "seq": live.published.seq,
        "hart": hart.id,
        "organisation": geometry.organisation.value,
        "structures": structures_of(geometry),
        "sets": geometry.sets,
        "ways": geometry.ways,
        "entries": [
            _entry_json(live, machine, entry)
            for entry in hart.tlb.entries()
            if first_set <= entry.set < last
        ],
    }


def structures_of(geometry: TlbGeometry) -> list[str]:
    """The names of the structures that a TLB has."""
    split = geometry.organisation is Organisation.SPLIT
    return ["VS-stage", "G-stage"] if split else ["combined"]


def entry_json(
    live: Shown, machine: Machine, number: int, structure: str, row: int, way: int
) -> dict[str, Any]:
    """One place of a TLB: what is there, why, and what would remove it.

    Raises ProblemError where the hart, or the place in its TLB, does not exist.
    """
    hart = hart_of(machine, number)
    _require_place(hart.tlb.geometry, structure, row, way)
    place = (structure, row, way)
    found = [entry for entry in hart.tlb.entries() if entry[:3] == place]
    answer = {
        "seq": live.published.seq,
        "hart": hart.id,
        "structure": structure,
        "set": row,
        "way": way,
    }
    if not found:
        because = ["No valid entry is here: nothing was filled, or a fence removed it."]
        return answer | {"entry": None, "because": because, "removed_by": [], "kept_by": []}
    told = list(fates(hart, found[0], _gpn(machine, found[0])))
    return answer | {
        "entry": _entry_json(live, machine, found[0]),
        "because": list(_because(live.chronicle, machine, hart, found[0])),
        "removed_by": [_fate_json(fate, found[0]) for fate in told if fate.spared is None],
        "kept_by": [_fate_json(fate, found[0]) for fate in told if fate.spared is not None],
    }


def _require_place(geometry: TlbGeometry, structure: str, row: int, way: int) -> None:
    allowed = structures_of(geometry)
    if structure not in allowed:
        message = f"structure is {structure!r}; this TLB has {', '.join(allowed)}"
        raise invalid(("path", "structure"), message)
    for name, value, size in (("set", row, geometry.sets), ("way", way, geometry.ways)):
        if not 0 <= value < size:
            raise invalid(("path", name), f"{name} is {value}; 0 to {size - 1} is allowed")


def _fate_json(fate: Fate, entry: TlbEntry) -> dict[str, Any]:
    reason, norm = spared_text(fate, entry)
    return {"fence": fence_text(fate.fence, fate.vmid), "reason": reason, "norm": norm}


def _gpn(machine: Machine, entry: TlbEntry) -> int | None:
    """The guest-physical page that an entry depends on; None: of a domain that is gone."""
    if entry.kind is EntryKind.G_STAGE:
        return entry.page
    if entry.kind is EntryKind.VS_STAGE:
        return entry.target
    owner = machine.memory.owners[entry.owner]
    domain = machine.domains.get(DomainId(owner.domain))
    return gpn_of(entry.page, owner.space, domain.p2m.pages) if domain else None


def _because(chronicle: Chronicle, machine: Machine, hart: Hart, entry: TlbEntry) -> Iterator[str]:
    """Why an entry is there, whether it is right, and whom it serves; a sentence each."""
    owner = machine.memory.owners[entry.owner]
    domain = machine.domains.get(DomainId(owner.domain))
    tag = _tag(entry)
    yield f"Filled by {called(chronicle, owner.domain)} through {_tables(owner, domain)}, {tag}."
    source, target = _TRANSLATES[entry.kind]
    yield f"It takes {source} page {entry.page:#x} to {target} page {entry.target:#x}."
    ago = hart.tlb.clock - entry.last_use
    when = "by this hart's last access" if ago == 0 else f"{ago:,} accesses of this hart ago"
    yield f"Last used {when}; when it was filled is not kept."
    yield _current(machine, entry, domain, called(chronicle, owner.domain))
    yield (
        f"Any access {tag} to this page is served by it. VMID {entry.vmid} belongs to "
        f"{_holders(chronicle, machine, hart, entry.vmid)} on this hart now."
    )


_TRANSLATES = {
    EntryKind.COMBINED: ("guest-virtual", "supervisor-physical"),
    EntryKind.VS_STAGE: ("guest-virtual", "guest-physical"),
    EntryKind.G_STAGE: ("guest-physical", "supervisor-physical"),
}


def _tag(entry: TlbEntry) -> str:
    return f"under VMID {entry.vmid}" + ("" if entry.asid < 0 else f" and ASID {entry.asid}")


def _tables(owner: OwnerOf, domain: Domain | None) -> str:
    """Whose page tables a walk went through."""
    if owner.space < 0:
        return "its G-stage tables"
    users = (
        [f"{vcpu.index}" for vcpu in domain.vcpus if vcpu.space == owner.space] if domain else []
    )
    whose = f" (of its vCPU {', '.join(users)})" if users else ""
    return f"its VS-stage tables {owner.space}{whose}"


def _current(machine: Machine, entry: TlbEntry, domain: Domain | None, name: str) -> str:
    """Whether an entry still says what its owner's tables say."""
    if domain is None:
        return f"Stale: {name} does not exist any more."
    if entry.kind is EntryKind.VS_STAGE:
        return f"Right for {name}: guests do not change their VS-stage tables here."
    gpn = _gpn(machine, entry)
    assert gpn is not None
    now = domain.p2m.versions[gpn]
    if now == entry.version:
        return f"Right for {name}: guest-physical page {gpn:#x} is at version {now} still."
    return (
        f"Stale: filled from version {entry.version} of the mapping; {name} has guest-physical "
        f"page {gpn:#x} at version {now} now."
    )


def _holders(chronicle: Chronicle, machine: Machine, hart: Hart, vmid: int) -> str:
    """Who has a VMID on a hart by the policy's books, or runs under it."""
    owners = vmid_map(machine, hart.id, chronicle.trouble).owners.get(vmid, ())
    names = [
        called(chronicle, domain) + ("" if vcpu < 0 else f", vCPU {vcpu}")
        for domain, vcpu in owners
    ]
    return " and ".join(names) or "nobody"


def _entry_json(live: Shown, machine: Machine, entry: TlbEntry) -> dict[str, Any]:
    owner = machine.memory.owners[entry.owner]
    return {
        "structure": entry.structure,
        "set": entry.set,
        "way": entry.way,
        "kind": entry.kind.label,
        "vmid": entry.vmid,
        "asid": None if entry.asid < 0 else entry.asid,
        "page": entry.page,
        "page_size": machine.spec.guests.page_size,
        "target": entry.target,
        "owner": {
            "domain": owner.domain,
            "name": live.chronicle.name(owner.domain),
            "space": None if owner.space < 0 else owner.space,
        },
        "version": entry.version,
        "stale": is_stale(machine, entry),
        "last_use": entry.last_use,
    }
