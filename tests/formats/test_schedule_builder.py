"""Records to schedules: every promise on any records, and what happened on possible ones."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.formats.recorded import read_schedule
from simcore.formats.sched_lines import (
    Place,
    SchedExit,
    SchedMigrate,
    SchedRecord,
    SchedSwitch,
    Tally,
)
from simcore.formats.schedule_builder import build_schedule
from simcore.schedule import Schedule, ScheduledDomain, ScheduleEvent, ScheduleKind
from tests.formats.well_formed import broken_promises

CREATE, ENTER, LEAVE, DESTROY = ScheduleKind
HOST = 7


def build(*records: SchedRecord) -> Schedule:
    return build_schedule("test", records, Tally())


# -- on any records ------------------------------------------------------------------------------

ids = st.integers(0, 6)
vcpus = st.integers(-1, 2)
events = (
    st.builds(SchedSwitch, ids, vcpus, st.booleans(), ids, vcpus)
    | st.builds(SchedMigrate, ids, vcpus)
    | st.builds(SchedExit, ids, vcpus, st.booleans())
)
places = st.builds(Place, st.integers(0, 2), st.integers(-1, 3))
deltas_ns = st.sampled_from([0, 0, 1, 5, -1])


@st.composite
def any_records(draw: st.DrawFn) -> list[SchedRecord]:
    at_ns = 100
    records: list[SchedRecord] = []
    for delta_ns, place, what in draw(st.lists(st.tuples(deltas_ns, places, events), max_size=40)):
        at_ns += delta_ns
        records.append((at_ns, place, what))
    return records


@given(any_records())
def test_any_records_give_a_well_formed_schedule(records: list[SchedRecord]) -> None:
    schedule = build(*records)
    assert broken_promises(schedule) == []
    assert all(schedule.skipped.values())


@given(any_records())
def test_every_leave_that_no_line_tells_is_counted(records: list[SchedRecord]) -> None:
    """Each LEAVE is on a line, repaired and counted, or due to the end of the recording."""
    schedule = build(*records)
    repairs = (
        "vCPU replaced without leaving",
        "vCPU moved without leaving",
        "vCPU still on a CPU when its VM ended",
    )
    leaves = sum(event.kind is LEAVE for event in schedule.events)
    repaired = sum(schedule.skipped.get(reason, 0) for reason in repairs)
    left = sum(isinstance(what, SchedSwitch) for _, _, what in records)
    assert leaves <= left + repaired + len(schedule.cpus)


# -- on recordings that can have happened --------------------------------------------------------


def perf_line(
    at_ns: int, cpu: int, process: int, left: int, came: int, names: dict[int, str]
) -> str:
    return (
        f"{names[left]:>16} {process}/{left} [{cpu:03}] {at_ns // 10**9}.{at_ns % 10**9:09}: "
        f"sched:sched_switch: prev_comm={names[left]} prev_pid={left} prev_prio=120 prev_state=S"
        f" ==> next_comm={names[came]} next_pid={came} next_prio=120\n"
    )


def ftrace_line(
    at_ns: int, cpu: int, process: int, left: int, came: int, names: dict[int, str]
) -> str:
    return (
        f"{names[left]:>16}-{left} ({process:>7}) [{cpu:03}] d..2. "
        f"{at_ns // 10**9}.{at_ns % 10**9:09}: "
        f"sched_switch: prev_comm={names[left]} prev_pid={left} prev_prio=120 prev_state=S"
        f" ==> next_comm={names[came]} next_pid={came} next_prio=120\n"
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 7), st.integers(0, 3 * 10**9)), min_size=1
    ),
    st.sampled_from((perf_line, ftrace_line)),
)
def test_schedule_of_a_possible_recording_is_what_happened(
    choices: list[tuple[int, int, int]], line: Callable[..., str]
) -> None:
    """Four CPUs, idle at first; four VMs of two vCPUs; every choice puts a vCPU on a CPU."""
    vms = {100 + vm: (1000 + 10 * vm, 1001 + 10 * vm) for vm in range(4)}
    names = {HOST + cpu: "host" for cpu in range(4)}
    process_of = {HOST + cpu: HOST + cpu for cpu in range(4)}
    for process, threads in vms.items():
        for number, thread in enumerate(threads):
            names[thread], process_of[thread] = f"CPU {number}/KVM", process
    vcpu_threads = [thread for threads in vms.values() for thread in threads]
    running = {cpu: HOST + cpu for cpu in range(4)}
    at_ns = 0
    lines: list[str] = []
    happened: list[tuple[int, ScheduleKind, int, int, int]] = []

    def put(cpu: int, came: int) -> None:
        left = running[cpu]
        lines.append(line(at_ns, cpu, process_of[left], left, came, names))
        for thread, kind in ((left, LEAVE), (came, ENTER)):
            if thread in vcpu_threads:
                number = int(names[thread][4])
                happened.append((at_ns, kind, cpu, process_of[thread], number))
        running[cpu] = came

    for cpu, vcpu, delta_ns in choices:
        at_ns += delta_ns
        came = vcpu_threads[vcpu]
        if came not in running.values():
            put(cpu, came)
    for cpu in range(4):
        put(cpu, HOST + cpu)

    schedule = read_schedule(lines)
    first_ns = happened[0][0]
    seen = [
        (e.at_ns + first_ns, e.kind, e.cpu, schedule.domains[e.domain].process, e.vcpu)
        for e in schedule.events
        if e.kind is not CREATE
    ]
    assert seen == happened
    created = [d.process for d in schedule.domains]
    assert created == list(dict.fromkeys(process for _, _, _, process, _ in happened))
    assert set(schedule.skipped) <= {"no virtual machine on the line"}
    assert broken_promises(schedule) == []


# -- the check itself ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        ([(0, ENTER, 0, 0, 0)], "not alive"),
        ([(0, CREATE, -1, 0, -1), (0, CREATE, -1, 0, -1)], "create"),
        ([(5, CREATE, -1, 0, -1), (4, DESTROY, -1, 0, -1)], "time"),
        ([(0, CREATE, -1, 0, -1), (0, LEAVE, 0, 0, 0)], "leave"),
        ([(0, CREATE, -1, 0, -1), (0, ENTER, 0, 0, 0), (1, ENTER, 0, 0, 1)], "enter"),
        ([(0, CREATE, -1, 0, -1), (0, ENTER, 0, 0, 0), (1, ENTER, 1, 0, 0)], "enter"),
        ([(0, CREATE, -1, 0, -1), (0, ENTER, 0, 0, 0), (1, DESTROY, -1, 0, -1)], "destroy"),
        ([(0, CREATE, -1, 0, -1), (0, DESTROY, -1, 0, -1), (1, ENTER, 0, 0, 0)], "not alive"),
        ([(0, CREATE, -1, 0, -1), (0, ENTER, 0, 0, 0)], "still on a CPU"),
        ([(0, CREATE, -1, 0, -1), (0, ENTER, 0, 0, 2), (1, LEAVE, 0, 0, 2)], "vcpu"),
        ([], "0 created of 1"),
    ],
)
def test_check_of_the_promises_finds_every_kind_of_breach(
    broken: list[tuple[int, ScheduleKind, int, int, int]], promise: str
) -> None:
    empty = Schedule("test", (ScheduledDomain("pid 1", 1, 2),), (), (0, 1), 9, 0, {})
    schedule = replace(empty, events=tuple(ScheduleEvent(*event) for event in broken))
    assert any(found.startswith(promise) for found in broken_promises(schedule))
