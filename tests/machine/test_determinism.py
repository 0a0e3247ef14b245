"""The same specification and commands give the same events, byte for byte."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore import events as ev
from simcore import policies
from simcore.machine import Command, Machine
from simcore.machine import commands as cmd
from tests.machine.machines import of_type, platform, spec, watched
from tests.machine.test_playback import TWO

ROOT = Path(__file__).resolve().parents[2]
SOME: list[Command] = [
    cmd.CreateDomain(2),
    cmd.CreateDomain(1, "db", 9),
    cmd.Step(7),
    cmd.MigrateVcpu(0, 1, 0),
    cmd.UnmapPages(0, 2, 5),
    cmd.Step(9),
    cmd.PauseDomain(1),
    cmd.CreateDomain(3),
    cmd.Step(6),
    cmd.UnpauseDomain(1),
    cmd.RunVcpu(1, 0, 1),
    cmd.GuestAccess(1, 0, (0, 8, 0)),
    cmd.DestroyDomain(0),
    cmd.CreateDomain(2),
    cmd.Step(40),
]


def transcript(policy: str, commands: list[Command], *, recorded: bool = False) -> bytes:
    """Every event as a line of JSON, then the digest."""
    schedule = TWO if recorded else None
    machine = Machine(spec(policy, platform(2, 2), loop=recorded), schedule)
    events = [event for command in commands for event in machine.apply(command)]
    lines = [json.dumps(ev.to_dict(event)) for event in events]
    return "\n".join([*lines, machine.digest()]).encode()


def elsewhere(policy: str, hash_seed: int) -> bytes:
    """The transcript as another process makes it, with other hashes of strings."""
    script = (
        "import sys\n"
        "from tests.machine.test_determinism import SOME, transcript\n"
        "sys.stdout.buffer.write(transcript(sys.argv[1], SOME))\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", script, policy],
        cwd=ROOT,
        env={"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        check=True,
    )
    return made.stdout


@pytest.mark.parametrize("policy", policies.names())
def test_two_processes_give_the_same_bytes(policy: str) -> None:
    expected = transcript(policy, SOME)
    assert expected.count(b"\n") > 150
    assert elsewhere(policy, 1) == expected


def test_a_third_process_with_another_hash_seed_does_too() -> None:
    assert elsewhere("kvm-riscv", 2) == transcript("kvm-riscv", SOME)


@pytest.mark.parametrize("recorded", [False, True], ids=["run queues", "recording"])
@pytest.mark.parametrize("policy", policies.names())
def test_n_steps_are_one_step_of_n(policy: str, recorded: bool) -> None:
    create: list[Command] = [cmd.CreateDomain(2), cmd.CreateDomain(2), cmd.CreateDomain(1)]
    at_once = transcript(policy, [*create, cmd.Step(60)], recorded=recorded)
    one_by_one = transcript(policy, [*create, *[cmd.Step(1)] * 60], recorded=recorded)
    assert at_once == one_by_one


@settings(max_examples=40, deadline=None)
@given(
    policy=st.sampled_from(policies.names()),
    cuts=st.lists(st.integers(1, 20), min_size=1, max_size=8),
    recorded=st.booleans(),
)
def test_steps_may_be_cut_anywhere(policy: str, cuts: list[int], recorded: bool) -> None:
    create: list[Command] = [cmd.CreateDomain(1)] * 3
    whole = transcript(policy, [*create, cmd.Step(sum(cuts))], recorded=recorded)
    pieces = transcript(policy, [*create, *map(cmd.Step, cuts)], recorded=recorded)
    assert whole == pieces


def test_other_seed_gives_other_accesses_and_the_same_schedule() -> None:
    runs = []
    for seed in (1, 2):
        machine = Machine(spec("untagged", platform(1), seed=seed))
        machine.apply(cmd.CreateDomain(1))
        events = machine.apply(cmd.Step(30))
        runs.append((of_type(events, ev.PagesAccessed), of_type(events, ev.GuestEntered)))
    assert runs[0][0] != runs[1][0]
    assert runs[0][1] == runs[1][1]


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(1, 700_000), max_size=12))
def test_cut_of_a_run_does_not_change_what_it_touches(cuts: list[int]) -> None:
    # A fence on a hart cuts the batch of the guest there; what is touched stays the same.
    def total(at: list[int]) -> tuple[int, int, tuple[object, ...]]:
        machine = watched("untagged")
        machine(cmd.CreateDomain(1), cmd.RunVcpu(0, 0, 1))
        for moment in sorted(at):
            machine.machine.now_ns = moment
            machine.machine.catch_up(machine.machine.spec.platform.hart_ids[1])
        machine.machine.now_ns = 1_000_000
        machine.machine.catch_up(machine.machine.spec.platform.hart_ids[1])
        machine.metrics.record(machine.machine.take_events())
        hart = machine.machine.execution.harts[machine.machine.spec.platform.hart_ids[1]]
        counts = machine.metrics.counts
        return counts["accesses"], counts["tlb_misses"], hart.tlb.key()

    assert total(cuts) == total([])


def test_digest_tells_machines_apart_that_differ_in_one_thing() -> None:
    base: list[Command] = [cmd.CreateDomain(1), cmd.CreateDomain(1), cmd.Step(5)]
    others: list[list[Command]] = [
        base,
        [*base, cmd.Step(1)],
        [*base, cmd.PauseDomain(0)],
        [*base, cmd.UnmapPages(0, 0)],
        [*base, cmd.GuestAccess(0, 0, (1,))],
        [*base, cmd.MigrateVcpu(0, 0, 1)],
        [*base, cmd.CreateDomain(1, "other")],
        [*base, cmd.DestroyDomain(0)],
        [cmd.CreateDomain(1, "other"), *base[1:]],
        [cmd.CreateDomain(1, None, 15), *base[1:]],
    ]
    digests = [transcript("xen-riscv-head", commands)[-64:] for commands in others]
    assert len(set(digests)) == len(others)


def test_machine_without_numba_s_compiled_loop_gives_the_same_digest() -> None:
    from simcore.hw import kernel

    digests = []
    for threshold in (0, 1 << 30):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernel, "COMPILE_FROM", threshold)
            if threshold:
                patch.setattr(kernel, "_compiled", {})
            digests.append(transcript("xen-riscv-head", SOME)[-64:])
    assert digests[0] == digests[1]
