"""One hart: its id, hgatp and vsatp, its TLB and its cycle clock."""

from __future__ import annotations

from simcore.hw.csr import HGATP_LAYOUT, VSATP_LAYOUT, HgatpSpec, VsatpSpec, Xlen
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.ids import HartId
from simcore.hw.tlb import Tlb, TlbGeometry
from simcore.hw.unbounded_tlb import AnyTlb


def _fields(xlen: Xlen) -> tuple[tuple[int, int], int, tuple[int, int]]:
    """Where hgatp.VMID is (lowest bit, mask), vsatp.MODE (lowest bit) and vsatp.ASID."""
    vmid, mode, asid = HGATP_LAYOUT[xlen][2], VSATP_LAYOUT[xlen][0], VSATP_LAYOUT[xlen][-2]
    return (
        (vmid.low, (1 << vmid.width) - 1),
        mode.low,
        (asid.low, (1 << asid.width) - 1),
    )


# One for all harts: each that is switched to would fetch its own from memory.
_FIELDS: dict[Xlen, tuple[tuple[int, int], int, tuple[int, int]]] = {
    32: _fields(32),
    64: _fields(64),
}


class Hart:
    """A hart with the H extension. ``vmid`` and ``asid`` are what its registers tag accesses with.

    ``asid`` is None while vsatp is Bare.
    """

    __slots__ = (
        "_asid", "_mode", "_vmid", "asid", "cycles", "hgatp", "hgatp_spec", "id", "over_fences",
        "tlb", "vmid", "vsatp", "vsatp_spec",
    )  # fmt: skip

    def __init__(
        self,
        hart_id: HartId,
        hgatp_spec: HgatpSpec,
        vsatp_spec: VsatpSpec,
        tlb: TlbGeometry,
        levels: int = 3,
        *,
        over_fences: bool = False,
    ) -> None:
        self.id = hart_id
        self.hgatp_spec = hgatp_spec
        self.vsatp_spec = vsatp_spec
        self.tlb: AnyTlb = Tlb(tlb, levels)
        self.over_fences = over_fences
        self.hgatp = self.vsatp = self.cycles = self.vmid = 0
        self.asid: int | None = None
        self._vmid, self._mode, self._asid = _FIELDS[hgatp_spec.xlen]

    @property
    def vmidlen(self) -> int:
        """Implemented VMID bits."""
        return self.hgatp_spec.vmidlen

    def write_hgatp(self, value: int) -> None:
        """A CSR write; WARL decides what is left of it. Invalidates nothing."""
        self.hgatp = hgatp = self.hgatp_spec.legalise(self.hgatp, value)
        low, mask = self._vmid
        self.vmid = hgatp >> low & mask

    def write_vsatp(self, value: int) -> None:
        """A CSR write from HS-mode (V=0)."""
        self.vsatp = vsatp = self.vsatp_spec.legalise(self.vsatp, value, virtualised=False)
        low, mask = self._asid
        self.asid = vsatp >> low & mask if vsatp >> self._mode else None

    def execute(self, fence: Fence, vmid: int | None = None) -> int:
        """Execute a fence instruction; returns the TLB entries it dropped.

        ``vmid`` stands for hgatp.VMID where firmware swaps hgatp around an HFENCE.VVMA. Bits of
        an id above the implemented ones are ignored: `norm:hfence-gvma_vmid`,
        `norm:hfence-vvma_asid`.
        """
        if self.over_fences and fence.kind in (FenceKind.GVMA, FenceKind.VVMA):
            return self.tlb.flush()
        if fence.id is not None:
            gvma = fence.kind is FenceKind.GVMA
            bits = self.hgatp_spec.vmidlen if gvma else self.vsatp_spec.asidlen
            if fence.id >> bits:
                fence = fence._replace(id=fence.id & ((1 << bits) - 1))
        return self.tlb.fence(fence, self.acting_vmid(vmid))

    def acting_vmid(self, vmid: int | None) -> int:
        """The VMID an HFENCE.VVMA acts on: hgatp's, or what it reads with ``vmid`` written."""
        return self.vmid if vmid is None else vmid & ((1 << self.vmidlen) - 1)

    def clone(self) -> Hart:
        """An independent copy."""
        twin = Hart.__new__(Hart)
        for slot in Hart.__slots__:
            setattr(twin, slot, getattr(self, slot))
        twin.tlb = self.tlb.clone()
        return twin

    def key(self) -> tuple[object, ...]:
        """Registers, clock and TLB as plain values."""
        return (self.id, self.hgatp, self.vsatp, self.cycles, self.tlb.key())
