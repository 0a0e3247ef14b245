"""Answers about time: noteworthy events, and what ran where when."""

from __future__ import annotations

from pydantic import Field

from app.schemas.model import Answer


class Nearest(Answer):
    """A noteworthy event, or none."""

    seq: int | None = Field(description="null: there is none, as far as is known")
    at_ns: int | None
    since: int = Field(description="of before this event, not all of the kind are kept")
    complete: bool = Field(description="false: one that is not kept any more may have been nearer")


class Density(Answer):
    """How noteworthy events are spread over the history, in equal parts of it.

    Part k counts the events after ``edges[k]`` up to ``edges[k + 1]``.
    """

    seq: int = Field(description="the last event that is counted")
    since: int = Field(description="events of before may be missing: too many to keep")
    bins: int
    edges: list[int] = Field(description="sequence numbers, one more than parts")
    at_ns: list[int | None] = Field(description="machine time at each edge; null: not kept")
    fences: list[int] = Field(description="fences that harts executed, those at boot too")
    assignments: list[int] = Field(description="VMIDs that were given out")
    violations: list[int] = Field(description="batches of accesses with wrong hits of one kind")


class Counts(Answer):
    """How many things happened in a span of machine time, both ends included."""

    from_ns: int
    to_ns: int
    fences: int
    requests: int
    assignments: int
    violations: int
    world_switches: int
    since: int = Field(description="events of before may be missing: too many to keep")
    since_ns: int = Field(description="what lies before this time is not counted in full")
    complete: bool = Field(description="whether the span begins at since_ns or later")


class SliceColumns(Answer):
    """Slices in order, a list a column: the guest code of a vCPU on a hart, entry to exit."""

    start_ns: list[int]
    end_ns: list[int]
    seq: list[int] = Field(description="the event with which guest code began to run")
    domain: list[int]
    vcpu: list[int]
    vmid: list[int] = Field(description="as hgatp read when the guest was entered")


class SliceDensity(Answer):
    """What ran, by pixel: more slices than can be told apart."""

    busy_ns: list[int] = Field(description="ns in guest mode, of all the lane's harts together")
    domain: list[int] = Field(
        description="which ran longest, of four slices of the pixel at the most; -1: none, or "
        "the lane is several harts"
    )


class FenceColumns(Answer):
    """Fences that a hart executed, in order, a list a column. -1: does not apply."""

    at_ns: list[int]
    seq: list[int]
    cycles: list[int] = Field(description="a price, which delays nothing")
    kind: list[int] = Field(description="place in `words`")
    cause: list[int] = Field(description="place in `words`")
    id: list[int] = Field(description="VMID or ASID operand")
    requester: list[int] = Field(description="the hart that asked for it")
    request: list[int] = Field(
        description="the event of that request: the newest of the last eight of the requester "
        "that agrees in cause, kind and hart"
    )
    dropped: list[int]


class RequestColumns(Answer):
    """Remote fences that a hart asked for, in order, a list a column."""

    at_ns: list[int]
    seq: list[int]
    cycles: list[int]
    kind: list[int] = Field(description="place in `words`")
    cause: list[int] = Field(description="place in `words`")
    id: list[int]
    targets: list[int]
    error: list[int]


class WrongColumns(Answer):
    """Wrong hits, in order, a list a column."""

    at_ns: list[int]
    seq: list[int]
    kind: list[int] = Field(description="0 cross-domain, 1 cross-vcpu, 2 stale-mapping")
    vmid: list[int]
    domain: list[int]
    owner_domain: list[int]
    accesses: list[int]


class Lane(Answer):
    """One hart, or several; of each thing, either all or, where there are too many, by pixel."""

    harts: list[int]
    slices: SliceColumns | None
    density: SliceDensity | None
    fences: FenceColumns | None
    fence_counts: list[int] | None
    requests: RequestColumns | None
    request_counts: list[int] | None
    wrong: WrongColumns | None
    wrong_counts: list[int] | None


class SinceNs(Answer):
    """From which machine time on each table is kept; 0: all of it."""

    fences: int
    requests: int
    wrong: int


class Lanes(Answer):
    """What ran on which hart in a span of machine time, and what was fenced."""

    seq: int
    begin_ns: int = Field(description="where the kept slices begin")
    since_ns: SinceNs = Field(description="what came before is not known, and not told")
    end_ns: int = Field(description="machine time at `seq`")
    from_ns: int
    to_ns: int
    bins: int = Field(
        description="pixels of densities and counts; pixel k begins at "
        "from_ns + k * (to_ns - from_ns) // bins"
    )
    words: list[str]
    lanes: list[Lane]
