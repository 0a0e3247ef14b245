"""The search: counts that are pinned, symmetry that is exact, bugs it finds with nothing hinted."""

from dataclasses import replace

import pytest

from simcore.check.bounds import Bounds
from simcore.check.library import TRACES, Trace
from simcore.check.path import Walker
from simcore.check.search import Search, Verdict, check
from simcore.check.steps import State
from simcore.check.symmetry import Symmetry
from simcore.hw.tlb import Organisation
from simcore.invariants import ISOLATION, Invariant
from simcore.machine.faults import Fault

I1, I9 = ISOLATION
SPLIT = Organisation.SPLIT
QUICK = 30_000
"""States of a search that a test may wait for."""
LONG = frozenset({"kvm-arm64-window", "kvm-riscv-stale-vmid"})
"""Traces that take longer to find: their paths are followed, and are told to be shortest by
`vmidscope check`."""

# Policy, bounds, whether it holds, states, transitions, depth.
PINNED = [
    ("untagged", Bounds(domains=2), True, 4640, 11557, 42),
    ("xen-riscv-v2-reviewed", Bounds(domains=2, vmidlen=1, unmap=False), True, 4125, 8967, 39),
    ("xen-x86-asid", Bounds(harts=1, domains=2, unmap=False, tlb=SPLIT), True, 961, 1390, 96),
    ("lazy-epoch", Bounds(harts=1, domains=2, vmidlen=1, tlb=SPLIT), True, 7473, 12881, 63),
    ("oracle", Bounds(harts=1, domains=2, vmidlen=1, tlb=SPLIT), True, 1518, 2582, 51),
    ("kvm-riscv", Bounds(domains=2, vmidlen=1, unmap=False, touch=False), True, 2078, 4629, 45),
    ("xen-riscv-head", Bounds(domains=2, unmap=False), False, 21045, 45375, 49),
]


@pytest.mark.parametrize(("policy", "bounds", "holds", "states", "transitions", "depth"), PINNED)
def test_counts_are_pinned(
    policy: str, bounds: Bounds, holds: bool, states: int, transitions: int, depth: int
) -> None:
    verdict = check(policy, bounds)
    found = (verdict.holds, verdict.states, verdict.transitions, verdict.depth)
    assert found == (holds, states, transitions, depth)


def everything(search: Search) -> set[State]:
    """Every state within the bounds, with nothing taken for another's equal."""
    collapsed = search.collapsed
    found = {collapsed.initial()}
    level = list(found)
    while level:
        successors = [s for state in level for s in collapsed.successors(state)]
        new = {s.state for s in successors if not s.outcome.cut} - found
        found |= new
        level = sorted(new)
    return found


@pytest.mark.parametrize(
    ("policy", "bounds", "all_states", "orbits"),
    [
        ("kvm-arm64", Bounds(harts=1, domains=2, unmap=False), 2408, 1214),
        ("kvm-riscv", Bounds(domains=2, vmidlen=1, cut=False, unmap=False), 288, 150),
        ("kvm-riscv", Bounds(harts=1, domains=2, vcpus=2, vmidlen=1, unmap=False), 3504, 880),
        ("lazy-epoch", Bounds(harts=1, domains=3, vmidlen=1, cut=False, unmap=False), 1200, 272),
        ("xen-x86-asid", Bounds(harts=1, domains=2, vmidlen=1, unmap=False), 154, 79),
        ("linux-riscv-asid", Bounds(domains=3, cut=False, touch=False, unmap=False), 344, 85),
    ],
)
def test_symmetry_finds_exactly_the_orbits_of_the_full_set(
    policy: str, bounds: Bounds, all_states: int, orbits: int
) -> None:
    search = Search(policy, bounds, symmetry=False)
    states = everything(search)
    canonical = Symmetry(search.collapsed).canonical
    reduced = check(policy, bounds)
    assert reduced.complete
    assert (len(states), reduced.states) == (all_states, orbits)
    assert len({canonical(state) for state in states}) == orbits
    assert check(policy, bounds, symmetry=False).states == all_states


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_an_infamous_trace_breaks_what_it_says_at_its_last_step(trace: Trace) -> None:
    walker = Walker(trace.policy, trace.bounds)
    steps = list(walker.follow(trace.path))
    assert trace.broken in {invariant for invariant, _ in steps[-1].broken}
    assert not any(broken in ISOLATION for step in steps[:-1] for broken, _ in step.broken)


@pytest.mark.parametrize(
    "trace", [trace for trace in TRACES if trace.name not in LONG], ids=lambda trace: trace.name
)
def test_the_search_finds_an_infamous_trace_by_itself(trace: Trace) -> None:
    verdict = check(trace.policy, trace.bounds)
    assert verdict.broken is trace.broken
    assert verdict.path == trace.path
    assert verdict.states < QUICK


