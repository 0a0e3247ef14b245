"""Reads the lines of one recording tool: text in, records out, everything else counted.

An event line of perf script and of ftrace is `task columns [cpu] … seconds.decimals: event`, and
only the decimals are new on most lines. So a line is cut in four and three of the parts are looked
up: 137,036 switches have 612 different beginnings and 7,063 different ends.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from simcore.formats.sched_fields import Cached, read_fields, small_number, whole_seconds_ns
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


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one tool prints the columns around the fields.

    `task` matches the end of what stands before the CPU's closing bracket, with the groups
    `process` (absent when unknown) and `cpu`. `event` matches the beginning of what follows the
    time, and its group is the event's name. `line` finds those columns of any event line, from the
    task's id on; its group is the name, too. `advice` says how to record process ids.
    """

    name: str
    task: re.Pattern[str]
    event: re.Pattern[str]
    line: re.Pattern[str]
    advice: str


class LineReader:
    """Reads one line of a dialect after the other."""

    __slots__ = ("_dialect", "_events", "_places", "_seconds_ns")

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._places = Cached(self._place)
        self._events = Cached(self._event)
        self._seconds_ns = Cached(whole_seconds_ns)

    def read(self, line: str) -> SchedRecord | None:
        """The record on a line, or None for an event that is not used.

        Raises ValueError for a line that is no event or not a whole one.
        """
        task, _, rest = line.partition("] ")
        time, _, event = rest.partition(": ")
        seconds, _, decimals = time.rpartition(".")
        unit_ns = _NS_PER_UNIT.get(len(decimals))
        if not unit_ns or not decimals.isdecimal():
            raise ValueError(f"time {time!r} is not like 1535.676483512")
        at_ns = self._seconds_ns[seconds] + int(decimals) * unit_ns
        what = self._events[event]
        return (at_ns, self._places[task], what) if what else None

    def _place(self, text: str) -> Place:
        found = self._dialect.task.search(text)
        if not found:
            raise ValueError(f"columns {text!r} are not complete")
        process = found["process"]
        return Place(small_number(found["cpu"]), small_number(process) if process else UNKNOWN)

    def _event(self, text: str) -> SchedEvent | None:
        name = self._dialect.event.match(text)
        if not name:
            raise ValueError(f"{text!r} does not begin with an event's name")
        return read_fields(name[1], text[name.end() :])


def read_records(lines: Iterable[str], dialect: Dialect, tally: Tally) -> Iterator[SchedRecord]:
    """The scheduler records of a text, in file order; all other lines are counted in `tally`."""
    read = LineReader(dialect).read
    line, reason = "\n", ""
    before = tally.lines
    for tally.lines, line in enumerate(lines, before + 1):
        try:
            record = read(line)
        except ValueError:
            record = _read_without_name(line, read, dialect)
        if record:
            reason = ""
            yield record
        else:
            reason = reason_not_read(line, dialect)
            tally.skipped[reason] += 1
    senseless = reason == NOT_AN_EVENT or reason.startswith(INCOMPLETE)
    tally.cut_short = senseless and not line.endswith("\n")


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
