"""Records to schedules: each rule on a few records."""

from simcore.formats.sched_lines import (
    UNKNOWN,
    Place,
    SchedExit,
    SchedMigrate,
    SchedRecord,
    SchedSwitch,
    Tally,
)
from simcore.formats.schedule_builder import build_schedule
from simcore.schedule import Schedule, ScheduledDomain, ScheduleKind

HOST = 7
DESTROY = ScheduleKind.DESTROY


def build(*records: SchedRecord) -> Schedule:
    return build_schedule("test", records, Tally())


def switch(
    at_ns: int, cpu: int, process: int, left: int, came: int, *, dead: bool = False
) -> SchedRecord:
    """Threads 10…13 are vCPUs 0…3; the leader of a process is the thread of its number."""
    names = {10: 0, 11: 1, 12: 2, 13: 3}
    what = SchedSwitch(left, names.get(left, UNKNOWN), dead, came, names.get(came, UNKNOWN))
    return at_ns, Place(cpu, process), what


def told(schedule: Schedule) -> list[tuple[int, str, int, int, int]]:
    return [(e.at_ns, e.kind.name, e.cpu, e.domain, e.vcpu) for e in schedule.events]


def test_first_sight_creates_also_before_the_process_is_known() -> None:
    schedule = build(
        switch(100, 0, HOST, HOST, 50),
        switch(110, 0, 50, 50, 10),
        switch(130, 0, 50, 10, HOST),
    )
    assert told(schedule) == [
        (0, "CREATE", -1, 0, -1),
        (10, "ENTER", 0, 0, 0),
        (30, "LEAVE", 0, 0, 0),
    ]
    assert schedule.domains == (ScheduledDomain("pid 50", 50, 1),)


def test_migrate_creates_but_does_not_move() -> None:
    schedule = build(
        (90, Place(1, HOST), SchedMigrate(10, 0)),
        switch(100, 0, HOST, HOST, 10),
        (105, Place(1, HOST), SchedMigrate(10, 0)),
        switch(110, 0, 50, 10, HOST),
    )
    assert told(schedule) == [
        (0, "CREATE", -1, 0, -1),
        (10, "ENTER", 0, 0, 0),
        (20, "LEAVE", 0, 0, 0),
    ]
    assert schedule.skipped == {}


def test_process_without_vcpu_threads_is_no_domain_and_its_lines_are_counted() -> None:
    schedule = build(
        switch(0, 0, HOST, HOST, 60),
        switch(1, 0, 60, 60, HOST),
        (2, Place(0, 60), SchedMigrate(60, -1)),
    )
    assert (schedule.domains, schedule.events, schedule.cpus) == ((), (), ())
    assert schedule.skipped == {"no virtual machine on the line": 3}


def test_lines_of_other_threads_of_a_machine_are_not_counted() -> None:
    schedule = build(
        switch(0, 0, 50, 50, HOST), switch(1, 0, HOST, HOST, 10), switch(2, 0, 50, 10, 50)
    )
    assert schedule.skipped == {}


def test_group_dead_destroys_after_the_last_leave() -> None:
    schedule = build(
        switch(0, 0, HOST, HOST, 10),
        switch(1, 1, HOST, HOST, 11),
        (2, Place(0, 50), SchedExit(10, 0, True)),
        switch(3, 0, 50, 10, HOST, dead=True),
        switch(5, 1, 50, 11, HOST),
        switch(9, 0, HOST, HOST, 50),
    )
    assert told(schedule)[-3:] == [
        (3, "LEAVE", 0, 0, 0),
        (5, "LEAVE", 1, 0, 1),
        (5, "DESTROY", -1, 0, -1),
    ]


def test_without_group_dead_the_last_vcpu_that_leaves_for_good_destroys() -> None:
    both = [
        switch(0, 0, HOST, HOST, 10),
        switch(1, 1, HOST, HOST, 11),
        switch(2, 0, 50, 10, HOST, dead=True),
    ]
    dead = build(*both, switch(3, 1, 50, 11, HOST, dead=True), switch(4, 1, HOST, HOST, 50))
    alive = build(*both, switch(3, 1, 50, 11, HOST))
    assert told(dead)[-1] == (3, "DESTROY", -1, 0, -1)
    assert [event.kind for event in alive.events if event.kind is DESTROY] == []


