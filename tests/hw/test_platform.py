"""Platforms: presets as the sources give them, and every field checked by name."""

from dataclasses import replace
from typing import Any

import pytest

from simcore.hw.cost import CostTable, two_stage_references
from simcore.hw.csr import HgatpMode, probe_vmidlen
from simcore.hw.ids import HartId
from simcore.hw.platform import DEFAULT_PRESET, PRESETS, Platform, preset
from simcore.hw.sbi import SbiError, SbiRfence
from simcore.hw.tlb import Organisation, TlbGeometry

RV64, RV32 = PRESETS["rv64"], PRESETS["rv32"]


def test_presets_are_those_the_project_promises() -> None:
    assert {
        name: (p.xlen, p.vmidlen[0], p.tlb.entries, p.tlb.organisation.value)
        for name, p in PRESETS.items()
    } == {
        "rv64": (64, 14, 512, "combined"),
        "rv64-split": (64, 14, 512, "split"),
        "rv64-vmidlen-0": (64, 0, 512, "combined"),
        "rv64-vmidlen-1": (64, 1, 512, "combined"),
        "rv32": (32, 7, 512, "combined"),
        "kunminghu-dtlb": (64, 14, 48, "combined"),
        "cva6-h": (64, 14, 16, "combined"),
    }
    assert DEFAULT_PRESET in PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_says_where_its_sizes_come_from_and_probes_as_it_claims(name: str) -> None:
    platform = preset(name)
    assert "assumed" in platform.summary or "@" in platform.summary or "Generic" in platform.summary
    for hart_id, bits in zip(platform.hart_ids, platform.vmidlen, strict=True):
        hart = platform.hart(hart_id)
        assert (hart.id, hart.vmidlen, probe_vmidlen(hart.hgatp_spec)) == (hart_id, bits, bits)


def test_unknown_preset_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="platform is 'rv128'; allowed: rv64, rv64-split, "):
        preset("rv128")


@pytest.mark.parametrize(
    ("platform", "fields", "message"),
    [
        (RV64, {"hart_ids": (), "vmidlen": ()}, "harts is 0; 1 to 1024 is allowed"),
        (RV64, {"hart_ids": tuple(range(1025))}, "harts is 1025; 1 to 1024 is allowed"),
        (RV64, {"hart_ids": (0, 0), "vmidlen": (1, 1)}, "ascending and distinct"),
        (RV64, {"hart_ids": (3, 1), "vmidlen": (1, 1)}, "ascending and distinct"),
        (RV64, {"hart_ids": (-1, 1), "vmidlen": (1, 1)}, "hart id is -1; allowed is 0 to"),
        (RV64, {"hart_ids": (1 << 64,), "vmidlen": (1,)}, "hart id is 18446744073709551616"),
        (RV64, {"vmidlen": (1, 2)}, r"vmidlen has 2 values; 4 \(one a hart\) needed"),
        (RV64, {"vmidlen": (14, 14, 14, 15)}, "vmidlen is 15; allowed is 0 to 14 on RV64"),
        (RV64, {"vmidlen": (-1,) * 4}, "vmidlen is -1; allowed is 0 to 14 on RV64"),
        (RV32, {"vmidlen": (8,) * 4}, "vmidlen is 8; allowed is 0 to 7 on RV32"),
        (RV32, {"asidlen": 10}, "asidlen is 10; allowed is 0 to 9 on RV32"),
        (RV64, {"asidlen": 17}, "asidlen is 17; allowed is 0 to 16 on RV64"),
        (RV64, {"ppn_bits": 45}, "ppn_bits is 45; allowed is 1 to 44 on RV64"),
        (RV64, {"rfence_range_limit_bytes": -1}, "range_limit_bytes is -1"),
        (RV64, {"g_mode": HgatpMode.SV57X4}, r"g_mode is 10; one of the paged modes \[8\]"),
        (RV64, {"g_mode": HgatpMode.BARE}, r"g_mode is 0; one of the paged modes \[8\]"),
    ],
)
def test_wrong_field_is_named_with_its_value_and_what_is_allowed(
    platform: Platform, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(platform, **fields)


def test_tlbs_that_would_not_fit_in_memory_are_refused_before_they_are_made() -> None:
    with pytest.raises(ValueError, match="tlb has 524288 entries on each of 4 harts; 1048576 in"):
        replace(RV64, tlb=TlbGeometry(4096, 128))
    assert replace(RV64.with_harts(2), tlb=TlbGeometry(4096, 128)).tlb.entries == 524288


def test_harts_may_be_sparse_and_differ_in_vmidlen() -> None:
    ids = tuple(HartId(number) for number in (0, 1, 3, 65))
    platform = replace(RV64, hart_ids=ids, vmidlen=(14, 7, 1, 0))
    assert [platform.hart(hart).vmidlen for hart in ids] == [14, 7, 1, 0]
    error, deliveries = platform.firmware().rfence(SbiRfence(4, 1, 65), HartId(0), 0)
    assert (error, [delivery.hart for delivery in deliveries]) == (SbiError.SUCCESS, [65])


def test_with_harts_numbers_them_from_0_with_the_first_vmidlen() -> None:
    platform = RV64.with_vmidlen(3, 4, 5, 6).with_harts(6)
    assert (platform.hart_ids, platform.vmidlen) == ((0, 1, 2, 3, 4, 5), (3,) * 6)
    with pytest.raises(ValueError, match="harts is 0; 1 to 1024 is allowed"):
        RV64.with_harts(0)


def test_with_vmidlen_takes_one_number_or_one_a_hart() -> None:
    assert RV64.with_vmidlen(5).vmidlen == (5,) * 4
    assert RV64.with_vmidlen(1, 2, 3, 4).vmidlen == (1, 2, 3, 4)
    with pytest.raises(ValueError, match="vmidlen has 2 values"):
        RV64.with_vmidlen(1, 2)


def test_range_limit_reaches_the_firmware() -> None:
    firmware = replace(RV64, rfence_range_limit_bytes=8192).firmware()
    _, deliveries = firmware.rfence(SbiRfence(4, 1, 0, 0x1000, 8192), HartId(1), 0)
    assert [fence.address for fence in deliveries[0].fences] == [1, 2]


def test_levels_follow_the_g_stage_mode() -> None:
    assert (RV64.levels, RV32.levels) == (3, 2)


def test_split_preset_has_two_structures() -> None:
    assert PRESETS["rv64-split"].tlb.organisation is Organisation.SPLIT


def test_page_table_reads_of_a_two_stage_walk() -> None:
    # Sv32 8, Sv39 15, Sv48 24, Sv57 35: (n + 1)(m + 1) - 1.
    assert [two_stage_references(n, n) for n in (2, 3, 4, 5)] == [8, 15, 24, 35]
    assert two_stage_references(0, 3) == 3


def test_every_cost_has_a_source_and_a_range() -> None:
    table = CostTable()
    assert all("assumed" in CostTable.source(name) for name in CostTable.__slots__)
    assert len(CostTable.__slots__) == 7
    assert table.ipi_cycles == 1000
    with pytest.raises(ValueError, match=r"costs\.ipi_cycles is -1; 0 to 1000000 is allowed"):
        CostTable(ipi_cycles=-1)
    with pytest.raises(ValueError, match=r"costs\.walk_reference_cycles is 1000001; 0 to 1000000"):
        CostTable(walk_reference_cycles=1_000_001)