PROVED = [
    ("untagged", Bounds(domains=2, tlb=SPLIT, speculation=True)),
    ("oracle", Bounds(harts=1, domains=2, vmidlen=1, tlb=SPLIT, speculation=True)),
    ("lazy-epoch", Bounds(domains=2, vmidlen=0, tlb=SPLIT, speculation=True)),
    ("lazy-epoch", Bounds(harts=1, domains=3, vmidlen=1, tlb=SPLIT, speculation=True)),
    ("xen-x86-asid", Bounds(harts=1, domains=2, tlb=SPLIT, speculation=True)),
    ("xen-riscv-v2-reviewed", Bounds(domains=2, vmidlen=1)),
]


@pytest.mark.parametrize(("policy", "bounds"), PROVED)
def test_a_scheme_that_is_believed_safe_holds(policy: str, bounds: Bounds) -> None:
    verdict = check(policy, bounds)
    assert (verdict.holds, verdict.complete, verdict.cut_by) == (True, True, ())
    assert verdict.witnessed == {I1: True, I9: True}


def alone(policy: str, invariant: Invariant, bounds: Bounds) -> Verdict:
    return check(policy, bounds, [invariant])


F = Fault
BREAKING = [
    (Invariant.I1, "xen-x86-asid", {}, F.ROLLOVER_FENCES_ONE_ID, Bounds(1, 2, tlb=SPLIT)),
    (Invariant.I2, "xen-riscv-v2-reviewed", {}, F.EARLY_ACKNOWLEDGE, Bounds(domains=1)),
    (Invariant.I3, "xen-riscv-v2-reviewed", {}, F.DROPPED_FENCE, Bounds(domains=1)),
    (Invariant.I4, "xen-x86-asid", {}, F.NO_VMIDLEN_PROBE, Bounds(1, 2, vmidlen=1, unmap=False)),
    (Invariant.I5, "kvm-riscv", {}, F.LOST_RELOAD, Bounds(2, 1, 2, 1, unmap=False)),
    (Invariant.I6, "xen-riscv-v2-reviewed", {}, F.NO_VMIDLEN_PROBE, Bounds(1, 3, vmidlen=1)),
    (
        Invariant.I7,
        "xen-riscv-head",
        {F.EMPTY_MASK_MEANS_ALL},
        F.EMPTY_MASK_MEANS_NONE,
        Bounds(1, 1, vmidlen=2),
    ),
    (Invariant.I8, "xen-riscv-v2-posted", {}, F.DOUBLE_FREE, Bounds(domains=1, unmap=False)),
    (Invariant.I9, "xen-riscv-v2-reviewed", {}, F.FENCE_BEFORE_CHANGE, Bounds(domains=1)),
    (Invariant.I10, "xen-riscv-v2-reviewed", {}, F.LEAKED_ID, Bounds(1, 2, vmidlen=1)),
]


@pytest.mark.parametrize(
    ("invariant", "policy", "before", "fault", "bounds"),
    BREAKING,
    ids=[entry[0].title for entry in BREAKING],
)
def test_each_property_holds_without_a_seeded_fault_and_breaks_with_it(
    invariant: Invariant, policy: str, before: set[Fault], fault: Fault, bounds: Bounds
) -> None:
    sound = alone(policy, invariant, replace(bounds, faults=frozenset(before)))
    assert sound.holds
    assert sound.complete
    assert sound.witnessed[invariant]
    broken = alone(policy, invariant, replace(bounds, faults=frozenset({fault})))
    assert broken.broken is invariant


def test_every_property_has_a_fault_that_breaks_it() -> None:
    assert {entry[0] for entry in BREAKING} == set(Invariant)


def test_a_hart_walks_while_its_guest_waits_for_the_toolstack() -> None:
    bounds = Bounds(1, 1, speculation=True, faults=frozenset({Fault.FENCE_BEFORE_CHANGE}))
    verdict = check("xen-riscv-v2-reviewed", bounds)
    assert verdict.broken is I9
    assert len(verdict.path) == 10


def test_a_depth_that_cuts_is_said() -> None:
    verdict = check("untagged", Bounds(domains=2, depth=6))
    assert verdict.holds
    assert verdict.depth == 6
    assert verdict.cut_by == ("14 states lie deeper than 6 steps",)


def test_half_of_progress_that_no_state_shows_is_said_to_be_left_out() -> None:
    bounds = Bounds(harts=2, domains=2, vmidlen=1, unmap=False)
    verdict = check("kvm-riscv", bounds, (Invariant.I10,))
    assert (verdict.holds, verdict.complete) == (True, True)
    (left_out,) = verdict.cut_by
    assert left_out.startswith("of I10, only refused domains are looked for")


def test_generations_that_meet_another_hart_are_cut_and_said() -> None:
    bounds = Bounds(harts=1, domains=1, vmidlen=2, generations=2, unmap=False)
    verdict = check("xen-riscv-head", bounds)
    assert verdict.holds
    assert verdict.cut_by == ("states past generation 2 of a hart are left out",)


def test_a_search_that_is_stopped_says_so() -> None:
    verdict = check("xen-x86-asid", Bounds(), stopped=lambda: True)
    assert (verdict.holds, verdict.complete) == (True, False)


def test_a_policy_that_cannot_run_there_is_refused() -> None:
    with pytest.raises(ValueError, match="kvm-arm64 cannot run"):
        check("kvm-arm64", Bounds(vmidlen=0))
