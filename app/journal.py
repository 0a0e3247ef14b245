"""The journal: each machine's specification and command list, in one SQLite file.

A machine is its specification and its commands, so this is all that has to be durable. A command
is in the file, synced, before anybody is told of it. Consecutive steps are one row whose count
grows, because one step of n equals n steps of one. Schedules are kept by content, so a restart
needs no recording. Short links have a table of their own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from app.spec_json import schedule_from_json, schedule_to_json
from simcore.machine.commands import Command, Step, from_dict, to_dict
from simcore.schedule import Schedule

FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS schedules (
    sha256 TEXT PRIMARY KEY, content BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS machines (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, name TEXT NOT NULL,
    created TEXT NOT NULL, spec TEXT NOT NULL, schedule TEXT REFERENCES schedules,
    schedule_name TEXT, speed REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS commands (
    machine INTEGER NOT NULL REFERENCES machines, number INTEGER NOT NULL,
    command TEXT NOT NULL, steps INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (machine, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links (id TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;
"""
_STEP = "Step"
_PAGE_ROWS = 1000


class JournalError(Exception):
    """The journal could not be read or written. The message is one line and says why."""


@dataclass(frozen=True, slots=True)
class KeptMachine:
    """A machine's row: everything but its commands. ``schedule`` is a SHA-256."""

    number: int
    id: str
    name: str
    created: str
    spec: dict[str, Any]
    schedule: str | None
    schedule_name: str | None
    speed: float


@dataclass(frozen=True, slots=True)
class KeptTotals:
    """How long a command list is: rows, steps in all, and the events that it gives."""

    commands: int = 0
    steps: int = 0
    seq: int | None = None


class Followed(Protocol):
    """How far a command list was followed: rows, and steps in the last of them."""

    @property
    def commands(self) -> int:
        """Rows, of which the last may be followed in part."""

    @property
    def row_steps(self) -> int:
        """Steps of the last row."""

    @property
    def seq(self) -> int:
        """Events by then."""


