"""hgatp and vsatp: their values, and what a write really leaves in them (WARL).

The manual leaves choices open, and real implementations take different ones (Spike, QEMU 11.1.3
and QEMU 7.2 were sampled); which one a core takes is part of its `HgatpSpec` and `VsatpSpec`.
"""

from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Self

from simcore.hw.csr_layout import (
    ASIDMAX,
    HGATP_LAYOUT,
    HGATP_MODES,
    PPN_BITS,
    VMIDMAX,
    VSATP_LAYOUT,
    VSATP_MODES,
    CsrField,
    FieldValue,
    HgatpMode,
    VsatpMode,
    Xlen,
    describe_hgatp,
    describe_vsatp,
    hgatp_mode_name,
    require_width,
    require_xlen,
    vsatp_mode_name,
)

__all__ = [
    "ASIDMAX",
    "HGATP_LAYOUT",
    "HGATP_MODES",
    "PPN_BITS",
    "VMIDMAX",
    "VSATP_LAYOUT",
    "VSATP_MODES",
    "CsrField",
    "FieldValue",
    "Hgatp",
    "HgatpMode",
    "HgatpRegister",
    "HgatpSpec",
    "UnsupportedVsatpMode",
    "Vsatp",
    "VsatpMode",
    "VsatpSpec",
    "WarlRule",
    "Xlen",
    "describe_hgatp",
    "describe_vsatp",
    "hgatp_mode_name",
    "hgatp_word",
    "probe_vmidlen",
    "require_width",
    "require_xlen",
    "vsatp_mode_name",
    "vsatp_word",
]


class _Packing:
    """Shifts and limits of one layout, worked out once: every world switch packs a value."""

    __slots__ = ("fields", "id_limit", "id_low", "mode_limit", "mode_low", "ppn_limit", "register")

    def __init__(self, register: str, layout: tuple[CsrField, ...]) -> None:
        mode, identifier, ppn = layout[0], layout[-2], layout[-1]
        self.register = register
        self.fields = (mode, identifier, ppn)
        self.mode_low, self.id_low = mode.low, identifier.low
        self.mode_limit, self.id_limit = 1 << mode.width, 1 << identifier.width
        self.ppn_limit = 1 << ppn.width

    def pack(self, mode: int, identifier: int, ppn: int) -> int:
        """The register value; ValueError names the first field that does not hold its number."""
        if not (
            0 <= mode < self.mode_limit
            and 0 <= identifier < self.id_limit
            and 0 <= ppn < self.ppn_limit
        ):
            for part, content in zip(self.fields, (mode, identifier, ppn), strict=True):
                require_width(f"{self.register}.{part.name}", content, part.width)
        return mode << self.mode_low | identifier << self.id_low | ppn

    def unpack(self, value: int) -> tuple[int, int, int]:
        """(MODE, identifier, PPN); ValueError when the value is wider than the register."""
        mode = value >> self.mode_low
        if not 0 <= mode < self.mode_limit:
            require_width(self.register, value, self.fields[0].high + 1)
        return mode, (value >> self.id_low) & (self.id_limit - 1), value & (self.ppn_limit - 1)


_HGATP_PACKING = {xlen: _Packing("hgatp", layout) for xlen, layout in HGATP_LAYOUT.items()}
_VSATP_PACKING = {xlen: _Packing("vsatp", layout) for xlen, layout in VSATP_LAYOUT.items()}


# Every world switch writes both registers, and mostly what an earlier switch wrote.
@lru_cache(maxsize=1 << 14)
def hgatp_word(xlen: Xlen, mode: int, vmid: int, ppn: int) -> int:
    """`Hgatp.pack` of the fields as they are."""
    return _HGATP_PACKING[xlen].pack(mode, vmid, ppn)


@lru_cache(maxsize=1 << 14)
def vsatp_word(xlen: Xlen, mode: int, asid: int, ppn: int) -> int:
    """`Vsatp.pack` of the fields as they are."""
    return _VSATP_PACKING[xlen].pack(mode, asid, ppn)


@dataclass(frozen=True, slots=True)
class Hgatp:
    """A value of hgatp (CSR 0x680): G-stage MODE, VMID, and root page-table page number.

    `mode` may be a reserved code, because some registers keep one (`WarlRule.QEMU72_RAW`).
    """

    mode: int
    vmid: int
    ppn: int

    def pack(self, xlen: Xlen) -> int:
        """The register value; ValueError names the field whose content is too wide for it."""
        return hgatp_word(xlen, self.mode, self.vmid, self.ppn)

    @classmethod
    def unpack(cls, value: int, xlen: Xlen) -> Self:
        """The fields of a register value; the reserved bits below MODE are dropped.

        Raises ValueError when `value` is wider than XLEN.
        """
        return cls(*_HGATP_PACKING[xlen].unpack(value))


