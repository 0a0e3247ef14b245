"""The chapters' texts are short, and name only what exists."""

from __future__ import annotations

import re

import pytest

from app.learn import CHAPTERS
from app.learn.chapter import Chapter
from app.learn.words import codes, html
from simcore import events as ev
from simcore import policies
from tests.architecture import ROOT

MOST_WORDS = 200
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title)


def test_chapters_are_eight_and_stand_in_order() -> None:
    assert [chapter.number for chapter in CHAPTERS] == list(range(1, 9))
    assert len({chapter.title for chapter in CHAPTERS}) == 8


@every_chapter
def test_text_and_task_are_short(chapter: Chapter) -> None:
    assert len(" ".join((*chapter.text, chapter.task)).split()) <= MOST_WORDS
    assert len(chapter.answer.split()) <= 60


@every_chapter
def test_every_code_is_a_policy_an_event_or_an_anchor_of_the_manual(chapter: Chapter) -> None:
    events = {kind.__name__ for kind in ev.Event.__args__}
    model = "".join(file.read_text() for file in (ROOT / "simcore").rglob("*.py"))
    model += (ROOT / "docs" / "model.md").read_text()
    anchors = set(re.findall(r"norm:[\w-]+", model))
    named = {code for text in chapter.texts for code in codes(text)}
    assert named - {*policies.names(), *events, *anchors} == set()
    assert chapter.body.policy in named
    if chapter.twin:
        assert chapter.twin.policy in named


@every_chapter
def test_policies_and_events_are_set_as_code_wherever_they_are_named(chapter: Chapter) -> None:
    for text in chapter.texts:
        plain = re.sub(r"`[^`]+`|\]\([^)]*\)", "", text)
        assert [name for name in policies.names() if "-" in name and name in plain] == []
        assert [kind for kind in ev.Event.__args__ if kind.__name__ in plain] == []


def test_words_escape_everything_but_their_two_marks() -> None:
    assert html("a < `b&c` & [d](/e?f=1&g=2) [h](https://i)") == (
        'a &lt; <code>b&amp;c</code> &amp; <a href="/e?f=1&amp;g=2">d</a> [h](https://i)'
    )
