"""Reads the lines of one recording tool: text in, records out, everything else counted.

An event line of perf script and of ftrace is `task columns [cpu] … seconds.decimals: event`, and
only the decimals are new on most lines. So a line is cut in three, and what stands before and after
the decimals is looked up: 138,218 lines have 2,683 different beginnings and 7,364 different ends.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from simcore.formats.sched_fields import Cached, FieldReader, small_number, whole_seconds_ns
from simcore.formats.sched_lines import (
    INCOMPLETE,
    NOT_AN_EVENT,
    UNKNOWN,
    Place,
    SchedEvent,
    SchedRecord,
    Tally,
)

_LOST = re.compile(r"\[LOST \d+ EVENTS\]|PERF_RECORD_LOST")
_NS_PER_UNIT = {decimals: 10 ** (9 - decimals) for decimals in range(1, 10)}
_BLOCK_LINES = 1 << 10
"""Lines read at once; where one of them is not like the others, all are read one by one."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one tool prints the columns around the fields.

    `task` matches the end of what stands before the CPU's closing bracket, with the groups
    `process` (absent when unknown) and `cpu`. `event` matches what stands between the time and the
    fields, and its group is the event's name. `line` finds those columns of any event line, from
    the task's id on; its group is the name, too. `advice` says how to record process ids.
    """

    name: str
    task: re.Pattern[str]
    event: re.Pattern[str]
    line: re.Pattern[str]
    advice: str


class LineReader:
    """Reads the lines of a dialect, one by one or many at once."""

    __slots__ = (
        "_beginnings", "_dialect", "_events", "_fields", "_places", "_readers", "_seconds_ns",
    )  # fmt: skip

    def __init__(self, dialect: Dialect) -> None:
        self._dialect, self._fields = dialect, FieldReader()
        self._beginnings = Cached(self._beginning)
        self._places, self._seconds_ns = Cached(self._place), Cached(whole_seconds_ns)
        self._events, self._readers = Cached(self._event), Cached(self._reader)

    def read(self, line: str) -> SchedRecord | None:
        """The record on a line, or None for an event that is not used.

        Raises ValueError for a line that is no event or not a whole one.
        """
        columns, _, event = line.partition(": ")
        beginning, _, decimals = columns.rpartition(".")
        unit_ns = _NS_PER_UNIT.get(len(decimals))
        if not unit_ns or not decimals.isdecimal():
            raise ValueError(f"columns {columns!r} do not end like 1535.676483512")
        seconds_ns, place = self._beginnings[beginning]
        what = self._events[event]
        return (seconds_ns + int(decimals) * unit_ns, place, what) if what else None

    def read_alike(self, lines: list[str]) -> Iterator[SchedRecord]:
        """What `read` gives for each of the lines, in half the time: a step for all at once.

        Raises ValueError also when a line has no record or another number of decimals.
        """
        columns, _, events = zip(*[line.partition(": ") for line in lines], strict=True)
        beginnings, _, decimals = zip(*[text.rpartition(".") for text in columns], strict=True)
        unit_ns = _NS_PER_UNIT.get(len(decimals[0]))
        alike = len(set(map(len, decimals))) == 1 and "".join(decimals).isdecimal()
        seconds_ns, places = zip(*map(self._beginnings.__getitem__, beginnings), strict=True)
        whats = [what for what in map(self._events.__getitem__, events) if what]
        if not unit_ns or not alike or len(whats) < len(lines):
            raise ValueError("the lines are not alike")
        times = zip(seconds_ns, decimals, strict=True)
        at_ns = [whole_ns + int(part) * unit_ns for whole_ns, part in times]
        return zip(at_ns, places, whats, strict=True)

    def _beginning(self, text: str) -> tuple[int, Place]:
        task, _, seconds = text.partition("] ")
        return self._seconds_ns[seconds], self._places[task]

    def _place(self, text: str) -> Place:
        found = self._dialect.task.search(text)
        if not found:
            raise ValueError(f"columns {text!r} are not complete")
        process = found["process"]
        return Place(small_number(found["cpu"]), small_number(process) if process else UNKNOWN)

    def _event(self, text: str) -> SchedEvent | None:
        name, _, fields = text.partition(": ")
        read = self._readers[name]
        return read(fields) if read else None

    def _reader(self, text: str) -> Callable[[str], SchedEvent] | None:
        name = self._dialect.event.fullmatch(text)
        if not name:
            raise ValueError(f"{text!r} is not an event's name")
        return self._fields.reader(name[1])


def read_records(lines: Iterable[str], dialect: Dialect, tally: Tally) -> Iterator[SchedRecord]:
    """The scheduler records of a text, in file order; all other lines are counted in `tally`."""
    reader, source = LineReader(dialect), iter(lines)
    line, reason = "\n", ""
    while block := list(islice(source, _BLOCK_LINES)):
        tally.lines += len(block)
        try:
            records = reader.read_alike(block)
        except ValueError:
            records = None
        if records:
            reason = ""
            yield from records
            continue
        for line in block:
            record = _read_one(line, reader, dialect)
            if record:
                reason = ""
                yield record
            else:
                reason = reason_not_read(line, dialect)
                tally.skipped[reason] += 1
    senseless = reason == NOT_AN_EVENT or reason.startswith(INCOMPLETE)
    tally.cut_short = senseless and not line.endswith("\n")


def _read_one(line: str, reader: LineReader, dialect: Dialect) -> SchedRecord | None:
    try:
        return reader.read(line)
    except ValueError:
        return _read_without_name(line, reader.read, dialect)


def _read_without_name(
    line: str, read: Callable[[str], SchedRecord | None], dialect: Dialect
) -> SchedRecord | None:
    """Reads a line again from the task's id on: the task's name may hold any separator."""
    found = dialect.line.search(line)
    try:
        return read(line[found.start() :]) if found else None
    except ValueError:
        return None


def reason_not_read(line: str, dialect: Dialect) -> str:
    """Why a line that gave no record is of no use (the first reasons of `Tally`)."""
    name = dialect.line.search(line)
    if name:
        used = name[1] in ("sched_switch", "sched_migrate_task", "sched_process_exit")
        return f"{INCOMPLETE}{name[1]}" if used else f"event not used: {name[1]}"
    if not line.strip():
        return "blank line"
    if _LOST.search(line):
        return "events lost by the recorder"
    return "comment" if line.lstrip().startswith("#") else NOT_AN_EVENT
