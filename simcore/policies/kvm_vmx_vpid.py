"""Linux KVM on Intel: one VPID a vCPU for life, from a bitmap; VPID 0 and flushes when it is full.

Models `allocate_vpid`, `free_vpid`, `vmx_vcpu_load_vmcs` and `vmx_flush_tlb_all` of
`arch/x86/kvm/vmx/vmx.c` with EPT (v5.8 and later, read as quoted in postings and copies of that
file). The lowest free VPID is taken at creation and never changes. A vCPU loaded on another CPU
than the last time asks for a flush of everything there (KVM_REQ_TLB_FLUSH), which is also what
makes a reused VPID safe: a new vCPU was on no CPU before. A p2m change asks all vCPUs for the same
and kicks the running ones. With no VPID left a vCPU gets 0: hardware flushes at each VM entry.

Carried over: INVEPT of all contexts drops combined and guest-physical mappings of every VPID; here
it is HFENCE.GVMA for all VMIDs, and HFENCE.VVMA for the vCPU's own, after hgatp holds it (other
vCPUs' VS-stage entries stay theirs: each VPID is fenced so when its vCPU first comes to a hart).
VPID 0 is VMID 0 with both fences for it at every entry; x86 tags guest-physical mappings by EPT
root, RISC-V by VMID only, so these must go too. VPIDs are 2**16 there; here they are as many as
the hart with the fewest bits implements, and with VMIDLEN 0 there is none.
Left out: nested guests (vpid02), the flush at VM exit with VPID 0, running without EPT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.operations import (
    LEAVE_TABLES,
    Assigned,
    LocalFence,
    Operation,
    Operations,
    Released,
)
from simcore.hv.vmid_bitmap import VmidBitmap
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import HartId
from simcore.policies.base import Exhaustion, IdZero, Owner, Policy, PolicyContext
from simcore.policies.kvm_svm_asid import flush_id, kick, vm_entry

NO_VPID = 0


@dataclass(slots=True)
class _VcpuVpid:
    """A vCPU's VPID, the hart it was last loaded on, and why it is to flush (empty: it is not)."""

    vpid: int
    hart: HartId | None = None
    flush_cause: str = ""


class KvmVmxVpid(Policy):
    """A bitmap of VPIDs, one a vCPU for life; a change of CPU flushes."""

    name = "kvm-vmx-vpid"
    id_zero = IdZero.UNTAGGED
    exhaustion = Exhaustion.RUNS_UNTAGGED
    frees_ids = True
    lazy_p2m = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.bits: int | None = None
        self.vpids = VmidBitmap(1)
        self.vcpus: dict[VcpuKey, _VcpuVpid] = {}
        self.holders: dict[int, VcpuKey] = {}
        self.untagged: dict[HartId, VcpuKey] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`vmx_init`: a bitmap with bit 0 set; the hart with the fewest bits decides its length."""
        self.bits = vmidlen if self.bits is None else min(self.bits, vmidlen)
        self.vpids = VmidBitmap(2**self.bits)
        self.vpids.taken[NO_VPID] = 1
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations:
        """`allocate_vpid` for each vCPU: the lowest free, or none."""
        operations: list[Operation] = []
        for vcpu in domain.vcpus:
            vpid = self.vpids.take_lowest() or NO_VPID
            self.vcpus[vcpu.key] = _VcpuVpid(vpid)
            if vpid != NO_VPID:
                self.holders[vpid] = vcpu.key
                operations.append(Assigned(domain.id, vcpu.index, None, vpid, 0))
        return tuple(operations)

    def destroy(self, domain: Domain) -> Operations:
        """`free_vpid` for each vCPU, without a flush."""
        operations: list[Operation] = []
        for vcpu in domain.vcpus:
            state = self.vcpus.pop(vcpu.key, None)
            if state is not None and state.vpid != NO_VPID:
                self.vpids.free(state.vpid)
                del self.holders[state.vpid]
                operations.append(Released(domain.id, state.vpid))
        for hart, key in list(self.untagged.items()):
            if key[0] == domain.id:
                del self.untagged[hart]
        return tuple(operations)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`vmx_vcpu_load_vmcs`: on another CPU than the last time, ask for a flush."""
        state = self.vcpus[vcpu.key]
        if state.hart != hart:
            state.hart, state.flush_cause = hart, "vCPU on a new hart"
        return ()

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0: after the VM exit the guest's root tables are not in use."""
        return LEAVE_TABLES

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """Serve the request, then VM entry; with VPID 0 the entry itself flushes."""
        state = self.vcpus[vcpu.key]
        cause, state.flush_cause = state.flush_cause, ""
        fences: Operations = ()
        if cause:
            fences = (LocalFence(GVMA_ALL, cause), LocalFence(VVMA_ALL, cause))
        elif state.vpid == NO_VPID:
            fences = flush_id(NO_VPID, "no VPID")
        if state.vpid == NO_VPID:
            self.untagged[hart] = vcpu.key
        return vm_entry(vcpu, state.vpid, fences)

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`kvm_flush_remote_tlbs`: KVM_REQ_TLB_FLUSH to every vCPU, kicking the running."""
        for vcpu in domain.vcpus:
            self.vcpus[vcpu.key].flush_cause = "p2m change"
        return kick(self.context, domain)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The VPIDs of the vCPUs that have one, and whoever entered last without on this hart."""
        last = self.untagged.get(hart)
        return self.holders if last is None else {NO_VPID: last, **self.holders}
