"""`vmidscope check` as its users call it."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys

import pytest

from app import cli
from app.check_command import properties_of
from simcore.check.bounds import Bounds
from simcore.check.path import Walker
from simcore.invariants import ISOLATION, Invariant

POSTED = ["check", "xen-riscv-v2-posted", "--no-unmap"]
KEYS = {
    "policy", "bounds", "holds", "states", "transitions", "depth", "seconds", "property", "path",
    "steps",
}  # fmt: skip
LARGE = ["kvm-riscv", "--harts", "3", "--vcpus", "2", "--speculation"]


def test_counterexample_is_told_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(POSTED) == 1
    text = capsys.readouterr().out
    assert "xen-riscv-v2-posted: 2 harts, 3 domains at a time" in text
    assert "BROKEN: I1 UniqueTagPerHart: No two owners" in text
    steps = re.findall(r"^ *(\d+)\. ", text.split("why, by step:")[0], re.M)
    assert [int(number) for number in steps] == list(range(1, len(steps) + 1))
    assert f"the shortest path has {len(steps)} steps" in text
    assert "hgatp = 0x8" in text
    story = " ".join(text.split())
    assert "by an entry that domain 0 filled through its VS-stage tables 0. why, by step:" in story
    assert "Hart 0 has executed no fence since." in story
    assert all(len(line) <= 100 for line in text.splitlines() if "/path?" not in line)


def test_link_leads_the_machine_to_the_breach(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(POSTED)
    link = re.search(r"/path\?policy=xen-riscv-v2-posted&unmap=false&path=([\d.]+)$",
                     capsys.readouterr().out, re.M)  # fmt: skip
    assert link is not None
    path = [int(number) for number in link[1].split(".")]
    *before, last = Walker("xen-riscv-v2-posted", Bounds(unmap=False)).follow(path)
    assert Invariant.I1 in dict(last.broken)
    assert not any(Invariant.I1 in dict(step.broken) for step in before)


def test_what_holds_is_said_with_its_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "untagged", "--domains", "2", "--property", "I1", "I6", "--property",
                     "NoFreedPageReachable"]) == 0  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("untagged: 2 harts, 2 domains at a time of 1 vCPU and 1 page, ")
    assert "states, " in lines[2]
    assert lines[3] == "holds within these bounds"
    assert lines[4:] == [
        "  I1  UniqueTagPerHart          what it is about happened",
        "  I6  EffectiveTagIsProgrammed  vacuous: never happened",
        "  I9  NoFreedPageReachable      what it is about happened",
    ]


def test_bounds_that_cut_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "untagged", "--depth", "9"]) == 0
    assert re.search(r"^cut: \d+ states lie deeper than 9 steps$", capsys.readouterr().out, re.M)


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*POSTED, "--tlb", "split", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer.keys() >= KEYS
    assert answer["policy"] == "xen-riscv-v2-posted"
    assert answer["bounds"]["tlb"] == "split"
    assert answer["bounds"]["unmap"] is False
    assert (answer["holds"], answer["property"]) == (False, "I1")
    assert [step["choice"] for step in answer["steps"]] == answer["path"]
    assert answer["depth"] == len(answer["path"])
    last = answer["steps"][-1]
    assert {"property": "I1", "sentence": answer["sentence"]} in last["broken"]
    assert "StaleHit" in {event["event"] for event in last["events"]}


def test_json_of_what_holds_has_no_property(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "untagged", "--domains", "1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["property"] is None
    assert (answer["holds"], answer["complete"], answer["cut_by"]) == (True, True, [])
    assert (answer["path"], answer["steps"]) == ([], [])
    assert answer["witnessed"] == {"I1": True, "I9": True}


def test_every_option_reaches_the_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    options = (
        "--harts 1 --domains 1 --vcpus 2 --vmidlen 3 --tlb split --speculation --asids shared "
        "--fault wrong-id --fault dropped-fence --pages 2 --no-unmap --whole --no-touch "
        "--generations 2 --depth 3"
    )
    cli.main(["check", "kvm-riscv", *options.split(), "--json"])
    assert json.loads(capsys.readouterr().out)["bounds"] == {
        "harts": 1, "domains": 1, "vcpus": 2, "vmidlen": 3, "tlb": "split", "speculation": True,
        "asids": "shared", "faults": ["dropped-fence", "wrong-id"], "pages": 2, "unmap": False,
        "cut": False, "touch": False, "generations": 2, "depth": 3,
    }  # fmt: skip


def test_defaults_in_the_help_are_those_of_the_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["check", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    usual = Bounds()
    for name in ("harts", "domains", "vcpus", "vmidlen", "pages", "generations"):
        assert re.search(rf"--{name} N [^(]*\(default: {getattr(usual, name)}\)", text)
    assert f"--tlb {{combined,split}} TLB organisation (default: {usual.tlb.value})" in text
    assert f"ASIDs of a domain's vCPUs (default: {usual.asids})" in text
    assert "Exit status: 0 " in text


def test_properties_go_by_name_title_or_all() -> None:
    assert properties_of(["I9", "UniqueTagPerHart", "I9"]) == (Invariant.I1, Invariant.I9)
    assert properties_of([]) == ISOLATION
    assert properties_of(["I3", "all"]) == tuple(Invariant)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["nope"], "policy is 'nope'; allowed: "),
        (["untagged", "--harts", "9"], "harts is 9; 1 to 4 is allowed"),
        (["untagged", "--vmidlen", "15"], "vmidlen is 15; 0 to 14 is allowed"),
        (["untagged", "--depth", "0"], "depth is 0; 1 to 10000 is allowed"),
        (["untagged", "--fault", "rust"], "fault is 'rust'; allowed: swapped-function-ids, "),
        (["untagged", "--property", "I11"], "property is 'I11'; allowed: all, I1 or UniqueTag"),
        (["untagged", "--walk", "0"], "walk is 0; 1 to 1000000 is allowed"),
        (["untagged", "--walk", "1", "--seed", "-1"], "seed is -1; 0 to"),
        (["untagged", "--workers", "0"], "workers is 0; 1 to 64 is allowed"),
        (["untagged", "--walk", "1", "--workers", "2"], "workers is 2; 1 is allowed with --walk"),
    ],
)
def test_bad_options_are_one_line_and_exit_status_2(
    options: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", *options]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"vmidscope check: {complaint}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize("option", [["--tlb", "hashed"], ["--harts", "two"], ["--fence"]])
def test_options_that_nothing_can_read_are_one_line_and_exit_status_2(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        cli.main(["check", "untagged", *option])
    assert exit_.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_random_walks_claim_no_shortest_path(capsys: pytest.CaptureFixture[str]) -> None:
    options = [*POSTED, "--walk", "200", "--seed", "1"]
    assert cli.main(options) == 1
    text = capsys.readouterr().out
    assert "the shortest path found has" in text
    assert "cut: random walks cover" in text
    assert cli.main([*options, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["complete"] is False


def test_random_walks_that_find_nothing_prove_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "untagged", "--walk", "5"]) == 0
    assert "nothing is broken in what was covered, which is not everything" in (
        capsys.readouterr().out
    )


def test_workers_give_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    answers = []
    for workers in ("1", "2"):
        assert (
            cli.main(["check", "lazy-epoch", "--depth", "12", "--workers", workers, "--json"]) == 0
        )
        answers.append({**json.loads(capsys.readouterr().out), "seconds": 0})
    assert answers[0] == answers[1]


class OnTerminal:
    """`vmidscope check` in a process group of its own, with a terminal as its standard error."""

    def __init__(self, *options: str) -> None:
        self._ours, theirs = pty.openpty()
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "check", *options],
            stdout=subprocess.PIPE, stderr=theirs, text=True, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)

    def wait_for(self, pattern: bytes) -> None:
        """Read what is shown until there is something like this, or it is closed."""
        while not re.search(pattern, self.shown):
            try:
                self.shown += os.read(self._ours, 4096)
            except OSError:
                return

    def ended(self) -> str:
        """What it printed in the end."""
        self.wait_for(b"$never^")
        os.close(self._ours)
        return self.process.communicate(timeout=60)[0]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_the_search_with_what_was_covered(workers: str) -> None:
    check = OnTerminal(*LARGE, "--workers", workers, "--json")
    check.wait_for(rb"\d\d\d states  ")
    os.killpg(check.process.pid, signal.SIGINT)
    answer = json.loads(check.ended())
    assert check.process.returncode == 130
    assert b"Traceback" not in check.shown
    assert (answer["holds"], answer["complete"]) == (True, False)
    assert answer["states"] >= 100
    assert answer["cut_by"][-1] == "stopped by Ctrl-C"


def test_progress_is_shown_on_a_terminal() -> None:
    check = OnTerminal("xen-riscv-v2-reviewed", "--depth", "26")
    assert "holds within these bounds" in check.ended()
    assert re.search(rb"[\d,]+ states  [\d,]+ transitions  \d+ deep", check.shown)


def test_nothing_is_shown_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "untagged", "--depth", "9"]) == 0
    assert capfd.readouterr().err == ""
