"""Random walks: for what is too large to be explored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from random import Random

from simcore.check.bounds import Bounds
from simcore.check.collapse import Collapsed
from simcore.check.search import Progress, Verdict, cut_sentences
from simcore.check.steps import State, Successor
from simcore.invariants import ISOLATION, Invariant

MAX_WALKS = 1_000_000
MAX_SEED = (1 << 63) - 1
STEPS = 200
"""Steps of a walk where no depth is set."""
_REPORT_EVERY = 500
"""Steps between two reports."""


class Walks:
    """Walks from the state after boot, each choice as likely as any other that is open.

    Raises ValueError for a seed that is out of range.
    """

    def __init__(
        self, policy: str, bounds: Bounds, seed: int, properties: Sequence[Invariant] = ISOLATION
    ) -> None:
        if not 0 <= seed <= MAX_SEED:
            raise ValueError(f"seed is {seed}; 0 to {MAX_SEED} is allowed")
        self.policy, self.bounds, self.seed = policy, bounds, seed
        self.properties = tuple(properties)
        self._random = Random(seed)
        self._collapsed = Collapsed(policy, bounds, properties)
        self._initial = self._collapsed.initial()
        self._met: set[State] = {self._initial}
        self._seen: set[Invariant] = set()
        self._cut = False
        self._limit = bounds.depth or STEPS
        self._longest = self._limit
        self._path: tuple[int, ...] = ()
        self._broken: Invariant | None = None
        self._transitions = self._depth = self._walks = 0

    def run(
        self,
        walks: int,
        report: Callable[[Progress], None] = lambda progress: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Verdict:
        """Walk so many times; the shortest path to a breach counts, and no walk goes beyond it.

        Raises ValueError where the number is out of range.
        """
        if not 1 <= walks <= MAX_WALKS:
            raise ValueError(f"walk is {walks}; 1 to {MAX_WALKS} is allowed")
        following = 0
        while self._walks < walks and self._limit and not stopped():
            self._walk()
            self._walks += 1
            if self._transitions >= following:
                report(self._progress(walks))
                following = self._transitions + _REPORT_EVERY
        report(self._progress(walks))
        return self._verdict()

    def _walk(self) -> None:
        """One walk, up to a breach, a state past the bounds, or one in which nothing is open."""
        state, path = self._initial, list[int]()
        given: set[tuple[int, int]] = set()
        while len(path) < self._limit:
            taken = self._step(state)
            if taken is None:
                return
            path.append(taken.choice)
            self._transitions += 1
            self._depth = max(self._depth, len(path))
            self._note(taken, given)
            if taken.broken:
                self._path, self._broken = tuple(path), taken.broken[0]
                self._limit = len(path) - 1
                return
            if taken.outcome.cut:
                return
            state = taken.state
            self._met.add(state)

    def _step(self, state: State) -> Successor | None:
        open_now = sum(1 for _ in self._collapsed.steps(state))
        if not open_now:
            return None
        number = self._random.randrange(open_now)
        return next(islice(self._collapsed.successors(state), number, None))

    def _note(self, taken: Successor, given: set[tuple[int, int]]) -> None:
        """What a step shows of the properties; an id that is given again on a walk is I3's twin."""
        self._seen |= taken.outcome.seen
        self._cut |= taken.outcome.cut
        for pair in taken.outcome.given:
            if pair in given:
                self._seen.add(Invariant.I3)
            given.add(pair)

    def _progress(self, walks: int) -> Progress:
        """``waiting`` is the number of walks to come."""
        return Progress(len(self._met), self._transitions, self._depth, walks - self._walks)

    def _verdict(self) -> Verdict:
        covered = (
            f"random walks cover {len(self._met):,} states, and nobody knows of how many: "
            f"{self._walks:,} walks of at most {self._longest:,} steps from seed {self.seed}"
        )
        seen = self._seen | self._collapsed.judge.met
        return Verdict(
            self.policy,
            self.bounds,
            self.properties,
            self._broken is None,
            False,
            self._broken,
            self._path,
            len(self._met),
            self._transitions,
            self._depth,
            (covered, *cut_sentences(self.bounds, self.properties, 0, past=self._cut)),
            {invariant: invariant in seen for invariant in self.properties},
        )


def walk(
    policy: str,
    bounds: Bounds,
    walks: int,
    seed: int,
    properties: Sequence[Invariant] = ISOLATION,
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Verdict:
    """The shortest breach that so many walks find. Raises ValueError as `Bounds.spec` does."""
    return Walks(policy, bounds, seed, properties).run(walks, report, stopped)
