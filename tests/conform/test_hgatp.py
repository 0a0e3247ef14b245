"""Replays of hgatp writes sampled on Spike and QEMU."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simcore.conform.hgatp import replay, spec_of
from simcore.conform.result import Mismatch
from simcore.hw.csr import WarlRule, probe_vmidlen

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "vectors" / "hardware"
SHARED = ROOT.parent / "shared" / "vectors" / "hardware"


def load(name: str) -> dict[str, Any]:
    """One sample file of tests/data."""
    sample: dict[str, Any] = json.loads((SAMPLES / f"hgatp_{name}.json").read_text())
    return sample


@pytest.mark.parametrize(
    ("name", "writes"),
    [
        ("spike_rv32_sv32_HS", 20),
        ("spike_rv64_bare_HS", 50),
        ("spike_rv64_sv39_HS", 50),
        ("spike_rv64_sv57_HS", 51),
        ("qemu11_rv32_sv32_HS", 20),
        ("qemu11_rv64_sv39_HS", 49),
        ("qemu72_rv32_sv32_HS", 20),
        ("qemu72_rv64_sv57_HS", 51),
    ],
)
def test_every_sampled_write_reads_back_as_recorded(name: str, writes: int) -> None:
    result = replay(load(name))
    assert (result.kind, result.operations, result.mismatches) == ("hgatp", writes, 0)
    assert result.first is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="the full vector set is not beside the checkout")
def test_every_write_of_the_full_sample_set_reads_back_as_recorded() -> None:
    results = [replay(json.loads(path.read_text())) for path in sorted(SHARED.glob("hgatp_*.json"))]
    assert len(results) == 22
    assert sum(result.operations for result in results) == 3623
    assert [result for result in results if result.mismatches] == []


@pytest.mark.parametrize("name", ["spike_rv64_bare_HS", "spike_rv32_sv32_HS"])
def test_probing_finds_the_sampled_vmidlen(name: str) -> None:
    sample = load(name)
    assert probe_vmidlen(spec_of(sample)) == sample["vmidlen"]


def test_the_rule_of_another_implementation_is_caught() -> None:
    sample = load("spike_rv64_sv39_HS")
    wrong = replace(spec_of(sample), warl=WarlRule.QEMU11)
    result = replay(sample, wrong)
    assert result.mismatches > 10
    assert result.first is not None
    assert result.first.field == "read"


def test_a_single_wrong_bit_is_caught_and_located() -> None:
    sample = load("spike_rv64_sv39_HS")
    sample["writes"][7]["read"] = "0x8000000000000001"
    result = replay(sample)
    assert result.mismatches == 1
    assert result.first is not None
    assert (result.first.index, result.first.expected) == (7, "0x8000000000000001")


def test_a_wrong_vmidlen_is_caught() -> None:
    sample = load("spike_rv32_sv32_HS")
    sample["vmidlen"] = 6
    first = replay(sample).first
    assert isinstance(first, Mismatch)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("impl", "bochs", "impl is 'bochs'; allowed is spike or qemu11 or qemu72"),
        ("xlen", 128, "xlen is 128; allowed is 32 or 64"),
        ("vmidlen", 15, "vmidlen is 15; allowed is 0 to 14"),
        ("vmidlen", True, "vmidlen is True; allowed is an integer"),
        ("modes", 8, "modes is 8; allowed is a list of integers"),
        ("writes", None, "writes is no list of objects"),
        ("writes", [{}], "read is missing"),
        ("writes", [{"read": 0}], "read is 0; allowed is a hexadecimal string"),
        ("writes", [{"read": "0xg"}], "read is '0xg'; allowed is a hexadecimal string"),
    ],
)
def test_a_malformed_sample_is_refused_by_field(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay(load("spike_rv64_sv39_HS") | {field: value})
