"""What a machine is made of: harts, VMIDLEN, TLBs, firmware, costs; and the presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from simcore.hw.cost import CostTable
from simcore.hw.csr import ASIDMAX, PPN_BITS, HgatpMode, HgatpSpec, VsatpSpec, WarlRule, Xlen
from simcore.hw.hart import Hart
from simcore.hw.ids import HartId
from simcore.hw.sbi import DEFAULT_RANGE_LIMIT_BYTES, Firmware
from simcore.hw.tlb import Organisation, TlbGeometry

MAX_HARTS = 1024
MAX_TLB_ENTRIES = 1 << 20
"""Entries of one structure over all harts: 32 MiB of arrays, twice that where it is split."""
_LEVELS = {HgatpMode.SV32X4: 2, HgatpMode.SV39X4: 3, HgatpMode.SV48X4: 4, HgatpMode.SV57X4: 5}


@dataclass(frozen=True, slots=True)
class Platform:
    """The hardware of a machine.

    ``vmidlen`` has one number a hart. ``g_mode`` is hgatp.MODE in use, ``vs_mode`` vsatp.MODE
    (the same number: Sv39 is 8 as Sv39x4 is). Raises ValueError naming the field that is wrong.
    """

    name: str
    summary: str
    xlen: Xlen
    hart_ids: tuple[HartId, ...]
    vmidlen: tuple[int, ...]
    g_mode: HgatpMode
    modes: frozenset[int]
    tlb: TlbGeometry
    asidlen: int
    ppn_bits: int
    warl: WarlRule = WarlRule.SPIKE
    rfence_range_limit_bytes: int = DEFAULT_RANGE_LIMIT_BYTES
    over_fences: bool = False
    """A core that drops its whole TLB at any HFENCE, ids and addresses ignored, as QEMU does."""
    costs: CostTable = field(default_factory=CostTable)

    def __post_init__(self) -> None:
        count = len(self.hart_ids)
        if not 1 <= count <= MAX_HARTS:
            raise ValueError(f"harts is {count}; 1 to {MAX_HARTS} is allowed")
        if len(set(self.hart_ids)) != count or list(self.hart_ids) != sorted(self.hart_ids):
            raise ValueError(f"hart_ids are {list(self.hart_ids)}; ascending and distinct allowed")
        if len(self.vmidlen) != count:
            raise ValueError(f"vmidlen has {len(self.vmidlen)} values; {count} (one a hart) needed")
        if self.g_mode not in self.modes - {HgatpMode.BARE}:
            allowed = sorted(int(mode) for mode in self.modes if mode)
            raise ValueError(
                f"g_mode is {int(self.g_mode)}; one of the paged modes {allowed} allowed"
            )
        if count * self.tlb.entries > MAX_TLB_ENTRIES:
            raise ValueError(
                f"tlb has {self.tlb.entries} entries on each of {count} harts; "
                f"{MAX_TLB_ENTRIES} in all are allowed"
            )
        self.firmware()
        for vmidlen in set(self.vmidlen):
            self._hgatp(vmidlen)
        self._vsatp()

    def hart(self, hart_id: HartId, leaf_level: int = 0) -> Hart:
        """A hart of this platform, as after reset; its guests' leaf PTEs are at ``leaf_level``."""
        vmidlen = self.vmidlen[self.hart_ids.index(hart_id)]
        return Hart(
            hart_id,
            self._hgatp(vmidlen),
            self._vsatp(),
            self.tlb,
            self.levels - leaf_level,
            over_fences=self.over_fences,
        )

    def _hgatp(self, vmidlen: int) -> HgatpSpec:
        return _hgatp_spec(self.xlen, vmidlen, self.modes, self.ppn_bits, self.warl)

    def _vsatp(self) -> VsatpSpec:
        return _vsatp_spec(self.xlen, self.asidlen, self.modes, self.ppn_bits)

    def firmware(self) -> Firmware:
        """The SBI RFENCE service of this platform."""
        return Firmware(
            self.hart_ids, xlen=self.xlen, range_limit_bytes=self.rfence_range_limit_bytes
        )

    @property
    def levels(self) -> int:
        """Levels of the page tables of either stage."""
        return _LEVELS[self.g_mode]

    def with_harts(self, count: int) -> Platform:
        """The same with harts 0 to ``count`` - 1, each with the first hart's VMIDLEN."""
        if not 1 <= count <= MAX_HARTS:
            raise ValueError(f"harts is {count}; 1 to {MAX_HARTS} is allowed")
        ids = tuple(HartId(number) for number in range(count))
        return replace(self, hart_ids=ids, vmidlen=(self.vmidlen[0],) * count)

    def with_vmidlen(self, *bits: int) -> Platform:
        """The same with another VMIDLEN: one number for all harts, or one a hart."""
        return replace(self, vmidlen=bits * len(self.hart_ids) if len(bits) == 1 else bits)


