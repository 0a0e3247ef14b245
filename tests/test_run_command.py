"""`vmidscope run` as its users call it."""

from __future__ import annotations

import json

import pytest

from app import cli, run_command
from simcore.scenario import Scenario, Sighting
from simcore.scenarios import find, library


def test_a_scenario_is_told_step_by_step_with_what_was_seen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["run", "xen-v2-tests-wrong-bit"]) == 0
    text = capsys.readouterr().out
    assert "xen-v2-tests-wrong-bit: " in text
    assert "policy xen-riscv-v2-posted on " in text
    for seen in ("! I3  FlushBeforeReuse", "! I1  UniqueTagPerHart", "! cross-domain"):
        assert seen in text
    assert "seen: 3 of 3 promised" in text
    assert "is used. clean" in text


def test_without_a_name_the_library_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(library()) == 37
    assert any("outside the model" in line for line in lines)


def test_json_is_one_object_with_what_was_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "kvm-riscv-gvma-only", "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["scenarios"]
    assert answer["as_promised"] is True
    assert "cross-domain" in {seen["what"] for seen in answer["seen"]}
    assert answer["fixed"]["clean"] is True


def test_unknown_name_is_one_line_and_exit_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "nope"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("vmidscope run: scenario is 'nope'; allowed: ")
    assert error.count("\n") == 1


def test_a_promise_that_is_not_kept_is_exit_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    scenario: Scenario = find("xen-v2-tests-wrong-bit")
    broken = replace(scenario, sees=(*scenario.sees, Sighting(1, "I8", "never")))
    monkeypatch.setattr(run_command, "find", lambda name: broken)
    assert cli.main(["run", scenario.name]) == 1
    assert "NOT SEEN at step 1: I8, never" in capsys.readouterr().out
