"""Answers about machines as a whole."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from app.schemas.model import Answer, Platform, Scope


class MachinePolicy(Answer):
    """The policy of a machine."""

    name: str
    summary: str
    scope: Scope


class Guests(Answer):
    """How a machine's guests use memory."""

    working_set_pages: int
    skew: float
    accesses_per_us: float
    asids: Literal["distinct", "shared", "same", "bare"]
    drift: float
    sharing: float
    page_size: Literal["4K", "2M"]


class Playback(Answer):
    """Where a machine is in its recording."""

    position: int
    events: int
    round: int
    finished: bool


class Counters(Answer):
    """Counters over all events so far, each a sum over the events of the history."""

    guest_entries: int
    world_switches: int
    entries_skipped: int
    migrations: int
    domains_created: int
    domains_refused: int
    domains_destroyed: int
    ids_assigned: int
    rollovers: int
    forced_exits: int
    accesses: int
    tlb_hits: int
    tlb_misses: int
    entries_dropped: int
    hart_fences: int = Field(description="fences that a hart executed for an SBI call or IPI")
    fence_cycles: int
    remote_fence_cycles: int
    walk_cycles: int
    fences: dict[str, int] = Field(description="local fences and remote requests, by kind")
    local_fences: int
    remote_fences: int
    violations: dict[str, int] = Field(description="wrong hits, by kind")
    violations_total: int
    cycles_lost: int


class Metrics(Counters):
    """Counters, and the place in the events that they are of."""

    seq: int
    now_ns: int


class Moment(Answer):
    """A place in a machine's past, and where the one before ends."""

    at: int = Field(description="number of the last event that it shows")
    previous: int | None = Field(description="the same of the moment before; null: the beginning")
    latest: int = Field(description="number of the newest event of the machine")


class Summary(Answer):
    """A machine in a few numbers, all of one moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seq": 104, "now_ns": 10_000_000, "live": 4, "stale": 2, "free": 57,
                    "reserved": 1, "ids_assigned": 6, "fences": 3, "fences_per_1000_ids": 500.0,
                    "cycles_lost": 12_500, "violations_total": 0,
                }
            ]
        }
    )  # fmt: skip

    seq: int
    now_ns: int
    live: int = Field(description="VMIDs that somebody has or runs under, on any hart")
    stale: int = Field(description="VMIDs that nobody has and TLB entries remain under")
    free: int = Field(description="VMIDs that nobody has, with no TLB entry under them")
    reserved: int = Field(description="VMIDs that the policy never gives out")
    ids_assigned: int
    fences: int = Field(description="local fences and remote requests")
    fences_per_1000_ids: float | None = Field(
        description="fences per 1,000 VMIDs given out; null before the first"
    )
    cycles_lost: int
    violations_total: int


class Machine(Answer):
    """A machine, as of its last command or of a moment before."""

    id: str
    name: str
    created: str
    status: Literal["paused", "running", "restoring", "failed"]
    progress: float | None = Field(description="0 to 1 while restoring")
    failure: str | None = Field(description="why a failed machine could not be brought back")
    speed: float = Field(description="steps a second while running")
    policy: MachinePolicy
    platform: Platform
    seed: int
    schedule: str | None
    loop: bool
    guests: Guests
    quantum_ns: int
    speculation: bool
    faults: list[str]
    seq: int = Field(description="number of events so far")
    commands: int = Field(description="commands so far; steps without another between count once")
    steps: int
    now_ns: int
    playback: Playback | None
    domains: int
    metrics: Counters
    moment: Moment | None = Field(description="null: the machine as it is now")


class Digest(Answer):
    """A hash over a machine's whole state."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"digest": "9f2c…", "seq": 104, "commands": 3}]}
    )

    digest: str
    seq: int
    commands: int


class Stepped(Answer):
    """Where a machine is after a command."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"seq": 104, "steps": 20, "now_ns": 10_000_000}]}
    )

    seq: int
    steps: int
    now_ns: int


class Clock(Answer):
    """Whether a machine runs by itself, and how fast."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"running": True, "speed": 200}]})

    running: bool
    speed: float


class Alive(Answer):
    """The process runs."""

    status: Literal["alive"]


class LeftOut(Answer):
    """A machine that is kept and that this version cannot read."""

    id: str
    reason: str


class Checks(Answer):
    """What was looked at."""

    journal: str
    machines: int
    left_out: list[LeftOut]


class Ready(Answer):
    """The server can do its work."""

    status: Literal["ready"]
    checks: Checks
