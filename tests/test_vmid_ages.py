"""When an id was last given out and fenced: as told by events, cut to the bits a hart has."""

from __future__ import annotations

import pickle

import pytest

from simcore import events as ev
from simcore import vmid_ages
from simcore.vmid_ages import ANYWHERE, NEVER, VmidAges


def ages(*events: ev.Event) -> VmidAges:
    """Two harts: hart 0 has two VMID bits, hart 1 has one."""
    found = VmidAges()
    found.record([ev.HartBooted(0, 0, 2, 2), ev.HartBooted(0, 1, 1, 1), *events])
    return found


def given(at_ns: int, vmid: int, hart: int = ANYWHERE, generation: int = 1) -> ev.Event:
    return ev.VmidAssigned(at_ns, 0, -1, hart, vmid, generation)


def fenced(at_ns: int, hart: int, vmid: int | None = None) -> ev.Event:
    fence = "hfence_gvma" if vmid is None else "hfence_gvma_vmid"
    number = -1 if vmid is None else vmid
    return ev.FenceExecuted(at_ns, hart, fence, -1, number, -1, "x", -1, 0, 100)


def test_id_that_was_never_touched_has_no_age() -> None:
    assert ages().touched(ANYWHERE, 2).tolist() == [NEVER] * 4
    assert ages(fenced(5, 0)).touched(0, 2).tolist() == [NEVER] * 4


def test_last_assignment_counts_and_its_generation() -> None:
    found = ages(given(10, 1, generation=3), given(20, 2, generation=4), given(30, 1, generation=4))
    times, generations, harts = found.given(ANYWHERE, 2)
    assert set(harts.tolist()) == {ANYWHERE}
    assert times.tolist() == [NEVER, 30, 20, NEVER]
    assert generations.tolist() == [NEVER, 4, 4, NEVER]
    assert found.given(0, 2)[0].tolist() == times.tolist()


def test_ids_that_differ_above_the_implemented_bits_are_one() -> None:
    found = ages(given(10, 1), given(20, 3, generation=2))
    times, generations, _ = found.given(1, 1)
    assert times.tolist() == [NEVER, 20]
    assert generations.tolist() == [NEVER, 2]


def test_fence_by_vmid_touches_that_id_on_that_hart_and_of_any() -> None:
    found = ages(given(10, 1), fenced(50, 0, 1), fenced(60, 1, 3))
    assert found.touched(0, 2).tolist() == [NEVER, 50, NEVER, NEVER]
    assert found.touched(1, 1).tolist() == [NEVER, 60]
    assert found.touched(ANYWHERE, 2).tolist() == [NEVER, 60, NEVER, NEVER]


def test_fence_of_everything_touches_the_ids_that_were_given_out() -> None:
    found = ages(given(10, 1), fenced(50, 0))
    assert found.touched(0, 2).tolist() == [NEVER, 50, NEVER, NEVER]
    assert found.touched(1, 1).tolist() == [NEVER, 10]
    assert found.touched(ANYWHERE, 2).tolist() == [NEVER, 50, NEVER, NEVER]


def test_fences_with_an_address_and_of_the_vs_stage_touch_nothing() -> None:
    for name in ("hfence_gvma_gpa", "hfence_gvma_gpa_vmid", "hfence_vvma", "hfence_vvma_asid"):
        fence = ev.FenceExecuted(50, 0, name, 3, 1, 1, "x", -1, 0, 100)
        assert ages(given(10, 1), fence).touched(0, 2).tolist() == [NEVER, 10, NEVER, NEVER]


def test_ids_of_one_hart_are_not_another_s() -> None:
    found = ages(given(10, 1, hart=0), given(20, 1, hart=1, generation=7))
    assert found.given(0, 2)[0].tolist() == [NEVER, 10, NEVER, NEVER]
    assert found.given(1, 1)[1].tolist() == [NEVER, 7]
    times, generations, harts = found.given(ANYWHERE, 2)
    assert times.tolist() == [NEVER, 20, NEVER, NEVER]
    assert (generations[1], harts[1]) == (7, 1)


def test_harts_that_only_fence_everything_cost_next_to_nothing() -> None:
    found = VmidAges()
    found.record([ev.HartBooted(0, hart, 14, 14) for hart in range(1024)])
    found.record([fenced(5, hart) for hart in range(1024)])
    assert len(pickle.dumps(found)) < 16_000
    found.record([fenced(6, hart, 9_999) for hart in range(1024)])
    assert len(pickle.dumps(found)) < 64_000
    assert found.touched(1023, 14)[9_999] == 6


def test_newest_ids_of_a_hart_are_known_and_of_any_hart_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vmid_ages, "MOST_OF_HARTS", 4)
    events = [given(10 + vmid, vmid, hart=0) for vmid in (0, 1, 2)] + [given(20, 1, hart=0)]
    found = ages(*events, *[fenced(30 + vmid, 0, vmid) for vmid in (3, 2, 0)])
    assert found.given(0, 2)[0].tolist() == [NEVER, 20, 12, NEVER]
    assert found.touched(0, 2).tolist() == [30, 20, 32, NEVER]
    assert found.given(ANYWHERE, 2)[0].tolist() == [10, 20, 12, NEVER]
    assert found.touched(ANYWHERE, 2).tolist() == [30, 20, 32, 33]
