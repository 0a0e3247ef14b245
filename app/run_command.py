"""`vmidscope run NAME`: play a scenario and say whether it saw what its file promises."""

from __future__ import annotations

import json
import textwrap
from typing import Any, TextIO

from simcore.scenario import Playing, Scenario, play
from simcore.scenarios import find, library
from simcore.words import counted, vmidlen_words

_WIDTH = 100


def run_command(names: list[str], out: TextIO, *, as_json: bool = False) -> int:
    """Play the named scenarios ("all": every one); without a name, list them.

    Returns 0 where each saw what it promises and its fixed variant stayed clean, else 1.
    Raises ValueError for a name that is not in the library.
    """
    if not names:
        _list(out)
        return 0
    scenarios = list(library().values()) if names == ["all"] else [find(name) for name in names]
    answers = [_answer(scenario) for scenario in scenarios]
    if as_json:
        print(json.dumps({"scenarios": answers}), file=out)
    else:
        for scenario, answer in zip(scenarios, answers, strict=True):
            _print(scenario, answer, out)
        if len(answers) > 1:
            played = [answer for answer in answers if not answer["outside"]]
            good = sum(answer["as_promised"] for answer in played)
            words = len(answers) - len(played)
            print(f"{good} of {len(played)} played as promised, {words} in words only", file=out)
    return 0 if all(answer["as_promised"] for answer in answers) else 1


def _list(out: TextIO) -> None:
    for scenario in library().values():
        outside = " (in words only: outside the model)" if scenario.outside else ""
        print(f"{scenario.name:34} {scenario.title}{outside}", file=out)


def _answer(scenario: Scenario) -> dict[str, Any]:
    """What playing a scenario and its fixed variant showed, as one JSON object."""
    answer: dict[str, Any] = {
        "name": scenario.name,
        "title": scenario.title,
        "source": scenario.source,
        "policy": scenario.policy,
        "steps": [step.words for step in scenario.steps],
        "outside": scenario.outside,
    }
    if scenario.outside:
        return {**answer, "seen": [], "missing": [], "fixed": None, "as_promised": True}
    playing = play(scenario)
    answer["seen"] = _seen(playing)
    answer["missing"] = [wanted._asdict() for wanted in playing.missing]
    answer["fixed"] = _fixed(scenario) if scenario.fixed else None
    clean = answer["fixed"] is None or answer["fixed"]["clean"]
    answer["as_promised"] = not playing.missing and clean
    return answer


def _seen(playing: Playing) -> list[dict[str, Any]]:
    """What was seen, each thing once a step."""
    first = {(seen.step, seen.what): seen for seen in reversed(playing.seen)}
    return [first[key]._asdict() for key in sorted(first, key=lambda key: key[0])]


def _fixed(scenario: Scenario) -> dict[str, Any]:
    assert scenario.fixed is not None
    repaired = scenario.repaired()
    playing = play(repaired)
    promised = {sighting.what for sighting in scenario.sees}
    dirty = [seen for seen in _seen(playing) if seen["what"] in promised]
    return {
        "words": scenario.fixed.words,
        "policy": repaired.policy,
        "clean": playing.isolation_held and not dirty,
        "seen": _seen(playing),
    }


def _print(scenario: Scenario, answer: dict[str, Any], out: TextIO) -> None:
    print(f"{scenario.name}: {scenario.title}", file=out)
    print(_wrapped(f"source: {scenario.source}", "  "), file=out)
    platform = scenario.platform
    bits = vmidlen_words(platform.vmidlen)
    faults = "".join(f", fault {fault.value}" for fault in sorted(scenario.faults, key=str))
    harts = counted(len(platform.hart_ids), "hart")
    print(
        f"  policy {scenario.policy} on {harts} of {platform.name}, "
        f"VMIDLEN {bits}, {platform.tlb.organisation.value} TLB{faults}",
        file=out,
    )
    for number, step in enumerate(scenario.steps, start=1):
        print(_wrapped(f"{number:3}  {step.words}", "     "), file=out)
        for seen in answer["seen"]:
            if seen["step"] == number:
                print(_wrapped(f"     ! {seen['what']}  {seen['sentence']}", "       "), file=out)
    _print_end(scenario, answer, out)


def _print_end(scenario: Scenario, answer: dict[str, Any], out: TextIO) -> None:
    if scenario.outside:
        print(_wrapped(f"  not played, outside the model: {scenario.outside}", "  "), file=out)
    for wanted in answer["missing"]:
        print(f"  NOT SEEN at step {wanted['step']}: {wanted['what']}, {wanted['words']}", file=out)
    fixed = answer["fixed"]
    if not scenario.outside:
        promised = len(scenario.sees)
        print(f"  seen: {promised - len(answer['missing'])} of {promised} promised", file=out)
    if fixed is not None:
        state = "clean" if fixed["clean"] else "NOT CLEAN"
        words = f"  fixed ({fixed['policy']}): {fixed['words']} {state}"
        print(_wrapped(words, "  "), file=out)
    print(file=out)


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent=indent)
