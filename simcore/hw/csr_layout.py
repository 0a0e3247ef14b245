"""Where the fields of hgatp and vsatp lie on RV32 and RV64, and what their MODE codes mean.

Source: RISC-V privileged manual, hypervisor.adoc (`norm:hgatp_mode_sv`, `norm:hgatp_vmid`) and
supervisor.adoc (satp, whose layout vsatp shares).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

Xlen = Literal[32, 64]

# Widest possible VMID and ASID; VMIDLEN and ASIDLEN may be anything from 0 up to these.
VMIDMAX: Mapping[Xlen, int] = {32: 7, 64: 14}
ASIDMAX: Mapping[Xlen, int] = {32: 9, 64: 16}

# Width of the PPN field; a core with narrower physical addresses implements only the low bits.
PPN_BITS: Mapping[Xlen, int] = {32: 22, 64: 44}


class HgatpMode(IntEnum):
    """G-stage translation schemes (table hgatp-mode); 1 is RV32's only, 8 to 10 are RV64's."""

    BARE = 0
    SV32X4 = 1
    SV39X4 = 8
    SV48X4 = 9
    SV57X4 = 10


class VsatpMode(IntEnum):
    """VS-stage translation schemes; 1 is RV32's only, 8 to 10 are RV64's."""

    BARE = 0
    SV32 = 1
    SV39 = 8
    SV48 = 9
    SV57 = 10


_HGATP_MODE_NAMES: Mapping[Xlen, Mapping[int, str]] = {
    32: {HgatpMode.BARE: "Bare", HgatpMode.SV32X4: "Sv32x4"},
    64: {
        HgatpMode.BARE: "Bare",
        HgatpMode.SV39X4: "Sv39x4",
        HgatpMode.SV48X4: "Sv48x4",
        HgatpMode.SV57X4: "Sv57x4",
    },
}
_VSATP_MODE_NAMES: Mapping[Xlen, Mapping[int, str]] = {
    32: {VsatpMode.BARE: "Bare", VsatpMode.SV32: "Sv32"},
    64: {
        VsatpMode.BARE: "Bare",
        VsatpMode.SV39: "Sv39",
        VsatpMode.SV48: "Sv48",
        VsatpMode.SV57: "Sv57",
    },
}

# Every MODE the manual defines; all other codes are reserved.
HGATP_MODES: Mapping[Xlen, frozenset[int]] = {
    32: frozenset(_HGATP_MODE_NAMES[32]),
    64: frozenset(_HGATP_MODE_NAMES[64]),
}
VSATP_MODES: Mapping[Xlen, frozenset[int]] = {
    32: frozenset(_VSATP_MODE_NAMES[32]),
    64: frozenset(_VSATP_MODE_NAMES[64]),
}


def require_width(name: str, value: int, bits: int) -> None:
    """Raise ValueError, naming `name`, unless `value` is an unsigned number of `bits` bits."""
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{name} is {value}; allowed is 0 to {(1 << bits) - 1} ({bits} bits)")


def require_xlen(xlen: int) -> None:
    """Raise ValueError unless `xlen` is 32 or 64."""
    if xlen not in (32, 64):
        raise ValueError(f"xlen is {xlen}; allowed is 32 or 64")


@dataclass(frozen=True, slots=True)
class CsrField:
    """One bit field of a CSR, from bit `low` to bit `high`, both included."""

    name: str
    high: int
    low: int

    @property
    def width(self) -> int:
        """Number of bits."""
        return self.high - self.low + 1

    @property
    def mask(self) -> int:
        """The field's bits, in their place in the register."""
        return ((1 << self.width) - 1) << self.low


HGATP_LAYOUT: Mapping[Xlen, tuple[CsrField, ...]] = {
    32: (
        CsrField("MODE", 31, 31),
        CsrField("reserved", 30, 29),
        CsrField("VMID", 28, 22),
        CsrField("PPN", 21, 0),
    ),
    64: (
        CsrField("MODE", 63, 60),
        CsrField("reserved", 59, 58),
        CsrField("VMID", 57, 44),
        CsrField("PPN", 43, 0),
    ),
}
VSATP_LAYOUT: Mapping[Xlen, tuple[CsrField, ...]] = {
    32: (CsrField("MODE", 31, 31), CsrField("ASID", 30, 22), CsrField("PPN", 21, 0)),
    64: (CsrField("MODE", 63, 60), CsrField("ASID", 59, 44), CsrField("PPN", 43, 0)),
}


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field of a register for display: its name, its highest and lowest bit, its content."""

    field: str
    high: int
    low: int
    value: int


def _describe(layout: tuple[CsrField, ...], value: int, xlen: Xlen) -> list[FieldValue]:
    require_width("register value", value, xlen)
    return [FieldValue(f.name, f.high, f.low, (value & f.mask) >> f.low) for f in layout]


def describe_hgatp(value: int, xlen: Xlen) -> list[FieldValue]:
    """An hgatp value field by field, highest bits first, reserved bits included.

    Raises ValueError when `value` is wider than XLEN.
    """
    return _describe(HGATP_LAYOUT[xlen], value, xlen)


def describe_vsatp(value: int, xlen: Xlen) -> list[FieldValue]:
    """A vsatp value field by field, highest bits first.

    Raises ValueError when `value` is wider than XLEN.
    """
    return _describe(VSATP_LAYOUT[xlen], value, xlen)


def hgatp_mode_name(mode: int, xlen: Xlen) -> str:
    """The manual's name of an hgatp MODE code ("Bare", "Sv39x4"), or "reserved (3)"."""
    return _HGATP_MODE_NAMES[xlen].get(mode, f"reserved ({mode})")


def vsatp_mode_name(mode: int, xlen: Xlen) -> str:
    """The manual's name of a vsatp MODE code ("Bare", "Sv39"), or "reserved (3)"."""
    return _VSATP_MODE_NAMES[xlen].get(mode, f"reserved ({mode})")
