"""Every scenario of the library shows what it promises, and its fixed variant does not."""

import pytest

from simcore.scenario import Scenario, known_sightings, play
from simcore.scenarios import find, library

XEN_V2_TO_V4 = (
    "xen-v2-tests-wrong-bit",
    "xen-v2-empty-mask",
    "xen-v2-vmidlen-alias",
    "freebsd-arm64-16bit-alias",
    "xen-v4-inverted-used",
)
XEN_HEAD = (
    "xen-head-migrate-no-invalidate",
    "xen-head-disabled-noflush",
    "xen-head-mixed-harts",
    "xen-head-stale-vmid-window",
    "xen-head-vvma-wrong-vmid",
    "xen-head-p2m-empty-mask",
    "xen-head-sbi-fid-swap",
    "xen-head-mask-comment",
)
KVM_RISCV = (
    "kvm-riscv-insufficient-vmids",
    "kvm-riscv-stale-vmid-at-load",
    "kvm-riscv-gvma-only",
    "kvm-riscv-two-vcpus-one-cpu",
    "kvm-riscv-cpu-change",
    "kvm-riscv-vvma-migrate",
)
KVM_ELSEWHERE = (
    "kvm-arm64-vmid-zero",
    "kvm-arm64-vmid0-window",
    "kvm-arm-vmid-rollover-race",
    "kvm-arm-two-vcpus-one-cpu",
    "kvm-nvmx-vpid02-first-use",
    "kvm-nvmx-eptp-tag",
)
OTHERS = (
    "xen-x86-svm-flush-one-at-wrap",
    "xen-arm-2013-256-VMs",
    "XSA-292",
    "XSA-294",
    "XSA-408",
    "XSA-480",
    "XSA-493",
    "altp2m-missing-invept",
    "L0-assist-vs-IPI",
    "amd-erratum-170",
    "opensbi-402",
    "kvm-cve-2022-39189",
)
NAMED = (*XEN_V2_TO_V4, *XEN_HEAD, *KVM_RISCV, *KVM_ELSEWHERE, *OTHERS)
"""Every name the facts page gives, section by section."""

OUTSIDE = {
    "xen-head-mask-comment",
    "kvm-arm64-vmid0-window",
    "XSA-292",
    "XSA-294",
    "XSA-493",
    "L0-assist-vs-IPI",
    "opensbi-402",
    "kvm-cve-2022-39189",
}
"""In words only: each needs what the model leaves out."""

ONLY_COSTS = {"amd-erratum-170"}
"""Played, though nothing goes wrong in it."""

SCENARIOS = [pytest.param(scenario, id=name) for name, scenario in library().items()]
PLAYED = [
    pytest.param(scenario, id=name) for name, scenario in library().items() if not scenario.outside
]


def test_every_name_of_the_page_is_there() -> None:
    assert set(NAMED) == set(library())


def test_those_in_words_only_are_known() -> None:
    assert {name for name, scenario in library().items() if scenario.outside} == OUTSIDE


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_says_where_it_comes_from_and_what_happens(scenario: Scenario) -> None:
    assert scenario.title
    assert scenario.source
    assert len(scenario.steps) > 1
    assert all(step.words for step in scenario.steps)
    assert find(scenario.name) is scenario


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_is_played_or_says_why_not(scenario: Scenario) -> None:
    if scenario.outside:
        assert not any(step.commands for step in scenario.steps)
        assert scenario.sees == ()
        with pytest.raises(ValueError, match="outside the model"):
            play(scenario)
    else:
        assert scenario.sees or scenario.name in ONLY_COSTS
        assert scenario.fixed is not None
        assert scenario.fixed.words


@pytest.mark.parametrize("scenario", PLAYED)
def test_what_is_promised_is_a_known_sighting_at_a_step_that_does_something(
    scenario: Scenario,
) -> None:
    for sighting in scenario.sees:
        assert sighting.what in known_sightings()
        assert scenario.steps[sighting.step - 1].commands
        assert sighting.words


@pytest.mark.parametrize("scenario", PLAYED)
def test_a_scenario_shows_what_it_promises(scenario: Scenario) -> None:
    assert play(scenario).missing == ()


@pytest.mark.parametrize("scenario", PLAYED)
def test_the_fixed_variant_is_clean(scenario: Scenario) -> None:
    playing = play(scenario.repaired())
    promised = {sighting.what for sighting in scenario.sees}
    assert playing.isolation_held
    assert [seen for seen in playing.seen if seen.what in promised] == []
