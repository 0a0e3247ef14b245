"""Linux KVM RISC-V: one VMID a VM, a global version, everything fenced everywhere at roll-over.

Models `arch/riscv/kvm/vmid.c` (`kvm_riscv_gstage_vmid_detect`, `_update`, `_sanitize`), `mmu.c`
(`kvm_riscv_mmu_update_hgatp`), `tlb.c` (`kvm_riscv_tlb_flush_process`) and `vcpu.c`
(`kvm_arch_vcpu_load`, the run loop) of a v6.17-era tree, as read in Kingxukai/linux@9b44fff655e2.
Left out: nested guests, the HFENCE.VVMA that newer trees add for one core (Andes AX66), and ranged
fences: a p2m change requests a fence of the whole VMID.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.generation import Generation
from simcore.hv.operations import (
    Assigned,
    ForceExit,
    IpiFence,
    LocalFence,
    Operation,
    Operations,
    ReloadRequested,
    RolledOver,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hw.fence import GVMA_ALL, gvma_vmid
from simcore.hw.ids import DomainId, HartId
from simcore.policies.base import Exhaustion, Owner, Policy, PolicyContext


@dataclass(slots=True)
class _Vm:
    """`struct kvm_vmid`, and the VM's vCPUs."""

    vcpus: int
    vmid: int = 0
    version: int = 0


@dataclass(slots=True)
class _Vcpu:
    """The fields of `struct kvm_vcpu_arch` that matter: two requests and where it last ran."""

    last_exit_hart: int = -1
    update_hgatp: bool = False
    tlb_flush: bool = False


class KvmRiscv(Policy):
    """A VM keeps its VMID while its version is the global one."""

    name = "kvm-riscv"
    exhaustion = Exhaustion.ROLLS_OVER
    hazards = (
        "HFENCE.GVMA alone at roll-over and on a new hart, so a TLB with VS-stage entries of "
        "its own keeps them (K3); two vCPUs of a VM with one ASID number follow each other "
        "without a fence (K4); the stale VMID in hgatp between load and entry can be filled "
        "under by speculation (K2)"
    )
    reserved = frozenset({0})

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.bits = 0
        self.version = Generation(1)
        self.next_vmid = 0
        self.vms: dict[DomainId, _Vm] = {}
        self.vcpus: dict[VcpuKey, _Vcpu] = {}
        self.in_guest: dict[HartId, VcpuKey] = {}
        self.holders: dict[int, DomainId] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`kvm_riscv_gstage_vmid_detect` on the first hart; off where ids are fewer than harts."""
        if hart != self.context.hart_ids[0]:
            return ()
        self.bits = vmidlen if 2**vmidlen >= len(self.context.hart_ids) else 0
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations:
        """Version 0 is never the global one: the first entry assigns."""
        self.vms[domain.id] = _Vm(len(domain.vcpus))
        for vcpu in domain.vcpus:
            self.vcpus[vcpu.key] = _Vcpu()
        return ()

    def destroy(self, domain: Domain) -> Operations:
        """Nothing is freed: an id is not given out again before a roll-over fences everything."""
        vm = self.vms.pop(domain.id)
        for vcpu in domain.vcpus:
            del self.vcpus[vcpu.key]
        if self.holders.get(vm.vmid) == domain.id:
            del self.holders[vm.vmid]
        return ()

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`kvm_arch_vcpu_load`: vsatp, then hgatp with the stored VMID, be it of an old version."""
        return (WriteVsatp(vcpu), *self._update_hgatp(vcpu))

    def _update_hgatp(self, vcpu: Vcpu) -> Operations:
        """`kvm_riscv_mmu_update_hgatp`: without VMIDs, a full fence comes with each write."""
        write = WriteHgatp(vcpu, self.vms[vcpu.domain].vmid)
        if self.bits:
            return (write,)
        return (write, LocalFence(GVMA_ALL, "world switch"))

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """One pass of the run loop: update, requests, sanitize."""
        vm, state = self.vms[vcpu.domain], self.vcpus[vcpu.key]
        operations: list[Operation] = []
        if self.bits and vm.version != self.version:
            self._update(hart, vcpu.domain, vm, operations)
        if state.update_hgatp:
            state.update_hgatp = False
            operations.extend(self._update_hgatp(vcpu))
        if state.tlb_flush:
            state.tlb_flush = False
            operations.append(LocalFence(gvma_vmid(vm.vmid), "p2m change"))
        if self.bits and state.last_exit_hart != hart:
            operations.append(LocalFence(gvma_vmid(vm.vmid), "vCPU on a new hart"))
        self.in_guest[hart] = vcpu.key
        return tuple(operations)

    def _update(self, hart: HartId, domain: DomainId, vm: _Vm, operations: list[Operation]) -> None:
        """`kvm_riscv_gstage_vmid_update`: a VMID of the current version, rolling over first."""
        if self.next_vmid == 0:
            self.version += 1
            self.next_vmid = 1
            self.holders.clear()
            others = tuple(
                other for other in self.context.hart_ids if other != hart and other in self.in_guest
            )
            operations.append(RolledOver(None, self.version))
            if others:
                # One IPI upstream: it ends guest mode too, and their loop sees the version.
                operations.append(ForceExit(others))
            operations.append(IpiFence(self.context.hart_ids, GVMA_ALL, "roll-over"))
        vm.vmid, vm.version = self.next_vmid, self.version
        self.next_vmid = (self.next_vmid + 1) & (2**self.bits - 1)
        self.holders[vm.vmid] = domain
        for index in range(vm.vcpus):
            self.vcpus[(domain, index)].update_hgatp = True
        operations.append(Assigned(domain, None, None, vm.vmid, vm.version))
        operations.append(ReloadRequested(domain, tuple(range(vm.vcpus))))

    def exit(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """Remember where the vCPU last ran."""
        self.in_guest.pop(hart, None)
        self.vcpus[vcpu.key].last_exit_hart = hart
        return ()

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`kvm_riscv_hfence_gvma_vmid_all`: a fence request to every vCPU, kicking the running."""
        for vcpu in domain.vcpus:
            self.vcpus[vcpu.key].tlb_flush = True
        running = tuple(
            hart
            for hart in self.context.hart_ids
            if hart in self.in_guest and self.in_guest[hart][0] == domain.id
        )
        return (ForceExit(running),) if running else ()

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The VMIDs of the current version."""
        return self.holders

    def generation(self, hart: HartId) -> int | None:
        """The global version."""
        return self.version
