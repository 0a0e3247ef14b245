"""What the end of a domain, or a change of its mapping, means for what harts hold of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simcore.check.footprint import Layout
from simcore.check.parts import HartPart, with_outdated, without_domain
from simcore.check.resident import Resident
from simcore.check.steps import Pool


class Aftermath:
    """Gives the entries of harts new ghosts: only ghosts, since hardware notices nothing."""

    def __init__(
        self,
        machine: Resident,
        layout: Layout,
        number: Callable[[int, HartPart], int],
        pools: list[Pool],
    ) -> None:
        self._machine, self._layout = machine, layout
        self._number, self._pools = number, pools
        self._known: dict[tuple[object, int, int], int] = {}

    def bury(self, after: list[int], dead: int) -> None:
        """Every hart's entries of a domain that is gone are a dead owner's."""
        for index in self._layout.harts:
            key = (dead, index, after[index])
            if key not in self._known:
                part: HartPart = self._pools[index].parts[after[index]]
                part = without_domain(part, dead, self._machine.memory)
                self._known[key] = self._number(index, part)
            after[index] = self._known[key]

    def outdate(
        self, after: list[int], change: tuple[int, frozenset[int]], in_hand: Sequence[int]
    ) -> None:
        """Entries from before a mapping change are outdated, on harts that no step has in hand."""
        for index in self._layout.harts:
            if index in in_hand:
                continue
            key = (change, index, after[index])
            if key not in self._known:
                part: HartPart = self._pools[index].parts[after[index]]
                part = with_outdated(part, *change, self._machine.memory)
                self._known[key] = self._number(index, part)
            after[index] = self._known[key]

    def outdate_in_hand(self, footprint: Sequence[int], domain: int, pages: frozenset[int]) -> bool:
        """The same on the harts that a step has in hand, in the machine itself: whether any was."""
        changed = False
        for index in set(footprint) & set(self._layout.harts):
            hart = self._layout.hart_of(index)
            before = self._machine.hart(hart)
            part = with_outdated(before, domain, pages, self._machine.memory)
            changed = changed or part.hart.tlb.key() != before.hart.tlb.key()
            self._machine.put_hart(hart, part, to_change=False)
        return changed