def test_machine_that_ends_with_a_vcpu_on_a_cpu_has_it_leave_first() -> None:
    schedule = build(
        switch(0, 0, HOST, HOST, 10),
        switch(1, 0, 50, 10, 10),
        (4, Place(0, 50), SchedExit(10, 0, True)),
        switch(9, 1, HOST, HOST, 8),
    )
    assert told(schedule)[-2:] == [(4, "LEAVE", 0, 0, 0), (4, "DESTROY", -1, 0, -1)]
    assert schedule.skipped["vCPU still on a CPU when its VM ended"] == 1


def test_machine_alive_at_the_end_leaves_and_is_not_destroyed() -> None:
    schedule = build(
        switch(0, 0, 50, 10, HOST), switch(5, 1, HOST, HOST, 10), switch(9, 0, HOST, HOST, 8)
    )
    assert told(schedule)[-1] == (9, "LEAVE", 1, 0, 0)
    assert DESTROY not in [event.kind for event in schedule.events]


def test_leave_without_enter_is_counted_and_no_event() -> None:
    schedule = build(switch(0, 0, 50, 10, HOST), switch(1, 0, HOST, HOST, 10))
    assert [kind for _, kind, *_ in told(schedule)] == ["CREATE", "ENTER", "LEAVE"]
    assert schedule.skipped == {"vCPU left without entering": 1}


def test_vcpu_replaced_without_leaving_leaves_then() -> None:
    schedule = build(
        switch(0, 0, 50, 11, 10), switch(5, 0, HOST, HOST, 11), switch(6, 0, 50, 11, 10),
        switch(7, 0, 50, 10, HOST),
    )  # fmt: skip
    assert told(schedule)[1:4] == [
        (0, "ENTER", 0, 0, 0),
        (5, "LEAVE", 0, 0, 0),
        (5, "ENTER", 0, 0, 1),
    ]
    assert schedule.skipped["vCPU replaced without leaving"] == 1


def test_vcpu_that_enters_elsewhere_without_leaving_leaves_first() -> None:
    schedule = build(
        switch(0, 0, HOST, HOST, 10), switch(5, 1, HOST, HOST, 10), switch(7, 1, 50, 10, HOST)
    )
    assert told(schedule)[1:] == [
        (0, "ENTER", 0, 0, 0),
        (5, "LEAVE", 0, 0, 0),
        (5, "ENTER", 1, 0, 0),
        (7, "LEAVE", 1, 0, 0),
    ]
    assert schedule.skipped == {"vCPU moved without leaving": 1}


def test_vcpu_that_leaves_elsewhere_than_it_entered_has_left_both() -> None:
    schedule = build(switch(0, 0, HOST, HOST, 10), switch(5, 1, 50, 10, HOST))
    assert told(schedule)[1:] == [(0, "ENTER", 0, 0, 0), (5, "LEAVE", 0, 0, 0)]
    assert schedule.skipped == {"vCPU left without entering": 1, "vCPU moved without leaving": 1}


def test_time_going_backwards_is_left_out() -> None:
    schedule = build(
        switch(10, 0, HOST, HOST, 10), switch(5, 0, 50, 10, HOST), switch(20, 0, 50, 10, HOST)
    )
    assert told(schedule)[1:] == [(0, "ENTER", 0, 0, 0), (10, "LEAVE", 0, 0, 0)]
    assert schedule.skipped == {"time goes backwards": 1}


def test_thread_id_of_a_dead_vcpu_given_to_another_task_is_no_vcpu() -> None:
    schedule = build(
        switch(0, 0, HOST, HOST, 10),
        switch(1, 0, 50, 10, HOST, dead=True),
        (2, Place(0, HOST), SchedSwitch(HOST, UNKNOWN, False, 10, UNKNOWN)),
        (3, Place(0, 60), SchedSwitch(10, UNKNOWN, False, HOST, UNKNOWN)),
    )
    assert [kind for _, kind, *_ in told(schedule)] == ["CREATE", "ENTER", "LEAVE", "DESTROY"]
    assert schedule.skipped == {"no virtual machine on the line": 2}


