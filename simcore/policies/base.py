"""What a policy is: one hypervisor's whole VMID scheme, as hooks that return operations.

The split into load, enter, exit and put is where Xen and KVM differ, and where their windows are:
`load` puts a vCPU on a hart and may program a stale VMID, `enter` is the last step before guest
code, `exit` the first after it, `put` takes the vCPU off. A hook that does nothing is inherited.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import ClassVar, Literal

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


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """What a policy knows of the machine before the first hart boots."""

    hart_ids: tuple[HartId, ...]
    xlen: Literal[32, 64]


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
    reserved: ClassVar[frozenset[int]] = frozenset()
    """Hardware ids it never gives to a guest while tagging is on."""

    def __init__(self, context: PolicyContext) -> None:
        self.context = context

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

    def key(self) -> tuple[object, ...]:
        """The state as nested tuples: equal where two policies will act alike."""
        return tuple(
            (field, freeze(value)) for field, value in vars(self).items() if field != "context"
        )


def freeze(value: object) -> object:
    """Plain data as nested tuples, with dictionaries and sets in sorted order."""
    if isinstance(value, dict):
        return tuple(sorted((freeze(k), freeze(v)) for k, v in value.items()))
    if isinstance(value, (set, frozenset)):
        return tuple(sorted(freeze(item) for item in value))  # type: ignore[type-var]
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, (bytearray, bytes)):
        return bytes(value)
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(freeze(getattr(value, field.name)) for field in fields(value))
    slots = getattr(type(value), "__slots__", ())
    if slots and not isinstance(value, (int, str, float, Enum)):
        return tuple(freeze(getattr(value, slot)) for slot in slots)
    return value
