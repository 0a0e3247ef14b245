"""The trap matrix, cell by cell, against a table written out by hand from the manual."""

from itertools import product

import pytest

from simcore.hw.traps import Instruction, PrivilegeMode, TrapCause, instruction_trap

# Columns: M, HS with TVM=0, HS with TVM=1, U with HU=0, U with HU=1, VS with VTVM=0, VS with
# VTVM=1, VU; "-" executes, numbers are the exception code.
MATRIX = {
    Instruction.HGATP: "- - 2 2 2 22 22 22",
    Instruction.VSATP: "- - - 2 2 22 22 22",
    Instruction.SATP: "- - 2 2 2 - 22 22",
    Instruction.HFENCE_GVMA: "- - 2 2 2 22 22 22",
    Instruction.HINVAL_GVMA: "- - 2 2 2 22 22 22",
    Instruction.HFENCE_VVMA: "- - - 2 2 22 22 22",
    Instruction.HINVAL_VVMA: "- - - 2 2 22 22 22",
    Instruction.SFENCE_VMA: "- - 2 2 2 - 22 22",
    Instruction.SINVAL_VMA: "- - 2 2 2 - 22 22",
    Instruction.SFENCE_W_INVAL: "- - - 2 2 - - 22",
    Instruction.SFENCE_INVAL_IR: "- - - 2 2 - - 22",
    Instruction.HLV: "- - - 2 - 22 22 22",
    Instruction.HLVX: "- - - 2 - 22 22 22",
    Instruction.HSV: "- - - 2 - 22 22 22",
}
BITS = tuple(product((False, True), repeat=3))


def column(mode: PrivilegeMode, tvm: bool, vtvm: bool, hu: bool) -> int:
    """Where the matrix has the mode with these control bits."""
    return {
        PrivilegeMode.M: 0,
        PrivilegeMode.HS: 1 + tvm,
        PrivilegeMode.U: 3 + hu,
        PrivilegeMode.VS: 5 + vtvm,
        PrivilegeMode.VU: 7,
    }[mode]


def test_exception_codes_are_those_of_mcause() -> None:
    assert [(cause.name, cause.value) for cause in TrapCause] == [
        ("ILLEGAL_INSTRUCTION", 2),
        ("LOAD_GUEST_PAGE_FAULT", 21),
        ("VIRTUAL_INSTRUCTION", 22),
        ("STORE_GUEST_PAGE_FAULT", 23),
    ]


@pytest.mark.parametrize("instruction", Instruction)
def test_instruction_traps_as_in_the_matrix(instruction: Instruction) -> None:
    cells = MATRIX[instruction].split()
    for mode, (tvm, vtvm, hu) in product(PrivilegeMode, BITS):
        cause = instruction_trap(instruction, mode, tvm=tvm, vtvm=vtvm, hu=hu)
        cell = cells[column(mode, tvm, vtvm, hu)]
        assert cause == (None if cell == "-" else int(cell)), (mode, tvm, vtvm, hu)


def test_control_bits_are_clear_unless_given() -> None:
    for instruction, mode in product(Instruction, PrivilegeMode):
        clear = instruction_trap(instruction, mode, tvm=False, vtvm=False, hu=False)
        assert instruction_trap(instruction, mode) == clear


def test_svinval_instructions_trap_like_the_fences_they_replace() -> None:
    pairs = [
        (Instruction.HINVAL_GVMA, Instruction.HFENCE_GVMA),
        (Instruction.HINVAL_VVMA, Instruction.HFENCE_VVMA),
        (Instruction.SINVAL_VMA, Instruction.SFENCE_VMA),
    ]
    for (invalidation, fence), mode, (tvm, vtvm, hu) in product(pairs, PrivilegeMode, BITS):
        assert instruction_trap(invalidation, mode, tvm=tvm, vtvm=vtvm, hu=hu) == instruction_trap(
            fence, mode, tvm=tvm, vtvm=vtvm, hu=hu
        )


def test_guest_fault_codes_never_come_from_a_missing_permission() -> None:
    causes = {
        instruction_trap(instruction, mode, tvm=tvm, vtvm=vtvm, hu=hu)
        for instruction, mode, (tvm, vtvm, hu) in product(Instruction, PrivilegeMode, BITS)
    }
    assert causes == {None, TrapCause.ILLEGAL_INSTRUCTION, TrapCause.VIRTUAL_INSTRUCTION}
