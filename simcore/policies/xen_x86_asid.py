"""Xen x86 on AMD: one ASID a vCPU in its CPU's generation, everything flushed where it wraps.

Models `hvm_asid_init`, `hvm_asid_handle_vmenter`, `hvm_asid_flush_vcpu` and `hvm_asid_flush_core`
of `xen/arch/x86/hvm/asid.c`, `svm_asid_handle_vmrun` and `svm_do_resume` of
`xen/arch/x86/hvm/svm/{asid,svm}.c`, and `hap_p2m_tlb_flush` of `xen/arch/x86/mm/hap/hap.c`, in
xen-project/xen@c447b7308b. The scheme that `xen-riscv-head` was ported from, with what the port
lost: a vCPU on another CPU than the last time needs a new ASID, and with ASIDs off each entry
flushes.

Carried over: VMRUN loads ASID and root tables at once, so each entry writes vsatp = 0, hgatp,
vsatp. FLUSH_ALL drops both stages of every ASID; here it is HFENCE.GVMA for all VMIDs and, since
HFENCE.VVMA acts on hgatp.VMID alone, HFENCE.VVMA wherever an ASID is given out, which it is once a
generation. The number of ASIDs (CPUID Fn8000_000A EBX) is 2**VMIDLEN of each hart. With ASIDs off
(fewer than two) hardware ASID 1 is programmed, ASID 0 being the host's; VMIDLEN 0 leaves 0 of it.
A p2m change begins a generation on the harts that run the domain, and interrupts them. Elsewhere
the domain's vCPUs get a new ASID as they come back: in Xen because every world switch begins a
generation (`write_ptbase`, `switch_cr3_cr4`), here because they lose theirs at the change, so that
a switch alone costs nothing, as in `asid.c` by itself.
Left out: nested guests (`nv_n2asid`), Intel (INVEPT, VPIDs), guests' CR3 writes, shadow paging.
"""

from __future__ import annotations

from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.generation import Generation
from simcore.hv.operations import Assigned, LocalFence, Operation, Operations
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import HartId
from simcore.policies.base import Exhaustion, IdZero, PolicyContext
from simcore.policies.kvm_svm_asid import kick, vm_entry
from simcore.policies.xen_riscv_head import XenRiscvHead, cause_of_fence

ASID_WHEN_OFF = 1
"""What is programmed for a vCPU whose ASID is 0."""


class XenX86Asid(XenRiscvHead):
    """Per-hart generations, as in the port; an ASID holds on one hart only."""

    name = "xen-x86-asid"
    hazards = ""
    id_zero = IdZero.UNTAGGED
    exhaustion = Exhaustion.ROLLS_OVER
    lazy_p2m = True

    def __init__(self, context: PolicyContext, *, vmid_option: bool = True) -> None:
        super().__init__(context, vmid_option=vmid_option)
        self.launch_hart: dict[VcpuKey, HartId] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`hvm_asid_init`: two ASIDs, of which one is the host's, are enough."""
        operations = super().boot(hart, vmidlen)
        data = self.harts[hart]
        data.used, data.generation = self.vmid_option and vmidlen > 0, Generation(1)
        return operations

    def destroy(self, domain: Domain) -> Operations:
        """Nothing is freed: an ASID is not given out again before its generation ends."""
        for vcpu in domain.vcpus:
            self.flush_vcpu(vcpu.key)
            self.launch_hart.pop(vcpu.key, None)
        return super().destroy(domain)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`svm_do_resume`: on another hart than the last time, ask for a new ASID."""
        if self.launch_hart.get(vcpu.key) != hart:
            self.flush_vcpu(vcpu.key)
            self.launch_hart[vcpu.key] = hart
        return ()

    def flush_vcpu(self, vcpu: VcpuKey) -> None:
        """`hvm_asid_flush_vcpu`: a new ASID at the next entry."""
        super().flush_vcpu(vcpu)
        hart, asid = self.launch_hart.get(vcpu), self.vcpus[vcpu].vmid
        if hart is not None and self.holders[hart].get(asid) == vcpu:
            del self.holders[hart][asid]

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`svm_asid_handle_vmrun`, then VMRUN with what TLB_CONTROL asks for."""
        tag = self.vcpus[vcpu.key]
        told: list[Operation] = []
        need_flush = self._handle_vmenter(hart, vcpu.key, tag, told)
        fresh = any(isinstance(operation, Assigned) for operation in told)
        fences: Operations = ()
        if tag.vmid == 0:
            fences = (LocalFence(GVMA_ALL, "no ASID"), LocalFence(VVMA_ALL, "no ASID"))
        elif need_flush:
            cause = cause_of_fence(told)
            fences = (LocalFence(GVMA_ALL, cause), LocalFence(VVMA_ALL, cause))
        elif fresh:
            fences = (LocalFence(VVMA_ALL, "new id"),)
        implemented = self.harts[hart].max_vmid
        return (*told, *vm_entry(vcpu, self.hardware_asid(vcpu.key) & implemented, fences))

    def hardware_asid(self, vcpu: VcpuKey) -> int:
        """The ASID that VMRUN is given for a vCPU, before it is cut to the bits there are."""
        return self.vcpus[vcpu].vmid or ASID_WHEN_OFF

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`guest_flush_tlb_mask` over the dirty harts; the other vCPUs lose their ASIDs."""
        operations: list[Operation] = []
        for hart in self.context.hart_ids:
            if hart in domain.dirty_harts:
                operations.extend(self.flush_hart(hart))
        for vcpu in domain.vcpus:
            if vcpu.hart is None:
                self.flush_vcpu(vcpu.key)
        return (*operations, *kick(self.context, domain))
