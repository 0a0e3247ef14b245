"""Reads a recorded schedule from text, whichever of the known formats it has."""

from collections.abc import Iterable, Iterator
from itertools import chain

from simcore.formats.dialect import Dialect, read_records, reason_not_read
from simcore.formats.ftrace import FTRACE
from simcore.formats.perf_script import PERF_SCRIPT
from simcore.formats.sched_lines import UNKNOWN_PROCESS, Tally
from simcore.formats.schedule_builder import build_schedule
from simcore.schedule import Schedule

DIALECTS = (PERF_SCRIPT, FTRACE)
"""The formats, in the order in which a line is tried."""

_ALLOWED = (
    "allowed is the text of perf script (comm pid/tid [cpu] time: sched:sched_switch: …) "
    "or of ftrace with its TGID column"
)


class NotATraceError(ValueError):
    """The text is no recording of scheduler events, or of no virtual machine."""


class TruncatedTraceError(ValueError):
    """The text ends within a line."""


def read_schedule(lines: Iterable[str]) -> Schedule:
    """The schedule recorded in perf script or ftrace text.

    `lines` are read once, with their newlines; the format is that of the first event line.
    Raises NotATraceError when no line is an event, or no thread is a vCPU of a known process;
    TruncatedTraceError when the last line makes no sense and has no newline.
    """
    tally = Tally()
    source = iter(lines)
    dialect, line = _detect(source, tally)
    schedule = build_schedule(
        dialect.name, read_records(chain((line,), source), dialect, tally), tally
    )
    if tally.cut_short:
        raise TruncatedTraceError(
            f"line {tally.lines} is cut short: it is no whole event and has no newline; "
            "allowed is a recording that ends with a whole line"
        )
    if not schedule.domains:
        raise NotATraceError(_no_machine(dialect, schedule))
    return schedule


def _detect(lines: Iterator[str], tally: Tally) -> tuple[Dialect, str]:
    """The format of the first event line, and that line; counts the lines before it."""
    first = ""
    for line in lines:
        for dialect in DIALECTS:
            if dialect.line.search(line):
                return dialect, line
        tally.lines += 1
        tally.skipped[reason_not_read(line, PERF_SCRIPT)] += 1
        first = first or line.strip()
    seen = f"{tally.lines} lines, the first is {first[:60]!r}" if first else "no text"
    raise NotATraceError(f"no line is a scheduler event: {seen}; {_ALLOWED}")


def _no_machine(dialect: Dialect, schedule: Schedule) -> str:
    if schedule.skipped.get(UNKNOWN_PROCESS):
        return f"no vCPU thread has a process id in this {dialect.name} text; {dialect.advice}"
    counts = ", ".join(f"{count} {reason}" for reason, count in schedule.skipped.items())
    return (
        f"no thread is a vCPU in {schedule.lines} lines of {dialect.name} text ({counts}); "
        "allowed are threads named like 'CPU 0/KVM' or 'CPU 0/TCG' "
        "(QEMU: -name guest,debug-threads=on)"
    )
