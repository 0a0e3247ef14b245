"""No VMIDs: every guest runs as VMID 0 and each world switch flushes this hart's TLB.

The baseline that needs no id and no proof: at each load the hart drops every guest translation.
Not one hypervisor's code; FreeBSD's bhyve does it at each run (`sys/riscv/vmm/vmm_riscv.c`,
`vmmops_run`), which flushes more often than a switch needs. HFENCE.VVMA comes along, since
HFENCE.GVMA need not remove GVA -> GPA entries. Left out: nothing.
"""

from __future__ import annotations

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import (
    LEAVE_TABLES,
    IpiFence,
    LocalFence,
    Operations,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import HartId
from simcore.policies.base import IdZero, Policy

_FLUSH: Operations = (
    LocalFence(GVMA_ALL, "world switch"),
    LocalFence(VVMA_ALL, "world switch"),
)


class Untagged(Policy):
    """Flush at every world switch; VMID 0 for everybody."""

    name = "untagged"
    id_zero = IdZero.UNTAGGED
    lazy_p2m = True

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0, hgatp, both fences, vsatp: nothing can be cached under old and new roots."""
        return (
            WriteVsatp(None),
            WriteHgatp(vcpu, 0),
            *_FLUSH,
            WriteVsatp(vcpu),
        )

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0, so that no walk uses the leaving guest's tables."""
        return LEAVE_TABLES

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """Fence the harts that run the domain; any other flushes before it runs it again."""
        harts = tuple(hart for hart in self.context.hart_ids if hart in domain.dirty_harts)
        return (IpiFence(harts, GVMA_ALL, "p2m change"),) if harts else ()