def test_thread_id_under_another_process_is_another_thread_though_no_death_was_seen() -> None:
    schedule = build(
        switch(0, 0, HOST, HOST, 10),
        switch(1, 0, 50, 10, HOST),
        switch(2, 0, 60, 10, HOST),
        switch(3, 0, HOST, HOST, 10),
    )
    assert [domain.process for domain in schedule.domains] == [50, 60]
    assert told(schedule) == [
        (0, "CREATE", -1, 0, -1),
        (0, "ENTER", 0, 0, 0),
        (1, "LEAVE", 0, 0, 0),
        (2, "CREATE", -1, 1, -1),
        (3, "ENTER", 0, 1, 0),
        (3, "LEAVE", 0, 1, 0),
    ]
    assert schedule.skipped == {"vCPU left without entering": 1}


def test_process_id_given_out_again_is_another_domain() -> None:
    first = [
        switch(0, 0, 50, 50, 10),
        switch(1, 0, 50, 10, 50),
        switch(2, 0, 50, 50, 10, dead=True),
        switch(3, 0, 50, 10, HOST, dead=True),
    ]
    again = [
        switch(10, 0, HOST, HOST, 50),
        switch(11, 0, 50, 50, 10),
        switch(12, 0, 50, 10, HOST),
    ]
    schedule = build(*first, *again)
    assert schedule.domains == (ScheduledDomain("pid 50", 50, 1),) * 2
    assert [(kind, domain) for _, kind, _, domain, _ in told(schedule)] == [
        ("CREATE", 0), ("ENTER", 0), ("LEAVE", 0), ("ENTER", 0), ("LEAVE", 0), ("DESTROY", 0),
        ("CREATE", 1), ("ENTER", 1), ("LEAVE", 1),
    ]  # fmt: skip


def test_vcpu_thread_first_seen_after_its_leader_died_belongs_to_the_machine() -> None:
    schedule = build(
        switch(0, 0, 50, 10, 50),
        switch(1, 0, 50, 50, 11, dead=True),
        switch(2, 0, 50, 11, 10, dead=True),
        switch(3, 0, 50, 10, HOST, dead=True),
    )
    assert schedule.domains == (ScheduledDomain("pid 50", 50, 2),)
    assert told(schedule)[-1] == (3, "DESTROY", -1, 0, -1)


def test_new_thread_after_group_dead_is_of_a_new_process() -> None:
    schedule = build(
        switch(0, 0, HOST, HOST, 10),
        (1, Place(0, 50), SchedExit(10, 0, True)),
        switch(2, 0, 50, 10, HOST, dead=True),
        switch(3, 0, HOST, HOST, 11),
        switch(4, 0, 50, 11, HOST),
    )
    assert [domain.vcpus for domain in schedule.domains] == [1, 2]


def test_vcpu_plugged_again_goes_on_with_another_thread() -> None:
    again = (5, Place(0, HOST), SchedSwitch(HOST, UNKNOWN, False, 20, 0))
    schedule = build(
        switch(0, 0, HOST, HOST, 10),
        switch(1, 0, 50, 10, HOST, dead=True),
        again,
        (6, Place(0, 50), SchedSwitch(20, 0, False, HOST, UNKNOWN)),
    )
    assert schedule.domains == (ScheduledDomain("pid 50", 50, 1),)
    assert [kind for _, kind, *_ in told(schedule)] == [
        "CREATE", "ENTER", "LEAVE", "ENTER", "LEAVE",
    ]  # fmt: skip


def test_vcpu_thread_of_unknown_process_is_counted() -> None:
    schedule = build(switch(0, 0, HOST, HOST, 10), switch(1, 0, UNKNOWN, 10, HOST))
    assert schedule.skipped == {"vCPU thread of unknown process": 2}


def test_no_records_give_an_empty_schedule() -> None:
    assert build() == Schedule("test", (), (), (), 0, 0, {})
