"""Steps between collapsed states, and what came of each in the situations that were played."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from operator import itemgetter
from typing import Any, NamedTuple

from simcore.check.properties import Question
from simcore.invariants import Invariant
from simcore.machine.commands import Choose

State = tuple[int, ...]
"""The numbers of a state's parts, in the order of `simcore.check.footprint.Layout`."""


class Pool:
    """Distinct parts, by number."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self.parts: list[Any] = []

    def number(self, key: Hashable, part: Any) -> int:
        """The number of the part with this key; the first that came with it stays."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.parts)
            self.parts.append(part)
        return number


class Outcome(NamedTuple):
    """What a step did: its footprint's parts after it, and what the properties make of it."""

    parts: tuple[int, ...]
    dead: int
    outdated: tuple[int, frozenset[int]] | None
    broken: tuple[Invariant, ...]
    questions: tuple[Question, ...]
    seen: frozenset[Invariant]
    given: tuple[tuple[int, int], ...]
    cut: bool

    def then(self, following: Outcome) -> Outcome:
        """What two steps together did, for the properties."""
        return self._replace(
            dead=max(self.dead, following.dead),
            outdated=self.outdated or following.outdated,
            seen=self.seen | following.seen,
            given=self.given + following.given,
            cut=self.cut or following.cut,
        )


NOTHING = Outcome((), -1, None, (), (), frozenset(), (), False)


class Step:
    """One choice with the parts it depends on, and every situation of them that was played."""

    __slots__ = ("choice", "footprint", "look", "outcomes", "whole")

    def __init__(self, choice: Choose, footprint: tuple[int, ...]) -> None:
        self.choice = choice
        self.footprint = footprint
        self.look: Callable[[State], Any] = itemgetter(*footprint)
        self.outcomes: dict[Any, Outcome | Step] = {}
        self.whole: Step | None = None
        """This step with all that follows from it, and the other way round."""


class Successor(NamedTuple):
    """A state that one choice leads to."""

    choice: int
    state: State
    outcome: Outcome
    broken: tuple[Invariant, ...]
    depends: tuple[int, ...] = ()
