"""Replays `hardware/traps_*` samples: which instruction traps in which mode.

Every row has two answers. `spec_trap` is the manual's, and the model must give it for every
implementation. `trap` is what that implementation did: Spike follows the manual, so its column is
held against the model too; QEMU 7.2 departs from the manual in many rows (it ignores TVM for
hgatp, takes many V=1 traps as illegal instructions, …), so its column is what QEMU does, not what
the manual asks, and is not compared.
"""

from collections.abc import Callable, Mapping

from simcore.conform.record import (
    Record,
    VectorFormatError,
    read,
    read_choice,
    read_integer,
    read_xlen,
)
from simcore.conform.result import ConformResult, Mismatch, first_difference
from simcore.hw.traps import Instruction, PrivilegeMode, TrapCause, instruction_trap

KIND = "traps"

Rule = Callable[..., TrapCause | None]

_IMPLEMENTATIONS = ("spike", "qemu11", "qemu72")
_FOLLOWS_THE_MANUAL = frozenset({"spike"})
_MODES = tuple(mode.value for mode in PrivilegeMode)

# Write, read and set are one access to a CSR; which registers a fence names does not matter.
_INSTRUCTION_OF_OP: Mapping[str, Instruction] = {
    "csrw_hgatp": Instruction.HGATP,
    "csrr_hgatp": Instruction.HGATP,
    "csrs_hgatp": Instruction.HGATP,
    "csrw_vsatp": Instruction.VSATP,
    "csrr_satp": Instruction.SATP,
    "hfence.gvma": Instruction.HFENCE_GVMA,
    "hfence.gvma_rs1_rs2": Instruction.HFENCE_GVMA,
    "hfence.vvma": Instruction.HFENCE_VVMA,
    "hfence.vvma_rs1_rs2": Instruction.HFENCE_VVMA,
    "hinval.gvma": Instruction.HINVAL_GVMA,
    "hinval.vvma": Instruction.HINVAL_VVMA,
    "sfence.vma_rs1_rs2": Instruction.SFENCE_VMA,
    "sinval.vma": Instruction.SINVAL_VMA,
    "sfence.w.inval": Instruction.SFENCE_W_INVAL,
    "sfence.inval.ir": Instruction.SFENCE_INVAL_IR,
    "hlv": Instruction.HLV,
}


def read_rows(sample: Record) -> list[Record]:
    """The `rows` of a sample file; VectorFormatError unless it is a list of objects."""
    rows = read(sample, "rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise VectorFormatError("rows is no list of objects; allowed is one object a sample")
    return rows


def read_bit(record: Record, field: str) -> bool:
    """A one-bit field, the integer 0 or 1; VectorFormatError for anything else."""
    value = read_integer(record, field)
    if value not in (0, 1):
        raise VectorFormatError(f"{field} is {value}; allowed is 0 or 1")
    return bool(value)


def _answer(row: Record, rule: Rule) -> int | None:
    """The exception code that the model gives for one row."""
    cause = rule(
        _INSTRUCTION_OF_OP[read_choice(row, "op", tuple(_INSTRUCTION_OF_OP))],
        PrivilegeMode(read_choice(row, "mode", _MODES)),
        tvm=read_bit(row, "tvm"),
        vtvm=read_bit(row, "vtvm"),
        hu=read_bit(row, "hu"),
    )
    return None if cause is None else int(cause)


def replay(sample: Record, rule: Rule = instruction_trap) -> ConformResult:
    """Replay every row of one sample file, given as its parsed JSON object.

    A row is one operation. `rule` replaces the manual's matrix, to ask how another one differs.
    Raises ValueError for a missing or malformed field.
    """
    xlen = read_xlen(sample)
    implementation = read_choice(sample, "impl", _IMPLEMENTATIONS)
    compared = ["spec_trap", *(["trap"] if implementation in _FOLLOWS_THE_MANUAL else [])]
    rows = read_rows(sample)
    mismatches = 0
    first = None
    for index, row in enumerate(rows):
        answer = _answer(row, rule)
        expected = {field: read(row, field) for field in compared}
        difference = first_difference(expected, dict.fromkeys(compared, answer))
        if difference:
            mismatches += 1
            first = first or Mismatch(index, *difference)
    return ConformResult(f"{implementation} rv{xlen}", KIND, len(rows), mismatches, first)
