"""seL4 on Arm: a table of hardware ids; where none is free, the next is taken from its owner.

Models `getHWASID`, `findFreeHWASID`, `storeHWASID`, `deleteASID`, `unmapPage` and `setVMRoot` of
`src/arch/arm/64/kernel/vspace.c` with CONFIG_ARM_HYPERVISOR_SUPPORT, in seL4/seL4@1326364bc. An
address space, here a domain, gets a VMID when it is switched to and has none: the first free one
from `armKSNextASID` on, id 0 included. Where none is free, that one is taken from its owner,
flushed on all cores, and `armKSNextASID` goes one on. Deleting the address space flushes its id
and frees it.

Carried over: hw_asid_t has 8 bits there; here the table has 2**min(8, VMIDLEN) entries, by the
hart with the fewest bits. A flush by VMID (TLBI VMALLS12E1 with VTTBR switched, by IPI to all
cores) is SBI HFENCE.GVMA by VMID to all harts, and SBI HFENCE.VVMA, which acts on the caller's
hgatp.VMID: after hgatp is written where an id is taken, and, for one freed with its domain, when
it is next given out. A page's unmapping (TLBI IPAS2E1, VMALLE1) is HFENCE.GVMA of the range, by
VMID.

The victim may run on another hart at that moment: nothing makes it give the id up before it is
next switched to, so it goes on filling its hart's TLB under an id that is no longer its own, and
an unmapping does not fence that id. On one hart that cannot happen. Not known to be reported; the
reading is ours.
Left out: the SMMU, and the flush of one core only where the kernel is built for one. Threads of
one address space share its tables, so nothing is flushed between two vCPUs of a domain.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import (
    LEAVE_TABLES,
    Assigned,
    LocalFence,
    Operation,
    Operations,
    Released,
    SbiFences,
)
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.fence import GVMA_ALL
from simcore.hw.ids import DomainId, HartId
from simcore.hw.sbi import RfenceFunction
from simcore.policies.base import Exhaustion, IdZero, Owner, Policy, PolicyContext
from simcore.policies.kvm_svm_asid import vm_entry

HW_ASID_BITS = 8


class Sel4Steal(Policy):
    """A table from hardware id to domain; ids are taken round robin where none is free."""

    name = "sel4-steal"
    hazards = (
        "an id is stolen from a VM that may be running on another hart, which goes on filling "
        "entries under it (our reading of the code for one hart, carried to several)"
    )
    id_zero = IdZero.GIVEN
    exhaustion = Exhaustion.STEALS
    frees_ids = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.hw_asid_table: list[DomainId | None] = [None] * 2**HW_ASID_BITS
        self.next_asid = 0
        self.stored: dict[DomainId, int] = {}
        self.vvma_owed: set[int] = set()

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """As many ids as the hart with the fewest bits has, 256 at most."""
        del self.hw_asid_table[2**vmidlen :]
        return (LocalFence(GVMA_ALL, "boot"),)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`setVMRoot`: the stored id if it is valid, another if not."""
        vmid = self.stored.get(vcpu.domain)
        if vmid is not None:
            return vm_entry(vcpu, vmid, ())
        told: list[Operation] = []
        vmid = self._find_free(told)
        fences: Operations = ()
        if vmid in self.vvma_owed:
            self.vvma_owed.discard(vmid)
            fences = (self._everywhere(RfenceFunction.REMOTE_HFENCE_VVMA, 0, "reuse"),)
        self.hw_asid_table[vmid] = vcpu.domain
        self.stored[vcpu.domain] = vmid
        told.append(Assigned(vcpu.domain, None, None, vmid, 0))
        return (*told, *vm_entry(vcpu, vmid, fences))

    def _find_free(self, told: list[Operation]) -> int:
        """`findFreeHWASID`: a free id from the next on; else the next, taken and flushed."""
        size = len(self.hw_asid_table)
        for offset in range(size):
            vmid = (self.next_asid + offset) % size
            if self.hw_asid_table[vmid] is None:
                return vmid
        vmid = self.next_asid
        victim = self.hw_asid_table[vmid]
        assert victim is not None
        del self.stored[victim]
        told.append(Released(victim, vmid))
        told.append(self._everywhere(RfenceFunction.REMOTE_HFENCE_GVMA_VMID, vmid, "steal"))
        self.vvma_owed.add(vmid)
        self.next_asid = (vmid + 1) % size
        return vmid

    def _everywhere(self, function: RfenceFunction, vmid: int, cause: str) -> SbiFences:
        return SbiFences(split_hart_mask(function, None, 0, 0, vmid, self.context.xlen), cause)

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0."""
        return LEAVE_TABLES

    def destroy(self, domain: Domain) -> Operations:
        """`deleteASID`: flush the id and free it; HFENCE.VVMA waits until hgatp holds it."""
        vmid = self.stored.pop(domain.id, None)
        if vmid is None:
            return ()
        self.hw_asid_table[vmid] = None
        self.vvma_owed.add(vmid)
        fence = self._everywhere(RfenceFunction.REMOTE_HFENCE_GVMA_VMID, vmid, "destroy")
        return (fence, Released(domain.id, vmid))

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`invalidateTLBByASIDVA`: by VMID on all harts; nothing where the id was taken."""
        vmid = self.stored.get(domain.id)
        if vmid is None:
            return ()
        return (self._everywhere(RfenceFunction.REMOTE_HFENCE_GVMA_VMID, vmid, "p2m change"),)

    def id_limit(self) -> int:
        """What `hw_asid_t` can hold."""
        return 1 << HW_ASID_BITS

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The domains that have an id."""
        return {vmid: domain for domain, vmid in self.stored.items()}
