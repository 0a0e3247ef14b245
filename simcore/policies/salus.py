"""Salus: one VMID a vCPU, counted from 0 on each hart, everything fenced where the count wraps.

Models `VmIdTracker` of `src/vm_id.rs`, `ActiveVmCpu::restore_from`, `restore_vm_pages` and
`save_vs_csrs` of `src/vm_cpu.rs`, `ActiveVmPages::new` and `TlbTracker` of `src/vm_pages.rs`, in
rivosinc/salus@27b8d1d. A vCPU keeps its VMID while it stays on its hart and the hart's version
does not change. VMID 0 is given like any other; the count begins at 0 and wraps by VMIDLEN, so
with VMIDLEN 0 each assignment is a new version with its fence, and nothing special is needed. A
p2m change raises the VM's TLB version; a vCPU that is run with an older one has its VMID fenced.
The pages may be used again only once no vCPU runs with the old version, for which the host makes
them exit: that is done here at once.

Nothing is carried over, Salus is for RISC-V; it executes HFENCE.GVMA alone, so where GVA -> GPA
entries have a TLB of their own, a VMID given out again still has those of its last owner. VMIDLEN
is probed on the first hart and taken for all. Left out: the IOMMU's GSCIDs, and traps that Salus
answers itself (every exit here is one to the host, which runs the vCPU anew).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.generation import Generation
from simcore.hv.operations import (
    LEAVE_TABLES,
    Assigned,
    LocalFence,
    Operation,
    Operations,
    RolledOver,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hw.fence import GVMA_ALL, gvma_vmid
from simcore.hw.ids import DomainId, HartId
from simcore.policies.base import (
    Exhaustion,
    IdZero,
    Owner,
    Policy,
    PolicyContext,
    Scope,
    shorter_than_the_first,
)
from simcore.policies.kvm_svm_asid import kick


@dataclass(slots=True)
class _VmIdTracker:
    """`VmIdTracker`: one a hart."""

    next_vmid: int = 0
    version: int = Generation(0)


@dataclass(frozen=True, slots=True)
class _PrevTlb:
    """`PrevTlb`: what a vCPU last ran with."""

    hart: HartId
    vmid: int
    version: int
    tlb_version: int


class Salus(Policy):
    """A vCPU's VMID holds on one hart, while its version is the hart's."""

    name = "salus"
    hazards = (
        "HFENCE.GVMA alone when the counter wraps, so a TLB with VS-stage entries of its own "
        "keeps the former vCPU's"
    )
    scope = Scope.PER_HART
    id_zero = IdZero.GIVEN
    exhaustion = Exhaustion.ROLLS_OVER
    lazy_p2m = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.vmidlen: int | None = None
        self.harts: dict[HartId, _VmIdTracker] = {}
        self.prev_tlb: dict[VcpuKey, _PrevTlb] = {}
        self.tlb_versions: dict[DomainId, int] = {}
        self.holders: dict[HartId, dict[int, VcpuKey]] = {}

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """One VMIDLEN holds for all harts."""
        return shorter_than_the_first(context, vmidlen)

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`VmIdTracker::init` on the first hart; a tracker on each."""
        if self.vmidlen is None:
            self.vmidlen = vmidlen
        self.harts[hart] = _VmIdTracker()
        self.holders[hart] = {}
        return ()

    def create(self, domain: Domain) -> Operations:
        """No vCPU ran before: the first run assigns."""
        self.tlb_versions[domain.id] = Generation(0)
        return ()

    def destroy(self, domain: Domain) -> Operations:
        """Nothing is freed: a VMID is not given out again before the count wraps."""
        del self.tlb_versions[domain.id]
        for vcpu in domain.vcpus:
            prev = self.prev_tlb.pop(vcpu.key, None)
            if prev is not None:
                self._forget(vcpu.key, prev)
        return ()

    def _forget(self, key: VcpuKey, prev: _PrevTlb) -> None:
        if self.holders[prev.hart].get(prev.vmid) == key:
            del self.holders[prev.hart][prev.vmid]

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`restore`: a VMID, hgatp, a fence where the VM's TLB version is newer; then vsatp."""
        prev = self.prev_tlb.get(vcpu.key)
        if prev is not None and prev.hart != hart:
            self._forget(vcpu.key, prev)
            prev = None
        tracker, tlb_version = self.harts[hart], self.tlb_versions[vcpu.domain]
        operations: list[Operation] = []
        if prev is not None and prev.version == tracker.version:
            vmid, stale = prev.vmid, prev.tlb_version < tlb_version
        else:
            vmid, stale = self._next_vmid(hart, vcpu.key, operations), False
        operations.append(WriteHgatp(vcpu, vmid))
        if stale:
            operations.append(LocalFence(gvma_vmid(vmid), "p2m change"))
        operations.append(WriteVsatp(vcpu))
        self.prev_tlb[vcpu.key] = _PrevTlb(hart, vmid, tracker.version, tlb_version)
        return tuple(operations)

    def _next_vmid(self, hart: HartId, key: VcpuKey, operations: list[Operation]) -> int:
        """`VmIdTracker::next_vmid`: at 0 a new version begins, and everything is fenced."""
        tracker = self.harts[hart]
        if tracker.next_vmid == 0:
            tracker.version += 1
            self.holders[hart].clear()
            operations.append(RolledOver(hart, tracker.version))
            operations.append(LocalFence(GVMA_ALL, "roll-over"))
        vmid = tracker.next_vmid
        assert self.vmidlen is not None
        tracker.next_vmid = (vmid + 1) & (2**self.vmidlen - 1)
        self.holders[hart][vmid] = key
        operations.append(Assigned(key[0], key[1], hart, vmid, tracker.version))
        return vmid

    def exit(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`save_vs_csrs`: vsatp = 0, so that nothing is cached speculatively in HS-mode."""
        return LEAVE_TABLES

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`TvmInitiateFence`: a new TLB version; the host makes the running vCPUs exit."""
        self.tlb_versions[domain.id] += 1
        return kick(self.context, domain)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The VMIDs given out in this hart's version."""
        return self.holders[hart]

    def generation(self, hart: HartId) -> int | None:
        """The hart's version; the first VMID of all begins version 1."""
        return max(1, self.harts[hart].version)