class Journal:
    """The file, with one connection that every thread takes in turn.

    The connection holds the file's lock, so a second server on the same folder is refused.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the file, making it where there is none; nothing where it is open.

        Raises JournalError where that cannot be done, or another server has it open.
        """
        if self._connection is not None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self.folder / "machines.sqlite3",
                timeout=0,
                isolation_level=None,
                check_same_thread=False,
            )
            _prepare(connection)
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"data folder {str(self.folder)!r}: {_reason(error)}") from error
        self._connection = connection

    @property
    def _database(self) -> sqlite3.Connection:
        if self._connection is None:
            raise JournalError("it is closed")
        return self._connection

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it, or nothing and JournalError."""
        with self._lock:
            database = self._database
            try:
                database.execute("BEGIN IMMEDIATE")
                yield database
                database.execute("COMMIT")
            except sqlite3.Error as error:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise JournalError(_reason(error)) from error

    def _read(self, query: str, *parameters: object) -> list[Any]:
        with self._lock:
            try:
                return self._database.execute(query, parameters).fetchall()
            except sqlite3.Error as error:
                raise JournalError(_reason(error)) from error

    # Machines

    def add_machine(self, machine: KeptMachine, schedule: PackedSchedule | None) -> KeptMachine:
        """Keep a new machine; its number is given here. The schedule is kept once by content."""
        sha = schedule.sha256 if schedule else None
        with self._write() as database:
            if schedule:
                database.execute("INSERT OR IGNORE INTO schedules VALUES (?, ?)", schedule)
            number = _insert_machine(database, machine, sha)
        return replace(machine, number=number, schedule=sha)

    def fork_machine(self, twin: KeptMachine, source: int, place: Followed) -> KeptMachine | None:
        """Keep ``twin`` with the commands of ``source`` up to a place; its number is given here.

        None, with nothing kept, where there is no ``source``.
        """
        with self._write() as database:
            if not database.execute(
                "SELECT 1 FROM machines WHERE number = ?", (source,)
            ).fetchone():
                return None
            number = _insert_machine(database, twin, twin.schedule)
            database.execute(
                "INSERT INTO commands SELECT ?, number, command, steps, seq FROM commands"
                " WHERE machine = ? AND number <= ?",
                (number, source, place.commands),
            )
            database.execute(
                "UPDATE commands SET steps = ?, seq = ? WHERE machine = ? AND number = ?",
                (place.row_steps, place.seq, number, place.commands),
            )
        return replace(twin, number=number)

    def machines(self) -> list[KeptMachine]:
        """Every machine, oldest first."""
        rows = self._read(
            "SELECT number, id, name, created, spec, schedule, schedule_name, speed"
            " FROM machines ORDER BY number"
        )
        return [
            KeptMachine(number, id, name, created, json.loads(spec), *schedule_and_speed)
            for number, id, name, created, spec, *schedule_and_speed in rows
        ]

    def schedule(self, sha: str) -> Schedule:
        """The schedule with this content. Raises JournalError where it is not kept."""
        rows = self._read("SELECT content FROM schedules WHERE sha256 = ?", sha)
        if not rows:
            raise JournalError(f"the schedule {sha} is not in the journal")
        return schedule_from_json(json.loads(zlib.decompress(rows[0][0])))

    def set_speed(self, machine: int, speed: float) -> None:
        """Remember how fast a machine is to run when it runs."""
        with self._write() as database:
            database.execute("UPDATE machines SET speed = ? WHERE number = ?", (speed, machine))

    def delete_machine(self, machine: int) -> None:
        """Forget a machine, its commands, and its schedule where no other has it."""
        with self._write() as database:
            database.execute("DELETE FROM commands WHERE machine = ?", (machine,))
            database.execute("DELETE FROM machines WHERE number = ?", (machine,))
            database.execute(
                "DELETE FROM schedules WHERE sha256 NOT IN"
                " (SELECT schedule FROM machines WHERE schedule IS NOT NULL)"
            )

    # Commands

    def append(self, machine: int, command: Command, seq: int) -> int:
        """Keep one more command, after which there are ``seq`` events. Returns how many rows."""
        with self._write() as database:
            last = database.execute(
                "SELECT number, command FROM commands WHERE machine = ?"
                " ORDER BY number DESC LIMIT 1",
                (machine,),
            ).fetchone()
            number = last[0] if last else 0
            if isinstance(command, Step) and last and last[1] == _STEP:
                database.execute(
                    "UPDATE commands SET steps = steps + ?, seq = ?"
                    " WHERE machine = ? AND number = ?",
                    (command.count, seq, machine, number),
                )
                return int(number)
            is_step = isinstance(command, Step)
            text = _STEP if is_step else json.dumps(to_dict(command))
            steps = command.count if isinstance(command, Step) else 0
            database.execute(
                "INSERT INTO commands VALUES (?, ?, ?, ?, ?)",
                (machine, number + 1, text, steps, seq),
            )
            return int(number) + 1

    def totals(self, machine: int) -> KeptTotals:
        """How long a machine's command list is."""
        ((count, steps, seq),) = self._read(
            "SELECT count(*), coalesce(sum(steps), 0), max(seq) FROM commands WHERE machine = ?",
            machine,
        )
        return KeptTotals(count, steps, seq)

    def commands_after(self, machine: int, place: Followed) -> Iterator[tuple[int, Command]]:
        """The commands behind ``place`` in order, with their rows' numbers, a page at a time."""
        first, done = place.commands, place.row_steps
        while rows := self._read(
            "SELECT number, command, steps FROM commands WHERE machine = ? AND number >= ?"
            " ORDER BY number LIMIT ?",
            machine, first, _PAGE_ROWS,
        ):  # fmt: skip
            for number, text, steps in rows:
                if number == place.commands and steps <= done:
                    continue
                already = done if number == place.commands else 0
                yield number, Step(steps - already) if text == _STEP else _command(text)
            first = rows[-1][0] + 1

    # Short links

    def add_link(self, link: str, path: str) -> None:
        """Keep where a short link leads; one that is kept already stays as it is."""
        with self._write() as database:
            database.execute("INSERT OR IGNORE INTO links VALUES (?, ?)", (link, path))

    def link(self, link: str) -> str | None:
        """Where a short link leads; None where there is no such link."""
        rows = self._read("SELECT path FROM links WHERE id = ?", link)
        return str(rows[0][0]) if rows else None

    def count_links(self) -> int:
        """How many short links there are."""
        ((count,),) = self._read("SELECT count(*) FROM links")
        return int(count)

    def check(self) -> None:
        """Raises JournalError unless the journal can be written now."""
        with self._write() as database:
            database.execute(f"PRAGMA user_version = {FORMAT}")

    def close(self) -> None:
        """Close the file; the lock is free then."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


def _insert_machine(
    database: sqlite3.Connection, machine: KeptMachine, schedule: str | None
) -> int:
    row = (machine.id, machine.name, machine.created, json.dumps(machine.spec))
    cursor = database.execute(
        "INSERT INTO machines (id, name, created, spec, schedule, schedule_name, speed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*row, schedule, machine.schedule_name, machine.speed),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _prepare(connection: sqlite3.Connection) -> None:
    run = connection.execute
    run("PRAGMA locking_mode = EXCLUSIVE")
    run("PRAGMA journal_mode = WAL")
    run("PRAGMA synchronous = FULL")
    run("PRAGMA foreign_keys = ON")
    (version,) = run("PRAGMA user_version").fetchone()
    if version > FORMAT:
        raise OSError(f"it was written by a newer vmidscope (format {version}, not {FORMAT})")
    connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}PRAGMA user_version={FORMAT};COMMIT;")


class PackedSchedule(NamedTuple):
    """A schedule's SHA-256, over its JSON in one fixed spelling, and that JSON compressed."""

    sha256: str
    content: bytes


def pack_schedule(schedule: Schedule) -> PackedSchedule:
    """A schedule as it is kept."""
    text = json.dumps(schedule_to_json(schedule), sort_keys=True, separators=(",", ":")).encode()
    return PackedSchedule(hashlib.sha256(text).hexdigest(), zlib.compress(text, 6))


def _command(text: str) -> Command:
    return from_dict(json.loads(text))


def _reason(error: Exception) -> str:
    if "locked" in str(error):
        return "another vmidscope is using it"
    return str(error)
