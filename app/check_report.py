"""What a check found: for a terminal, and as one JSON object."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TextIO

from app.bounds import bounds_json, page_of
from simcore import events as ev
from simcore.check.path import PathStep, Walker
from simcore.check.search import Verdict
from simcore.check.why import Reason, TlbHistory, why

_WIDTH = 100


class Answer:
    """A verdict, how long it took, and its path as the machine itself takes it."""

    def __init__(self, verdict: Verdict, seconds: float) -> None:
        self.verdict, self.seconds = verdict, seconds
        walker = Walker(verdict.policy, verdict.bounds)
        history = TlbHistory(walker)
        for step in walker.follow(verdict.path):
            history.record(step)
        self.steps: list[PathStep] = walker.steps
        self.reasons: list[Reason] = why(walker, history, self.steps[-1]) if self.steps else []

    @cached_property
    def sentence(self) -> str | None:
        """What the last step broke: who hit whose entry. None where the policy holds."""
        if not self.steps:
            return None
        told = dict(reversed(self.steps[-1].broken))
        assert self.verdict.broken is not None
        return told[self.verdict.broken]

    @property
    def link(self) -> str | None:
        """Where the dashboard plays the path."""
        verdict = self.verdict
        return page_of(verdict.policy, verdict.bounds, verdict.path) if self.steps else None

    def to_dict(self) -> dict[str, Any]:
        """The whole answer as one JSON object."""
        verdict = self.verdict
        return {
            "policy": verdict.policy,
            "bounds": bounds_json(verdict.bounds),
            "properties": [invariant.name for invariant in verdict.properties],
            "holds": verdict.holds,
            "complete": verdict.complete,
            "cut_by": list(verdict.cut_by),
            "witnessed": {one.name: happened for one, happened in verdict.witnessed.items()},
            "states": verdict.states,
            "transitions": verdict.transitions,
            "depth": verdict.depth,
            "seconds": round(self.seconds, 3),
            "property": verdict.broken and verdict.broken.name,
            "sentence": self.sentence,
            "path": list(verdict.path),
            "steps": [_step(step) for step in self.steps],
            "why": [reason._asdict() for reason in self.reasons],
            "link": self.link,
        }


def _step(step: PathStep) -> dict[str, Any]:
    return {
        "number": step.number,
        "choice": step.choice,
        "action": step.taken.action,
        "hart": step.taken.hart,
        "words": step.words,
        "events": [ev.to_dict(event) for event in step.events],
        "broken": [
            {"property": invariant.name, "sentence": sentence}
            for invariant, sentence in step.broken
        ],
    }


def print_answer(answer: Answer, out: TextIO) -> None:
    """The answer in words."""
    verdict = answer.verdict
    _print(out, f"{verdict.policy}: {verdict.bounds.sentence()}")
    _print(
        out,
        f"{verdict.states:,} states, {verdict.transitions:,} transitions, {verdict.depth:,} steps "
        f"deep, {answer.seconds:.2f} s",
    )
    for line in _counterexample(answer) if answer.steps else _holds(verdict):
        _print(out, line)


def _print(out: TextIO, line: str) -> None:
    """A line, folded under where its text begins."""
    begins = len(line) - len(line.lstrip(" 0123456789."))
    print(textwrap.fill(line, _WIDTH, subsequent_indent=" " * begins), file=out)


def _holds(verdict: Verdict) -> Iterator[str]:
    if verdict.complete:
        yield "holds within these bounds"
    else:
        yield "nothing is broken in what was covered, which is not everything"
    for sentence in verdict.cut_by:
        yield f"cut: {sentence}"
    for invariant, happened in verdict.witnessed.items():
        twin = "what it is about happened" if happened else "vacuous: never happened"
        yield f"  {invariant.name:3} {invariant.title:25} {twin}"


def _counterexample(answer: Answer) -> Iterator[str]:
    verdict = answer.verdict
    assert verdict.broken is not None
    shortest = "the shortest path has" if verdict.complete else "the shortest path found has"
    yield f"BROKEN: {verdict.broken.name} {verdict.broken.title}: {verdict.broken.value}"
    yield f"{shortest} {len(answer.steps)} steps:"
    yield ""
    for step in answer.steps:
        yield f"{step.number:4}. {step.words}"
    yield ""
    yield f"{answer.sentence}."
    if answer.reasons:
        yield ""
        yield "why, by step:"
        for reason in answer.reasons:
            yield f"{reason.step:4}. {reason.words}"
    yield ""
    for sentence in verdict.cut_by:
        yield f"cut: {sentence}"
    yield f"in the dashboard: {answer.link}"
