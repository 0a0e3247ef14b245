"""What the G-stage walk of one HLV, HLVX or HSV comes to: an address or a guest-page fault.

The translation algorithm of the RISC-V privileged manual (supervisor.adoc, "Virtual Address
Translation Process", with the changes of hypervisor.adoc `norm:H_vm_gpatrans`) on RV64, without
A/D updates by hardware (menvcfg.ADUE=0), Svnapot, Svpbmt or any other use of PTE bits 63:54.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from simcore.hw.csr import HgatpMode, require_width
from simcore.hw.traps import TrapCause

PAGE_BITS = 12
INDEX_BITS = 9

# Page-table levels of the RV64 schemes. The root index has two more bits than an index below it.
_LEVELS: Mapping[int, int] = {HgatpMode.SV39X4: 3, HgatpMode.SV48X4: 4, HgatpMode.SV57X4: 5}
_EXTRA_ROOT_BITS = 2

_V, _R, _W, _X, _U, _A, _D = (1 << bit for bit in (0, 1, 2, 3, 4, 6, 7))  # bit 5 is G
_PPN_SHIFT = 10
_PPN_MASK = (1 << 44) - 1
# N, PBMT and the bits kept for the future: `norm:Sv39_pte_svnapot_rsv`, `_svpbmt_rsv`,
# `_future_rsv`; the wider schemes share the format.
_RESERVED = 0x3FF << 54


class GstageAccess(Enum):
    """The access to be translated, and thereby the permission it needs."""

    HLV_D = "hlv.d"
    HLVX_WU = "hlvx.wu"
    HSV_D = "hsv.d"

    @property
    def fault(self) -> TrapCause:
        """The guest-page fault that this access raises; HLVX counts as a load, not as a fetch."""
        if self is GstageAccess.HSV_D:
            return TrapCause.STORE_GUEST_PAGE_FAULT
        return TrapCause.LOAD_GUEST_PAGE_FAULT


@dataclass(frozen=True, slots=True)
class GstageOutcome:
    """The end of a walk: either `trap` and `mtval2`, or the byte address `spa`; the rest is None.

    `mtval2` is the faulting GPA >> 2. The manual also allows an implementation to write zero
    (`norm:H_guest_page_fault`).
    """

    trap: TrapCause | None
    mtval2: int | None
    spa: int | None


def gpa_bits(mode: int) -> int:
    """Width in bits of a guest-physical address: 41 (Sv39x4), 50 (Sv48x4) or 59 (Sv57x4).

    Raises ValueError for any other hgatp MODE. Source: `norm:hgatp_mode_sv39x4` and its fellows.
    """
    if mode not in _LEVELS:
        allowed = ", ".join(f"{code:d}" for code in _LEVELS)
        raise ValueError(f"mode is {mode}; allowed is an RV64 scheme that translates: {allowed}")
    return PAGE_BITS + INDEX_BITS * _LEVELS[mode] + _EXTRA_ROOT_BITS


def _points_on(pte: int, level: int) -> bool:
    """Is this a pointer to the next level, so that the walk does not end here?"""
    return level > 0 and pte & (_RESERVED | _D | _A | _U | _X | _W | _R | _V) == _V


def _require_end_of_walk(mode: int, leaf_level: int, leaf_pte: int) -> None:
    if not 0 <= leaf_level < _LEVELS[mode]:
        raise ValueError(f"leaf_level is {leaf_level}; allowed is 0 to {_LEVELS[mode] - 1}")
    require_width("leaf_pte", leaf_pte, 64)
    if _points_on(leaf_pte, leaf_level):
        raise ValueError(
            f"leaf_pte is {leaf_pte:#x}, a pointer to level {leaf_level - 1}; "
            "allowed is a PTE that ends the walk"
        )


def _is_well_formed(pte: int, level: int) -> bool:
    """Is this a valid leaf (steps 3 to 5 of the algorithm)?

    Without R and X a PTE is a pointer: below level 0 there is no table, and above it U, A and D
    of a pointer are reserved.
    """
    if not pte & _V or pte & _RESERVED or not pte & (_R | _X) or pte & (_R | _W) == _W:
        return False
    low_ppn_bits = (1 << INDEX_BITS * level) - 1
    return not pte >> _PPN_SHIFT & low_ppn_bits


def _permits(pte: int, access: GstageAccess, mxr: bool) -> bool:
    """Do U, A, D and the access permissions of a leaf allow the access?

    The G-stage takes every access as one from U-mode, so U=0 denies (`norm:H_vm_gpapriv`).
    HS-level MXR reaches the G-stage too (`norm:hlsv_sstatus_mxr`), but HLVX asks for X in the
    place of R with or without it (`norm:hlsv_u_op`).
    """
    if not pte & _U or not pte & _A:
        return False
    if access is GstageAccess.HSV_D:
        return bool(pte & _W and pte & _D)
    if access is GstageAccess.HLVX_WU:
        return bool(pte & _X)
    return bool(pte & (_R | _X if mxr else _R))


def gstage_outcome(
    mode: int,
    leaf_level: int,
    gpa: int,
    leaf_pte: int,
    access: GstageAccess,
    *,
    mxr: bool = False,
) -> GstageOutcome:
    """The outcome of a G-stage walk that reaches `leaf_pte` at `leaf_level` (0 = 4 KiB).

    `mode` is hgatp.MODE (8, 9, 10), `gpa` a 64-bit byte address, `mxr` mstatus.MXR. The PTEs above
    the leaf are sound pointers. An access that crosses a page, and access faults by PMP or for
    want of memory at the resulting address, are left out. G and RSW bits have no say
    (`norm:H_vm_gpa_g`). Raises ValueError when `mode` is no RV64 scheme, `leaf_level` is not one
    of its levels, `gpa` or `leaf_pte` is wider than 64 bits, or `leaf_pte` is a sound pointer
    above level 0.
    """
    width = gpa_bits(mode)
    require_width("gpa", gpa, 64)
    _require_end_of_walk(mode, leaf_level, leaf_pte)
    # Bits above the width must be zero; they are not a sign extension as they are for Sv39.
    if (
        gpa >> width
        or not _is_well_formed(leaf_pte, leaf_level)
        or not _permits(leaf_pte, access, mxr)
    ):
        return GstageOutcome(access.fault, gpa >> 2, None)
    page = (leaf_pte >> _PPN_SHIFT & _PPN_MASK) << PAGE_BITS
    offset = gpa & (1 << PAGE_BITS + INDEX_BITS * leaf_level) - 1
    return GstageOutcome(None, None, page | offset)
