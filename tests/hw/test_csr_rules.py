"""Every bit that does not read back as written has one reason, and no other bit has one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.hw.csr import (
    HGATP_LAYOUT,
    HGATP_MODES,
    PPN_BITS,
    VMIDMAX,
    VSATP_LAYOUT,
    VSATP_MODES,
    Hgatp,
    HgatpSpec,
    UnsupportedVsatpMode,
    VsatpSpec,
    WarlRule,
    Xlen,
)
from simcore.hw.csr_rules import Written, hgatp_rules, vsatp_rules, write_hgatp, write_vsatp

XLENS: tuple[Xlen, ...] = (32, 64)


def check(told: Written, written: int) -> None:
    explained = 0
    for loss in told.losses:
        assert loss.mask
        assert not loss.mask & explained
        assert loss.norm.startswith("norm:")
        explained |= loss.mask
    assert explained == written ^ told.read


@given(st.data())
def test_reasons_are_given_for_exactly_the_bits_of_hgatp_that_differ(data: st.DataObject) -> None:
    xlen = data.draw(st.sampled_from(XLENS))
    modes = data.draw(st.sets(st.sampled_from(sorted(HGATP_MODES[xlen])), min_size=1))
    spec = HgatpSpec(
        xlen,
        data.draw(st.integers(0, VMIDMAX[xlen])),
        frozenset(modes),
        data.draw(st.integers(1, PPN_BITS[xlen])),
        data.draw(st.sampled_from(WarlRule)),
    )
    words = st.integers(0, (1 << xlen) - 1)
    before = spec.legalise(0, data.draw(words))
    written = data.draw(words)
    told = write_hgatp(spec, before, written)
    assert told.read == spec.legalise(before, written)
    check(told, written)


@given(st.data())
def test_reasons_are_given_for_exactly_the_bits_of_vsatp_that_differ(data: st.DataObject) -> None:
    xlen = data.draw(st.sampled_from(XLENS))
    modes = data.draw(st.sets(st.sampled_from(sorted(VSATP_MODES[xlen])), min_size=1))
    spec = VsatpSpec(
        xlen,
        data.draw(st.integers(0, 9)),
        frozenset(modes),
        data.draw(st.integers(1, PPN_BITS[xlen])),
        data.draw(st.sampled_from(UnsupportedVsatpMode)),
    )
    words = st.integers(0, (1 << xlen) - 1)
    before = spec.legalise(0, data.draw(words), virtualised=False)
    written = data.draw(words)
    told = write_vsatp(spec, before, written)
    assert told.read == spec.legalise(before, written, virtualised=False)
    check(told, written)


def test_each_part_of_a_write_has_its_own_reason() -> None:
    spec = HgatpSpec(64, 4, HGATP_MODES[64], 40)
    written = 3 << 60 | 1 << 58 | 0x15 << 44 | 1 << 41 | 0b1011
    told = write_hgatp(spec, Hgatp(8, 0, 0).pack(64), written)
    assert told.read == Hgatp(8, 5, 0b1000).pack(64)
    assert [(hex(loss.mask), loss.norm) for loss in told.losses] == [
        ("0xb000000000000000", "norm:hgatp_mode_warl"),
        (hex(1 << 58), "norm:hgatp_sz_acc_op"),
        (hex(1 << 48), "norm:hgatp_vmid_lsbs"),
        ("0x3", "norm:hgatp_ppn_op"),
        (hex(1 << 41), "norm:hgatp_ppn_op"),
    ]


def test_bare_with_a_vmid_has_a_note_and_no_loss() -> None:
    told = write_hgatp(HgatpSpec(32, 7, HGATP_MODES[32], 22), 0, 5 << 22)
    assert (told.read, told.losses) == (5 << 22, ())
    assert "norm:hgatp_mode_bare" in told.notes[0]
    assert write_hgatp(HgatpSpec(32, 7, HGATP_MODES[32], 22), 0, 0).notes == ()


def test_bare_vsatp_with_an_asid_has_a_note_as_satp_would() -> None:
    spec = VsatpSpec(64, 16, VSATP_MODES[64], 44)
    told = write_vsatp(spec, 0, 5 << 44)
    assert (told.read, told.losses) == (5 << 44, ())
    (note,) = told.notes
    assert note == (
        "MODE reads Bare: software must write zeros to the other fields then, and what they read "
        "as is not specified (norm:satp_mode). This core keeps them."
    )
    assert write_vsatp(spec, 0, 0).notes == ()
    assert write_vsatp(spec, 0, 8 << 60 | 5 << 44).notes == ()


def test_write_that_is_dropped_has_one_reason_for_all_of_it() -> None:
    spec = HgatpSpec(64, 14, HGATP_MODES[64], 44, WarlRule.QEMU11)
    (loss,) = write_hgatp(spec, 0, 1 << 60 | 7 << 44).losses
    assert "drops the whole write" in loss.reason
    ignoring = VsatpSpec(64, 16, VSATP_MODES[64], 44, UnsupportedVsatpMode.IGNORE_WRITE)
    (loss,) = write_vsatp(ignoring, 0, 1 << 60 | 7 << 44).losses
    assert "ignores the whole write" in loss.reason


@pytest.mark.parametrize("xlen", XLENS)
def test_every_field_has_a_rule(xlen: Xlen) -> None:
    hgatp = hgatp_rules(HgatpSpec(xlen, 3, HGATP_MODES[xlen], 20))
    assert tuple(rule.field for rule in hgatp) == HGATP_LAYOUT[xlen]
    assert "VMIDLEN is 3" in hgatp[2].rule
    vsatp = vsatp_rules(VsatpSpec(xlen, 4, VSATP_MODES[xlen], 20))
    assert tuple(rule.field for rule in vsatp) == VSATP_LAYOUT[xlen]
    assert "ASIDLEN is 4" in vsatp[1].rule


def test_value_wider_than_the_register_is_refused() -> None:
    with pytest.raises(ValueError, match="hgatp is 4294967296"):
        write_hgatp(HgatpSpec(32, 7, HGATP_MODES[32], 22), 0, 1 << 32)
