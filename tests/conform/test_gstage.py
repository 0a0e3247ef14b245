"""Replays of G-stage walks sampled on Spike."""

import json
from pathlib import Path
from typing import Any

import pytest

from simcore.conform.gstage import replay
from simcore.conform.result import Mismatch
from simcore.hw.gstage import GstageAccess, GstageOutcome, gpa_bits, gstage_outcome

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "vectors" / "hardware"
SHARED = ROOT.parent / "shared" / "vectors" / "hardware"


def load() -> dict[str, Any]:
    """The sample file of tests/data."""
    sample: dict[str, Any] = json.loads((SAMPLES / "gstage_spike_rv64.json").read_text())
    return sample


def row_that(sample: dict[str, Any], traps: bool) -> int:
    """Index of the first walk that faults, or that does not."""
    return next(i for i, row in enumerate(sample["rows"]) if (row["trap"] is not None) == traps)


def test_every_sampled_walk_ends_as_recorded() -> None:
    result = replay(load())
    assert (result.name, result.kind, result.operations) == ("spike rv64", "gstage", 94)
    assert (result.mismatches, result.first) == (0, None)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the full vector set is not beside the checkout")
def test_every_walk_of_the_full_sample_set_ends_as_recorded() -> None:
    files = sorted(SHARED.glob("gstage_*.json"))
    results = [replay(json.loads(path.read_text())) for path in files]
    assert [(result.operations, result.mismatches) for result in results] == [(564, 0)]


@pytest.mark.parametrize(
    ("traps", "field", "wrong"),
    [
        (True, "trap", 20),
        (True, "trap", None),
        (True, "mtval", "0x0000000000000008"),
        (True, "mtval2", "0x0000000000000002"),
        (True, "spa", "0x0000000082005128"),
        (False, "trap", 21),
        (False, "mtval2", "0x0000000000000002"),
        (False, "spa", "0x0000000082005120"),
    ],
)
def test_a_single_wrong_answer_is_caught_and_located(
    traps: bool, field: str, wrong: object
) -> None:
    sample = load()
    index = row_that(sample, traps)
    sample["rows"][index][field] = wrong
    result = replay(sample)
    assert result.mismatches == 1
    assert result.first is not None
    assert (result.first.index, result.first.field) == (index, field)
    assert result.first.expected == wrong


def test_a_walk_recorded_without_its_address_is_caught() -> None:
    sample = load()
    index = row_that(sample, traps=False)
    spa = sample["rows"][index].pop("spa")
    assert replay(sample).first == Mismatch(index, "spa", None, spa)


def wrapping_gpa(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """GPA bits above the width ignored."""
    return gstage_outcome(mode, level, gpa % (1 << gpa_bits(mode)), pte, access, mxr=mxr)


def without_extra_bits(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """A GPA no wider than the virtual address of the same scheme."""
    if gpa >> gpa_bits(mode) - 2:
        return GstageOutcome(access.fault, gpa >> 2, None)
    return gstage_outcome(mode, level, gpa, pte, access, mxr=mxr)


def hardware_sets_a_and_d(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """A and D never missing in a leaf."""
    set_by_hardware = 0xC0 if pte & 0xA else 0
    return gstage_outcome(mode, level, gpa, pte | set_by_hardware, access, mxr=mxr)


def reserved_bits_ignored(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """PTE bits 63:54 without a meaning."""
    return gstage_outcome(mode, level, gpa, pte & (1 << 54) - 1, access, mxr=mxr)


def misaligned_superpages(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """The low PPN bits of a superpage ignored."""
    low_ppn_bits = ((1 << 9 * level) - 1) << 10
    return gstage_outcome(mode, level, gpa, pte & ~low_ppn_bits, access, mxr=mxr)


def without_mxr(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """MXR taken for a bit of the VS-stage alone."""
    return gstage_outcome(mode, level, gpa, pte, access)


def hlvx_reads(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """HLVX asking for R like HLV."""
    asks = GstageAccess.HLV_D if access is GstageAccess.HLVX_WU else access
    return gstage_outcome(mode, level, gpa, pte, asks, mxr=mxr)


def supervisor_pages(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """U=0 harmless."""
    return gstage_outcome(mode, level, gpa, pte | 0x10 if pte & 0xA else pte, access, mxr=mxr)


def unshifted_gpa(
    mode: int, level: int, gpa: int, pte: int, access: GstageAccess, *, mxr: bool
) -> GstageOutcome:
    """mtval2 holding the GPA itself."""
    outcome = gstage_outcome(mode, level, gpa, pte, access, mxr=mxr)
    return outcome if outcome.trap is None else GstageOutcome(outcome.trap, gpa, None)


@pytest.mark.parametrize(
    "walk",
    [
        wrapping_gpa,
        without_extra_bits,
        hardware_sets_a_and_d,
        reserved_bits_ignored,
        misaligned_superpages,
        without_mxr,
        hlvx_reads,
        supervisor_pages,
        unshifted_gpa,
    ],
)
def test_a_walk_with_one_rule_wrong_is_caught(walk: Any) -> None:
    result = replay(load(), walk)
    assert 0 < result.mismatches < result.operations


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("impl", "qemu72", "impl is 'qemu72'; allowed is spike"),
        ("xlen", 32, "xlen is 32; allowed is 64"),
        ("rows", {}, "rows is no list of objects"),
        ("rows", [{}], "trap is missing"),
    ],
)
def test_a_malformed_sample_is_refused_by_field(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay(load() | {field: value})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("mode", 7, "mode is 7; allowed is"),
        ("leaf_level", 5, "leaf_level is 5; allowed is 0 to"),
        ("gpa", 0, "gpa is 0; allowed is a hexadecimal string"),
        ("leaf_pte", "0x10000000000000000", "leaf_pte is 18446744073709551616; allowed is 0 to"),
        ("mxr", 2, "mxr is 2; allowed is 0 or 1"),
        ("op", "hlv.w", "op is 'hlv.w'; allowed is hlv.d or hlvx.wu or hsv.d"),
        ("mtval2", None, "mtval2 is None; allowed is a hexadecimal string"),
    ],
)
def test_a_malformed_row_is_refused_by_field(field: str, value: object, message: str) -> None:
    sample = load()
    sample["rows"][3][field] = value
    with pytest.raises(ValueError, match=message):
        replay(sample)
