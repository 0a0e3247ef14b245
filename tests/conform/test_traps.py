"""Replays of the trap matrix sampled on Spike and QEMU."""

import json
from pathlib import Path
from typing import Any

import pytest

from simcore.conform.result import Mismatch
from simcore.conform.traps import replay
from simcore.hw.traps import Instruction, PrivilegeMode, TrapCause, instruction_trap

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "vectors" / "hardware"
SHARED = ROOT.parent / "shared" / "vectors" / "hardware"


def load(name: str) -> dict[str, Any]:
    """One sample file of tests/data."""
    sample: dict[str, Any] = json.loads((SAMPLES / f"traps_{name}.json").read_text())
    return sample


@pytest.mark.parametrize(
    ("name", "title"), [("spike_rv64", "spike rv64"), ("qemu72_rv32", "qemu72 rv32")]
)
def test_every_sampled_row_has_the_answer_of_the_model(name: str, title: str) -> None:
    result = replay(load(name))
    assert (result.name, result.kind, result.operations) == (title, "traps", 135)
    assert (result.mismatches, result.first) == (0, None)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the full vector set is not beside the checkout")
def test_every_row_of_the_full_sample_set_has_the_answer_of_the_model() -> None:
    results = [replay(json.loads(path.read_text())) for path in sorted(SHARED.glob("traps_*.json"))]
    assert [(result.operations, result.mismatches) for result in results] == [(324, 0)] * 4


def test_what_qemu_does_is_not_taken_for_the_manual() -> None:
    held_against_qemu = replay(load("qemu72_rv32") | {"impl": "spike"})
    assert held_against_qemu.mismatches == 23
    assert held_against_qemu.first is not None
    assert held_against_qemu.first.field == "trap"


@pytest.mark.parametrize("field", ["spec_trap", "trap"])
def test_a_single_wrong_cell_is_caught_and_located(field: str) -> None:
    sample = load("spike_rv64")
    index = next(i for i, row in enumerate(sample["rows"]) if row["mode"] == "VU")
    sample["rows"][index][field] = 2
    result = replay(sample)
    assert (result.mismatches, result.first) == (1, Mismatch(index, field, 2, 22))


def test_a_cell_that_should_complete_is_not_taken_for_one_that_traps() -> None:
    sample = load("qemu72_rv32")
    index = next(i for i, row in enumerate(sample["rows"]) if row["spec_trap"] == 22)
    sample["rows"][index]["spec_trap"] = None
    assert replay(sample).first == Mismatch(index, "spec_trap", None, 22)


Mode = PrivilegeMode


def tvm_in_vs(op: Instruction, mode: Mode, *, tvm: bool, vtvm: bool, hu: bool) -> TrapCause | None:
    """TVM mistaken for a bit that acts on VS-mode as well."""
    return instruction_trap(op, mode, tvm=tvm, vtvm=vtvm or tvm, hu=hu)


def tvm_off(op: Instruction, mode: Mode, *, tvm: bool, vtvm: bool, hu: bool) -> TrapCause | None:
    """TVM forgotten."""
    return instruction_trap(op, mode, tvm=False, vtvm=vtvm, hu=hu)


def vtvm_off(op: Instruction, mode: Mode, *, tvm: bool, vtvm: bool, hu: bool) -> TrapCause | None:
    """VTVM forgotten."""
    return instruction_trap(op, mode, tvm=tvm, vtvm=False, hu=hu)


def hu_off(op: Instruction, mode: Mode, *, tvm: bool, vtvm: bool, hu: bool) -> TrapCause | None:
    """HU forgotten."""
    return instruction_trap(op, mode, tvm=tvm, vtvm=vtvm, hu=False)


def illegal_only(
    op: Instruction, mode: Mode, *, tvm: bool, vtvm: bool, hu: bool
) -> TrapCause | None:
    """Virtual-instruction exceptions reported as illegal instructions."""
    trap = instruction_trap(op, mode, tvm=tvm, vtvm=vtvm, hu=hu)
    return trap and TrapCause.ILLEGAL_INSTRUCTION


@pytest.mark.parametrize(
    ("rule", "mismatches"),
    [(tvm_in_vs, 2), (tvm_off, 8), (vtvm_off, 3), (hu_off, 1), (illegal_only, 50)],
)
def test_a_rule_with_one_thing_wrong_is_caught(rule: Any, mismatches: int) -> None:
    assert replay(load("spike_rv64"), rule).mismatches == mismatches


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("impl", "bochs", "impl is 'bochs'; allowed is spike or qemu11 or qemu72"),
        ("xlen", 128, "xlen is 128; allowed is 32 or 64"),
        ("rows", None, "rows is no list of objects"),
        ("rows", [2], "rows is no list of objects"),
        ("rows", [{}], "op is missing"),
    ],
)
def test_a_malformed_sample_is_refused_by_field(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replay(load("spike_rv64") | {field: value})


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("op", "wfi", "op is 'wfi'; allowed is csrw_hgatp or"),
        ("mode", "S", "mode is 'S'; allowed is M or HS or U or VS or VU"),
        ("tvm", 2, "tvm is 2; allowed is 0 or 1"),
        ("vtvm", True, "vtvm is True; allowed is an integer"),
        ("hu", "0", "hu is '0'; allowed is an integer"),
    ],
)
def test_a_malformed_row_is_refused_by_field(field: str, value: object, message: str) -> None:
    sample = load("spike_rv64")
    sample["rows"][3][field] = value
    with pytest.raises(ValueError, match=message):
        replay(sample)


@pytest.mark.parametrize("field", ["spec_trap", "trap"])
def test_a_row_without_an_answer_is_refused(field: str) -> None:
    sample = load("spike_rv64")
    del sample["rows"][3][field]
    with pytest.raises(ValueError, match=f"{field} is missing"):
        replay(sample)
