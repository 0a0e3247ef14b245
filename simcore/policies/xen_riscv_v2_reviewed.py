"""Xen RISC-V patch v2 repaired, had it stayed one VMID a domain out of one bitmap.

Ours, and not what the review asked for, which was ids for each CPU as on x86 (`xen-x86-asid`; v3
became `xen-riscv-v3`). What its remarks show to be wrong is mended: VMIDLEN is probed (the
least over the harts counts), the arrays are as long as the ids that exist, the invalid id lies
outside the field, an empty mask means all harts, so that an id is fenced everywhere before reuse
and after a p2m change, and VMIDLEN 0 works by flushing at each world switch. The review of
2025-06-18 to 06-26 doubts two of these repairs: a flush as a domain is created at all, and a flush
that depends on VMIDLEN being 0. Left out: what it did not mention, so VMID 0 is given to a guest,
HFENCE.GVMA alone is used (a TLB with separate VS-stage entries keeps those), and vCPUs of one
domain share its id on a hart without a fence between them.
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
    WriteHgatp,
    WriteVsatp,
)
from simcore.hv.vmid_bitmap import VmidBitmap
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import DomainId, HartId
from simcore.hw.sbi import RfenceFunction
from simcore.policies.base import Exhaustion, IdZero, Owner, Policy, PolicyContext

INVALID_VMID = -1
"""Outside every hgatp.VMID field."""


class XenRiscvV2Reviewed(Policy):
    """A bitmap of the ids that exist, one a domain; each reuse is fenced on all harts first."""

    name = "xen-riscv-v2-reviewed"
    id_zero = IdZero.GIVEN
    exhaustion = Exhaustion.REFUSES
    hazards = (
        "HFENCE.GVMA alone before reuse, so a TLB with VS-stage entries of its own keeps the "
        "former domain's; two vCPUs of a domain with one ASID number follow each other without "
        "a fence"
    )
    frees_ids = True
    reuse_fenced_at = "assignment"

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.vmidlen: int | None = None
        self.vmid_mask = VmidBitmap(0)
        self.vmids: dict[DomainId, int] = {}
        self.holders: dict[int, DomainId] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """The hart with the fewest bits decides, since a domain may run on any."""
        self.vmidlen = vmidlen if self.vmidlen is None else min(self.vmidlen, vmidlen)
        self.vmid_mask = VmidBitmap(2**self.vmidlen)
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations | Refusal:
        """The lowest free id, fenced first where it was used before; -EBUSY where none is left."""
        if self.vmidlen == 0:
            self.vmids[domain.id] = 0
            return (Assigned(domain.id, None, None, 0, 0),)
        vmid = self.vmid_mask.take_lowest()
        if vmid is None:
            return Refusal(EBUSY, f"all {len(self.vmid_mask.taken)} VMIDs are in use")
        reused = self.vmid_mask.test_and_clear_flush_needed(vmid)
        self.vmids[domain.id] = vmid
        self.holders[vmid] = domain.id
        fences = (self._fence_everywhere(vmid, "reuse"),) if reused else ()
        return (*fences, Assigned(domain.id, None, None, vmid, 0))

    def _fence_everywhere(self, vmid: int, cause: str) -> SbiFences:
        """An empty mask means all harts: at creation the domain ran nowhere yet."""
        function = RfenceFunction.REMOTE_HFENCE_GVMA_VMID
        return SbiFences(split_hart_mask(function, None, 0, 0, vmid, self.context.xlen), cause)

    def destroy(self, domain: Domain) -> Operations:
        """Free once: the id is forgotten with the domain."""
        vmid = self.vmids.pop(domain.id, INVALID_VMID)
        if vmid == INVALID_VMID:
            return ()
        if self.vmidlen:
            self.vmid_mask.free(vmid)
            del self.holders[vmid]
        return (Released(domain.id, vmid),)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """hgatp, then vsatp; with VMIDLEN 0, this hart's TLB is flushed in between."""
        write = WriteHgatp(vcpu, self.vmids[vcpu.domain])
        if self.vmidlen:
            return (write, WriteVsatp(vcpu))
        flush = (LocalFence(GVMA_ALL, "world switch"), LocalFence(VVMA_ALL, "world switch"))
        return (write, *flush, WriteVsatp(vcpu))

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0."""
        return LEAVE_TABLES

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """Every hart may hold entries of the domain: its id is never retired while it lives."""
        return (self._fence_everywhere(self.vmids[domain.id], "p2m change"),)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The ids of the domains that exist."""
        return self.holders
