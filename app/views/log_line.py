"""One line of the log as a JSON object."""

from __future__ import annotations

from typing import Any

from app.tables.lines import COLUMNS, Lines
from app.tables.shapes import NONE


def line_json(lines: Lines, row: int) -> dict[str, Any]:
    """A line; null stands where something does not apply to it."""
    numbers = {name: int(lines[name][row]) for name in COLUMNS}
    shape = lines.shapes[numbers["shape"]]
    common = {
        "seq": numbers["seq"],
        "at_ns": numbers["at_ns"],
        "type": shape.type,
        "kind": shape.kind,
        "cause": None if shape.cause == NONE else shape.cause,
        "scope": None if shape.scope == NONE else shape.scope,
        "hart": shape.hart,
        "vmid": _or_none(numbers["vmid"]),
        "domain": _or_none(numbers["domain"]),
        "cycles": _or_none(numbers["cycles"]),
    }
    return common | _OF_NOTHING | _BY_TYPE[shape.type](lines, numbers)


_OF_NOTHING: dict[str, Any] = dict.fromkeys(
    (
        "requester", "address", "id", "dropped", "redundant",
        "via", "targets", "error", "hart_mask", "hart_mask_base",
        "vcpu", "page", "accesses", "owner_domain", "owner_space",
    )
)  # fmt: skip


def _executed(lines: Lines, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "requester": _or_none(numbers["requester"]),
        "address": _or_none(numbers["operand"]),
        "id": _or_none(numbers["id"]),
        "dropped": numbers["count"],
        "redundant": numbers["count"] == 0,
    }


def _requested(lines: Lines, numbers: dict[str, int]) -> dict[str, Any]:
    shape = lines.shapes[numbers["shape"]]
    known = numbers["operand"] >= 0
    mask, base = lines.masks[numbers["operand"]] if known else (0, 0)
    return {
        "id": _or_none(numbers["id"]),
        "via": shape.via,
        "targets": numbers["count"],
        "error": shape.error,
        "hart_mask": hex(mask) if known else None,
        "hart_mask_base": hex(base) if known else None,
    }


def _hit(lines: Lines, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "vcpu": numbers["vcpu"],
        "page": numbers["operand"],
        "accesses": numbers["count"],
        "owner_domain": numbers["id"],
        "owner_space": _or_none(numbers["space"]),
    }


_BY_TYPE = {"executed": _executed, "requested": _requested, "violation": _hit}


def _or_none(value: int) -> int | None:
    return None if value < 0 else value


FIELDS = (
    "seq", "at_ns", "type", "kind", "cause", "scope", "hart", "vmid", "domain", "cycles",
    *_OF_NOTHING,
)  # fmt: skip
"""A line's fields, in the order of its columns in a table."""
