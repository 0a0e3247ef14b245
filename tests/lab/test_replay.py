"""One recorded schedule under several policies: what must hold on the recordings."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.trace_files import open_schedule
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.lab.replay import replay
from simcore.machine import MachineSpec
from simcore.schedule import Schedule

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "app/data/first-start.ftrace.txt.gz"
FTRACE_25S = ROOT.parent / "shared/traces/qemu-fleet-25s.ftrace.txt.gz"
PERF_60S = ROOT.parent / "shared/traces/qemu-fleet-60s.perf.txt.gz"
NONE = {"cross-domain": 0, "cross-vcpu": 0, "stale-mapping": 0}
ISOLATING = ("xen-riscv-v2-reviewed", "kvm-riscv", "untagged")


@cache
def schedule_of(path: Path) -> Schedule:
    if not path.exists():
        pytest.skip(f"{path.name} is not beside this checkout")
    return open_schedule(path)


def row(path: Path, policy: str, vmidlen: int = 14, **guests: Any) -> dict[str, Any]:
    platform = preset("rv64").with_harts(2).with_vmidlen(vmidlen)
    spec = MachineSpec(platform, policy, guests=GuestSpec(**guests))
    return replay(schedule_of(path), spec).metrics


@pytest.mark.parametrize("path", [SHIPPED, FTRACE_25S, PERF_60S], ids=lambda path: path.name)
@pytest.mark.parametrize("policy", ISOLATING)
def test_policies_that_isolate_serve_no_wrong_hit(path: Path, policy: str) -> None:
    assert row(path, policy, accesses_per_us=0.1)["violations"] == NONE


@pytest.mark.parametrize("path", [SHIPPED, FTRACE_25S, PERF_60S], ids=lambda path: path.name)
@pytest.mark.parametrize("policy", ["xen-riscv-v2-posted", "xen-riscv-head"])
def test_policies_with_known_hazards_serve_other_domains_entries(path: Path, policy: str) -> None:
    assert row(path, policy)["violations"]["cross-domain"] > 0


def test_shipped_recording_has_the_same_counts_as_ever_under_kvm() -> None:
    metrics = row(SHIPPED, "kvm-riscv", vmidlen=3)
    assert metrics["guest_entries"] == 3887
    assert metrics["world_switches"] == 3885
    assert metrics["domains_created"] == 18
    assert metrics["rollovers"] == 11
    assert metrics["fences"] == {"hfence_gvma_vmid": 131, "remote_hfence_gvma": 11}
    assert metrics["hart_fences"] == 22
    assert metrics["tlb_hits"] + metrics["tlb_misses"] == metrics["accesses"] == 6_723_025


@pytest.mark.parametrize("policy", ISOLATING)
def test_policies_that_keep_guests_apart_do_so_with_moving_and_megapage_guests(policy: str) -> None:
    for guests in ({"page_size": "2M", "working_set_pages": 9000}, {"drift": 9, "sharing": 0.5}):
        metrics = row(SHIPPED, policy, accesses_per_us=0.02, **guests)
        assert metrics["violations"] == NONE


def test_untagged_flushes_once_a_world_switch() -> None:
    metrics = row(SHIPPED, "untagged", accesses_per_us=0.01)
    switches = metrics["world_switches"]
    assert switches == 3885
    assert metrics["fences"] == {"hfence_gvma": switches, "hfence_vvma": switches}


def test_refused_domains_are_counted_and_their_entries_skipped() -> None:
    metrics = row(SHIPPED, "xen-riscv-v2-reviewed", vmidlen=2, accesses_per_us=0.01)
    assert metrics["domains_refused"] == 7
    assert metrics["domains_created"] == 11
    assert metrics["guest_entries"] + metrics["entries_skipped"] == 3885


def test_policies_see_the_same_accesses_on_the_same_schedule() -> None:
    accesses = {policy: row(SHIPPED, policy)["accesses"] for policy in ISOLATING}
    assert set(accesses.values()) == {6_723_025}


def test_guests_with_one_asid_number_hit_their_sibling_vcpus_entries_under_kvm() -> None:
    metrics = row(SHIPPED, "kvm-riscv", asids="same", accesses_per_us=0.1)
    assert metrics["violations"]["cross-vcpu"] > 0
    assert metrics["violations"]["cross-domain"] == 0


def test_too_few_harts_for_the_recording_are_refused() -> None:
    spec = MachineSpec(preset("rv64").with_harts(1), "untagged")
    with pytest.raises(ValueError, match="harts is 1; the recording runs on 2 CPUs"):
        replay(schedule_of(SHIPPED), spec)
