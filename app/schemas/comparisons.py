"""Answers about two policies on one schedule."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.schemas.machines import Counters, MachinePolicy
from app.schemas.model import Answer, Platform


class Side(Answer):
    """One of the two machines, at the comparison's step."""

    machine: str = Field(description="its id; a machine like any other")
    policy: MachinePolicy
    steps: int = Field(description="how many it has made itself, which may be more")
    seq: int
    now_ns: int
    metrics: Counters


class Delta(Answer):
    """One counter of A and of B."""

    name: str = Field(description="the counter's; its kind after a dot where counted by kind")
    noun: str
    a: int
    b: int
    change: int = Field(description="b - a")
    percent: float | None = Field(description="the change in percent of A; null where A has none")
    direction: Literal["fewer", "more", "equal"] = Field(description="B's, beside A's")
    sentence: str = Field(examples=["B issues 38 % fewer remote fences (42; A 68)."])


class Comparison(Answer):
    """Two machines that differ in their policy alone, after equally many steps."""

    id: str = Field(examples=["7f3a9c2e-51d0b6aa"])
    steps: int
    most_steps: int = Field(description="how many both have made: any number up to it can be seen")
    schedule: str
    platform: Platform
    a: Side
    b: Side
    headlines: list[str] = Field(description="the three sentences that matter most")
    deltas: list[Delta]


class SideMap(Answer):
    """The VMID map of one of the two."""

    seq: int
    counts: dict[str, int] = Field(description="how many VMIDs are in each state")
    runs: list[list[int]] = Field(description="[first VMID, length, byte] as in /bitmap")


class Difference(Answer):
    """How many VMIDs are so in neither, in A only, in B only, in both; these add up to all."""

    of: Literal["taken", "running", "stale", "violation"]
    neither: int
    a_only: int
    b_only: int
    both: int = Field(description="in the same state")
    unlike: int = Field(description="in both, in different states")


class Maps(Answer):
    """Both maps at one step, and how they differ."""

    steps: int
    hart: int | None
    size: int
    states: list[str]
    a: SideMap
    b: SideMap
    difference: Difference


class DivergenceLine(Answer):
    """One fence or wrong hit, with its words."""

    event: str
    at_ns: int
    hart: int
    words: str


class Divergence(Answer):
    """The first step that is different; an empty list: that machine did nothing of the kind."""

    step: int = Field(description="counted from 1: look at `steps` = step to see it done")
    at_ns: int
    sentence: str
    a: list[DivergenceLine]
    b: list[DivergenceLine]


class Divergences(Answer):
    """Where two machines first differ; null where nothing differs in the steps searched."""

    searched: int
    first: int | None = Field(description="the earlier of the two steps")
    fences: Divergence | None
    wrong_hits: Divergence | None
