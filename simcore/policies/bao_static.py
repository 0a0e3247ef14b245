"""Bao: the VM's number is its VMID, cut to the field's width; VMIDLEN is not looked at.

Models `vm_arch_init` (`src/arch/riscv/vm.c`), `tlb_vm_inv_va` (`src/arch/riscv/inc/arch/tlb.h`)
and `sbi_remote_hfence_gvma_vmid` (`src/arch/riscv/sbi.c`) of bao-project/bao-hypervisor@738e3dc.
VMs are numbered from 0 as the configuration lists them, here as they are created, and no number is
used again. It is masked to 14 bits (7 on RV32) and given to hgatp; where VMIDLEN is smaller, VMs
whose numbers differ above it share a VMID. An unmapping asks firmware for a fence on all
harts, with the mask (1U << cpu_num) - 1 from hart 0 on; Bao's header has function ids 3 and 4
exchanged, so what it means for one VMID is a fence of all.

Nothing is carried over, Bao is for RISC-V. In Bao each hart belongs to one VM for ever, so a
shared VMID harms nobody: hgatp is written once, and no VM follows another on a hart. Here vCPUs
share harts, which shows what the numbers alone are worth; the switch (vsatp = 0, hgatp, vsatp) is
assumed.
Left out: that `mem_unmap` passes the hypervisor's own address space to `tlb_inv_va`, so that at
this commit no caller reaches `tlb_vm_inv_va`; here a p2m change does.
"""

from __future__ import annotations

from collections.abc import Mapping

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import (
    LEAVE_TABLES,
    Assigned,
    Operations,
    Released,
    SbiFences,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hw.ids import DomainId, HartId
from simcore.hw.sbi import RfenceFunction, SbiRfence
from simcore.policies.base import Exhaustion, IdZero, Owner, Policy, PolicyContext

_MASK_HARTS = 31
"""1U << cpu_num is defined for fewer than 32 harts."""


class BaoStatic(Policy):
    """VMID = number of the VM, by configuration; no probe, no flush."""

    name = "bao-static"
    hazards = (
        "VMIDs are VM numbers cut to the field and VMIDLEN is not probed: with more VMs than "
        "2**VMIDLEN two share a tag, and harts shared by VMs serve one the other's entries. In "
        "Bao itself no hart is shared"
    )
    probes_vmidlen = False
    id_zero = IdZero.GIVEN
    exhaustion = Exhaustion.SHARES

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.field_mask = 2 ** {32: 7, 64: 14}[context.xlen] - 1
        self.created = 0
        self.vmids: dict[DomainId, int] = {}

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """The hart mask is built from a count."""
        count = len(context.hart_ids)
        if count > _MASK_HARTS:
            return f"the hart mask is (1U << harts) - 1, and there are {count} harts"
        if context.hart_ids != tuple(range(count)):
            return f"hart ids must be 0 to {count - 1}, and are {list(context.hart_ids)}"
        return None

    def create(self, domain: Domain) -> Operations:
        """`vm_arch_init`: the next number, cut to hgatp's field."""
        vmid = self.created & self.field_mask
        self.created += 1
        self.vmids[domain.id] = vmid
        return (Assigned(domain.id, None, None, vmid, 0),)

    def destroy(self, domain: Domain) -> Operations:
        """Bao destroys no VM; its number is not used again before the field is used up."""
        return (Released(domain.id, self.vmids.pop(domain.id)),)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0, hgatp, vsatp."""
        return (WriteVsatp(None), WriteHgatp(vcpu, self.vmids[vcpu.domain]), WriteVsatp(vcpu))

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0."""
        return LEAVE_TABLES

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`tlb_vm_inv_va`: meant by VMID; function id 4, as the header has it, is for all."""
        mask = (1 << len(self.context.hart_ids)) - 1
        function = RfenceFunction.REMOTE_HFENCE_GVMA
        call = SbiRfence(function, mask, 0, arg4=self.vmids[domain.id])
        return (SbiFences((call,), "p2m change"),)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The VMs that exist."""
        return {vmid: domain for domain, vmid in self.vmids.items()}
