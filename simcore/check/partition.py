"""One search by several searchers: each owns the states whose fingerprint falls to it.

Level by level, each expands the states it owns and hands those it reached to their owners, so that
the first breach is at the end of a shortest path, as in `Search`. (Stern and Dill, "Parallelizing
the Murphi verifier", CAV 1997, with levels kept apart.) Nothing here knows of processes:
`Together` has every share in this one.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from simcore.check.bounds import Bounds
from simcore.check.fingerprint import Fingerprints, owner_of
from simcore.check.parcel import Inbox, Outbox, Packing, Parcel, Reached
from simcore.check.search import Progress, Search, Verdict, cut_sentences
from simcore.check.steps import State
from simcore.invariants import ISOLATION, Invariant

MAX_SHARES = 64
_NOWHERE = -1
"""Where the state after boot was reached from."""


class Order(NamedTuple):
    """What is to be explored."""

    policy: str
    bounds: Bounds
    properties: tuple[Invariant, ...] = ISOLATION
    symmetry: bool = True


class Breach(NamedTuple):
    """A property that breaks where a choice is taken in a state, which the finder owns."""

    broken: Invariant
    state: int
    choice: int


class Tally(NamedTuple):
    """How far a share is, and what it has seen."""

    progress: Progress
    seen: frozenset[Invariant]
    cut: bool
    breach: Breach | None


class Stretch(NamedTuple):
    """A part of a path: the choices up to a state, from ``parent`` (a reference; -1: the start)."""

    choices: tuple[int, ...]
    parent: int


class Share(Search):
    """What number ``number`` of ``of`` searchers does.

    A state is referred to as index × of + number, by its index with its owner.
    """

    def __init__(self, order: Order, number: int, of: int) -> None:
        super().__init__(order.policy, order.bounds, order.properties, symmetry=False)
        self._number, self._of = number, of
        self._fingerprint = Fingerprints(self.collapsed, symmetry=order.symmetry).of
        packing = Packing(self.collapsed)
        others = [other for other in range(of) if other != number]
        self._outboxes = {other: Outbox(packing) for other in others}
        self._inboxes = {other: Inbox(packing) for other in others}
        self._known: set[bytes] = set()
        # Of one level: most states are reached more than once, by steps in another order.
        self._met: set[State] = set()
        self._sent: set[bytes] = set()
        self._parents, self._choices, self._given = array("q"), array("i"), []
        self._following: list[tuple[int, State]] = []
        self._begin()

    def _begin(self) -> None:
        initial = self.collapsed.initial()
        fingerprint = self._fingerprint(initial)
        if owner_of(fingerprint, self._of) == self._number:
            self._keep(Reached(fingerprint, initial, _NOWHERE, -1, 0))
        self.waiting = len(self._following)

    def _keep(self, reached: Reached) -> None:
        """Note a state that was not known, which is expanded in the next level."""
        self._known.add(reached.fingerprint)
        self._following.append((self.states, reached.state))
        self._parents.append(reached.parent)
        self._choices.append(reached.choice)
        self._given.append(reached.given)

    def expand(self, report: Callable[[Tally], None] = lambda tally: None) -> dict[int, Parcel]:
        """Expand this level, up to a breach; returns what belongs to others."""
        level, self._following = self._following, []
        self._met, self._sent = set(), set()
        self.depth += 1
        for number, (index, state) in enumerate(level):
            for reached in self._reached(index, state):
                owner = owner_of(reached.fingerprint, self._of)
                if owner == self._number:
                    self._keep(reached)
                else:
                    self._sent.add(reached.fingerprint)
                    self._outboxes[owner].add(reached)
            if self._broken:
                break
            if not number % 500:
                self.waiting = len(level) - number + len(self._following)
                report(self.tally())
        return {other: outbox.parcel() for other, outbox in self._outboxes.items()}

    def _reached(self, index: int, state: State) -> Iterator[Reached]:
        """The states one step on that are not known here and not sent in this level."""
        for successor in self._successors(index, state):
            if successor.state in self._met:
                continue
            self._met.add(successor.state)
            fingerprint = self._fingerprint(successor.state)
            if fingerprint not in self._known and fingerprint not in self._sent:
                given = self._given_after(index, successor)
                parent = index * self._of + self._number
                yield Reached(fingerprint, successor.state, parent, successor.choice, given)

    def take_in(self, parcels: dict[int, Parcel]) -> Tally:
        """The states that others reached and that are this share's, in the others' order."""
        for other in sorted(parcels):
            for reached in self._inboxes[other].opened(parcels[other], self._known):
                self._keep(reached)
        self.waiting = len(self._following)
        return self.tally()

    def tally(self) -> Tally:
        """How far it is."""
        breach = None
        if self._broken:
            found = self._broken[0]
            breach = Breach(found.broken, found.parent, found.choice)
        seen = frozenset(self._seen | self.collapsed.judge.met)
        return Tally(self.progress(), seen, self._cut, breach)

    def stretch(self, index: int) -> Stretch:
        """How a state was reached, back to where another share's state led on."""
        choices: list[int] = []
        while True:
            parent = self._parents[index]
            if parent == _NOWHERE:
                break
            choices.append(self._choices[index])
            if parent % self._of != self._number:
                break
            index = parent // self._of
        return Stretch(tuple(reversed(choices)), parent)


