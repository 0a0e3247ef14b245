"""ftrace text: columns, odd lines, and the recording in ../shared when it is there."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from simcore.formats.dialect import read_records
from simcore.formats.ftrace import FTRACE
from simcore.formats.recorded import read_schedule
from simcore.formats.sched_lines import UNKNOWN, Place, SchedExit, SchedRecord, SchedSwitch, Tally
from tests.formats.well_formed import broken_promises, counts, moves

DATA = Path(__file__).parents[1] / "data" / "schedules"
RECORDING = Path(__file__).parents[3] / "shared" / "traces" / "qemu-fleet-25s.ftrace.txt.gz"

SWITCH = (
    "       CPU 0/TCG-5235    (   5220) [001] d..2.  1639.406357: sched_switch: "
    "prev_comm=CPU 0/TCG prev_pid=5235 prev_prio=120 prev_state=R ==> "
    "next_comm=qemu-system-x86 next_pid=5220 next_prio=120\n"
)
SWITCHED = SchedSwitch(5235, 0, False, 5220, UNKNOWN)


def read(*lines: str) -> tuple[list[SchedRecord], Counter[str]]:
    tally = Tally()
    records = list(read_records(lines, FTRACE, tally))
    assert tally.lines == len(lines)
    return records, tally.skipped


def test_switch_gives_time_in_whole_nanoseconds_cpu_process_and_threads() -> None:
    assert read(SWITCH) == ([(1639_406357000, Place(1, 5220), SWITCHED)], Counter())


def test_flags_may_be_of_any_width_or_missing() -> None:
    for flags in (".....  ", ".N...  ", "d..2  ", "dNs5. 1 ", "-..1 ", ""):
        records, skipped = read(SWITCH.replace("d..2.  ", flags))
        assert (records, skipped) == ([(1639_406357000, Place(1, 5220), SWITCHED)], Counter())


def test_names_may_hold_blanks_dashes_and_every_separator() -> None:
    for name in ("a-b-1", "x] y", "(sd-pam)", "kworker/1:1-mm", "a (1) [000]", "a: b-2 c"):
        records, skipped = read(SWITCH.replace("       CPU 0/TCG-", f"{name:>16}-"))
        assert (records, skipped) == ([(1639_406357000, Place(1, 5220), SWITCHED)], Counter())


def test_dashes_or_no_tgid_column_leave_the_process_unknown() -> None:
    records, skipped = read(
        SWITCH.replace("(   5220)", "(-------)"), SWITCH.replace("    (   5220) ", "   ")
    )
    assert records == [(1639_406357000, Place(1, UNKNOWN), SWITCHED)] * 2
    assert not skipped


def test_exit_is_read() -> None:
    line = (
        "       CPU 1/TCG-5348    (   5340) [001] .....  1641.983324: "
        "sched_process_exit: comm=CPU 1/TCG pid=5348 prio=120 group_dead=true\n"
    )
    assert read(line)[0] == [(1641_983324000, Place(1, 5340), SchedExit(5348, 1, True))]


def test_lines_without_a_record_are_counted_by_reason() -> None:
    lines = {
        "# tracer: nop\n": "comment",
        "\n": "blank line",
        "CPU:1 [LOST 4567 EVENTS]\n": "events lost by the recorder",
        "   bash-12  ( 12) [000] d..2. 1.5: vfs_read <-ksys_read\n": "not an event line",
        SWITCH.replace("sched_switch", "sched_waking"): "event not used: sched_waking",
        SWITCH[: SWITCH.index("prev_state")] + "\n": "incomplete sched_switch",
        SWITCH.replace("prev_comm=CPU 0/TCG ", ""): "incomplete sched_switch",
    }
    for line, reason in lines.items():
        assert read(line) == ([], Counter({reason: 1})), line


def test_both_formats_of_one_story_give_one_schedule() -> None:
    with (DATA / "three-machines.ftrace.txt").open() as lines:
        ftrace = read_schedule(lines)
    with (DATA / "three-machines.perf.txt").open() as lines:
        perf = read_schedule(lines)
    assert ftrace.events == perf.events
    assert ftrace.domains == perf.domains
    assert (ftrace.format, ftrace.lines) == ("ftrace", 30)
    assert ftrace.skipped == {
        "comment": 5,
        "event not used: sched_wakeup": 1,
        "incomplete sched_switch": 1,
        "no virtual machine on the line": 2,
    }


@pytest.mark.skipif(not RECORDING.exists(), reason="the 25 s recording of ../shared is not here")
def test_recorded_fleet_of_25_seconds_has_42_machines() -> None:
    with gzip.open(RECORDING, "rt", encoding="utf-8") as lines:
        schedule = read_schedule(lines)
    assert broken_promises(schedule) == []
    assert Counter(domain.vcpus for domain in schedule.domains) == {1: 10, 2: 19, 4: 13}
    # 11,376 entries under a vCPU name and 36 of threads that had not taken it yet.
    assert counts(schedule) == {"CREATE": 42, "ENTER": 11_412, "LEAVE": 11_412, "DESTROY": 42}
    assert schedule.skipped == {"comment": 12, "vCPU left without entering": 73}
    assert (schedule.lines, schedule.span_ns) == (20_108, 25_218_976_000)
    assert (schedule.cpus, moves(schedule)) == ((0, 1), 217)
