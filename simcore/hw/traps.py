"""Who may execute which virtual-memory instruction, and the exception that stops everyone else.

A reference for the instructions and CSRs that manage address translation under the hypervisor
extension: what the manual asks for, not what a particular simulator does. RV32 and RV64 do not
differ in this, so XLEN plays no part.
"""

from enum import Enum, IntEnum


class TrapCause(IntEnum):
    """Exception codes as mcause shows them; only those that this model can raise."""

    ILLEGAL_INSTRUCTION = 2
    LOAD_GUEST_PAGE_FAULT = 21
    VIRTUAL_INSTRUCTION = 22
    STORE_GUEST_PAGE_FAULT = 23


class PrivilegeMode(Enum):
    """The privilege modes of a hart with the hypervisor extension; VS and VU have V=1."""

    M = "M"
    HS = "HS"
    U = "U"
    VS = "VS"
    VU = "VU"


class Instruction(Enum):
    """The privileged instructions of the matrix; a CSR stands for any read or write of it.

    HLV, HLVX and HSV stand for all their widths. SATP is the CSR name that VS-mode uses too,
    where the access reaches vsatp.
    """

    HGATP = "csr hgatp"
    VSATP = "csr vsatp"
    SATP = "csr satp"
    HFENCE_GVMA = "hfence.gvma"
    HINVAL_GVMA = "hinval.gvma"
    HFENCE_VVMA = "hfence.vvma"
    HINVAL_VVMA = "hinval.vvma"
    SFENCE_VMA = "sfence.vma"
    SINVAL_VMA = "sinval.vma"
    SFENCE_W_INVAL = "sfence.w.inval"
    SFENCE_INVAL_IR = "sfence.inval.ir"
    HLV = "hlv"
    HLVX = "hlvx"
    HSV = "hsv"


# What hstatus.VTVM stops in VS-mode (`norm:hstatus_vtvm_op`).
_STOPPED_BY_VTVM = frozenset({Instruction.SATP, Instruction.SFENCE_VMA, Instruction.SINVAL_VMA})

# mstatus.TVM stops the same in HS-mode (`norm:mstatus_tvm_warl_op`), and what manages the G-stage
# (`norm:mstatus_tvm_hs`, `norm:hgatp_tvm_illegal`, `norm:hfence-gvma_op`). HFENCE.VVMA,
# HINVAL.VVMA and vsatp stay free (`norm:hfence-vvma_tvm`).
_STOPPED_BY_TVM = _STOPPED_BY_VTVM | {
    Instruction.HGATP,
    Instruction.HFENCE_GVMA,
    Instruction.HINVAL_GVMA,
}

# Neither TVM nor VTVM matters to these two (`norm:Svinval_sfence_w_inval_inval_s_vs_mode`).
_FREE_IN_VS = frozenset({Instruction.SFENCE_W_INVAL, Instruction.SFENCE_INVAL_IR})

# What hstatus.HU opens to U-mode (`norm:hstatus_hu_op`).
_OPENED_BY_HU = frozenset({Instruction.HLV, Instruction.HLVX, Instruction.HSV})


def _virtual_supervisor_may(instruction: Instruction, vtvm: bool) -> bool:
    """Is the instruction permitted in VS-mode? TVM does not matter: it acts on HS-mode only."""
    if instruction in _STOPPED_BY_VTVM:
        return not vtvm
    return instruction in _FREE_IN_VS


def instruction_trap(
    instruction: Instruction,
    mode: PrivilegeMode,
    *,
    tvm: bool = False,
    vtvm: bool = False,
    hu: bool = False,
) -> TrapCause | None:
    """The exception that an instruction raises for want of permission; None when it may execute.

    `tvm` is mstatus.TVM, `vtvm` hstatus.VTVM, `hu` hstatus.HU; a bit that has no say in `mode` is
    ignored. What an instruction does once permitted, a page fault of an HLV included, is not part
    of the answer. Source: RISC-V privileged manual, hypervisor.adoc
    (`norm:hfence-vvma_hfence-gvma_exceptions`, `norm:hlsv_virtinst`, `norm:hlsv_illegalinst`, the
    list of virtual-instruction causes `norm:H_virtinst_*`) and svinval.adoc.
    """
    if mode is PrivilegeMode.M:
        return None
    if mode is PrivilegeMode.HS:
        stopped = tvm and instruction in _STOPPED_BY_TVM
        return TrapCause.ILLEGAL_INSTRUCTION if stopped else None
    if mode is PrivilegeMode.U:
        permitted = hu and instruction in _OPENED_BY_HU
        return None if permitted else TrapCause.ILLEGAL_INSTRUCTION
    # V=1: everything here would be permitted in HS-mode with TVM=0, so nothing is merely illegal
    # (`norm:H_virtinst_vu_vs_nonhigh_allowedhs_tvm0` and its fellows).
    if mode is PrivilegeMode.VS and _virtual_supervisor_may(instruction, vtvm):
        return None
    return TrapCause.VIRTUAL_INSTRUCTION
