"""Xen RISC-V patch v2 as posted: a global bitmap whose fence before reuse tests the wrong bit.

Models "[PATCH v2 03/17] xen/riscv: introduce guest domain's VMID allocation and manegement"
(xen-devel, 2025-06-10, message-id abbf1c30c485d4baae25d4c1fb26942f60015403.1749555949.git.
oleksii.kurochko@gmail.com), never merged, re-implemented from the mail. One VMID a domain, lowest
free first; a freed id is marked "flush needed", but the mark is tested at the domain's old id,
which is INVALID_VMID then, so nothing is ever fenced. VMIDLEN is not probed. Added: what the patch
lacks to be run at all. `p2m_free_vmid` has no caller in it, and here destroying a domain calls it;
there is no world switch, and the smallest is assumed (vsatp = 0, hgatp, vsatp).
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import (
    EBUSY,
    EINVAL,
    LEAVE_TABLES,
    Assigned,
    Operations,
    Refusal,
    Released,
    SbiFences,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hv.vmid_bitmap import VmidBitmap
from simcore.hw.ids import DomainId, HartId
from simcore.policies.base import Exhaustion, IdZero, Owner, Policy, PolicyContext


class XenRiscvV2Posted(Policy):
    """A bitmap of VMIDs, one a domain for life; no fence is even attempted on reuse."""

    name = "xen-riscv-v2-posted"
    id_zero = IdZero.GIVEN
    exhaustion = Exhaustion.REFUSES
    hazards = (
        "no fence before an id is reused; ids above VMIDLEN alias, because it is not probed; a "
        "p2m change is fenced nowhere"
    )
    probes_vmidlen = False
    frees_ids = True
    reuse_fenced_at = "assignment"

    def __init__(self, context: PolicyContext, *, field_bits: int | None = None) -> None:
        super().__init__(context)
        bits = field_bits or {32: 7, 64: 14}[context.xlen]
        self.max_vmid: int = 2**bits - 2
        self.invalid_vmid = self.max_vmid + 1
        # The search covers [0, MAX_VMID): id MAX_VMID and the INVALID bit are never seen.
        self.vmid_mask = VmidBitmap(self.max_vmid)
        self.vmids: dict[DomainId, int] = {}
        self.holders: dict[int, DomainId] = {}

    def create(self, domain: Domain) -> Operations | Refusal:
        """`p2m_alloc_vmid`: the lowest free id, or -EBUSY."""
        vmid = self.vmid_mask.take_lowest()
        if vmid is None:
            return Refusal(EBUSY, f"all {self.max_vmid} VMIDs are in use")
        fences = self._before_reuse(domain, vmid)
        self.vmids[domain.id] = vmid
        self.holders[vmid] = domain.id
        return (*fences, Assigned(domain.id, None, None, vmid, 0))

    def _before_reuse(self, domain: Domain, vmid: int) -> Operations:
        """Test the flush-needed bit of `p2m->vmid`, which is still INVALID_VMID: never set."""
        return ()

    def destroy(self, domain: Domain) -> Operations:
        """`p2m_free_vmid`: clear the bit and mark the id; `p2m->vmid` stays set.

        So a second call frees the id again, whoever has it by then: the guard only knows
        INVALID_VMID.
        """
        vmid = self.vmids.get(domain.id, self.invalid_vmid)
        if vmid == self.invalid_vmid:
            return ()
        self.vmid_mask.free(vmid)
        self.holders.pop(vmid, None)
        return (Released(domain.id, vmid),)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """hgatp with the domain's id, then vsatp."""
        return (WriteHgatp(vcpu, self.vmids[vcpu.domain]), WriteVsatp(vcpu))

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0."""
        return LEAVE_TABLES

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`sbi_remote_hfence_gvma` over an empty dirty_cpumask: -EINVAL, and nothing is sent."""
        return (SbiFences((), "p2m change", EINVAL),)

    def id_limit(self) -> int:
        """MAX_VMID, which the search leaves out; the id above it is INVALID_VMID."""
        return self.max_vmid

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The ids of the domains that exist."""
        return self.holders
