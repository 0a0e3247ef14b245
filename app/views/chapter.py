"""Chapters of Learn as JSON objects."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.learn.chapter import Chapter, Verdict
from simcore.machine.commands import to_dict


def chapter_json(chapter: Chapter) -> dict[str, Any]:
    """A chapter: its texts, the machine it is about, and what may be done."""
    twin = chapter.twin
    return {
        "number": chapter.number,
        "title": chapter.title,
        "summary": chapter.summary,
        "page": chapter.page,
        "text": list(chapter.text),
        "specification": chapter.body.model_dump(exclude_defaults=True),
        "commands": [to_dict(command) for command in chapter.prepare],
        "task": chapter.task,
        "actions": [asdict(action) for action in chapter.actions],
        "question": chapter.question,
        "answer": chapter.answer,
        "twin": twin
        and {
            "policy": twin.policy,
            "label": twin.label,
            "words": twin.words,
            "decides": twin.check is not None,
        },
        "map_hart": chapter.map_hart,
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """What a chapter's check says of a machine."""
    return {
        "done": verdict.done,
        "reason": verdict.reason,
        "evidence": list(verdict.evidence),
    }
