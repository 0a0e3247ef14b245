"""Scenarios: a machine, exact commands, what must be seen, and the variant that must stay clean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from simcore import events as ev
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import Platform
from simcore.invariants import ISOLATION, Breach, Discipline, Invariant, Invariants
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import Command
from simcore.machine.faults import Fault
from simcore.policies.base import Scope

QUIET = GuestSpec(accesses_per_us=0)
"""Guests that touch only what a scenario says."""


class Step(NamedTuple):
    """One numbered step: what happens in words, and the commands that do it (none: a remark)."""

    words: str
    commands: tuple[Command, ...] = ()


class Sighting(NamedTuple):
    """What must be seen: at which step (from 1), which invariant or kind of wrong hit, in words.

    ``what`` is an invariant's name (``I3``) or a violation kind (``cross-domain``).
    """

    step: int
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Variant:
    """The same steps on other ground: what is changed, and why it must stay clean."""

    words: str
    policy: str | None = None
    platform: Platform | None = None
    guests: GuestSpec | None = None
    faults: frozenset[Fault] | None = None
    steps: tuple[Step, ...] | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named scenario; see `simcore.scenarios`.

    ``outside`` says, for a bug that needs what the model leaves out, what that is; such a scenario
    has steps in words only.
    """

    name: str
    title: str
    source: str
    policy: str
    platform: Platform
    steps: tuple[Step, ...]
    sees: tuple[Sighting, ...]
    fixed: Variant | None
    guests: GuestSpec = QUIET
    faults: frozenset[Fault] = field(default_factory=frozenset)
    speculation: bool = False
    outside: str | None = None

    def spec(self) -> MachineSpec:
        """The machine the scenario is played on."""
        return MachineSpec(
            self.platform,
            self.policy,
            guests=self.guests,
            faults=self.faults,
            speculation=self.speculation,
        )

    def repaired(self) -> Scenario:
        """The fixed variant as a scenario of its own, which must see nothing."""
        fixed = self.fixed
        assert fixed is not None
        return replace(
            self,
            name=f"{self.name} (fixed)",
            policy=fixed.policy or self.policy,
            platform=fixed.platform or self.platform,
            guests=fixed.guests or self.guests,
            faults=self.faults if fixed.faults is None else fixed.faults,
            steps=fixed.steps or self.steps,
            sees=(),
            fixed=None,
        )


class Seen(NamedTuple):
    """Something a scenario showed, at a step: an invariant breached or a wrong hit."""

    step: int
    what: str
    sentence: str


class Playing(NamedTuple):
    """What playing a scenario showed, and what it should have shown and did not."""

    seen: tuple[Seen, ...]
    missing: tuple[Sighting, ...]
    events: tuple[ev.Event, ...]

    @property
    def isolation_held(self) -> bool:
        """Whether no guest could reach what is not its own."""
        named = {invariant.name for invariant in ISOLATION} | set(ev.VIOLATION_KINDS)
        return not any(seen.what in named for seen in self.seen)


def discipline_of(machine: Machine) -> Discipline:
    """What a machine's policy says of itself, for the invariants."""
    policy = machine.policy
    first = machine.spec.platform.hart_ids[0]
    return Discipline(
        policy.reuse_fenced_at,
        policy.scope is Scope.PER_HART,
        policy.lazy_p2m,
        policy.generation(first) is not None,
        policy.sees_ghosts,
    )


def invariants_of(machine: Machine) -> Invariants:
    """The invariants that watch a machine; give them its events from the first on."""
    spec = machine.spec
    return Invariants(
        spec.platform, spec.guests, discipline_of(machine), speculation=spec.speculation
    )


def play(scenario: Scenario) -> Playing:
    """Play a scenario from its first step to its last.

    Raises ValueError for one that is outside the model, or whose commands cannot be carried out.
    """
    if scenario.outside:
        raise ValueError(f"scenario {scenario.name} is outside the model: {scenario.outside}")
    machine = Machine(scenario.spec())
    invariants = invariants_of(machine)
    seen: list[Seen] = []
    events: list[ev.Event] = []
    for number, step in enumerate(scenario.steps, start=1):
        for command in step.commands:
            happened = machine.apply(command)
            events += happened
            seen += (_of_breach(number, breach) for breach in invariants.record(happened))
            seen += _wrong_hits(number, happened)
    shown = {(entry.step, entry.what) for entry in seen}
    missing = tuple(wanted for wanted in scenario.sees if wanted[:2] not in shown)
    return Playing(tuple(seen), missing, tuple(events))


def _of_breach(step: int, breach: Breach) -> Seen:
    return Seen(step, breach.invariant.name, f"{breach.invariant.title}: {breach.sentence}")


def _wrong_hits(step: int, events: list[ev.Event]) -> Iterator[Seen]:
    for event in events:
        if isinstance(event, ev.StaleHit):
            yield Seen(step, event.kind, wrong_hit_sentence(event))


def wrong_hit_sentence(event: ev.StaleHit) -> str:
    """Whose entry served whom, where and under which VMID."""
    before = " before its mapping changed" if event.kind == "stale-mapping" else ""
    tables = "its G-stage" if event.owner_space < 0 else f"its VS-stage tables {event.owner_space}"
    return (
        f"vCPU {event.vcpu} of domain {event.domain} on hart {event.hart}, page {event.page}, was "
        f"served under VMID {event.vmid} by an entry that domain {event.owner_domain} filled "
        f"through {tables}{before}"
    )


def known_sightings() -> frozenset[str]:
    """What a `Sighting` may name."""
    return frozenset(invariant.name for invariant in Invariant) | frozenset(ev.VIOLATION_KINDS)
