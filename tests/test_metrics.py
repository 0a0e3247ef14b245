"""Counters are sums over events, and every event that matters is in one."""

from __future__ import annotations

from collections import Counter

import pytest

from simcore import events as ev
from simcore import policies
from simcore.machine import commands as cmd
from simcore.metrics import SCALARS, Metrics
from tests.machine.machines import Watched, of_type, platform, watched


def eventful(policy: str) -> Watched:
    """Create, run, migrate, unmap, pause, refuse and destroy, at VMIDLEN 2."""
    machine = watched(policy, platform(3, 2, split=True), asids="same")
    for _ in range(6):
        machine(cmd.CreateDomain(2), cmd.Step(5))
    for domain in range(3):
        machine(cmd.MigrateVcpu(domain, 0, domain), cmd.UnmapPages(domain, 0, 8), cmd.Step(7))
    machine(cmd.PauseDomain(1), cmd.DestroyDomain(0), cmd.CreateDomain(1), cmd.Step(60))
    machine(cmd.UnpauseDomain(1), cmd.DestroyDomain(2), cmd.CreateDomain(1), cmd.Step(60))
    return machine


def sums(events: list[ev.Event]) -> dict[str, int]:
    """Every plain counter, each from its definition."""
    accessed = of_type(events, ev.PagesAccessed)
    fences = [fence for fence in of_type(events, ev.FenceExecuted) if fence.cause != "boot"]
    requests = [r for r in of_type(events, ev.RemoteFenceRequested) if r.via != "none"]
    return {
        "guest_entries": len(of_type(events, ev.GuestEntered)),
        "world_switches": len(of_type(events, ev.WorldSwitched)),
        "entries_skipped": len(of_type(events, ev.EntrySkipped)),
        "migrations": len(of_type(events, ev.VcpuMigrated)),
        "domains_created": len(of_type(events, ev.DomainCreated)),
        "domains_refused": len(of_type(events, ev.DomainRefused)),
        "domains_destroyed": len(of_type(events, ev.DomainDestroyed)),
        "ids_assigned": len(of_type(events, ev.VmidAssigned)),
        "rollovers": len(of_type(events, ev.GenerationRolledOver)),
        "forced_exits": sum(event.forced for event in of_type(events, ev.GuestExited)),
        "accesses": sum(event.accesses for event in accessed),
        "tlb_hits": sum(event.hits for event in accessed),
        "tlb_misses": sum(event.misses for event in accessed),
        "entries_dropped": sum(fence.dropped for fence in fences),
        "hart_fences": sum(fence.requester >= 0 for fence in fences),
        "fence_cycles": sum(fence.cycles for fence in fences),
        "remote_fence_cycles": sum(request.cycles for request in requests),
        "walk_cycles": sum(event.cycles for event in accessed),
    }


@pytest.mark.parametrize("policy", policies.names())
def test_counters_are_the_sums_of_the_events(policy: str) -> None:
    machine = eventful(policy)
    totals = machine.metrics.to_dict()
    expected = sums(machine.events)
    assert {name: totals[name] for name in SCALARS} == expected
    assert expected["tlb_hits"] + expected["tlb_misses"] == expected["accesses"] > 1000


@pytest.mark.parametrize("policy", policies.names())
def test_fences_and_violations_by_kind_are_the_sums_of_the_events(policy: str) -> None:
    machine = eventful(policy)
    totals = machine.metrics.to_dict()
    local = Counter(
        fence.fence
        for fence in of_type(machine.events, ev.FenceExecuted)
        if fence.cause != "boot" and fence.requester < 0
    )
    remote = Counter(
        request.fence
        for request in of_type(machine.events, ev.RemoteFenceRequested)
        if request.via != "none"
    )
    assert totals["fences"] == dict(local + remote)
    assert (totals["local_fences"], totals["remote_fences"]) == (local.total(), remote.total())
    wrong: Counter[str] = Counter()
    for hit in of_type(machine.events, ev.StaleHit):
        wrong[hit.kind] += hit.accesses
    assert totals["violations"] == {kind: wrong[kind] for kind in ev.VIOLATION_KINDS}
    assert totals["violations_total"] == wrong.total()
    assert totals["cycles_lost"] == sum(
        totals[name] for name in ("fence_cycles", "remote_fence_cycles", "walk_cycles")
    )


def test_every_counter_moves_under_some_policy() -> None:
    moved = Counter[str]()
    for policy in policies.names():
        machine = eventful(policy)
        moved.update({name: bool(count) for name, count in machine.metrics.counts.items()})
    # Nothing was recorded, so no recorded entry was skipped.
    assert {name for name in SCALARS if not moved[name]} == {"entries_skipped"}


def test_fences_of_booting_are_not_counted() -> None:
    machine = watched("xen-riscv-head", platform(4))
    assert len(of_type(machine.booted, ev.FenceExecuted)) == 4
    assert machine.metrics.to_dict() == Metrics().to_dict()


def test_request_that_reached_nobody_is_an_event_and_no_fence() -> None:
    machine = watched("xen-riscv-v2-posted")
    machine(cmd.CreateDomain(1), cmd.UnmapPages(0, 0))
    assert len(of_type(machine.events, ev.RemoteFenceRequested)) == 1
    assert machine.metrics.to_dict()["fences"] == {}
    assert machine.metrics.to_dict()["remote_fences"] == 0


def test_metrics_may_be_recorded_in_pieces() -> None:
    machine = eventful("kvm-riscv")
    pieces = Metrics()
    for start in range(0, len(machine.events), 7):
        pieces.record(machine.events[start : start + 7])
    assert pieces.to_dict() == machine.metrics.to_dict()


def test_json_names_every_kind_of_violation_even_at_zero() -> None:
    assert Metrics().to_dict()["violations"] == {
        "cross-domain": 0,
        "cross-vcpu": 0,
        "stale-mapping": 0,
    }


def test_events_become_json_with_words_as_hexadecimal() -> None:
    written = ev.HgatpWritten(5, 1, 3, 3, 0x8000300000080000)
    assert ev.to_dict(written) == {
        "event": "HgatpWritten",
        "at_ns": 5,
        "hart": 1,
        "programmed_vmid": 3,
        "vmid": 3,
        "value": "0x8000300000080000",
    }
    request = ev.RemoteFenceRequested(0, 0, "x", "sbi", 0, 2**64 - 1, -1, 2, 0, "reuse", 9)
    assert ev.to_dict(request)["hart_mask_base"] == "0xffffffffffffffff"
