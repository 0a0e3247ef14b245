"""A machine's specification: everything but the command list that decides what it does."""

from __future__ import annotations

from dataclasses import dataclass, field

from simcore import policies
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import Platform


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

    def __post_init__(self) -> None:
        policies.find(self.policy)
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed is {self.seed}; 0 to 2**63 - 1 is allowed")
        if not 1_000 <= self.quantum_ns <= 10**9:
            raise ValueError(f"quantum_ns is {self.quantum_ns}; 1000 to 1000000000 is allowed")
