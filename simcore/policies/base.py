"""What a policy is: one hypervisor's whole VMID scheme, as hooks that return operations.

The split into load, enter, exit and put is where Xen and KVM differ, and where their windows are:
`load` puts a vCPU on a hart and may program a stale VMID, `enter` is the last step before guest
code, `exit` the first after it, `put` takes the vCPU off. A hook that does nothing is inherited.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Literal, Protocol

from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.operations import NONE, Operations, Refusal
from simcore.hw.ids import DomainId, HartId


class UnknownPolicyError(ValueError):
    """A policy name that no module defines."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"policy is {name!r}; allowed: {', '.join(known)}")


class Scope(Enum):
    """Where an id means one thing."""

    GLOBAL = "one id space for all harts"
    PER_HART = "one id space a hart"


class IdZero(Enum):
    """What hardware id 0 is to a scheme."""

    RESERVED = "never given to a guest"
    GIVEN = "given to a guest like any other"
    UNTAGGED = "stands for running untagged"


class Exhaustion(Enum):
    """What a scheme does when its ids are used up."""

    REFUSES = "refuses the domain"
    ROLLS_OVER = "begins a new generation"
    STEALS = "takes an id from another"
    SHARES = "lets the newcomer share an id"
    RUNS_UNTAGGED = "runs the newcomer untagged, with a flush at every entry"
    NEVER = "has none to run out of"


class GhostView(Protocol):
    """What nobody's hardware tells: the owners of the entries in a hart's TLB."""

    def owners(self, hart: HartId, vmid: int) -> frozenset[tuple[DomainId, int, int]]:
        """(Domain, address space, ASID) of every entry under an effective VMID.

        Space and ASID are -1 for G-stage entries; the domain is -1 for an entry of a destroyed
        domain or from before a mapping change.
        """


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """What a policy knows of the machine before the first hart boots."""

    hart_ids: tuple[HartId, ...]
    xlen: Literal[32, 64]
    ghosts: GhostView | None = None
    """Who filled what; for a bound such as `oracle`, never for a scheme that could be built."""


Rename = Callable[[int], int]

Owner = VcpuKey | DomainId
"""Who has an id: a vCPU, or a whole domain."""


class Policy:
    """One hypervisor's VMID scheme. Hooks return the operations owed, in order.

    A policy's own state is plain data (numbers, containers, dataclasses of them): it can be
    cloned and keyed. Arguments are read, never changed.
    """

    name: ClassVar[str]
    """As on the command line."""
    scope: ClassVar[Scope] = Scope.GLOBAL
    probes_vmidlen: ClassVar[bool] = True
    """Whether it writes ones to hgatp.VMID at boot and reads back (`norm:hgatp_vmid`)."""
    id_zero: ClassVar[IdZero] = IdZero.RESERVED
    exhaustion: ClassVar[Exhaustion] = Exhaustion.NEVER
    reserved: ClassVar[frozenset[int]] = frozenset()
    """Hardware ids it never gives to a guest while tagging is on."""

    frees_ids: ClassVar[bool] = False
    """Whether an id is given back when its domain goes, so that it could be given back twice."""
    reuse_fenced_at: ClassVar[Literal["assignment", "entry"]] = "entry"
    """When the entries of an id's former owner are gone, at the latest."""
    lazy_p2m: ClassVar[bool] = False
    """Whether a hart that does not run a domain fences a change of its P2M only when it does."""

    hazards: ClassVar[str] = ""
    """Where it fails to keep guests apart and why, in a sentence or two; empty: nowhere known."""
    sees_ghosts: ClassVar[bool] = False
    """Whether it asks who filled TLB entries, which no hardware tells: a bound, not a scheme."""

    def __init__(self, context: PolicyContext) -> None:
        self.context = context

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """Why it cannot run on these harts (VMIDLEN of each), in a sentence; None: it can."""
        return None

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """A hart comes up; ``vmidlen`` is what probing it found."""
        return NONE

    def create(self, domain: Domain) -> Operations | Refusal:
        """A domain is to be created; a refusal leaves nothing behind."""
        return NONE

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """A vCPU is put on a hart."""
        return NONE

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """The last step before guest code runs."""
        return NONE

    def exit(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """The first step after guest code ran."""
        return NONE

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """A vCPU is taken off a hart."""
        return NONE

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """The G-stage mapping of these guest pages changed."""
        return NONE

    def destroy(self, domain: Domain) -> Operations:
        """A domain, none of whose vCPUs is loaded, goes away."""
        return NONE

    def id_limit(self) -> int | None:
        """Ids from here on are never given to a guest, whatever the bits; None: no such limit."""
        return None

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """Ids in force on ``hart`` as the policy sees them, as programmed -> who has them."""
        return {}

    def generation(self, hart: HartId) -> int | None:
        """The current generation as this hart sees it; None for a scheme without."""
        return None

    def clone(self) -> Policy:
        """An independent copy."""
        twin = copy.copy(self)
        for field, value in vars(self).items():
            if field != "context":
                setattr(twin, field, copy.deepcopy(value))
        return twin

    def key(self, rename: Rename | None = None) -> tuple[object, ...]:
        """The state as nested tuples: equal where two policies will act alike.

        ``rename`` is applied to every number that is of a class of its own, before containers that
        have no order are put in one: domains by other names, generations by their rank.
        """
        return tuple(
            (field, freeze(value, rename))
            for field, value in vars(self).items()
            if field != "context"
        )


_PLAIN = frozenset({int, str, bool, float, bytes, type(None)})


def shorter_than_the_first(context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
    """Why a scheme that takes the first hart's VMIDLEN for all cannot run; None: none is shorter.

    ``vmidlen`` has an item a hart; an id of more bits than a hart has would alias another there.
    """
    shortest = min(vmidlen)
    if shortest == vmidlen[0]:
        return None
    hart = context.hart_ids[vmidlen.index(shortest)]
    return (
        f"the first hart's VMIDLEN of {vmidlen[0]} is taken for all, and hart {hart} has {shortest}"
    )


def freeze(value: object, rename: Rename | None = None) -> object:
    """Plain data as nested tuples, with dictionaries and sets in sorted order."""
    kind: Any = value.__class__
    if kind in _PLAIN:
        return value
    if isinstance(value, int):
        return rename(value) if rename else value
    if isinstance(value, dict):
        return _in_order([(freeze(k, rename), freeze(v, rename)) for k, v in value.items()], rename)
    if isinstance(value, (set, frozenset)):
        return _in_order([freeze(item, rename) for item in value], rename)
    if isinstance(value, (list, tuple)):
        return tuple([freeze(item, rename) for item in value])
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, Enum):
        return value
    return tuple([freeze(getattr(value, field), rename) for field in _fields(kind)])


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    """What a plain record is made of."""
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind))
    slots: tuple[str, ...] = getattr(kind, "__slots__", ())
    assert slots, f"{kind} is not plain data"
    return slots


def _in_order(items: list[Any], rename: Rename | None) -> tuple[object, ...]:
    """Renamed keys may meet, and then values decide, which need not compare."""
    if len(items) > 1:
        items.sort(key=repr if rename else None)
    return tuple(items)
