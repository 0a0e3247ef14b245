"""A machine that is resumed from a snapshot acts as the one that went on."""

import pytest

from simcore import policies
from simcore.hw.platform import preset
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import CreateDomain, DestroyDomain, Step, UnmapPages
from simcore.machine.snapshot import resumed, snapshot
from simcore.machine.spec import UnsuitableError
from simcore.schedule import Schedule, ScheduledDomain, ScheduleEvent, ScheduleKind
from tests.machine.machines import exactly

LATER = (Step(9), CreateDomain(2), UnmapPages(1, 0, 3), Step(7), DestroyDomain(1), Step(12))


@pytest.mark.parametrize("speculation", [False, True])
@pytest.mark.parametrize("policy", policies.names())
def test_resumed_machine_goes_on_as_the_first_does(policy: str, speculation: bool) -> None:
    platform = preset("rv64").with_harts(2).with_vmidlen(2)
    try:
        spec = MachineSpec(platform, policy, speculation=speculation)
    except UnsuitableError as error:
        pytest.skip(str(error))
    machine = Machine(spec)
    for command in (CreateDomain(2), CreateDomain(1), Step(11)):
        machine.apply(command)
    kept = snapshot(machine)
    twin = resumed(kept, spec, None)
    assert twin is not machine
    assert twin.spec is spec
    assert twin.digest() == machine.digest()
    for later in LATER:
        assert exactly(machine.apply(later)) == exactly(twin.apply(later))
    assert twin.digest() == machine.digest()
    assert resumed(kept, spec, None).digest() != machine.digest()


def test_snapshot_does_not_hold_what_follows_from_the_rest() -> None:
    spec = MachineSpec(preset("rv64").with_harts(1), "kvm-riscv")
    machine = Machine(spec)
    for _ in range(8):
        machine.apply(CreateDomain(4))
    before = len(snapshot(machine))
    machine.apply(Step(64))
    # The streams of 4 vCPUs alone would be 2 MiB; the TLB fills, which adds what it names.
    assert len(snapshot(machine)) < before + 50_000


def test_snapshot_shares_the_recording_and_keeps_the_place_in_it() -> None:
    kinds = (ScheduleKind.CREATE, *(ScheduleKind.ENTER, ScheduleKind.LEAVE) * 500)
    events = tuple(ScheduleEvent(1000 * at, kind, 0, 0, 0) for at, kind in enumerate(kinds))
    guest = ScheduledDomain("guest", process=7, vcpus=1)
    schedule = Schedule("made here", (guest,), events, (0,), 1_000_000, len(events), {})
    spec = MachineSpec(preset("rv64").with_harts(1), "kvm-riscv", loop=True)
    machine = Machine(spec, schedule)
    machine.apply(Step(600))
    kept = snapshot(machine)
    twin = resumed(kept, spec, schedule)
    assert twin.playback is not None
    assert twin.playback.schedule is schedule
    assert exactly(machine.apply(Step(900))) == exactly(twin.apply(Step(900)))
    assert b"ScheduleEvent" not in kept
