"""The parts of a checked machine's state, each immutable, and their names under a renaming.

A part may be shared by any number of states: whoever changes a machine works on a copy of the
parts that it changes. What never decides what happens is left out: clocks, counters, cycles,
frame numbers, and how large generation numbers are.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

from simcore.check.labels import DEAD, GuestAsid, Member, Naming, Slot, named_slot
from simcore.guests.working_set import GuestSpec
from simcore.hv import operations as op
from simcore.hv.domain import Vcpu
from simcore.hv.generation import Generation
from simcore.hw.hart import Hart
from simcore.hw.ids import DomainId
from simcore.hw.kernel import GHOST_SHIFT
from simcore.hw.tlb import EntryKind
from simcore.hw.unbounded_tlb import Held, Place, UnboundedTlb
from simcore.machine.guest_memory import GuestMemory, OwnerOf, gpn_of
from simcore.machine.micro_steps import Task
from simcore.policies.base import Policy, PolicyContext

_VERSION_MASK = (1 << GHOST_SHIFT) - 1
_FIRST_RANK = 1 << 40
_OUTDATED = 1
"""The version of an entry from before a mapping change; the mapping itself stays at 0."""


class ThreadPart(NamedTuple):
    """What is on a hart and what it has still to do."""

    vcpu: Vcpu | None
    in_guest: bool
    work: tuple[Task, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HartPart:
    """A hart with its TLB, and whose tables its registers hold."""

    hart: Hart
    host: DomainId | None
    tables: tuple[DomainId, int] | None


@dataclass(frozen=True, slots=True)
class PolicyPart:
    """A policy's state, packed, so that copies are quick to make."""

    packed: bytes


def pack(policy: Policy) -> PolicyPart:
    """A policy's state, all but what it knows of the machine."""
    state = {field: value for field, value in vars(policy).items() if field != "context"}
    return PolicyPart(pickle.dumps(state, pickle.HIGHEST_PROTOCOL))


def unpack(part: PolicyPart, kind: type[Policy], context: PolicyContext) -> Policy:
    """A policy in that state."""
    return _policy(pickle.loads(part.packed), kind, context)


def _policy(state: dict[str, Any], kind: type[Policy], context: PolicyContext) -> Policy:
    policy = kind.__new__(kind)
    policy.context = context
    vars(policy).update(state)
    return policy


