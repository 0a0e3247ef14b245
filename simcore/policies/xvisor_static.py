"""Xvisor: the guest's number is its VMID, or nobody has one and every switch flushes everything.

Models `riscv_stage2_vmid_available` (`cpu_hwcap.h`), the probe in `cpu_init.c`, `arch_guest_init`,
`arch_vcpu_switch` and `cpu_vcpu_gstage_update` (`cpu_vcpu_helper.c`), `arch_mmu_stage2_tlbflush`
(`cpu_mmu.c`) and `vmm_manager_guest_create` of xvisor/xvisor@8713a802. VMIDs are used if
CONFIG_MAX_GUEST_COUNT (16, the default) fits in half of them, so from VMIDLEN 5 on: the upper half
is for nested guests. Guest numbers are the lowest free, and number 0 has VMID 0; the seventeenth
guest is refused. A p2m change asks firmware for a fence on all harts, by VMID where they are used.

Nothing is carried over, Xvisor is for RISC-V. Freeing a guest's tables (`mmu_pgtbl_free`) fences
nothing, and neither does creating a guest, so a number used again meets what its last guest left.
The switch writes vsatp before hgatp. VMIDLEN is probed on the first hart and taken for all.
Left out: nested guests; the fence of each page as it is first mapped (`mmu_map_page` fences the
page on all harts, once one of them has missed and faulted); the range of a p2m change's fence.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import (
    EBUSY,
    Assigned,
    LocalFence,
    Operations,
    Refusal,
    Released,
    SbiFences,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hv.vmid_bitmap import VmidBitmap
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import DomainId, HartId
from simcore.hw.sbi import RfenceFunction
from simcore.policies.base import Exhaustion, IdZero, Owner, Policy, PolicyContext

MAX_GUEST_COUNT = 16
NO_TAG = 0


class XvisorStatic(Policy):
    """VMID = guest number, for as long as the guest exists; or VMID 0 and flushes."""

    name = "xvisor-static"
    hazards = (
        "nothing is fenced when a guest number is given to a new guest, so with VMIDs in use "
        "(VMIDLEN 5 and more) the former guest's entries serve it"
    )
    id_zero = IdZero.GIVEN
    exhaustion = Exhaustion.REFUSES
    frees_ids = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.vmid_nested = -1
        self.guests = VmidBitmap(MAX_GUEST_COUNT)
        self.numbers: dict[DomainId, int] = {}

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """Where the first hart's VMIDLEN allows VMIDs, all harts need bits for the numbers."""
        needed = (MAX_GUEST_COUNT - 1).bit_length()
        if 2 ** vmidlen[0] // 2 < MAX_GUEST_COUNT or min(vmidlen) >= needed:
            return None
        hart = context.hart_ids[vmidlen.index(min(vmidlen))]
        return (
            f"the first hart's VMIDLEN of {vmidlen[0]} is taken for all, guest numbers need "
            f"{needed} bits, and hart {hart} has {min(vmidlen)}"
        )

    @property
    def uses_vmids(self) -> bool:
        """`riscv_stage2_vmid_available`."""
        return self.vmid_nested >= MAX_GUEST_COUNT

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """The probe, on the first hart only: half of the VMIDs are for nested guests."""
        if self.vmid_nested >= 0:
            return ()
        self.vmid_nested = 2**vmidlen // 2
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations | Refusal:
        """`vmm_manager_guest_create`: the lowest free number. No fence."""
        number = self.guests.take_lowest()
        if number is None:
            return Refusal(EBUSY, f"all {MAX_GUEST_COUNT} guest instances are in use")
        self.numbers[domain.id] = number
        return (Assigned(domain.id, None, None, number, 0),) if self.uses_vmids else ()

    def destroy(self, domain: Domain) -> Operations:
        """`mmu_pgtbl_free`: the tables and the number are free again. No fence."""
        number = self.numbers.pop(domain.id, None)
        if number is None:
            return ()
        self.guests.free(number)
        return (Released(domain.id, number),) if self.uses_vmids else ()

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`arch_vcpu_switch`: vsatp, then hgatp; without VMIDs both fences follow."""
        if self.uses_vmids:
            return (WriteVsatp(vcpu), WriteHgatp(vcpu, self.numbers[vcpu.domain]))
        flush = (LocalFence(GVMA_ALL, "world switch"), LocalFence(VVMA_ALL, "world switch"))
        return (WriteVsatp(vcpu), WriteHgatp(vcpu, NO_TAG), *flush)

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`arch_mmu_stage2_tlbflush`, remote: a NULL mask, so all harts."""
        function = RfenceFunction.REMOTE_HFENCE_GVMA
        if self.uses_vmids:
            function = RfenceFunction.REMOTE_HFENCE_GVMA_VMID
        number = self.numbers[domain.id]
        calls = split_hart_mask(function, None, 0, 0, number, self.context.xlen)
        return (SbiFences(calls, "p2m change"),)

    def id_limit(self) -> int | None:
        """Guest numbers end here, and VMIDs are guest numbers."""
        return MAX_GUEST_COUNT if self.uses_vmids else None

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The guests that exist, by number, where VMIDs are used."""
        if not self.uses_vmids:
            return {}
        return {number: domain for domain, number in self.numbers.items()}
