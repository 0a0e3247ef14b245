"""Recorded schedules: who runs where and when, whatever a user does meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simcore import events as ev
from simcore import policies
from simcore.hw.ids import DomainId, HartId
from simcore.machine import CommandError, Machine
from simcore.machine import commands as cmd
from simcore.schedule import Schedule
from tests.machine.machines import Watched, of_type, platform, recording, spec

# Two domains on CPUs 3 and 7; the first ends before the second, which comes back on the other CPU.
TWO = recording(
    [("web", 2), ("db", 1)],
    (0, "create", -1, 0, -1),
    (0, "enter", 3, 0, 0),
    (10_000, "create", -1, 1, -1),
    (10_000, "enter", 7, 1, 0),
    (500_000, "leave", 3, 0, 0),
    (500_000, "enter", 3, 0, 1),
    (700_000, "leave", 3, 0, 1),
    (800_000, "destroy", -1, 0, -1),
    (900_000, "leave", 7, 1, 0),
    (900_000, "enter", 3, 1, 0),
    (2_000_000, "leave", 3, 1, 0),
)


def playing(
    policy: str = "untagged", schedule: Schedule = TWO, *, loop: bool = False, vmidlen: int = 14
) -> Watched:
    hardware = platform(2, vmidlen)
    return Watched(Machine(spec(policy, hardware, loop=loop), schedule))


def playback_of(machine: Watched) -> tuple[int, int, bool]:
    """Position, round, finished."""
    playback = machine.machine.playback
    assert playback is not None
    return playback.position, playback.round, playback.finished


def test_recorded_events_happen_on_the_harts_that_stand_for_the_cpus_at_their_times() -> None:
    machine = playing()
    machine(cmd.Step(11))
    switches = [(e.at_ns, e.hart, e.domain) for e in of_type(machine.events, ev.WorldSwitched)]
    assert switches == [(0, 0, 0), (10_000, 1, 1), (500_000, 0, 0), (900_000, 0, 1)]
    assert of_type(machine.events, ev.VcpuMigrated) == [ev.VcpuMigrated(900_000, 1, 0, 1, 0)]
    assert of_type(machine.events, ev.DomainDestroyed) == [ev.DomainDestroyed(800_000, 0)]
    assert playback_of(machine) == (11, 0, True)
    assert machine.machine.now_ns == 2_000_000


def test_guests_touch_pages_as_long_as_they_were_recorded_to_run() -> None:
    machine = playing()
    machine(cmd.Step(11))
    # 20 accesses a millisecond: 0.5 ms and 0.2 ms of "web", 0.89 ms and 1.1 ms of "db".
    by_vcpu: dict[tuple[int, int], int] = {}
    for event in of_type(machine.events, ev.PagesAccessed):
        key = (event.domain, event.vcpu)
        by_vcpu[key] = by_vcpu.get(key, 0) + event.accesses
    assert by_vcpu == {(0, 0): 10, (0, 1): 4, (1, 0): 39}


def test_after_the_end_time_goes_on_in_quanta() -> None:
    machine = playing()
    machine(cmd.Step(11), cmd.Step(4))
    assert machine.machine.now_ns == 2_000_000 + 4 * 500_000
    assert playback_of(machine) == (11, 0, True)


def test_looped_recording_begins_again_with_fresh_domains() -> None:
    machine = playing(loop=True)
    machine(cmd.Step(11))
    happened = machine(cmd.Step(2))
    assert of_type(happened, ev.DomainDestroyed) == [ev.DomainDestroyed(2_000_000, 1)]
    assert of_type(happened, ev.ScheduleRestarted) == [ev.ScheduleRestarted(2_000_000, 1)]
    assert [event.domain for event in of_type(happened, ev.DomainCreated)] == [2]
    machine(cmd.Step(20))
    assert playback_of(machine) == (11, 2, True)
    assert machine.machine.now_ns == 6_000_000
    assert machine.metrics.counts["domains_created"] == 6


def test_loop_leaves_domains_that_a_user_created_alone() -> None:
    machine = playing(loop=True)
    machine(cmd.CreateDomain(1, "mine"), cmd.Step(30))
    assert "mine" in {domain.name for domain in machine.machine.domains.values()}


def test_users_domain_runs_where_no_recorded_vcpu_does() -> None:
    machine = playing()
    machine(cmd.CreateDomain(1), cmd.MigrateVcpu(0, 0, 1), cmd.Step(11))
    entered = [e for e in of_type(machine.events, ev.GuestEntered) if e.domain == 0]
    # Until "db" comes at 10 µs, and again when it has left.
    assert [(event.at_ns, event.hart) for event in entered] == [(0, 1), (900_000, 1)]


def test_recorded_entry_of_a_refused_domain_is_skipped() -> None:
    machine = playing("xen-riscv-v2-reviewed", vmidlen=1)
    machine(cmd.CreateDomain(1), cmd.Step(11))
    assert [event.name for event in of_type(machine.events, ev.DomainRefused)] == ["db"]
    assert of_type(machine.events, ev.EntrySkipped) == [
        ev.EntrySkipped(10_000, 1, -1, "refused"),
        ev.EntrySkipped(900_000, 0, -1, "refused"),
    ]


def test_recorded_entry_of_a_paused_domain_is_skipped_until_it_is_unpaused() -> None:
    machine = playing()
    machine(cmd.Step(4), cmd.PauseDomain(0), cmd.Step(2))
    assert of_type(machine.events, ev.EntrySkipped) == [ev.EntrySkipped(500_000, 0, 0, "paused")]
    machine(cmd.UnpauseDomain(0), cmd.Step(5))
    assert machine.metrics.counts["entries_skipped"] == 1


def test_recorded_entry_of_a_domain_that_a_user_destroyed_is_skipped() -> None:
    machine = playing()
    machine(cmd.Step(4), cmd.DestroyDomain(1), cmd.Step(7))
    assert of_type(machine.events, ev.EntrySkipped) == [ev.EntrySkipped(900_000, 0, 1, "destroyed")]


def test_recorded_vcpu_that_a_user_migrates_leaves_where_it_is() -> None:
    machine = playing()
    machine(cmd.Step(2), cmd.MigrateVcpu(0, 0, 1))
    assert machine.machine.vcpu(0, 0).hart == 1
    machine(cmd.Step(2))
    # "db" was recorded on that hart: it takes it.
    occupancy = machine.machine.occupancy
    assert occupancy.on(HartId(0)) is None
    running = occupancy.on(HartId(1))
    assert running is not None
    assert running.key == (1, 0)
    machine(cmd.Step(7))
    assert playback_of(machine)[2]


def test_paused_recorded_domain_cannot_be_migrated() -> None:
    machine = playing()
    machine(cmd.Step(4), cmd.PauseDomain(1))
    with pytest.raises(CommandError, match="domain 1 is paused"):
        machine(cmd.MigrateVcpu(1, 0, 0))


def test_recorded_vcpu_run_by_hand_after_the_end_gets_its_quanta() -> None:
    machine = playing()
    machine(cmd.Step(11), cmd.RunVcpu(1, 0, 1), cmd.Step(20))
    assert of_type(machine.events, ev.PagesAccessed)[-1].at_ns > 11_000_000


def test_fewer_harts_than_cpus_are_refused() -> None:
    with pytest.raises(ValueError, match="harts is 1; the recording runs on 2 CPUs, so 2 or more"):
        Machine(spec("untagged", platform(1)), TWO)


def test_more_vcpus_than_a_domain_may_have_are_refused() -> None:
    crowd = recording([("crowd", 257)], (0, "create", -1, 0, -1))
    with pytest.raises(ValueError, match="vcpus of 'crowd' in the recording is 257; 1 to 256"):
        Machine(spec("untagged"), crowd)


def test_empty_recording_is_finished_at_once_and_never_loops() -> None:
    machine = playing(schedule=recording([]), loop=True)
    machine(cmd.Step(3))
    assert playback_of(machine) == (0, 0, True)
    assert machine.machine.now_ns == 1_500_000


def test_more_harts_than_cpus_leave_some_idle() -> None:
    machine = Watched(Machine(spec("untagged", platform(4)), TWO))
    machine(cmd.Step(11))
    assert {event.hart for event in of_type(machine.events, ev.WorldSwitched)} == {0, 1}


@pytest.mark.parametrize("policy", policies.names())
def test_every_policy_plays_the_same_entries(policy: str) -> None:
    machine = playing(policy)
    machine(cmd.Step(11))
    switches = [
        event._replace(from_domain=0, from_vcpu=0)
        for event in of_type(machine.events, ev.WorldSwitched)
    ]
    assert [(s.at_ns, s.hart, s.domain, s.vcpu) for s in switches] == [
        (0, 0, 0, 0),
        (10_000, 1, 1, 0),
        (500_000, 0, 0, 1),
        (900_000, 0, 1, 0),
    ]
    assert machine.metrics.counts["accesses"] == 53


def test_recording_on_sparse_harts_goes_to_them_in_order() -> None:
    sparse = replace(platform(2), hart_ids=(HartId(5), HartId(65)))
    machine = Watched(Machine(spec("untagged", sparse), TWO))
    machine(cmd.Step(11))
    assert [event.hart for event in of_type(machine.events, ev.WorldSwitched)] == [5, 65, 5, 5]
    assert machine.machine.domains[DomainId(1)].vcpus[0].last_hart == 5
