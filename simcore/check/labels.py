"""Numbers that stand for a thing and could as well be another: domains, vCPUs, ASIDs.

They are whole numbers, so policies use them as they are; being of classes of their own, they can
be found in a state and given other names. Two states that differ by such names alone act alike.
"""

from __future__ import annotations

from collections.abc import Callable

from simcore.hw.ids import DomainId


class Slot(int):
    """The place of a domain in a checked machine. A new domain takes the place of a dead one."""

    def __reduce__(self) -> tuple[Callable[[int], Slot], tuple[int]]:
        return named_slot, (int(self),)


def named_slot(number: int) -> Slot:
    """What a packed `Slot` is read by, so that whoever reads may give it another name."""
    return Slot(number)


class Member(int):
    """A vCPU by its index in its domain, and the VS-stage tables that are its own."""


class GuestAsid(int):
    """The ASID in the vsatp of the vCPU that has index ASID - 1."""


DEAD = Slot(-1)
"""Whoever is gone. Nothing tells the dead apart, since no policy is ever asked for them again."""
FREED = Slot(-2)
"""The domain destroyed last, where a fault frees it once more."""


class Naming:
    """One way to give domains and vCPU indices other names: ``slots[i]`` is i's name."""

    __slots__ = ("members", "slots")

    def __init__(self, slots: tuple[int, ...], members: tuple[int, ...]) -> None:
        self.slots, self.members = slots, members

    def slot(self, number: int) -> int:
        """The name of a domain's place; the dead keep theirs."""
        return self.slots[number] if number >= 0 else number

    def member(self, number: int) -> int:
        """The name of a vCPU index or of VS-stage tables; -1, the G-stage, keeps its own."""
        return self.members[number] if number >= 0 else number

    def asid(self, number: int | None) -> int | None:
        """The name of an ASID."""
        return None if number is None or number < 1 else self.members[number - 1] + 1

    def __call__(self, label: int) -> int:
        if isinstance(label, Slot):
            return self.slot(label)
        if isinstance(label, Member):
            return self.member(label)
        return self.members[label - 1] + 1 if isinstance(label, GuestAsid) else label


def slot(number: int) -> DomainId:
    """The domain id of a place."""
    return DomainId(Slot(number))
