"""Replays of Xen's recorded hart-mask splitting."""

import json
from pathlib import Path
from typing import Any

import pytest

from simcore.conform.result import ABSENT, Mismatch, first_difference
from simcore.conform.sbi_rfence import replay

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "data" / "vectors" / "sbi_rfence_batching"
SHARED = ROOT.parent / "shared" / "vectors" / "sbi_rfence_batching"

Lines = list[dict[str, Any]]


def load(path: Path) -> tuple[dict[str, Any], Lines]:
    """Header and operations of one vector file."""
    header, *operations = map(json.loads, path.read_text().splitlines())
    return header, operations


@pytest.fixture
def rv64() -> tuple[dict[str, Any], Lines]:
    return load(VECTORS / "rv64_a.jsonl")


@pytest.mark.parametrize("name", ["rv32_a.jsonl", "rv64_a.jsonl"])
def test_every_recorded_split_is_reproduced(name: str) -> None:
    result = replay(*load(VECTORS / name))
    assert (result.kind, result.operations) == ("sbi_rfence_batching", 80)
    assert (result.mismatches, result.first) == (0, None)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the full vector set is not beside the checkout")
def test_every_split_of_the_full_vector_set_is_reproduced() -> None:
    results = [replay(*load(path)) for path in sorted(SHARED.glob("*.jsonl"))]
    assert [(result.operations, result.mismatches) for result in results] == [(220, 0), (220, 0)]


def test_splitting_with_the_wrong_word_width_is_caught() -> None:
    header, operations = load(VECTORS / "rv32_a.jsonl")
    assert replay(header | {"xlen": 64}, operations).mismatches == 19


def test_xens_swapped_function_ids_are_caught(rv64: tuple[dict[str, Any], Lines]) -> None:
    header, operations = rv64
    swapped = {3: 4, 4: 3, 5: 6, 6: 5}
    for operation in operations:
        operation["fid"] = swapped.get(operation["fid"], operation["fid"])
    result = replay(header, operations)
    assert result.mismatches > 20
    assert result.first == Mismatch(0, "calls[0].fid", 4, 3)


def test_several_wrong_fields_are_one_mismatch(rv64: tuple[dict[str, Any], Lines]) -> None:
    header, operations = rv64
    operations[3]["r"] |= {"ret": 1, "calls": []}
    result = replay(header, operations)
    assert result.mismatches == 1
    assert result.first is not None
    assert (result.first.index, result.first.field) == (3, "calls[0]")
    assert result.first.expected == ABSENT


def test_a_truncated_file_is_refused(rv64: tuple[dict[str, Any], Lines]) -> None:
    header, operations = rv64
    with pytest.raises(ValueError, match="ops is 80, but 79 operations follow"):
        replay(header, operations[:-1])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("fid", "4", "fid is '4'; allowed is an integer"),
        ("cpu_mask", [6], r"cpu_mask is \[6\]; allowed are CPUs 0 to 5"),
        ("cpu_to_hartid", [0.5], "cpu_to_hartid is"),
        ("start", -1, "start is -1"),
    ],
)
def test_a_malformed_operation_is_refused_by_field(
    rv64: tuple[dict[str, Any], Lines], field: str, value: object, message: str
) -> None:
    header, operations = rv64
    operations[0][field] = value
    with pytest.raises(ValueError, match=message):
        replay(header, operations)


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, None),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ("a[1].b", 2, 3)),
        ({"a": 1}, {"a": 1, "b": 2}, ("b", ABSENT, 2)),
        ([1, 2], [1], ("[1]", 2, ABSENT)),
        ({"a": True}, {"a": 1}, ("a", True, 1)),
        ({"a": 1.0}, {"a": 1}, ("a", 1.0, 1)),
        (2**64 - 1, 2**64, ("", 2**64 - 1, 2**64)),
    ],
)
def test_first_difference_names_the_place(
    expected: object, actual: object, difference: tuple[str, object, object] | None
) -> None:
    assert first_difference(expected, actual) == difference