class Crew(Protocol):
    """The shares of one search, wherever they are."""

    tallies: list[Tally]
    """The latest of each."""

    def level(self, told: Callable[[], None], stopped: Callable[[], bool]) -> bool:
        """Have each expand its level and take in what others reached; whether it came to the end.

        ``told`` is called when a tally is new.
        """

    def stretch(self, number: int, index: int) -> Stretch:
        """`Share.stretch` of a share."""


class Together:
    """Every share in this process, one after the other."""

    def __init__(self, order: Order, of: int) -> None:
        self._shares = [Share(order, number, of) for number in range(of)]
        self.tallies = [share.tally() for share in self._shares]

    def level(self, told: Callable[[], None], stopped: Callable[[], bool]) -> bool:
        """See `Crew`."""
        sent = [share.expand() for share in self._shares]
        self.tallies = [
            share.take_in({other: of[number] for other, of in enumerate(sent) if number in of})
            for number, share in enumerate(self._shares)
        ]
        told()
        return not stopped()

    def stretch(self, number: int, index: int) -> Stretch:
        """See `Crew`."""
        return self._shares[number].stretch(index)


def explore(
    crew: Crew,
    order: Order,
    report: Callable[[Progress], None] = lambda progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Verdict:
    """Have a crew search until a property is broken, all is explored, or ``stopped`` says so."""
    complete, depth = True, 0

    def told() -> None:
        report(_sum(crew.tallies))

    while complete and depth != order.bounds.depth:
        if not _sum(crew.tallies).waiting or _breach(crew.tallies):
            break
        depth += 1
        complete = crew.level(told, stopped)
    return _verdict(crew, order, complete=complete)


def _sum(tallies: Sequence[Tally]) -> Progress:
    """How far all are together."""
    found = [tally.progress for tally in tallies]
    return Progress(
        sum(progress.states for progress in found),
        sum(progress.transitions for progress in found),
        max(progress.depth for progress in found),
        sum(progress.waiting for progress in found),
    )


def _breach(tallies: Sequence[Tally]) -> tuple[int, Breach] | None:
    """The first share that found one, and what it found; all are as deep."""
    return next(((n, tally.breach) for n, tally in enumerate(tallies) if tally.breach), None)


def _path(crew: Crew, found: tuple[int, Breach]) -> tuple[int, ...]:
    """From the state after boot to a breach, stretch by stretch."""
    number, breach = found
    path: tuple[int, ...] = (breach.choice,)
    reference = breach.state * len(crew.tallies) + number
    while reference != _NOWHERE:
        index, number = divmod(reference, len(crew.tallies))
        choices, reference = crew.stretch(number, index)
        path = (*choices, *path)
    return path


def _verdict(crew: Crew, order: Order, *, complete: bool) -> Verdict:
    tallies = crew.tallies
    states, transitions, depth, waiting = _sum(tallies)
    found = _breach(tallies) if complete else None
    seen = frozenset[Invariant]().union(*(tally.seen for tally in tallies))
    left = waiting if complete and not found else 0
    return Verdict(
        order.policy,
        order.bounds,
        order.properties,
        found is None,
        complete,
        found[1].broken if found else None,
        _path(crew, found) if found else (),
        states,
        transitions,
        depth,
        cut_sentences(
            order.bounds, order.properties, left, past=any(tally.cut for tally in tallies)
        ),
        {invariant: invariant in seen for invariant in order.properties},
    )
