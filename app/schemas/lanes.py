"""Answers about time: noteworthy events, and what ran where when."""

from __future__ import annotations

from pydantic import Field

from app.schemas.model import Answer


class Mark(Answer):
    """A noteworthy event."""

    seq: int
    at_ns: int


class Density(Answer):
    """How noteworthy events are spread over the history, in equal parts of it.

    Part k counts the events after ``edges[k]`` up to ``edges[k + 1]``.
    """

    seq: int = Field(description="the last event that is counted")
    bins: int
    edges: list[int] = Field(description="sequence numbers, one more than parts")
    at_ns: list[int] = Field(description="machine time at each edge")
    fences: list[int] = Field(description="fences that harts executed, those at boot too")
    assignments: list[int] = Field(description="VMIDs that were given out")
    violations: list[int] = Field(description="batches of accesses with wrong hits of one kind")
