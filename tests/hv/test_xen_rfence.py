"""Xen's splitting of a set of harts into SBI RFENCE calls, and its error numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.hv.xen_rfence import errno_of, split_hart_mask, xen_rfence
from simcore.hw.csr import Xlen
from simcore.hw.ids import HartId
from simcore.hw.sbi import (
    Firmware,
    RfenceFunction,
    SbiError,
    SbiRfence,
    all_harts_base,
)

GVMA = RfenceFunction.REMOTE_HFENCE_GVMA

xlens: st.SearchStrategy[Xlen] = st.sampled_from((32, 64))


@st.composite
def hart_lists(draw: st.DrawFn) -> tuple[Xlen, list[int]]:
    """An XLEN and hart ids in any order: dense, sparse, and close below 2^XLEN-1."""
    xlen = draw(xlens)
    top = all_harts_base(xlen) - 1
    hart = st.one_of(st.integers(0, 300), st.integers(0, top), st.integers(top - 100, top))
    return xlen, draw(st.lists(hart, unique=True, max_size=24))


def windows(harts: list[int] | None, xlen: Xlen = 64) -> list[tuple[int, int]]:
    """The (mask, base) pairs of a split."""
    calls = split_hart_mask(GVMA, harts, 0, 0, 0, xlen)
    return [(call.hart_mask, call.hart_mask_base) for call in calls]


class Recorder:
    """Answers SBI calls from a list, then with success, and remembers them."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.calls: list[SbiRfence] = []

    def issue(self, call: SbiRfence) -> int:
        self.calls.append(call)
        return self.answers.pop(0) if self.answers else SbiError.SUCCESS


@given(hart_lists())
def test_calls_cover_exactly_the_requested_harts_each_once(case: tuple[Xlen, list[int]]) -> None:
    xlen, harts = case
    covered = []
    for mask, base in windows(harts, xlen):
        assert 0 < mask < 1 << xlen
        assert base != all_harts_base(xlen)
        covered += [base + bit for bit in range(xlen) if mask >> bit & 1]
    assert sorted(covered) == sorted(harts)


@given(st.integers(0, 2**64 - 200), st.sets(st.integers(0, 63), min_size=1))
def test_harts_within_one_window_cost_one_call_in_any_order(base: int, bits: set[int]) -> None:
    assert len(windows([base + bit for bit in bits])) == 1


def test_a_gap_of_xlen_starts_a_new_call() -> None:
    assert windows([0, 1, 3, 65, 66, 69]) == [(0b1011, 0), (0b10011, 65)]
    assert windows([0, 63]) == [(1 | 1 << 63, 0)]
    assert windows([0, 63], 32) == [(1, 0), (1, 63)]


def test_a_lower_hart_shifts_the_window_down() -> None:
    assert windows([5, 3, 4]) == [(0b111, 3)]


def test_interleaved_hart_ids_are_not_sorted_into_fewer_calls() -> None:
    assert windows([0, 64, 2, 66], 32) == [(1, 0), (1, 64), (1, 2), (1, 66)]


def test_sums_wrapping_at_the_top_cost_an_extra_call() -> None:
    top = all_harts_base(32) - 1
    assert windows([top - 1, top], 32) == [(1, top - 1), (1, top)]


def test_null_mask_is_one_call_to_all_harts_and_no_harts_are_no_call() -> None:
    assert windows(None) == [(0, all_harts_base(64))]
    assert windows([]) == []


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (0, (0, 0, 0)),
        (1, (0x1000, 0x2000, 0)),
        (2, (0x1000, 0x2000, 9)),
        (3, (0x1000, 0x2000, 9)),
        (4, (0x1000, 0x2000, 0)),
        (5, (0x1000, 0x2000, 9)),
        (6, (0x1000, 0x2000, 0)),
    ],
)
def test_each_function_passes_the_arguments_it_has(
    function: int, arguments: tuple[int, int, int]
) -> None:
    (call,) = split_hart_mask(function, [0], 0x1000, 0x2000, 9, 64)
    assert (call.function, call.start, call.size, call.arg4) == (function, *arguments)


def test_empty_mask_is_einval_without_a_call() -> None:
    sbi = Recorder()
    assert xen_rfence(sbi.issue, GVMA, [], 0, 0, 0, 64) == -22
    assert sbi.calls == []


@pytest.mark.parametrize("harts", [None, [0, 1]])
def test_unknown_function_is_einval_without_a_call(harts: list[int] | None) -> None:
    sbi = Recorder()
    assert xen_rfence(sbi.issue, 7, harts, 0, 0, 0, 64) == -22
    assert sbi.calls == []
    with pytest.raises(ValueError, match="7 is not a valid RfenceFunction"):
        split_hart_mask(7, harts, 0, 0, 0, 64)


def test_first_error_leaves_the_remaining_harts_unfenced() -> None:
    sbi = Recorder(SbiError.SUCCESS, SbiError.INVALID_PARAM)
    assert xen_rfence(sbi.issue, GVMA, [0, 100, 200], 0, 0, 0, 64) == -22
    assert [call.hart_mask_base for call in sbi.calls] == [0, 100]


@pytest.mark.parametrize(
    ("error", "errno"),
    [(0, 0), (-1, -38), (-2, -95), (-3, -22), (-4, -13), (-5, -14), (-6, -38), (-99, -38)],
)
def test_sbi_errors_become_xens_errno(error: int, errno: int) -> None:
    assert errno_of(error) == errno


@given(st.sets(st.integers(0, 500), min_size=1, max_size=20), st.data())
def test_firmware_fences_each_requested_hart_once(harts: set[int], data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from(sorted(harts)), unique=True, min_size=1))
    caller = HartId(min(harts))
    firmware = Firmware(harts)

    def issue(call: SbiRfence) -> SbiError:
        return firmware.rfence(call, caller, 0)[0]

    assert xen_rfence(issue, GVMA, wanted, 0, 0, 0, 64) == 0
    fenced = {hart: firmware.received(hart, GVMA) for hart in firmware.harts}
    assert fenced == {hart: int(hart in wanted) for hart in firmware.harts}


@pytest.mark.parametrize(
    ("harts", "start", "message"),
    [([1 << 32], 0, "hart id is 4294967296"), ([0], -1, "start is -1")],
)
def test_a_number_wider_than_xlen_is_refused(harts: list[int], start: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_hart_mask(GVMA, harts, start, 0, 0, 32)
