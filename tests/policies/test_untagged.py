"""No VMIDs: everything is flushed at every switch, and nothing is ever served wrongly."""

from __future__ import annotations

import pytest

from simcore import events as ev
from simcore.guests.working_set import Asids
from simcore.machine import commands as cmd
from tests.machine.machines import of_type, platform, tlb_entries, watched

ALL_PAGES = tuple(range(16))


def test_every_switch_drops_all_that_the_hart_holds() -> None:
    machine = watched("untagged", platform(1, split=True))
    machine(cmd.CreateDomain(1), cmd.CreateDomain(1))
    machine(cmd.RunVcpu(0, 0, 0), cmd.GuestAccess(0, 0, ALL_PAGES))
    assert tlb_entries(machine.machine, 0) == 32
    happened = machine(cmd.RunVcpu(1, 0, 0))
    assert [f.dropped for f in of_type(happened, ev.FenceExecuted)] == [16, 16]
    assert tlb_entries(machine.machine, 0) == 0


def test_everybody_is_vmid_0_and_no_id_is_assigned() -> None:
    machine = watched("untagged")
    for _ in range(5):
        machine(cmd.CreateDomain(2))
    machine(cmd.Step(100))
    assert {event.vmid for event in of_type(machine.events, ev.GuestEntered)} == {0}
    assert machine.metrics.counts["ids_assigned"] == 0
    switches = machine.metrics.counts["world_switches"]
    assert machine.metrics.fences == {"hfence_gvma": switches, "hfence_vvma": switches}


def test_p2m_change_fences_the_harts_that_run_the_domain() -> None:
    machine = watched("untagged", platform(3))
    machine(cmd.CreateDomain(2), cmd.CreateDomain(1))
    machine(cmd.RunVcpu(0, 0, 1), cmd.RunVcpu(0, 1, 2), cmd.RunVcpu(1, 0, 0))
    (request,) = of_type(machine(cmd.UnmapPages(0, 0)), ev.RemoteFenceRequested)
    assert (request.via, request.hart_mask, request.targets) == ("ipi", 0b110, 2)
    machine(cmd.PauseDomain(0))
    assert of_type(machine(cmd.UnmapPages(0, 0)), ev.RemoteFenceRequested) == []


@pytest.mark.parametrize("asids", ["distinct", "shared", "same", "bare"])
@pytest.mark.parametrize("split", [False, True], ids=["combined", "split"])
def test_no_guest_is_ever_served_a_wrong_entry(asids: Asids, split: bool) -> None:
    machine = watched("untagged", platform(2, 0, split=split), asids=asids)
    for _ in range(5):
        machine(cmd.CreateDomain(2), cmd.Step(9), cmd.UnmapPages(0, 2, 9), cmd.Step(9))
    machine(cmd.MigrateVcpu(1, 0, 1), cmd.DestroyDomain(2), cmd.CreateDomain(2), cmd.Step(60))
    assert machine.metrics.counts["tlb_hits"] > 300
    assert machine.metrics.to_dict()["violations_total"] == 0
