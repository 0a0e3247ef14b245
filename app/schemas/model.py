"""Answers about the model: policies, platforms, schedules."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

_T = TypeVar("_T")


class Answer(BaseModel):
    """What all answers have in common: no field that is not described."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class Page(Answer, Generic[_T]):
    """One page of a list."""

    items: list[_T]
    next_cursor: str | None = Field(description="`cursor` of the next page; null on the last")


Scope = Literal["global", "per-hart"]


class Policy(Answer):
    """A VMID scheme."""

    name: str
    summary: str
    doc: str = Field(description="what it follows, and what is left out")
    scope: Scope = Field(description="per-hart: an id means something else on each hart")
    probes_vmidlen: bool
    reserved: list[int] = Field(description="ids that no guest is given while tagging is on")
    id_zero: str = Field(description="what hardware id 0 is to it")
    exhaustion: str = Field(description="what it does when ids are used up")
    hazards: str = Field(description="where it fails to keep guests apart; empty: nowhere known")


class Fault(Answer):
    """A deliberate defect of firmware or hypervisor, switched on by name."""

    name: str
    summary: str


class Tlb(Answer):
    """The TLB of each hart; ``entries`` counts both structures of a split one."""

    sets: int
    ways: int
    organisation: Literal["combined", "split"]
    entries: int


class Cost(Answer):
    """Cycles of one thing, and where the default comes from."""

    cycles: int
    source: str


class Platform(Answer):
    """The hardware of a machine."""

    name: str
    summary: str
    xlen: Literal[32, 64]
    harts: list[int]
    vmidlen: list[int] = Field(description="implemented VMID bits, one number a hart")
    vmidmax: int = Field(description="the most VMID bits that this XLEN can have")
    g_mode: str
    asidlen: int
    ppn_bits: int
    warl: str
    tlb: Tlb
    rfence_range_limit_bytes: int
    over_fences: bool = Field(description="any HFENCE drops the whole TLB")
    costs: dict[str, Cost]


class Schedule(Answer):
    """A recorded schedule."""

    name: str
    format: str
    domains: int
    cpus: list[int]
    events: int
    entries: int
    span_ns: int
    lines: int
    skipped: dict[str, int] = Field(description="lines that were not used, by reason")
