"""Answers about the flush log."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.schemas.model import Answer


class LogLine(Answer):
    """A fence that was executed or asked for, or a wrong hit. Null: does not apply."""

    seq: int
    at_ns: int
    type: Literal["executed", "requested", "violation"]
    kind: str = Field(description="none: nothing was sent", examples=["hfence_gvma_vmid"])
    cause: str | None
    scope: Literal["all", "vmid", "asid", "address"] | None = Field(
        description="what a fence covers, by its narrowest operand; HFENCE.VVMA without one covers "
        "the VMID in hgatp"
    )
    hart: int = Field(description="that executed, that asked, or that the wrong hit was on")
    vmid: int | None = Field(description="the VMID that it is about")
    domain: int | None = Field(
        description="to whom the VMID was last given out, by then; of a wrong hit: whose access"
    )
    cycles: int | None
    requester: int | None = Field(description="the hart that asked for an executed fence")
    address: int | None = Field(description="page number")
    id: int | None = Field(description="VMID or ASID operand, as programmed")
    dropped: int | None = Field(description="TLB entries that the fence removed")
    redundant: bool | None = Field(
        description="an executed fence that dropped no valid entry of its hart's TLB. It says "
        "nothing about whether the fence could have been left out: with another TLB, or a walk a "
        "moment earlier, there might have been one"
    )
    via: Literal["sbi", "ipi", "none"] | None
    targets: int | None
    error: int | None = Field(description="SBI error, or a negative errno where nothing was sent")
    hart_mask: str | None
    hart_mask_base: str | None
    vcpu: int | None = Field(description="of a wrong hit")
    page: int | None = Field(description="the first that a wrong hit touched")
    accesses: int | None = Field(description="wrong hits of the batch")
    owner_domain: int | None = Field(description="who had filled the entry of a wrong hit")
    owner_space: int | None = Field(description="through which VS-stage tables; null: G-stage")


class Spread(Answer):
    """Distinct numbers of a group, all of them or the first eight ranges."""

    count: int = Field(description="how many distinct numbers")
    first: int
    last: int
    ranges: list[tuple[int, int]] = Field(description="[first, last]; at most eight")


class LogGroup(Answer):
    """Consecutive lines with equal type, kind, cause, scope and requester. Sums are over all."""

    first: int = Field(description="index of its first line among the lines that match")
    count: int
    line: LogLine = Field(description="its first line")
    last_seq: int
    last_ns: int
    harts: Spread
    vmids: Spread | None
    dropped: int | None
    targets: int | None
    accesses: int | None
    redundant: int | None = Field(description="how many of its fences dropped no valid entry")
    cycles: int


class FacetValue(Answer):
    """One value of a facet."""

    value: str
    term: str = Field(description="the filter term that asks for it", examples=["kind:fence_i"])
    count: int = Field(description="lines that have it, under the filter's terms of other keys")
    selected: bool


class Facet(Answer):
    """A field with every value it has in the log."""

    name: Literal["type", "kind", "cause", "scope", "hart", "redundant"]
    values: list[FacetValue]


class LeftOutTerms(Answer):
    """Terms without which a filter that finds nothing would find something, and how much."""

    terms: str
    matching: int


class LogPlace(Answer):
    """Where a line is among those that match."""

    line: int
    group: int


class LogSums(Answer):
    """What the lines that match come to, fences of booting among them."""

    fences: int = Field(description="executed fences")
    redundant: int = Field(description="those of them that dropped no valid entry")
    dropped: int = Field(description="entries that they dropped")
    requests: int = Field(description="remote fences asked for")
    wrong_accesses: int
    cycles: int = Field(description="of fences and of remote requests")


class Log(Answer):
    """A part of the flush log, oldest first. An index never shifts while a machine goes on."""

    seq: int = Field(description="number of the newest event that was looked at")
    expired: int = Field(
        description="number of the newest event whose line was dropped; 0: none was. When it "
        "changes, indexes count from the new beginning"
    )
    total: int = Field(description="lines in the log")
    matching: int = Field(description="lines that match the filter")
    matching_groups: int = Field(description="groups of the lines that match")
    sums: LogSums
    first: int
    groups: list[LogGroup] | None = Field(description="null unless asked for")
    rows: list[LogLine] | None = Field(description="null where groups were asked for")
    facets: list[Facet] | None = Field(description="counts of each add up to what is found without")
    without: list[LeftOutTerms] = Field(description="why nothing matches; empty otherwise")
    found: LogPlace | None = Field(description="of the event asked for; null: it does not match")
