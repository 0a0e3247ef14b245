"""Answers about domains and vCPUs."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.schemas.model import Answer

_EXAMPLE: JsonDict = {
    "id": 0,
    "name": "web",
    "state": "runnable",
    "driven_by": "run queue",
    "pages": 64,
    "p2m_version": 0,
    "vmids": [{"vmid": 1, "hart": None, "vcpu": None, "generation": None}],
    "vcpus": [
        {"index": 0, "asid": 1, "hart": 1, "last_hart": 1, "in_guest": True, "accesses": 9000}
    ],
    "dirty_harts": [1],
}


class HeldVmid(Answer):
    """An id in force, as software programs it."""

    vmid: int
    hart: int | None = Field(description="null: on every hart")
    vcpu: int | None = Field(description="null: of the whole domain")
    generation: int | None


class DomainVcpu(Answer):
    """A vCPU of a domain."""

    index: int
    asid: int | None = Field(description="null: vsatp is Bare")
    hart: int | None
    last_hart: int | None
    in_guest: bool
    accesses: int


class Domain(Answer):
    """A domain that exists."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    name: str
    state: Literal["runnable", "paused"]
    driven_by: Literal["run queue", "recording"]
    pages: int
    p2m_version: int
    vmids: list[HeldVmid]
    vcpus: list[DomainVcpu]
    dirty_harts: list[int] = Field(description="harts on which one of its vCPUs is loaded")


class StaleHit(Answer):
    """A violation: accesses that an entry served which is not theirs."""

    event: Literal["StaleHit"]
    at_ns: int
    hart: int
    domain: int
    vcpu: int
    kind: Literal["cross-domain", "cross-vcpu", "stale-mapping"]
    accesses: int = Field(description="how many accesses of one batch")
    page: int = Field(description="the page of the first of them")
    vmid: int
    owner_domain: int
    owner_space: int = Field(description="the tables that filled the entry; -1: the G-stage's")
    sentence: str


class Violation(StaleHit):
    """A violation with its place in the events."""

    seq: int


class Accesses(Answer):
    """What a batch of guest accesses did."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hits": 1, "misses": 3, "violations": []}]}
    )

    hits: int
    misses: int
    violations: list[StaleHit]
