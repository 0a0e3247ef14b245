"""Answers about paths and the library of traces."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from app.schemas.checks import BoundsView, Property
from app.schemas.model import Answer


class PathChoice(Answer):
    """A micro-step that is open."""

    number: int
    action: str
    hart: int
    words: str


class PathEntry(Answer):
    """A TLB entry, and the step that filled it."""

    kind: str
    vmid: int
    asid: int | None
    page: int
    target: int
    domain: int = Field(description="who filled it")
    space: int | None = Field(description="through which VS-stage tables; null: the G-stage")
    filled: int
    stale: str | None = Field(description="what makes it wrong; null: it is right")


class PathRegister(Answer):
    """hgatp or vsatp, and the id in it."""

    value: str
    id: int | None = Field(description="VMID or ASID; null while MODE is Bare")


class PathVcpu(Answer):
    """A vCPU by its domain and index."""

    domain: int
    vcpu: int


class PathId(Answer):
    """An id in force on a hart, and who has it; ``vcpu`` null: the whole domain."""

    vmid: int
    domain: int
    vcpu: int | None


class PathHart(Answer):
    """A hart in one state."""

    id: int
    vcpu: PathVcpu | None
    in_guest: bool
    hgatp: PathRegister
    vsatp: PathRegister
    generation: int | None
    todo: list[str] = Field(description="what it has still to do, in words, the next first")
    waits: bool = Field(description="for another hart to do what it asked")
    ids: list[PathId]
    tlb: list[PathEntry]


class PathDomain(Answer):
    """A domain in one state."""

    id: int
    version: int = Field(description="how often its mapping was changed")
    vcpus: list[PathVcpuPlace]


class PathVcpuPlace(Answer):
    """Where a vCPU is, and was last."""

    vcpu: int
    hart: int | None
    last_hart: int | None


class PathFlight(Answer):
    """A request under way between two harts."""

    requester: int
    target: int
    asked: int = Field(description="the step that asked")
    awaited: bool
    words: str


class PathBreach(Answer):
    """A property that a step broke, and how."""

    property: Property
    sentence: str


class PathReason(Answer):
    """One sentence of why a wrong hit could happen, and the step it is about."""

    step: int
    part: Literal["fill", "change", "fence", "hit"]
    words: str


class PathState(Answer):
    """One state along a path: the step that led to it, and how things are then."""

    number: int
    choice: int | None = Field(description="the number of the choice taken; null: after boot")
    action: str | None
    hart: int | None
    words: str
    did: str = Field(description="the choice, in words")
    told: list[str] = Field(description="what came of it, in words")
    events: list[dict[str, Any]]
    harts: list[PathHart]
    domains: list[PathDomain]
    flights: list[PathFlight]
    breaches: list[PathBreach]
    why: list[PathReason]
    choices: list[PathChoice] = Field(description="the micro-steps that are open")


class PathRequest(Answer):
    """A request of one hart to another: when it was made, and when it was served."""

    requester: int
    target: int
    asked: int
    served: int | None = Field(description="null: it is still under way at the end")
    words: str


class Path(Answer):
    """Every state along a path."""

    policy: str
    summary: str
    bounds: BoundsView
    sentence: str
    path: str
    page: str = Field(description="address of the player at this path")
    broken: int | None = Field(description="the first state that breaks isolation, or anything")
    requests: list[PathRequest]
    states: list[PathState]


class Trace(Answer):
    """One entry of the library of infamous traces."""

    name: str
    title: str
    words: str
    source: str
    policy: str
    bounds: BoundsView
    sentence: str
    broken: Property
    path: str
    steps: int
    page: str
