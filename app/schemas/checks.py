"""Bodies and queries that name bounds, and answers about checks."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.schemas.bodies import Body
from app.schemas.model import Answer
from simcore.check.bounds import (
    MAX_DEPTH,
    MAX_DOMAINS,
    MAX_HARTS,
    MAX_PAGES,
    MAX_VCPUS,
    Bounds,
)
from simcore.invariants import ISOLATION, Invariant

MOST_STEPS_OF_A_PATH = 2000
_USUAL = Bounds()
_PATH = "choice numbers with dots between, as 0.3.1; empty: the state after boot"
_FAULT = "deliberate defect, as in /api/v1/faults"
_EXAMPLE: dict[str, JsonValue] = {"policy": "xen-riscv-v2-posted", "harts": 1, "domains": 1}
EXAMPLE_PATH = "0.0.0.0.0.0.0.0.1.0.0.0.0.0"

TlbName = Literal["combined", "split"]
AsidsName = Literal["distinct", "shared", "same", "bare"]


class _BoundsFields(BaseModel):
    """What is explored, but for the faults, which a query names one by one."""

    policy: str = Field(description="name of a policy, as in /api/v1/policies")
    harts: int = Field(_USUAL.harts, ge=1, le=MAX_HARTS)
    domains: int = Field(_USUAL.domains, ge=1, le=MAX_DOMAINS, description="at a time")
    vcpus: int = Field(_USUAL.vcpus, ge=1, le=MAX_VCPUS, description="of each domain")
    vmidlen: int = Field(_USUAL.vmidlen, ge=0, le=14, description="implemented VMID bits")
    tlb: TlbName = Field("combined", description="how the TLB holds the two stages")
    speculation: bool = Field(_USUAL.speculation, description="harts walk ahead at any time")
    asids: AsidsName = Field(_USUAL.asids, description="what a domain's vCPUs have in vsatp")
    pages: int = Field(_USUAL.pages, ge=1, le=MAX_PAGES, description="of each domain")
    unmap: bool = Field(_USUAL.unmap, description="pages are taken away from domains")
    cut: bool = Field(_USUAL.cut, description="anything may fall between two operations of a hook")
    touch: bool = Field(_USUAL.touch, description="guests touch memory")
    generations: int = Field(_USUAL.generations, ge=1, le=1000)
    depth: int | None = Field(_USUAL.depth, ge=1, le=MAX_DEPTH, description="steps at most")


class CheckBody(Body, _BoundsFields):
    """A check to be started."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    faults: list[str] = Field([], max_length=32, description=_FAULT)
    properties: list[str] = Field(
        [invariant.name for invariant in ISOLATION],
        min_length=1,
        max_length=len(Invariant),
        description="names of invariants, I1 to I10",
    )
    attended: bool = Field(
        False, description="cancelled when nobody reads its stream any more, as of a closed page"
    )


class PathBody(Body, _BoundsFields):
    """A state, as bounds and the path that leads to it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | {"path": EXAMPLE_PATH}]})

    faults: list[str] = Field([], max_length=32, description=_FAULT)
    path: str = Field("", description=_PATH)


class PathQuery(_BoundsFields):
    """A path as it stands in a link."""

    model_config = ConfigDict(extra="forbid")

    fault: list[str] = Field([], max_length=32, description=_FAULT)
    path: str = Field("", description=_PATH)


# Answers


class BoundsView(Answer):
    """What is explored."""

    harts: int
    domains: int
    vcpus: int
    vmidlen: int
    tlb: TlbName
    speculation: bool
    faults: list[str]
    asids: AsidsName
    pages: int
    unmap: bool
    cut: bool
    touch: bool
    generations: int
    depth: int | None


class Property(Answer):
    """An invariant: its name, its short title and the sentence it is."""

    name: str
    title: str
    sentence: str


class CheckProgress(Answer):
    """How far a check is."""

    states: int
    transitions: int
    depth: int
    waiting: int = Field(description="states that are found and not yet expanded")


class CheckVerdict(Answer):
    """What a check found. ``complete``: everything within the bounds was explored."""

    holds: bool
    complete: bool
    broken: Property | None
    path: str = Field(description="the shortest path to the breach; empty when it holds")
    states: int
    transitions: int
    depth: int
    cut_by: list[str] = Field(description="which bounds cut the exploration, in sentences")
    witnessed: dict[str, bool] = Field(description="by property: what it is about did happen")


class Check(Answer):
    """A check, as it is now."""

    id: str
    state: Literal["queued", "running", "done", "cancelled", "failed"]
    policy: str
    bounds: BoundsView
    sentence: str = Field(description="the bounds in words")
    properties: list[Property]
    attended: bool
    created: str
    pid: int | None = Field(description="process id of the worker while it runs")
    seconds: float
    progress: CheckProgress
    verdict: CheckVerdict | None
    failure: str | None = Field(description="why a failed check failed")
    page: str | None = Field(description="the player's address of the counterexample")
