"""Two live machines that differ in their policy alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.live import LiveMachine
from app.problems import ProblemError


@dataclass(frozen=True, slots=True)
class Pair:
    """Machine A and machine B; raises ProblemError for two that cannot stand side by side."""

    a: LiveMachine
    b: LiveMachine

    def __post_init__(self) -> None:
        a, b = self.a, self.b
        if a is b:
            raise _parted(f"machine {a.id!r} is given twice; two different ones are allowed")
        if replace(a.spec, policy=b.spec.policy) != b.spec or not _same_schedule(a, b):
            raise _parted(
                f"machines {a.id!r} and {b.id!r} differ in more than their policy; machines of one "
                "specification and one schedule are allowed"
            )
        for live in self.both:
            if not only_stepped(live):
                raise _parted(
                    f"machine {live.id!r} was given other commands than steps; POST "
                    "/api/v1/comparisons makes another"
                )

    @property
    def id(self) -> str:
        """The pair's name: the ids of A and B."""
        return f"{self.a.id}-{self.b.id}"

    @property
    def both(self) -> tuple[LiveMachine, LiveMachine]:
        """A, then B."""
        return self.a, self.b

    def require_ready(self) -> None:
        """Raises ProblemError unless commands can be carried out on both."""
        for live in self.both:
            live.require_ready()

    @property
    def steps(self) -> int:
        """How many steps both have made."""
        return min(live.published.steps for live in self.both)


def only_stepped(live: LiveMachine) -> bool:
    """Whether steps alone have happened to a machine; the list counts them as one command."""
    now = live.published
    return now.status == "restoring" or now.commands == (1 if now.steps else 0)


def _same_schedule(a: LiveMachine, b: LiveMachine) -> bool:
    return a.kept.schedule == b.kept.schedule


def _parted(detail: str) -> ProblemError:
    return ProblemError("not-comparable", detail)
