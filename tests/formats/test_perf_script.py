"""perf script text: columns, odd lines, and the recording in ../shared when it is there."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from simcore.formats.dialect import read_records
from simcore.formats.perf_script import PERF_SCRIPT
from simcore.formats.recorded import read_schedule
from simcore.formats.sched_lines import (
    UNKNOWN,
    Place,
    SchedExit,
    SchedMigrate,
    SchedRecord,
    SchedSwitch,
    Tally,
)
from simcore.schedule import ScheduledDomain, ScheduleEvent, ScheduleKind
from tests.formats.well_formed import broken_promises, counts, moves

DATA = Path(__file__).parents[1] / "data" / "schedules"
RECORDING = Path(__file__).parents[3] / "shared" / "traces" / "qemu-fleet-60s.perf.txt.gz"

SWITCH = (
    "       CPU 0/TCG  3911/3913  [001]  1535.676483512:       sched:sched_switch: "
    "prev_comm=CPU 0/TCG prev_pid=3913 prev_prio=120 prev_state=S ==> "
    "next_comm=host next_pid=3850 next_prio=120\n"
)


def read(*lines: str) -> tuple[list[SchedRecord], Counter[str]]:
    tally = Tally()
    records = list(read_records(lines, PERF_SCRIPT, tally))
    assert tally.lines == len(lines)
    return records, tally.skipped


def test_switch_gives_time_in_whole_nanoseconds_cpu_process_and_threads() -> None:
    switch = SchedSwitch(3913, 0, False, 3850, UNKNOWN)
    assert read(SWITCH) == ([(1535_676483512, Place(1, 3911), switch)], Counter())


def test_time_stamps_keep_every_digit_whatever_their_precision() -> None:
    for text, at_ns in [
        ("9007199.254740993", 9007199_254740993),  # not a float: 2**53 + 1 ns
        ("1535.676483", 1535_676483000),
        ("0.1", 100_000_000),
        ("1750000000.000000001", 1750000000_000000001),
    ]:
        records, _ = read(SWITCH.replace("1535.676483512", text))
        assert [record[0] for record in records] == [at_ns]


def test_torn_down_task_keeps_its_process_and_has_its_thread_in_the_fields() -> None:
    line = SWITCH.replace("       CPU 0/TCG  3911/3913", "             :-1  3931/-1")
    records, _ = read(line.replace("prev_state=S", "prev_state=X"))
    dead = SchedSwitch(3913, 0, True, 3850, UNKNOWN)
    assert records == [(1535_676483512, Place(1, 3931), dead)]


def test_dead_states_are_x_and_z_alone() -> None:
    dead = {"X", "Z", "x", "X|Z"}
    for state in dead | {"R", "R+", "S", "D", "I", "T", "t", "P", "D|K"}:
        records, _ = read(SWITCH.replace("prev_state=S", f"prev_state={state}"))
        assert [record[2] for record in records] == [
            SchedSwitch(3913, 0, state in dead, 3850, UNKNOWN)
        ]


def test_names_may_hold_blanks_and_every_separator() -> None:
    for name in ("a b", "x] y", "nginx: worker", "a/1 [000] 1.5:", "(sd-pam)", "a. b] c: d", ""):
        line = SWITCH.replace("       CPU 0/TCG  ", f"{name:>16}  ").replace("=host", f"={name}")
        records, skipped = read(line.replace("prev_comm=CPU 0/TCG", f"prev_comm={name}"))
        switch = SchedSwitch(3913, UNKNOWN, False, 3850, UNKNOWN)
        assert (records, skipped) == ([(1535_676483512, Place(1, 3911), switch)], Counter())


def test_only_qemu_names_are_vcpus() -> None:
    numbers = {"CPU 0/TCG": 0, "CPU 31/KVM": 31, "CPU 9999/KVM": 9999}
    others = ("CPU 10000/KVM", "CPU 01/KVM", "CPU 0/HVF", "CPU x/KVM", "CPU 0/KVM2", "CPU ٣/KVM")
    for name, number in (numbers | dict.fromkeys(others, UNKNOWN)).items():
        records, _ = read(SWITCH.replace("=host", f"={name}"))
        assert [record[2] for record in records] == [SchedSwitch(3913, 0, False, 3850, number)]


def test_migration_and_exit_are_read() -> None:
    place = " qemu-system-x86  3911/3911  [001]  1535.677268559: sched:"
    records, skipped = read(
        place + "sched_migrate_task: comm=CPU 1/TCG pid=3914 prio=120 orig_cpu=0 dest_cpu=1\n",
        place + "sched_process_exit: comm=CPU 1/TCG pid=3914 prio=120 group_dead=true\n",
        place + "sched_process_exit: comm=CPU 1/TCG pid=3914 prio=120\n",
    )
    assert not skipped
    assert records == [
        (1535_677268559, Place(1, 3911), SchedMigrate(3914, 1)),
        (1535_677268559, Place(1, 3911), SchedExit(3914, 1, True)),
        (1535_677268559, Place(1, 3911), SchedExit(3914, 1, False)),
    ]


def test_thread_column_without_process_leaves_the_process_unknown() -> None:
    records, skipped = read(SWITCH.replace("3911/3913", "3913"), SWITCH.replace("3911/", "-1/"))
    assert [record[1] for record in records] == [Place(1, UNKNOWN)] * 2
    assert not skipped


def test_lines_without_a_record_are_counted_by_reason() -> None:
    whole = SWITCH.rstrip("\n")
    lines = {
        "# captured on: Mon\n": "comment",
        "  \n": "blank line",
        "hello world\n": "not an event line",
        "PERF_RECORD_LOST lost 12\n": "events lost by the recorder",
        SWITCH.replace("sched_switch", "sched_wakeup"): "event not used: sched_wakeup",
        SWITCH.replace("prev_pid=3913", "prev_pid="): "incomplete sched_switch",
        SWITCH.replace("3850", "9999999999"): "incomplete sched_switch",
        SWITCH.replace("1535.", "9999999999."): "incomplete sched_switch",
        whole[: whole.index("next_prio")] + "\n": "incomplete sched_switch",
        whole[: whole.index("sched:sched")] + "\n": "not an event line",
        SWITCH.replace("1535.676483512", "1535"): "not an event line",
        SWITCH.replace("[001]", "[]"): "not an event line",
    }
    for line, reason in lines.items():
        assert read(line) == ([], Counter({reason: 1})), line


def test_line_cut_at_any_place_gives_no_record_before_its_last_number() -> None:
    for end in range(SWITCH.index("next_prio=") + len("next_prio=")):
        assert read(SWITCH[:end])[0] == []


def test_written_story_gives_these_events() -> None:
    with (DATA / "three-machines.perf.txt").open() as lines:
        schedule = read_schedule(lines)
    create, enter, leave, destroy = ScheduleKind
    expected = [
        (0, create, -1, 0, -1),
        (10, enter, 0, 0, 0),  # before the thread takes its name
        (20, leave, 0, 0, 0),
        (25, enter, 1, 0, 1),
        (30, enter, 0, 0, 0),
        (40, leave, 1, 0, 1),
        (50, leave, 0, 0, 0),
        (50, enter, 0, 0, 1),  # moved from CPU 1
        (60, create, -1, 1, -1),
        (70, enter, 1, 1, 0),  # two lines of one time, in file order
        (70, leave, 0, 0, 1),
        (80, enter, 0, 0, 1),
        (90, leave, 0, 0, 1),
        (90, enter, 0, 0, 0),
        (110, leave, 0, 0, 0),
        (110, destroy, -1, 0, -1),  # after group_dead
        (130, leave, 1, 1, 0),
        (130, destroy, -1, 1, -1),  # its only vCPU left for good
        (150, create, -1, 2, -1),
        (160, enter, 0, 2, 0),
        (170, leave, 0, 2, 0),
        (180, enter, 0, 2, 0),
        (180, leave, 0, 2, 0),  # alive at the end: no destroy
    ]
    assert schedule.events == tuple(
        ScheduleEvent(at_us * 1000, kind, cpu, domain, vcpu)
        for at_us, kind, cpu, domain, vcpu in expected
    )
    assert schedule.domains == (
        ScheduledDomain("pid 100", 100, 2),
        ScheduledDomain("pid 200", 200, 1),
        ScheduledDomain("pid 300", 300, 1),
    )
    assert (schedule.format, schedule.cpus, schedule.span_ns) == ("perf script", (0, 1), 180_000)
    assert schedule.lines == 27
    assert schedule.skipped == {
        "comment": 1,
        "blank line": 1,
        "event not used: sched_wakeup": 1,
        "incomplete sched_switch": 1,
        "no virtual machine on the line": 2,
    }


@pytest.mark.skipif(not RECORDING.exists(), reason="the 60 s recording of ../shared is not here")
def test_recorded_fleet_of_60_seconds_has_39_machines() -> None:
    with gzip.open(RECORDING, "rt", encoding="utf-8") as lines:
        schedule = read_schedule(lines)
    assert broken_promises(schedule) == []
    assert Counter(domain.vcpus for domain in schedule.domains) == {1: 10, 2: 18, 4: 11}
    # 79,235 entries under a vCPU name and 28 of threads that had not taken it yet.
    assert counts(schedule) == {"CREATE": 39, "ENTER": 79_263, "LEAVE": 79_263, "DESTROY": 39}
    # 79,423 lines have a vCPU leave: of the others the entry was under another name and filtered.
    assert schedule.skipped == {"vCPU left without entering": 160}
    assert (schedule.lines, schedule.span_ns) == (138_218, 60_150_129_310)
    assert (schedule.cpus, moves(schedule)) == ((0, 1), 852)
