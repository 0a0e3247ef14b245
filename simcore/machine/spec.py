"""A machine's specification: everything but the command list that decides what it does."""

from __future__ import annotations

from dataclasses import dataclass, field

from simcore import policies
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import Platform
from simcore.machine.faults import Fault
from simcore.policies.base import PolicyContext


class UnsuitableError(ValueError):
    """A policy, or a fault of it, that makes no sense on a platform, and says so instead."""


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """Platform, policy, guests, seed, scheduling quantum, and whether a recording is looped.

    Raises ValueError naming the field that is wrong.
    """

    platform: Platform
    policy: str
    seed: int = 1
    guests: GuestSpec = field(default_factory=GuestSpec)
    quantum_ns: int = 1_000_000
    loop: bool = False
    speculation: bool = False
    """Whether each hart walks for an access of its own choosing after every operation."""
    faults: frozenset[Fault] = frozenset()

    def __post_init__(self) -> None:
        policy = policies.find(self.policy)
        reason = policy.cannot_run(
            PolicyContext(self.platform.hart_ids, self.platform.xlen), self.platform.vmidlen
        )
        if reason is not None:
            raise UnsuitableError(f"policy {self.policy} cannot run on this platform: {reason}")
        frees = {Fault.DOUBLE_FREE, Fault.FREE_WITHOUT_ALLOC, Fault.LEAKED_ID} & self.faults
        if frees and not policy.frees_ids:
            names = ", ".join(sorted(fault.value for fault in frees))
            raise UnsuitableError(f"faults has {names}; policy {self.policy} never frees an id")
        if self.guests.leaf_level and self.platform.xlen == 32:
            raise ValueError(
                f"guests.page_size is {self.guests.page_size!r}; platform {self.platform.name} has "
                "Sv32x4, whose megapages have 4 MiB: 4K is allowed"
            )
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed is {self.seed}; 0 to 2**63 - 1 is allowed")
        if not 1_000 <= self.quantum_ns <= 10**9:
            raise ValueError(f"quantum_ns is {self.quantum_ns}; 1000 to 1000000000 is allowed")