@dataclass(frozen=True, slots=True)
class Vsatp:
    """A value of vsatp (CSR 0x280): VS-stage MODE, ASID, and root page-table page number.

    It has no VMID: VS-stage entries carry the VMID that hgatp holds at the access.
    """

    mode: int
    asid: int
    ppn: int

    def pack(self, xlen: Xlen) -> int:
        """The register value; ValueError names the field whose content is too wide for it."""
        return vsatp_word(xlen, self.mode, self.asid, self.ppn)

    @classmethod
    def unpack(cls, value: int, xlen: Xlen) -> Self:
        """The fields of a register value; ValueError when `value` is wider than XLEN."""
        return cls(*_VSATP_PACKING[xlen].unpack(value))


class WarlRule(Enum):
    """What a write to hgatp leaves in it, as sampled on real implementations.

    All three keep the VMID when MODE is Bare (the manual leaves that open, `norm:hgatp_mode_bare`);
    OpenSBI's remote HFENCE.VVMA depends on it.
    """

    # Unsupported MODE: the old MODE stays, VMID and PPN are taken (`norm:hgatp_mode_warl`).
    # PPN[1:0] and the reserved bits read zero in every mode, Bare included.
    SPIKE = "spike"

    # Unsupported MODE: nothing changes (satp's rule; contradicts `norm:hgatp_mode_warl`).
    # Otherwise stored as written: PPN[1:0] and reserved bits read back nonzero.
    QEMU11 = "qemu11"

    # Everything is stored as written, reserved MODE codes included.
    QEMU72_RAW = "qemu72_raw"


class UnsupportedVsatpMode(Enum):
    """What a write to vsatp at V=0 does when its MODE is unsupported; the manual allows both.

    `norm:vsatp_mode_unsupported_v0`.
    """

    # The old MODE stays, ASID and PPN are taken (XiangShan's test of M-mode writes).
    KEEP_MODE = "keep_mode"

    IGNORE_WRITE = "ignore_write"


def _require_spec(register: str, xlen: int, modes: frozenset[int], legal: frozenset[int]) -> None:
    if not modes or not modes <= legal:
        given, allowed = (sorted(int(mode) for mode in codes) for codes in (modes, legal))
        raise ValueError(
            f"{register} modes are {given}; allowed is a non-empty part of {allowed} on RV{xlen}"
        )


def _require_length(name: str, value: int, lowest: int, highest: int, xlen: int) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"{name} is {value}; allowed is {lowest} to {highest} on RV{xlen}")


def _unimplemented(part: CsrField, implemented_bits: int) -> int:
    """The bits of a field, in place, above its implemented low bits (`norm:hgatp_vmid_lsbs`)."""
    return part.mask & ~(((1 << implemented_bits) - 1) << part.low)


# For one written MODE code: the bits taken from the written value, and those kept from before.
_Effect = tuple[int, int]


