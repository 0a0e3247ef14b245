"""hgatp and vsatp: layouts, WARL rules, VMIDLEN probing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.hw.csr import (
    ASIDMAX,
    HGATP_MODES,
    PPN_BITS,
    VMIDMAX,
    VSATP_MODES,
    FieldValue,
    Hgatp,
    HgatpMode,
    HgatpRegister,
    HgatpSpec,
    UnsupportedVsatpMode,
    Vsatp,
    VsatpMode,
    VsatpSpec,
    WarlRule,
    Xlen,
    describe_hgatp,
    describe_vsatp,
    hgatp_mode_name,
    probe_vmidlen,
    vsatp_mode_name,
)

SV39_ONLY = frozenset({HgatpMode.BARE, HgatpMode.SV39X4})

xlens: st.SearchStrategy[Xlen] = st.sampled_from((32, 64))


def words(xlen: Xlen) -> st.SearchStrategy[int]:
    """Any register value."""
    return st.integers(0, (1 << xlen) - 1)


@st.composite
def hgatp_specs(draw: st.DrawFn) -> HgatpSpec:
    """Any implementation of hgatp."""
    xlen = draw(xlens)
    modes = draw(st.sets(st.sampled_from(sorted(HGATP_MODES[xlen])), min_size=1))
    return HgatpSpec(
        xlen,
        draw(st.integers(0, VMIDMAX[xlen])),
        frozenset(modes),
        draw(st.integers(1, PPN_BITS[xlen])),
        draw(st.sampled_from(WarlRule)),
    )


def spec64(vmidlen: int = 14, warl: WarlRule = WarlRule.SPIKE) -> HgatpSpec:
    """An RV64 hart with Sv39x4 and nothing wider."""
    return HgatpSpec(64, vmidlen, SV39_ONLY, 44, warl)


def test_hgatp_fields_lie_where_the_manual_puts_them() -> None:
    assert Hgatp(15, 0, 0).pack(64) == 0xF000_0000_0000_0000
    assert Hgatp(0, 0x3FFF, 0).pack(64) == 0x03FF_F000_0000_0000
    assert Hgatp(0, 0, (1 << 44) - 1).pack(64) == 0x0000_0FFF_FFFF_FFFF
    assert Hgatp(1, 0, 0).pack(32) == 0x8000_0000
    assert Hgatp(0, 0x7F, 0).pack(32) == 0x1FC0_0000
    assert Hgatp(0, 0, (1 << 22) - 1).pack(32) == 0x003F_FFFF


def test_vsatp_fields_lie_where_satp_has_them() -> None:
    assert Vsatp(0, 0xFFFF, 0).pack(64) == 0x0FFF_F000_0000_0000
    assert Vsatp(0, 0x1FF, 0).pack(32) == 0x7FC0_0000


def test_widest_ids_are_7_and_14_bits_of_vmid_and_9_and_16_of_asid() -> None:
    assert VMIDMAX == {32: 7, 64: 14}
    assert ASIDMAX == {32: 9, 64: 16}


@given(xlens.flatmap(lambda xlen: st.tuples(st.just(xlen), words(xlen))))
def test_unpacking_then_packing_keeps_all_but_reserved_bits(case: tuple[Xlen, int]) -> None:
    xlen, value = case
    reserved = {32: 0x6000_0000, 64: 0x0C00_0000_0000_0000}[xlen]
    assert Hgatp.unpack(value, xlen).pack(xlen) == value & ~reserved
    assert Vsatp.unpack(value, xlen).pack(xlen) == value


@given(st.integers(0, 15), st.integers(0, (1 << 14) - 1), st.integers(0, (1 << 44) - 1))
def test_packing_then_unpacking_gives_the_same_hgatp(mode: int, vmid: int, ppn: int) -> None:
    assert Hgatp.unpack(Hgatp(mode, vmid, ppn).pack(64), 64) == Hgatp(mode, vmid, ppn)


@pytest.mark.parametrize(
    ("value", "xlen", "field"),
    [
        (Hgatp(16, 0, 0), 64, "hgatp.MODE is 16; allowed is 0 to 15"),
        (Hgatp(8, 0, 0), 32, "hgatp.MODE is 8; allowed is 0 to 1"),
        (Hgatp(8, 0x4000, 0), 64, "hgatp.VMID is 16384; allowed is 0 to 16383"),
        (Hgatp(1, 128, 0), 32, "hgatp.VMID is 128; allowed is 0 to 127"),
        (Hgatp(8, -1, 0), 64, "hgatp.VMID is -1"),
        (Hgatp(8, 0, 1 << 44), 64, "hgatp.PPN"),
        (Vsatp(8, 0x10000, 0), 64, "vsatp.ASID is 65536; allowed is 0 to 65535"),
        (Vsatp(1, 512, 0), 32, "vsatp.ASID is 512; allowed is 0 to 511"),
    ],
)
def test_a_number_too_wide_for_its_field_is_named(
    value: Hgatp | Vsatp, xlen: Xlen, field: str
) -> None:
    with pytest.raises(ValueError, match=field):
        value.pack(xlen)


@pytest.mark.parametrize("value", [-1, 1 << 32])
def test_a_value_wider_than_the_register_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="hgatp is"):
        Hgatp.unpack(value, 32)
    with pytest.raises(ValueError, match="hgatp is"):
        HgatpSpec(32, 7, HGATP_MODES[32], 22).legalise(0, value)
    with pytest.raises(ValueError, match="vsatp is"):
        VsatpSpec(32, 9, VSATP_MODES[32], 22).legalise(0, value, virtualised=False)
    with pytest.raises(ValueError, match="register value is"):
        describe_hgatp(value, 32)


def test_spike_keeps_old_mode_and_takes_the_rest_of_an_unsupported_write() -> None:
    before = Hgatp(HgatpMode.SV39X4, 5, 0x1000).pack(64)
    written = Hgatp(HgatpMode.SV57X4, 9, 0x2000).pack(64)
    assert spec64().legalise(before, written) == Hgatp(HgatpMode.SV39X4, 9, 0x2000).pack(64)


def test_qemu_11_drops_an_unsupported_write_and_qemu_72_stores_it() -> None:
    before = Hgatp(HgatpMode.SV39X4, 5, 0x1000).pack(64)
    written = Hgatp(3, 9, 0x2003).pack(64)
    assert spec64(warl=WarlRule.QEMU11).legalise(before, written) == before
    assert spec64(warl=WarlRule.QEMU72_RAW).legalise(before, written) == written


def test_spike_reads_low_ppn_bits_and_reserved_bits_as_zero_even_in_bare() -> None:
    all_but_mode = (1 << 60) - 1
    assert spec64().legalise(0, all_but_mode) == Hgatp(0, 0x3FFF, (1 << 44) - 4).pack(64)
    rv32 = HgatpSpec(32, 7, HGATP_MODES[32], 22)
    assert rv32.legalise(0, 0xFFFF_FFFF) == 0x9FFF_FFFC


def test_qemu_stores_low_ppn_bits_and_reserved_bits() -> None:
    assert spec64(warl=WarlRule.QEMU11).legalise(0, (1 << 60) - 1) == (1 << 60) - 1


@pytest.mark.parametrize("warl", WarlRule)
def test_the_vmid_survives_mode_bare(warl: WarlRule) -> None:
    bare = Hgatp(HgatpMode.BARE, 0x1234, 0).pack(64)
    assert spec64(warl=warl).legalise(0, bare) == bare


@pytest.mark.parametrize("warl", WarlRule)
def test_unimplemented_vmid_and_ppn_bits_read_zero(warl: WarlRule) -> None:
    narrow = HgatpSpec(64, 4, SV39_ONLY, 36, warl)
    read = Hgatp.unpack(narrow.legalise(0, (8 << 60) | ((1 << 58) - 1)), 64)
    assert read.vmid == 0b1111
    assert read.ppn in ((1 << 36) - 4, (1 << 36) - 1)


@given(st.data(), hgatp_specs())
def test_legalising_a_legal_value_changes_nothing(data: st.DataObject, spec: HgatpSpec) -> None:
    written = data.draw(words(spec.xlen))
    legal = spec.legalise(0, written)
    assert spec.legalise(legal, legal) == legal
    assert spec.legalise(legal, written) == legal


@given(st.data(), hgatp_specs())
def test_a_legal_register_never_holds_an_unsupported_mode_or_a_vmid_too_wide(
    data: st.DataObject, spec: HgatpSpec
) -> None:
    register = HgatpRegister(spec)
    for written in data.draw(st.lists(words(spec.xlen), max_size=6)):
        read = Hgatp.unpack(register.write(written), spec.xlen)
        assert read.vmid < 1 << spec.vmidlen
        assert read.ppn < 1 << spec.ppn_bits
        if spec.warl is not WarlRule.QEMU72_RAW:
            assert read.mode in spec.modes | {HgatpMode.BARE}


@pytest.mark.parametrize("warl", WarlRule)
@pytest.mark.parametrize("xlen", [32, 64])
def test_probing_finds_every_vmidlen_and_leaves_zero(xlen: Xlen, warl: WarlRule) -> None:
    for vmidlen in range(VMIDMAX[xlen] + 1):
        spec = HgatpSpec(xlen, vmidlen, HGATP_MODES[xlen], PPN_BITS[xlen], warl)
        register = HgatpRegister(spec)
        register.write((1 << xlen) - 1)
        assert probe_vmidlen(register) == vmidlen
        assert register.value == 0
        assert probe_vmidlen(spec) == vmidlen


def test_probing_works_where_only_bare_is_implemented() -> None:
    assert probe_vmidlen(HgatpSpec(64, 6, frozenset({HgatpMode.BARE}), 44)) == 6


@pytest.mark.parametrize(
    ("xlen", "vmidlen", "modes", "ppn_bits", "message"),
    [
        (64, 15, SV39_ONLY, 44, "vmidlen is 15; allowed is 0 to 14 on RV64"),
        (32, 8, HGATP_MODES[32], 22, "vmidlen is 8; allowed is 0 to 7 on RV32"),
        (64, -1, SV39_ONLY, 44, "vmidlen is -1"),
        (64, 14, frozenset({1}), 44, r"hgatp modes are \[1\]; allowed is .*\[0, 8, 9, 10\]"),
        (64, 14, frozenset(), 44, r"hgatp modes are \[\]"),
        (64, 14, SV39_ONLY, 45, "ppn_bits is 45; allowed is 1 to 44"),
        (48, 14, SV39_ONLY, 44, "xlen is 48; allowed is 32 or 64"),
    ],
)
def test_an_impossible_hgatp_is_refused(
    xlen: Xlen, vmidlen: int, modes: frozenset[int], ppn_bits: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        HgatpSpec(xlen, vmidlen, modes, ppn_bits)


def test_an_impossible_vsatp_is_refused() -> None:
    with pytest.raises(ValueError, match="asidlen is 17; allowed is 0 to 16 on RV64"):
        VsatpSpec(64, 17, VSATP_MODES[64], 44)
    with pytest.raises(ValueError, match="vsatp modes are"):
        VsatpSpec(32, 9, frozenset({8}), 22)


BEFORE = Vsatp(VsatpMode.SV39, 1, 0x10).pack(64)
UNSUPPORTED = Vsatp(VsatpMode.SV57, 2, 0x21).pack(64)


def vsatp_spec(rule: UnsupportedVsatpMode) -> VsatpSpec:
    """An RV64 vsatp with Sv39 and nothing wider."""
    return VsatpSpec(64, 16, frozenset({VsatpMode.BARE, VsatpMode.SV39}), 44, rule)


def test_unsupported_vsatp_mode_outside_the_guest_follows_the_chosen_rule() -> None:
    keep = vsatp_spec(UnsupportedVsatpMode.KEEP_MODE)
    ignore = vsatp_spec(UnsupportedVsatpMode.IGNORE_WRITE)
    kept = Vsatp(VsatpMode.SV39, 2, 0x21).pack(64)
    assert keep.legalise(BEFORE, UNSUPPORTED, virtualised=False) == kept
    assert ignore.legalise(BEFORE, UNSUPPORTED, virtualised=False) == BEFORE


@pytest.mark.parametrize("rule", UnsupportedVsatpMode)
def test_unsupported_vsatp_mode_written_by_the_guest_changes_nothing(
    rule: UnsupportedVsatpMode,
) -> None:
    assert vsatp_spec(rule).legalise(BEFORE, UNSUPPORTED, virtualised=True) == BEFORE


@pytest.mark.parametrize("virtualised", [False, True])
def test_supported_vsatp_write_keeps_odd_ppns_and_drops_unimplemented_asid_bits(
    virtualised: bool,
) -> None:
    spec = VsatpSpec(64, 3, VSATP_MODES[64], 44)
    written = Vsatp(VsatpMode.SV48, 0xFFFF, 0x1003).pack(64)
    expected = Vsatp(VsatpMode.SV48, 0b111, 0x1003).pack(64)
    assert spec.legalise(0, written, virtualised=virtualised) == expected


def test_descriptions_list_every_bit_once() -> None:
    value = Hgatp(HgatpMode.SV39X4, 5, 0x80000).pack(64)
    assert describe_hgatp(value, 64) == [
        FieldValue("MODE", 63, 60, 8),
        FieldValue("reserved", 59, 58, 0),
        FieldValue("VMID", 57, 44, 5),
        FieldValue("PPN", 43, 0, 0x80000),
    ]
    assert [(part.field, part.value) for part in describe_vsatp(0xFFFF_FFFF, 32)] == [
        ("MODE", 1),
        ("ASID", 0x1FF),
        ("PPN", 0x3F_FFFF),
    ]


def test_modes_have_the_manuals_names() -> None:
    assert [hgatp_mode_name(mode, 64) for mode in (0, 8, 9, 10)] == [
        "Bare",
        "Sv39x4",
        "Sv48x4",
        "Sv57x4",
    ]
    assert hgatp_mode_name(1, 32) == "Sv32x4"
    assert hgatp_mode_name(1, 64) == "reserved (1)"
    assert [vsatp_mode_name(mode, 64) for mode in (0, 8, 3)] == ["Bare", "Sv39", "reserved (3)"]
    assert vsatp_mode_name(1, 32) == "Sv32"