def renamed(policy: Policy, slots: dict[int, Slot]) -> Policy:
    """A copy of a policy with the domains in ``slots`` by other names."""

    def rename(number: int) -> Slot:
        return slots.get(number, Slot(number))

    class Unpacker(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            found = super().find_class(module, name)
            return rename if found is named_slot else found

    state = Unpacker(io.BytesIO(pack(policy).packed)).load()
    _drop_dead(state)
    return _policy(state, type(policy), policy.context)


def _drop_dead(noted: object) -> None:
    """Take out of dictionaries what is filed under the dead, for whom no policy is asked again.

    They are one key, so what is left under it would depend on the order in which they died.
    """
    if isinstance(noted, dict):
        for key in [key for key in noted if _is_dead(key)]:
            del noted[key]
        for value in noted.values():
            _drop_dead(value)


def _is_dead(key: object) -> bool:
    if isinstance(key, tuple):
        return any(map(_is_dead, key))
    return isinstance(key, Slot) and key == DEAD


def policy_key(policy: Policy, naming: Naming) -> tuple[object, ...]:
    """What decides how a policy will act: generations by their rank."""
    seen: set[int] = set()

    def note(label: int) -> int:
        if isinstance(label, Generation) and label:
            seen.add(int(label))
        return int(label)

    policy.key(note)
    # Above every plain number, which a generation must not be taken for.
    rank = {value: place for place, value in enumerate(sorted(seen), start=_FIRST_RANK)}

    def rename(label: int) -> int:
        return rank.get(int(label), 0) if isinstance(label, Generation) else int(naming(label))

    return policy.key(rename)


def without_generations(work: tuple[Task, ...]) -> tuple[Task, ...]:
    """Tasks whose telling operations name no generation, which only events do."""
    return tuple(
        task._replace(operation=task.operation._replace(generation=0))
        if isinstance(task.operation, op.Assigned | op.RolledOver)
        else task
        for task in work
    )


def named(value: object, naming: Naming) -> object:
    """A part that is made of tuples, with everything in it by its other name."""
    if isinstance(value, Slot | Member | GuestAsid):
        return int(naming(value))
    if isinstance(value, Vcpu):
        return (naming.slot(value.domain), naming.member(value.index))
    if isinstance(value, tuple):
        return (type(value).__name__, *(named(item, naming) for item in value))
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(named(getattr(value, field.name), naming) for field in fields(value))
    return value


def hart_key(part: HartPart, memory: GuestMemory, naming: Naming, guests: GuestSpec) -> object:
    """Tag registers, whose tables they hold, and the TLB with its ghosts."""
    own_asids = guests.asids == "distinct"
    own_tables = guests.asids in ("distinct", "same")
    hart = part.hart
    assert isinstance(hart.tlb, UnboundedTlb)

    def asid(number: int | None) -> int | None:
        return naming.asid(number) if own_asids else number

    def space(number: int) -> int:
        return naming.member(number) if own_tables else number

    entries = frozenset(
        (
            tag.kind,
            tag.vmid,
            asid(tag.asid),
            page,
            held.target if tag.kind is EntryKind.VS_STAGE else 0,
            naming.slot(memory.owners[held.ghost >> GHOST_SHIFT].domain),
            space(memory.owners[held.ghost >> GHOST_SHIFT].space),
            held.ghost & _VERSION_MASK,
        )
        for (tag, page), held in hart.tlb.held.items()
    )
    host = None if part.host is None else naming.slot(part.host)
    tables = None
    if part.tables is not None:
        tables = (naming.slot(part.tables[0]), space(part.tables[1]))
    return (hart.vmid, asid(hart.asid), host, tables, entries)


def without_domain(part: HartPart, dead: int, memory: GuestMemory) -> HartPart:
    """The hart after a domain is gone: its entries are a dead owner's, its tables nobody's."""
    nobody = memory.number_of(OwnerOf(int(DEAD), -1)) << GHOST_SHIFT

    def relabelled(place: Place, held: Held) -> Held:
        gone = memory.owners[held.ghost >> GHOST_SHIFT].domain == dead
        return held._replace(ghost=nobody) if gone else held

    host = None if part.host == dead else part.host
    tables = (DomainId(DEAD), -1) if part.tables and part.tables[0] == dead else part.tables
    return _with_entries(HartPart(part.hart, host, tables), relabelled)


def with_outdated(
    part: HartPart, domain: int, pages: frozenset[int], memory: GuestMemory
) -> HartPart:
    """The hart after ``pages`` of a domain lead elsewhere: what it holds of them is outdated."""

    def relabelled(place: Place, held: Held) -> Held:
        if place.tag.kind is EntryKind.VS_STAGE:
            return held
        owner = memory.owners[held.ghost >> GHOST_SHIFT]
        if (
            owner.domain != domain
            or gpn_of(place.page, owner.space, memory.spec.working_set_pages) not in pages
        ):
            return held
        return held._replace(ghost=held.ghost & ~_VERSION_MASK | _OUTDATED)

    return _with_entries(part, relabelled)


def _with_entries(part: HartPart, relabelled: Callable[[Place, Held], Held]) -> HartPart:
    tlb = part.hart.tlb
    assert isinstance(tlb, UnboundedTlb)
    hart = part.hart.clone()
    hart.tlb = UnboundedTlb(
        tlb.geometry, {place: relabelled(place, held) for place, held in tlb.held.items()}
    )
    return HartPart(hart, part.host, part.tables)
