"""The details of the KVM RISC-V scenarios: who was served by whom, and what hides a bug."""

from dataclasses import replace

from simcore import events as ev
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, RunVcpu
from simcore.scenario import Step, play
from simcore.scenarios import find
from tests.scenarios.shown import gstage_fences, on_combined_tlb, vmids, whats


def test_every_entry_is_a_roll_over_where_vmids_are_too_few() -> None:
    events = play(find("kvm-riscv-insufficient-vmids")).events
    entries = [e for e in events if isinstance(e, ev.GuestEntered)]
    rolled = [e for e in events if isinstance(e, ev.GenerationRolledOver)]
    assert len(entries) == len(rolled) == 12
    assert {entry.vmid for entry in entries} == {1}
    assert not [e for e in events if isinstance(e, ev.PagesAccessed)]


def test_four_harts_with_two_bits_are_too_few_as_well() -> None:
    scenario = find("kvm-riscv-insufficient-vmids")
    wide = replace(
        scenario,
        platform=preset("rv64").with_harts(4).with_vmidlen(2),
        steps=(
            Step("Four VMs, three VMIDs.", (CreateDomain(1),) * 4),
            Step("All run.", tuple(RunVcpu(n % 4, 0, n % 4) for n in range(48))),
        ),
        sees=(),
    )
    assert whats(play(wide)) == {"I10"}


def test_one_vmid_more_than_harts_is_enough() -> None:
    scenario = find("kvm-riscv-insufficient-vmids")
    assert play(replace(scenario, platform=scenario.platform.with_vmidlen(2))).seen == ()


def test_without_speculation_nothing_comes_of_the_stale_vmid() -> None:
    assert play(replace(find("kvm-riscv-stale-vmid-at-load"), speculation=False)).seen == ()


def test_the_speculative_entry_is_under_the_vmid_that_a_lost() -> None:
    events = play(find("kvm-riscv-stale-vmid-at-load")).events
    assert vmids(events, hart=0) == [1, 2, 3, 1, 2, 1]
    hits = [(e.domain, e.owner_domain, e.vmid) for e in events if isinstance(e, ev.StaleHit)]
    assert set(hits) == {(1, 0, 1)}


def test_a_combined_tlb_hides_that_only_hfence_gvma_is_executed() -> None:
    for name in ("kvm-riscv-gvma-only", "kvm-riscv-vvma-migrate"):
        assert play(on_combined_tlb(find(name))).seen == ()


def test_a_guest_with_asids_of_its_own_for_each_vcpu_is_unaffected() -> None:
    scenario = find("kvm-riscv-two-vcpus-one-cpu")
    assert play(replace(scenario, guests=GuestSpec(accesses_per_us=0))).seen == ()


def test_the_fence_for_the_change_is_executed_where_the_vcpu_runs_and_nowhere_else() -> None:
    playing = play(find("kvm-riscv-cpu-change"))
    assert gstage_fences(playing.events)[-1:] == [1]
    assert [e.hart for e in playing.events if isinstance(e, ev.StaleHit)] == [0]


def test_the_returning_vcpu_is_fenced_by_vmid_and_hits_all_the_same() -> None:
    playing = play(find("kvm-riscv-vvma-migrate"))
    fenced = [
        (e.hart, e.fence, e.cause)
        for e in playing.events
        if isinstance(e, ev.FenceExecuted) and e.cause == "vCPU on a new hart"
    ]
    assert fenced[-1] == (0, "hfence_gvma_vmid", "vCPU on a new hart")
    assert whats(playing) == {"I1", "cross-vcpu"}