@dataclass(frozen=True, slots=True)
class HgatpSpec:
    """How one hart implements hgatp: VMIDLEN, supported MODE codes, PPN width, WARL rule.

    `vmidlen` is 0…7 on RV32 and 0…14 on RV64, `ppn_bits` 1…22 and 1…44. Raises ValueError when
    one of them is out of range or `modes` has a code that the XLEN does not define.
    """

    xlen: Xlen
    vmidlen: int
    modes: frozenset[int]
    ppn_bits: int
    warl: WarlRule = WarlRule.SPIKE
    _mode_low: int = field(init=False, repr=False, compare=False)
    _effects: tuple[_Effect, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_xlen(self.xlen)
        _require_length("vmidlen", self.vmidlen, 0, VMIDMAX[self.xlen], self.xlen)
        _require_length("ppn_bits", self.ppn_bits, 1, PPN_BITS[self.xlen], self.xlen)
        _require_spec("hgatp", self.xlen, self.modes, HGATP_MODES[self.xlen])
        mode = HGATP_LAYOUT[self.xlen][0]
        effects = tuple(self._effect(code) for code in range(1 << mode.width))
        object.__setattr__(self, "_mode_low", mode.low)
        object.__setattr__(self, "_effects", effects)

    def _effect(self, mode_code: int) -> _Effect:
        mode, reserved, vmid, ppn = HGATP_LAYOUT[self.xlen]
        stored = (1 << self.xlen) - 1
        stored &= ~_unimplemented(vmid, self.vmidlen) & ~_unimplemented(ppn, self.ppn_bits)
        supported = mode_code in self.modes
        if self.warl is WarlRule.QEMU72_RAW:
            return stored, 0
        if self.warl is WarlRule.QEMU11:
            return (stored, 0) if supported else (0, stored)
        # `norm:hgatp_ppn_op` demands PPN[1:0] = 0 in the Sv*x4 modes; Spike ties it in Bare too.
        stored &= ~reserved.mask & ~0b11
        return (stored, 0) if supported else (stored & ~mode.mask, mode.mask)

    def legalise(self, before: int, written: int) -> int:
        """The register after writing `written` over `before`; `before` is a value once read.

        Raises ValueError when `written` is wider than XLEN.
        """
        mode_code = written >> self._mode_low
        if not 0 <= mode_code < len(self._effects):
            require_width("hgatp", written, self.xlen)
        taken, kept = self._effects[mode_code]
        return written & taken | before & kept if kept else written & taken


@dataclass(frozen=True, slots=True)
class VsatpSpec:
    """How one hart implements vsatp: ASIDLEN, supported MODE codes, PPN width, V=0 rule.

    `asidlen` is 0…9 on RV32 and 0…16 on RV64, `ppn_bits` 1…22 and 1…44. Raises ValueError when
    one of them is out of range or `modes` has a code that the XLEN does not define.
    """

    xlen: Xlen
    asidlen: int
    modes: frozenset[int]
    ppn_bits: int
    unsupported_mode: UnsupportedVsatpMode = UnsupportedVsatpMode.KEEP_MODE
    _mode_low: int = field(init=False, repr=False, compare=False)
    _effects: tuple[_Effect, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        require_xlen(self.xlen)
        _require_length("asidlen", self.asidlen, 0, ASIDMAX[self.xlen], self.xlen)
        _require_length("ppn_bits", self.ppn_bits, 1, PPN_BITS[self.xlen], self.xlen)
        _require_spec("vsatp", self.xlen, self.modes, VSATP_MODES[self.xlen])
        mode = VSATP_LAYOUT[self.xlen][0]
        effects = tuple(self._effect(code) for code in range(1 << mode.width))
        object.__setattr__(self, "_mode_low", mode.low)
        object.__setattr__(self, "_effects", effects)

    def _effect(self, mode_code: int) -> _Effect:
        """At V=0."""
        mode, asid, ppn = VSATP_LAYOUT[self.xlen]
        whole = (1 << self.xlen) - 1
        stored = whole & ~_unimplemented(asid, self.asidlen) & ~_unimplemented(ppn, self.ppn_bits)
        if mode_code in self.modes:
            return stored, 0
        if self.unsupported_mode is UnsupportedVsatpMode.IGNORE_WRITE:
            return 0, whole
        return stored & ~mode.mask, mode.mask

    def legalise(self, before: int, written: int, *, virtualised: bool) -> int:
        """The register after writing `written` over `before`, a value once read.

        `virtualised` is V=1, where the guest writes it under the name satp and an unsupported
        MODE makes the whole write have no effect (`norm:vsatp_mode_unsupported_v1`).
        Raises ValueError when `written` is wider than XLEN.
        """
        mode_code = written >> self._mode_low
        if not 0 <= mode_code < len(self._effects):
            require_width("vsatp", written, self.xlen)
        taken, kept = self._effects[mode_code]
        if not kept:
            return written & taken
        return before if virtualised else written & taken | before & kept


class HgatpRegister:
    """The hgatp of one hart; 0 after reset, as on every sampled implementation."""

    __slots__ = ("spec", "value")

    def __init__(self, spec: HgatpSpec) -> None:
        self.spec = spec
        self.value = 0

    def write(self, written: int) -> int:
        """Write, and return what the register then reads."""
        self.value = self.spec.legalise(self.value, written)
        return self.value


def probe_vmidlen(hgatp: HgatpSpec | HgatpRegister) -> int:
    """VMIDLEN found as software finds it: all ones into the VMID, read back (`norm:hgatp_vmid`).

    Uses a paged MODE when there is one, because the manual leaves the VMID open in Bare
    (`norm:hgatp_mode_bare`), and writes 0 afterwards, as Xen's vmid_init does.
    """
    register = HgatpRegister(hgatp) if isinstance(hgatp, HgatpSpec) else hgatp
    spec = register.spec
    mode = min(spec.modes - {HgatpMode.BARE}, default=HgatpMode.BARE)
    all_ones = Hgatp(mode, (1 << VMIDMAX[spec.xlen]) - 1, 0)
    read_back = register.write(all_ones.pack(spec.xlen))
    register.write(0)
    return Hgatp.unpack(read_back, spec.xlen).vmid.bit_length()
