"""Paths: a list of choice numbers, followed on the machine itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from simcore import events as ev
from simcore.check.bounds import Bounds
from simcore.check.properties import Judge, Memory
from simcore.check.words import choice_words, step_words
from simcore.hw.unbounded_tlb import UnboundedTlb
from simcore.invariants import Invariant
from simcore.machine import Machine
from simcore.machine.commands import Choose


class PathError(ValueError):
    """A path that takes a choice that is not open there."""


class PathStep(NamedTuple):
    """One step: its number from 1, the choice taken and what happened."""

    number: int
    choice: int
    taken: Choose
    events: tuple[ev.Event, ...]
    chosen: str
    """The choice in words."""
    broken: tuple[tuple[Invariant, str], ...]
    """The properties that the step broke, with a sentence each."""

    @property
    def words(self) -> str:
        """The step in words, with hart, operation and CSR values."""
        return step_words(self.chosen, self.events)


class Walker:
    """A machine that is led along a path, one choice number at a time."""

    def __init__(self, policy: str, bounds: Bounds) -> None:
        self.bounds = bounds
        self.machine = Machine(bounds.spec(policy))
        for hart in self.machine.execution.harts.values():
            # As the checker's: what it finds must not depend on what silicon has room for.
            hart.tlb = UnboundedTlb(hart.tlb.geometry)
        self.booted = tuple(self.machine.take_events())
        self.steps: list[PathStep] = []
        self._judge, self._memory = Judge(self.machine, tuple(Invariant)), Memory()

    def choices(self) -> list[Choose]:
        """What is open now; a choice number counts from 0 in this list."""
        return self.machine.interleaving.choices(self.bounds.room)

    def take(self, choice: int) -> PathStep:
        """Take choice number ``choice``. Raises PathError where it is not open."""
        open_now = self.choices()
        if not 0 <= choice < len(open_now):
            raise PathError(
                f"path takes choice {choice} at step {len(self.steps) + 1}; "
                f"0 to {len(open_now) - 1} are open there"
            )
        taken = open_now[choice]
        chosen = choice_words(self.machine, taken)
        events = tuple(self.machine.apply(taken))
        self._memory, found = self._judge.judge(events, self._memory)
        broken = tuple(self._judge.answered(found))
        step = PathStep(len(self.steps) + 1, choice, taken, events, chosen, broken)
        self.steps.append(step)
        return step

    def follow(self, path: Sequence[int]) -> Iterator[PathStep]:
        """Take the choices of ``path`` in order. Raises PathError at the first that is not open."""
        for choice in path:
            yield self.take(choice)


def parse_path(text: str) -> tuple[int, ...]:
    """A path as it stands in a link: choice numbers with dots between. Raises PathError."""
    if not text:
        return ()
    try:
        path = tuple(int(number) for number in text.split("."))
    except ValueError:
        path = (-1,)
    if any(choice < 0 for choice in path):
        raise PathError(f"path is {text[:80]!r}; choice numbers with dots between are allowed")
    return path


def format_path(path: Sequence[int]) -> str:
    """A path as it stands in a link."""
    return ".".join(map(str, path))
