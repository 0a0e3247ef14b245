"""G-stage walks: which leaf PTE lets which access through, and where the access ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.hw.csr import HgatpMode
from simcore.hw.gstage import GstageAccess, GstageOutcome, gpa_bits, gstage_outcome

LEVELS = {HgatpMode.SV39X4: 3, HgatpMode.SV48X4: 4, HgatpMode.SV57X4: 5}
LETTERS = "VRWXUGAD"
ALL_FLAGS = 0xDF  # all but G
HLV, HLVX, HSV = GstageAccess.HLV_D, GstageAccess.HLVX_WU, GstageAccess.HSV_D

modes_and_levels = st.sampled_from(
    [(mode, level) for mode, levels in LEVELS.items() for level in range(levels)]
)
accesses = st.sampled_from(GstageAccess)


def flags(letters: str) -> int:
    """The low PTE bits of these flag letters."""
    return sum(1 << LETTERS.index(letter) for letter in letters)


def passes(pte: int, access: GstageAccess, *, level: int = 0, mxr: bool = False) -> bool:
    """Does a sound GPA get through this leaf PTE under Sv39x4?"""
    return gstage_outcome(HgatpMode.SV39X4, level, 0, pte, access, mxr=mxr).trap is None


@pytest.mark.parametrize(
    ("letters", "through"),
    [
        ("VRWXUAD", {HLV, HLVX, HSV}),
        ("VRWXUGAD", {HLV, HLVX, HSV}),
        ("VRWUAD", {HLV, HSV}),
        ("VRXUAD", {HLV, HLVX}),
        ("VRUAD", {HLV}),
        ("VXUAD", {HLVX}),
        ("VRWXUA", {HLV, HLVX}),
        ("VRWXUD", set()),
        ("VRWXAD", set()),
        ("RWXUAD", set()),
        ("VWUAD", set()),
        ("VWXUAD", set()),
        ("VUAD", set()),
        ("V", set()),
        ("", set()),
    ],
)
def test_leaf_lets_only_these_accesses_through(letters: str, through: set[GstageAccess]) -> None:
    assert {access for access in GstageAccess if passes(flags(letters), access)} == through


def test_mxr_makes_execute_only_pages_readable_and_changes_nothing_else() -> None:
    changed = {
        (pte, access)
        for pte in range(1 << len(LETTERS))
        for access in GstageAccess
        if passes(pte, access) != passes(pte, access, mxr=True)
    }
    execute_only = flags("VXUA")
    with_any_of_g_and_d = {execute_only | flags(more) for more in ("", "G", "D", "GD")}
    assert changed == {(pte, HLV) for pte in with_any_of_g_and_d}


@pytest.mark.parametrize("bit", range(54, 64))
def test_every_reserved_high_bit_faults(bit: int) -> None:
    assert not any(passes(ALL_FLAGS | 1 << bit, access) for access in GstageAccess)


@pytest.mark.parametrize("letters", ["VA", "VU", "VD", "VGUAD"])
def test_pointer_with_reserved_flags_faults_above_level_0_too(letters: str) -> None:
    assert not any(passes(flags(letters), access, level=2) for access in GstageAccess)


@pytest.mark.parametrize(("mode", "bits"), [(8, 41), (9, 50), (10, 59)])
def test_gpa_has_two_bits_more_than_the_virtual_address_and_not_one_more(
    mode: int, bits: int
) -> None:
    assert gpa_bits(mode) == bits
    widest = (1 << bits) - 8
    assert gstage_outcome(mode, 0, widest, ALL_FLAGS, HLV).spa == 0xFF8
    for bit in range(bits, 64):
        too_wide = 1 << bit
        outcome = gstage_outcome(mode, 0, too_wide, ALL_FLAGS, HLV)
        assert outcome == GstageOutcome(HLV.fault, too_wide >> 2, None)
    sign_extended = (1 << 64) - 8
    assert gstage_outcome(mode, 0, sign_extended, ALL_FLAGS, HSV).trap == 23


@given(modes_and_levels, st.integers(0, 63))
def test_superpage_is_misaligned_by_any_low_ppn_bit(
    mode_and_level: tuple[HgatpMode, int], bit: int
) -> None:
    mode, level = mode_and_level
    bit %= 44
    outcome = gstage_outcome(mode, level, 0, ALL_FLAGS | 1 << 10 + bit, HLV)
    if bit < 9 * level:
        assert outcome == GstageOutcome(HLV.fault, 0, None)
    else:
        assert outcome == GstageOutcome(None, None, 1 << 12 + bit)


@given(modes_and_levels, accesses, st.integers(0), st.integers(0, (1 << 44) - 1))
def test_address_keeps_its_offset_in_the_page_of_its_leaf(
    mode_and_level: tuple[HgatpMode, int], access: GstageAccess, gpa: int, ppn: int
) -> None:
    mode, level = mode_and_level
    gpa %= 1 << gpa_bits(mode)
    ppn = ppn >> 9 * level << 9 * level
    outcome = gstage_outcome(mode, level, gpa, ALL_FLAGS | ppn << 10, access)
    page_bytes = 4096 << 9 * level
    assert outcome.trap is None
    assert outcome.mtval2 is None
    assert outcome.spa == ppn * 4096 + gpa % page_bytes


@given(
    modes_and_levels, accesses, st.integers(0, (1 << 64) - 1), st.integers(0, 255), st.booleans()
)
def test_outcome_is_a_fault_of_the_access_or_an_address_and_never_depends_on_g_or_rsw(
    mode_and_level: tuple[HgatpMode, int], access: GstageAccess, gpa: int, low: int, mxr: bool
) -> None:
    mode, level = mode_and_level
    low |= flags("U")  # keeps it from being a pointer
    outcome = gstage_outcome(mode, level, gpa, low, access, mxr=mxr)
    if outcome.trap is None:
        assert outcome.mtval2 is None
        assert outcome.spa is not None
    else:
        assert outcome == GstageOutcome(access.fault, gpa >> 2, None)
    for ignored in (0x20, 0x100, 0x200):
        assert gstage_outcome(mode, level, gpa, low ^ ignored, access, mxr=mxr) == outcome


def test_hlvx_faults_as_a_load() -> None:
    assert [access.fault for access in (HLV, HLVX, HSV)] == [21, 21, 23]


@pytest.mark.parametrize(
    ("mode", "level", "gpa", "pte", "message"),
    [
        (0, 0, 0, ALL_FLAGS, "mode is 0; allowed is an RV64 scheme that translates: 8, 9, 10"),
        (1, 0, 0, ALL_FLAGS, "mode is 1; allowed"),
        (8, 3, 0, ALL_FLAGS, "leaf_level is 3; allowed is 0 to 2"),
        (10, -1, 0, ALL_FLAGS, "leaf_level is -1; allowed is 0 to 4"),
        (8, 0, 1 << 64, ALL_FLAGS, "gpa is 18446744073709551616; allowed is 0 to"),
        (8, 0, -1, ALL_FLAGS, "gpa is -1; allowed is 0 to"),
        (8, 0, 0, 1 << 64, "leaf_pte is 18446744073709551616; allowed is 0 to"),
        (8, 1, 0, 0x401, "leaf_pte is 0x401, a pointer to level 0; allowed is a PTE that ends"),
        (9, 3, 0, 0x321, "leaf_pte is 0x321, a pointer to level 2; allowed is a PTE that ends"),
    ],
)
def test_walk_that_cannot_be_is_refused(
    mode: int, level: int, gpa: int, pte: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        gstage_outcome(mode, level, gpa, pte, HLV)
