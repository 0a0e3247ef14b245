"""Breadth-first search: the first state that breaks a property is at the end of a shortest path."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from simcore.check.bounds import Bounds
from simcore.check.collapse import Collapsed
from simcore.check.steps import State, Successor
from simcore.check.symmetry import Symmetry
from simcore.invariants import ISOLATION, Invariant
from simcore.words import counted


class Progress(NamedTuple):
    """How far a search is; ``waiting`` states are known and not expanded yet."""

    states: int
    transitions: int
    depth: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a search found.

    ``complete``: everything within the bounds was explored, or a property was broken. ``path`` is
    the shortest to the breach of ``broken``. ``cut_by`` says in sentences which bounds cut the
    exploration. ``witnessed`` says of each property asked for whether what it is about happened.
    ``states`` counts orbits where symmetry is used.
    """

    policy: str
    bounds: Bounds
    properties: tuple[Invariant, ...]
    holds: bool
    complete: bool
    broken: Invariant | None
    path: tuple[int, ...]
    states: int
    transitions: int
    depth: int
    cut_by: tuple[str, ...]
    witnessed: dict[Invariant, bool]


class _Found(NamedTuple):
    parent: int
    choice: int
    broken: Invariant


class Search:
    """One breadth-first search, level by level."""

    def __init__(
        self,
        policy: str,
        bounds: Bounds,
        properties: Sequence[Invariant] = ISOLATION,
        *,
        symmetry: bool = True,
        remember: bool = True,
    ) -> None:
        self.policy, self.bounds, self.properties = policy, bounds, tuple(properties)
        self.collapsed = Collapsed(policy, bounds, properties, remember=remember)
        self._canonical = Symmetry(self.collapsed).canonical if symmetry else _itself
        self._parents, self._choices = array("q", [-1]), array("i", [-1])
        self._given = [0]
        self._seen: set[Invariant] = set()
        self._cut = False
        self.transitions = self.depth = self.waiting = 0
        self._broken: list[_Found] = []

    @property
    def states(self) -> int:
        """Distinct states so far."""
        return len(self._parents)

    def run(
        self,
        report: Callable[[Progress], None] = lambda progress: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Verdict:
        """Search until a property is broken, all is explored, or ``stopped`` says so."""
        initial = self.collapsed.initial()
        known = {self._canonical(initial)}
        level: list[tuple[int, State]] = [(0, initial)]
        limit = self.bounds.depth
        complete = True
        while level and not self._broken and complete and self.depth != limit:
            self.depth += 1
            following: list[tuple[int, State]] = []
            for number, (index, state) in enumerate(level):
                for successor in self._successors(index, state):
                    canonical = self._canonical(successor.state)
                    if canonical not in known:
                        known.add(canonical)
                        following.append((self.states, successor.state))
                        self._note(index, successor)
                if self._broken:
                    break
                if not number % 500:
                    self.waiting = len(level) - number + len(following)
                    report(self.progress())
                    if stopped():
                        complete = False
                        break
            level = following
        self.waiting = len(level)
        report(self.progress())
        return self._verdict(complete=complete, left=bool(level))

    def progress(self) -> Progress:
        """How far it is."""
        return Progress(self.states, self.transitions, self.depth, self.waiting)

    def _successors(self, index: int, state: State) -> Iterator[Successor]:
        """The states one step on that lie within the bounds; notes what breaks a property."""
        for successor in self.collapsed.successors(state):
            self.transitions += 1
            outcome = successor.outcome
            if outcome.seen:
                self._seen |= outcome.seen
            if outcome.given:
                self._given_after(index, successor)
            if successor.broken:
                self._broken.append(_Found(index, successor.choice, successor.broken[0]))
            if outcome.cut:
                self._cut = True
            else:
                yield successor

    def _note(self, parent: int, successor: Successor) -> None:
        """Keep how a new state was reached, and which ids were given out on the way."""
        self._parents.append(parent)
        self._choices.append(successor.choice)
        self._given.append(self._given_after(parent, successor))

    def _given_after(self, parent: int, successor: Successor) -> int:
        """The ids that were given out on the way, as bits; one given again is I3's twin."""
        given = self._given[parent]
        for hart, vmid in successor.outcome.given:
            bit = 1 << (hart + 1) * (1 << self.bounds.vmidlen) + vmid
            if given & bit:
                self._seen.add(Invariant.I3)
            given |= bit
        return given

    def _path(self) -> tuple[int, ...]:
        if not self._broken:
            return ()
        found = self._broken[0]
        path, index = [found.choice], found.parent
        while index > 0:
            path.append(self._choices[index])
            index = self._parents[index]
        return tuple(reversed(path))

    def _verdict(self, *, complete: bool, left: bool) -> Verdict:
        seen = self._seen | self.collapsed.judge.met
        deeper = self.waiting if left and not self._broken and complete else 0
        return Verdict(
            self.policy,
            self.bounds,
            self.properties,
            not self._broken,
            complete,
            self._broken[0].broken if self._broken else None,
            self._path(),
            self.states,
            self.transitions,
            self.depth,
            cut_sentences(self.bounds, self.properties, deeper, past=self._cut),
            {invariant: invariant in seen for invariant in self.properties},
        )


def cut_sentences(
    bounds: Bounds, properties: Sequence[Invariant], deeper: int, *, past: bool
) -> tuple[str, ...]:
    """What an exploration left out: states that lie deeper, or past the last generation, and the
    half of I10 that no single state or step can show."""
    sentences: list[str] = []
    if deeper:
        lie = "state lies" if deeper == 1 else "states lie"
        sentences.append(f"{deeper:,} {lie} deeper than {counted(bounds.depth or 0, 'step')}")
    if Invariant.I10 in properties:
        sentences.append(
            "of I10, only refused domains are looked for: vCPUs that force each other out for ever "
            "break no state (`vmidscope run kvm-riscv-insufficient-vmids` shows some)"
        )
    if past:
        sentences.append(f"states past generation {bounds.generations} of a hart are left out")
    return tuple(sentences)


def _itself(state: State) -> State:
    return state


def check(
    policy: str,
    bounds: Bounds,
    properties: Sequence[Invariant] = ISOLATION,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    stopped: Callable[[], bool] = lambda: False,
    symmetry: bool = True,
) -> Verdict:
    """Explore ``policy`` within ``bounds``. Raises ValueError where it cannot run there."""
    return Search(policy, bounds, properties, symmetry=symmetry).run(report, stopped)
