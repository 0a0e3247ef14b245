"""The journal: one row a command, steps in one row, one server a folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from app.journal import Journal, JournalError, KeptMachine, KeptTotals, pack_schedule
from app.live.place import Place
from app.schedules import FIRST_START, Schedules
from app.spec_json import schedule_from_json, schedule_to_json, spec_from_json, spec_to_json
from simcore import policies
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import PRESETS
from simcore.machine import MachineSpec
from simcore.machine.commands import Command, CreateDomain, GuestAccess, PauseDomain, Step
from simcore.machine.faults import Fault
from simcore.machine.spec import UnsuitableError

KEPT = KeptMachine(0, "a1", "mine", "2026-01-01T00:00:00+00:00", {"seed": 1}, None, None, 10.0)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path)
    journal.open()
    yield journal
    journal.close()


def _commands(journal: Journal, machine: int) -> list[Command]:
    return [command for _, command in journal.commands_after(machine, Place())]


def _append(journal: Journal, machine: int, commands: list[Command]) -> list[int]:
    return [journal.append(machine, command, seq) for seq, command in enumerate(commands, 1)]


def test_consecutive_steps_are_one_row(journal: Journal) -> None:
    machine = journal.add_machine(KEPT, None).number
    commands: list[Command] = [Step(3), Step(4), CreateDomain(1), Step(1), PauseDomain(0), Step(2)]
    assert _append(journal, machine, commands) == [1, 1, 2, 3, 4, 5]
    assert _commands(journal, machine) == [Step(7), *commands[2:]]
    assert journal.totals(machine) == KeptTotals(5, 10, 6)


def test_commands_of_two_machines_are_apart(journal: Journal) -> None:
    first = journal.add_machine(KEPT, None).number
    second = journal.add_machine(replace(KEPT, id="b2"), None).number
    _append(journal, first, [Step(1)])
    _append(journal, second, [CreateDomain(2, "x", 4)])
    _append(journal, first, [Step(1)])
    assert _commands(journal, first) == [Step(2)]
    assert _commands(journal, second) == [CreateDomain(2, "x", 4)]
    journal.delete_machine(first)
    assert _commands(journal, first) == []
    assert [kept.id for kept in journal.machines()] == ["b2"]


def test_numbers_of_deleted_machines_are_not_used_again(journal: Journal) -> None:
    first = journal.add_machine(KEPT, None).number
    journal.delete_machine(first)
    assert journal.add_machine(KEPT, None).number == first + 1


def test_machine_that_was_deleted_is_not_forked(journal: Journal) -> None:
    source = journal.add_machine(KEPT, None).number
    _append(journal, source, [Step(3)])
    place, twin = Place(commands=1, row_steps=2, steps=2, seq=1), replace(KEPT, id="b2")
    forked = journal.fork_machine(twin, source, place)
    assert forked is not None
    assert _commands(journal, forked.number) == [Step(2)]
    journal.delete_machine(source)
    assert journal.fork_machine(replace(KEPT, id="c3"), source, place) is None
    assert [kept.id for kept in journal.machines()] == ["b2"]


def test_long_list_is_read_in_pages_and_in_order(journal: Journal) -> None:
    machine = journal.add_machine(KEPT, None).number
    commands: list[Command] = [GuestAccess(0, 0, (n,)) for n in range(1001)]
    _append(journal, machine, commands)
    assert _commands(journal, machine) == commands


def test_what_was_written_is_there_when_opened_again(tmp_path: Path) -> None:
    for count in (0, 1, 2):
        journal = Journal(tmp_path)
        journal.open()
        assert len(journal.machines()) == count
        journal.add_machine(replace(KEPT, id=f"m{count}"), None)
        journal.close()


def test_second_server_on_a_folder_is_refused_in_one_line(tmp_path: Path, journal: Journal) -> None:
    with pytest.raises(JournalError, match=r"^data folder '.*': another vmidscope is using it$"):
        Journal(tmp_path).open()


def test_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"^data folder '.*/file/data': .*directory"):
        Journal(tmp_path / "file" / "data").open()


def test_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "machines.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalError, match="not a database"):
        Journal(tmp_path).open()


def test_journal_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "machines.sqlite3")) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalError, match=r"newer vmidscope \(format 99, not 1\)"):
        Journal(tmp_path).open()


def test_command_that_fails_to_be_written_leaves_no_trace(journal: Journal) -> None:
    machine = journal.add_machine(KEPT, None).number
    _append(journal, machine, [Step(1)])
    with pytest.raises(JournalError):
        journal.append(machine + 1, Step(1), 1)
    assert _commands(journal, machine) == [Step(1)]
    assert _commands(journal, machine + 1) == []


def test_closed_journal_says_so(journal: Journal) -> None:
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.check()


def test_schedule_comes_back_and_is_kept_once(journal: Journal) -> None:
    schedules = Schedules()
    packed = schedules.packed(FIRST_START)
    assert packed == pack_schedule(schedules.get(FIRST_START))
    kept = [journal.add_machine(replace(KEPT, id=name), packed) for name in "ab"]
    assert [machine.schedule for machine in kept] == [packed.sha256] * 2
    assert journal.schedule(packed.sha256) == schedules.get(FIRST_START)
    assert len(packed.content) < 60_000
    journal.delete_machine(kept[0].number)
    assert journal.schedule(packed.sha256).domains
    journal.delete_machine(kept[1].number)
    with pytest.raises(JournalError):
        journal.schedule(packed.sha256)


def test_schedule_is_the_same_as_json_and_back() -> None:
    schedule = Schedules().get(FIRST_START)
    assert schedule_from_json(schedule_to_json(schedule)) == schedule


@given(
    st.sampled_from(sorted(PRESETS)),
    st.sampled_from(policies.names()),
    st.integers(0, 2**63 - 1),
    st.floats(0, 4),
    st.sampled_from(["distinct", "shared", "same", "bare"]),
    st.booleans(),
    st.booleans(),
    st.frozensets(st.sampled_from(Fault)),
)
def test_specification_is_the_same_as_json_and_back(
    preset: str,
    policy: str,
    seed: int,
    skew: float,
    asids: str,
    loop: bool,
    walks: bool,
    faults: frozenset[Fault],
) -> None:
    guests = GuestSpec(8, skew, 0.5, asids)  # type: ignore[arg-type]
    platform = replace(PRESETS[preset], over_fences=walks)
    try:
        spec = MachineSpec(platform, policy, seed, guests, 5_000, loop, walks, faults)
    except UnsuitableError:
        reject()
    assert spec_from_json(spec_to_json(spec)) == spec
