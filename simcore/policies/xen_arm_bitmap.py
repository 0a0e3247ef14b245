"""Xen on Arm: one VMID a domain for life, from a bitmap; fenced everywhere before its first use.

Models `p2m_vmid_allocator_init`, `p2m_alloc_vmid` and `p2m_free_vmid` of `xen/arch/arm/p2m.c`, and
`p2m_alloc_table`, `p2m_force_tlb_flush_sync`, `p2m_restore_state` and `p2m_final_teardown` of
`xen/arch/arm/mmu/p2m.c`, in xen-project/xen@c447b7308b. The lowest free VMID, never 0; none left is
-EBUSY. Freeing fences nothing: the new VMID is fenced on all CPUs as its tables are made. A vCPU
that comes to a CPU where another of its domain ran last (`last_vcpu_ran`) fences the VMID there.
This is what the Xen RISC-V patch v2 was copied from, without those two fences.

Carried over: TLBI VMALLS12E1 drops both stages of VTTBR's VMID, here or (IS) everywhere. Here it is
HFENCE.GVMA by VMID, by SBI to all harts where Arm broadcasts, and HFENCE.VVMA. The latter acts on
hgatp.VMID, and hgatp is not borrowed for it as Arm borrows VTTBR: each hart executes its own when a
domain comes to it for the first time, where `last_vcpu_ran` says "none". A p2m change leaves GVA ->
GPA entries right, so HFENCE.GVMA alone is sent, for the whole VMID as on Arm. MAX_VMID is 2**8 or
2**16 there; here it is 2**VMIDLEN of the hart with the fewest bits, so with VMIDLEN 0 there is no
VMID and every domain is refused. vsatp = 0 comes before hgatp, as Arm's workaround for speculative
AT has it.
Left out: the empty root tables that this workaround puts into VTTBR in between, and the deferral of
fences to the end of a batch of p2m changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import (
    EBUSY,
    LEAVE_TABLES,
    Assigned,
    LocalFence,
    Operations,
    Refusal,
    Released,
    SbiFences,
)
from simcore.hv.vmid_bitmap import VmidBitmap
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import DomainId, HartId
from simcore.hw.sbi import RfenceFunction
from simcore.policies.base import Exhaustion, Owner, Policy, PolicyContext
from simcore.policies.kvm_svm_asid import flush_id, vm_entry

INVALID_VMID = 0


class XenArmBitmap(Policy):
    """A bitmap of VMIDs, one a domain; fenced on all harts when it is given out."""

    name = "xen-arm-bitmap"
    exhaustion = Exhaustion.REFUSES
    reserved = frozenset({INVALID_VMID})
    frees_ids = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.max_vmid: int | None = None
        self.vmid_mask = VmidBitmap(0)
        self.vmids: dict[DomainId, int] = {}
        self.holders: dict[int, DomainId] = {}
        self.last_vcpu_ran: dict[DomainId, dict[HartId, int]] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`p2m_vmid_allocator_init`: as many ids as every hart has, INVALID_VMID taken."""
        own = 2**vmidlen
        self.max_vmid = own if self.max_vmid is None else min(self.max_vmid, own)
        self.vmid_mask = VmidBitmap(self.max_vmid)
        self.vmid_mask.taken[INVALID_VMID] = 1
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations | Refusal:
        """`p2m_init`: the lowest free VMID, then its fence on all harts; -EBUSY where none is."""
        vmid = self.vmid_mask.take_lowest()
        if vmid is None:
            return Refusal(EBUSY, f"all {len(self.vmid_mask.taken) - 1} VMIDs are in use")
        self.vmids[domain.id] = vmid
        self.holders[vmid] = domain.id
        self.last_vcpu_ran[domain.id] = {}
        return (Assigned(domain.id, None, None, vmid, 0), self._flush_everywhere(vmid, "create"))

    def _flush_everywhere(self, vmid: int, cause: str) -> SbiFences:
        function = RfenceFunction.REMOTE_HFENCE_GVMA_VMID
        return SbiFences(split_hart_mask(function, None, 0, 0, vmid, self.context.xlen), cause)

    def destroy(self, domain: Domain) -> Operations:
        """`p2m_free_vmid`: clear the bit; `p2m->vmid` stays set.

        So a second call would free it again, whoever has it by then; `p2m_final_teardown` makes
        sure that there is none.
        """
        self.last_vcpu_ran.pop(domain.id, None)
        vmid = self.vmids.get(domain.id, INVALID_VMID)
        if vmid == INVALID_VMID:
            return ()
        self.vmid_mask.taken[vmid] = 0
        self.holders.pop(vmid, None)
        return (Released(domain.id, vmid),)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`p2m_restore_state`: the domain's VMID, and the fence that `last_vcpu_ran` asks for."""
        vmid, ran = self.vmids[vcpu.domain], self.last_vcpu_ran[vcpu.domain]
        last = ran.get(hart)
        ran[hart] = vcpu.index
        fences: Operations = ()
        if last is None:
            fences = (LocalFence(VVMA_ALL, "new id"),)
        elif last != vcpu.index:
            fences = flush_id(vmid, "another vCPU ran")
        return vm_entry(vcpu, vmid, fences)

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0."""
        return LEAVE_TABLES

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`p2m_force_tlb_flush_sync`: the domain's VMID on all harts."""
        return (self._flush_everywhere(self.vmids[domain.id], "p2m change"),)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The VMIDs of the domains that exist."""
        return self.holders
