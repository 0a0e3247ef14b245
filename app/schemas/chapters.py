"""Answers about the chapters of Learn, and the one body that they take."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.schemas.bodies import Body
from app.schemas.model import Answer


class ChapterMachineBody(Body):
    """How a chapter's machine is to begin."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"after": "7f3a9c2e"}]})

    after: str | None = Field(
        None,
        max_length=64,
        description="id of a machine of the chapter, whose commands are carried out under the "
        "policy of the chapter's twin; left out: the chapter's own machine, freshly prepared",
    )


class ChapterRequest(Answer):
    """One request of a button, its path below the machine's; {oldest} is a domain's id."""

    method: Literal["POST", "DELETE"]
    path: str
    body: dict[str, Any] | None


class ChapterAction(Answer):
    """A button, and the requests that it makes in order."""

    label: str
    requests: list[ChapterRequest]


class ChapterTwin(Answer):
    """Another policy that the same commands can be carried out under."""

    policy: str
    label: str
    words: str
    decides: bool = Field(description="the chapter is done on such a machine, not on the first")


class Chapter(Answer):
    """A step of the path. Texts may have `code` and [links](/address)."""

    number: int
    title: str
    summary: str
    page: str
    text: list[str]
    specification: dict[str, Any] = Field(description="as POST /api/v1/machines takes it")
    commands: list[dict[str, Any]] = Field(description="what is done to prepare the machine")
    task: str
    actions: list[ChapterAction]
    question: str
    answer: str
    twin: ChapterTwin | None
    map_hart: int | None = Field(description="whose VMIDs to look at; null: all harts together")


class ChapterCheck(Answer):
    """Whether a chapter's thing to try was done, by a machine's events."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"done": True, "reason": "Domain 0 ran, …", "evidence": [11, 17, 31]}]
        }
    )

    done: bool
    reason: str
    evidence: list[int] = Field(description="numbers of the events that show it, as in history")