# One for all harts that are alike: each that is switched to would fetch its own from memory.
_hgatp_spec = lru_cache(HgatpSpec)
_vsatp_spec = lru_cache(VsatpSpec)

_SV39 = frozenset({HgatpMode.BARE, HgatpMode.SV39X4})
_FOUR = tuple(HartId(number) for number in range(4))
_RV64 = Platform(
    name="rv64",
    summary="Generic RV64 core: VMIDLEN 14, Sv39x4, one combined TLB of 512 entries (assumed)",
    xlen=64,
    hart_ids=_FOUR,
    vmidlen=(14,) * 4,
    g_mode=HgatpMode.SV39X4,
    modes=_SV39,
    tlb=TlbGeometry(sets=64, ways=8),
    asidlen=ASIDMAX[64],
    ppn_bits=PPN_BITS[64],
)
_ALL = (
    _RV64,
    replace(
        _RV64,
        name="rv64-split",
        summary="Generic RV64 core with separate VS-stage and G-stage TLBs, 512 entries each",
        tlb=TlbGeometry(sets=64, ways=8, organisation=Organisation.SPLIT),
    ),
    replace(
        _RV64,
        name="rv64-vmidlen-0",
        summary="Generic RV64 core that implements no VMID bit",
        vmidlen=(0,) * 4,
    ),
    replace(
        _RV64,
        name="rv64-vmidlen-1",
        summary="Generic RV64 core that implements one VMID bit",
        vmidlen=(1,) * 4,
    ),
    replace(
        _RV64,
        name="rv32",
        summary="Generic RV32 core: VMIDLEN 7, Sv32x4, one combined TLB of 512 entries (assumed)",
        xlen=32,
        vmidlen=(7,) * 4,
        g_mode=HgatpMode.SV32X4,
        modes=frozenset({HgatpMode.BARE, HgatpMode.SV32X4}),
        asidlen=ASIDMAX[32],
        ppn_bits=PPN_BITS[32],
    ),
    replace(
        _RV64,
        name="kunminghu-dtlb",
        summary="XiangShan Kunminghu's L1 DTLB: 48 entries, fully associative, VMIDLEN 14 "
        "(OpenXiangShan/XiangShan-Design-Doc@ec8c761b, L1TLB.md; its PLRU is modelled as true "
        "LRU, its L2 TLB is left out)",
        modes=frozenset({HgatpMode.BARE, HgatpMode.SV39X4, HgatpMode.SV48X4}),
        ppn_bits=36,
        tlb=TlbGeometry(sets=1, ways=48),
    ),
    replace(
        _RV64,
        name="cva6-h",
        summary="CVA6 with H, cv64a6_imafdch_sv39: DTLB of 16 entries, fully associative, VMIDLEN "
        "14 (openhwgroup/cva6@00bb1350; its replacement is modelled as true LRU)",
        tlb=TlbGeometry(sets=1, ways=16),
    ),
)
PRESETS = {platform.name: platform for platform in _ALL}
"""The presets by name. Sizes marked "assumed" are no real core's."""
DEFAULT_PRESET = "rv64"


def preset(name: str) -> Platform:
    """A preset by name. Raises ValueError that lists the known ones."""
    try:
        return PRESETS[name]
    except KeyError:
        raise ValueError(f"platform is {name!r}; allowed: {', '.join(PRESETS)}") from None
