"""Replays `hardware/gstage_*` samples: where G-stage walks of HLV, HLVX and HSV end on Spike.

`qemu72_trap`, in the rows where QEMU 7.2 differs, is what QEMU does (it sets A and D itself, and
asks R of an HLVX), not what the manual asks, and is not compared.
"""

from collections.abc import Callable

from simcore.conform.record import (
    Record,
    VectorFormatError,
    read,
    read_choice,
    read_hex,
    read_integer,
    read_xlen,
)
from simcore.conform.result import ConformResult, Mismatch, first_difference
from simcore.conform.traps import read_bit, read_rows
from simcore.hw.gstage import GstageAccess, GstageOutcome, gstage_outcome

KIND = "gstage"

Walk = Callable[..., GstageOutcome]

_IMPLEMENTATIONS = ("spike",)
_OPS = tuple(access.value for access in GstageAccess)


def _hexadecimal(value: int) -> str:
    return f"{value:#018x}"


def _recorded(row: Record) -> dict[str, object]:
    """The recorded answer; a walk that faulted has no `spa`."""
    return {
        "trap": read(row, "trap"),
        "mtval": _hexadecimal(read_hex(row, "mtval")),
        "mtval2": _hexadecimal(read_hex(row, "mtval2")),
        "spa": _hexadecimal(read_hex(row, "spa")) if "spa" in row else None,
    }


def _answer(row: Record, walk: Walk) -> dict[str, object]:
    """The answer the model gives, in the terms of the record.

    vsatp is 0 in all samples, so the faulting guest-virtual address is the GPA. Without a trap the
    sampled program recorded zero for mtval and mtval2.
    """
    gpa = read_hex(row, "gpa")
    outcome = walk(
        read_integer(row, "mode"),
        read_integer(row, "leaf_level"),
        gpa,
        read_hex(row, "leaf_pte"),
        GstageAccess(read_choice(row, "op", _OPS)),
        mxr=read_bit(row, "mxr"),
    )
    return {
        "trap": None if outcome.trap is None else int(outcome.trap),
        "mtval": _hexadecimal(0 if outcome.trap is None else gpa),
        "mtval2": _hexadecimal(outcome.mtval2 or 0),
        "spa": None if outcome.spa is None else _hexadecimal(outcome.spa),
    }


def replay(sample: Record, walk: Walk = gstage_outcome) -> ConformResult:
    """Replay every walk of one sample file, given as its parsed JSON object.

    A walk is one operation: its exception code, mtval, mtval2 and resulting address must be those
    recorded. `walk` replaces the manual's rules, to ask how others differ. Raises ValueError for
    a missing or malformed field.
    """
    xlen = read_xlen(sample)
    if xlen != 64:
        raise VectorFormatError(f"xlen is {xlen}; allowed is 64 (the walk is that of RV64)")
    implementation = read_choice(sample, "impl", _IMPLEMENTATIONS)
    rows = read_rows(sample)
    mismatches = 0
    first = None
    for index, row in enumerate(rows):
        difference = first_difference(_recorded(row), _answer(row, walk))
        if difference:
            mismatches += 1
            first = first or Mismatch(index, *difference)
    return ConformResult(f"{implementation} rv{xlen}", KIND, len(rows), mismatches, first)
