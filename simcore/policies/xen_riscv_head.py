"""Xen RISC-V as merged: per-hart generations, one VMID a vCPU, fenced at roll-over.

Models `xen/arch/riscv/vmid.c` (`vmid_init`, `vmid_handle_vmenter`, `vmid_flush_vcpu`,
`vmid_flush_hart`) and `xen/arch/riscv/p2m.c` (`p2m_ctxt_switch_from/to`, `p2m_handle_vmenter`,
`p2m_tlb_flush`) of xen-project/xen@c447b7308b. Nothing calls `vmid_flush_vcpu` there, so nothing
calls it here: a vCPU that migrates keeps its (generation, VMID) pair, and two harts' pairs compare
equal. It is all latent there: `context_switch` is a stub that BUGs, and `p2m_ctxt_switch_from` and
`_to` have no caller; what is modelled is that they are called as they stand. Left out: the
command-line option `vmid` other than as an argument, console messages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.operations import (
    EINVAL,
    LEAVE_TABLES,
    Assigned,
    LocalFence,
    Operation,
    Operations,
    RolledOver,
    SbiFences,
    TaggingDisabled,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hw.fence import GVMA_ALL, VVMA_ALL
from simcore.hw.ids import HartId
from simcore.policies.base import Exhaustion, Owner, Policy, PolicyContext, Scope

_GENERATION_MASK = 2**64 - 1
_SWITCH_FENCE = LocalFence(VVMA_ALL, "world switch")


@dataclass(slots=True)
class _HartVmids:
    """`struct vmid_data`: one a hart."""

    generation: int
    next_vmid: int
    max_vmid: int
    used: bool


@dataclass(slots=True)
class _VcpuVmid:
    """`struct vcpu_vmid`: one a vCPU; generation 0 is never valid."""

    generation: int = 0
    vmid: int = 0


def cause_of_fence(told: Sequence[Operation]) -> str:
    """Why giving VMID 1 asks for a fence: a hart's first generation begins with one, too."""
    rolled_over = any(isinstance(operation, RolledOver) for operation in told)
    return "roll-over" if rolled_over else "first generation"


class XenRiscvHead(Policy):
    """Per-hart generations; a vCPU's VMID holds while its generation is the hart's."""

    name = "xen-riscv-head"
    exhaustion = Exhaustion.ROLLS_OVER
    hazards = (
        "a vCPU that migrates keeps its pair, since generations of two harts compare equal "
        "(H1); with VMIDLEN 0 or 1 nothing fences G-stage entries (H2); a p2m change is fenced "
        "nowhere (H6); HFENCE.VVMA covers the stored VMID and not the new one (H5); a vCPU back "
        "from a hart with fewer VMID bits keeps what was left of its VMID there (H3); from "
        "p2m_ctxt_switch_to to vmenter hgatp holds the stored VMID, under which speculation may "
        "fill (H4). All latent: nothing switches vCPUs there yet"
    )
    scope = Scope.PER_HART
    reserved = frozenset({0})

    def __init__(self, context: PolicyContext, *, vmid_option: bool = True) -> None:
        super().__init__(context)
        self.vmid_option = vmid_option
        self.harts: dict[HartId, _HartVmids] = {}
        self.vcpus: dict[VcpuKey, _VcpuVmid] = {}
        self.holders: dict[HartId, dict[int, VcpuKey]] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`vmid_init` and the HFENCE.GVMA of `guest_mm_init`. VMIDLEN 1 counts as unusable."""
        used = self.vmid_option and vmidlen > 1
        self.harts[hart] = _HartVmids(1, 1, 2**vmidlen - 1, used)
        self.holders[hart] = {}
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations:
        """Both fields start at 0: no generation is 0, so the first entry assigns."""
        for vcpu in domain.vcpus:
            self.vcpus[vcpu.key] = _VcpuVmid()
        return ()

    def destroy(self, domain: Domain) -> Operations:
        """The allocator does nothing; ids of the dead run out at the next roll-over."""
        for vcpu in domain.vcpus:
            del self.vcpus[vcpu.key]
        return ()

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`p2m_ctxt_switch_to`: the VMID as stored, which may be another hart's or an old one."""
        return (
            WriteHgatp(vcpu, self.vcpus[vcpu.key].vmid),
            WriteVsatp(vcpu),
            _SWITCH_FENCE,
        )

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`p2m_ctxt_switch_from`: vsatp = 0, hgatp untouched."""
        return LEAVE_TABLES

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`p2m_handle_vmenter`: hgatp is rewritten before the fence."""
        tag = self.vcpus[vcpu.key]
        old = tag.vmid
        operations: list[Operation] = []
        need_flush = self._handle_vmenter(hart, vcpu.key, tag, operations)
        if tag.vmid != old:
            operations.append(WriteHgatp(vcpu, tag.vmid))
        if need_flush:
            operations.append(LocalFence(GVMA_ALL, cause_of_fence(operations)))
        return tuple(operations)

    def _handle_vmenter(
        self, hart: HartId, key: VcpuKey, tag: _VcpuVmid, operations: list[Operation]
    ) -> bool:
        """`vmid_handle_vmenter`: give the vCPU a VMID of this generation; True: fence."""
        data = self.harts[hart]
        if not data.used:
            tag.vmid = 0
            return False
        if tag.generation == data.generation:
            return False
        if data.next_vmid > data.max_vmid:
            operations.extend(self.flush_hart(hart))
            data.next_vmid = 1
            if not self.harts[hart].used:
                tag.vmid = 0
                return False
        tag.vmid, tag.generation = data.next_vmid, data.generation
        data.next_vmid += 1
        self.holders[hart][tag.vmid] = key
        operations.append(Assigned(key[0], key[1], hart, tag.vmid, tag.generation))
        return tag.vmid == 1

    def flush_hart(self, hart: HartId) -> Operations:
        """`vmid_flush_hart`: a new generation; `next_vmid` goes on, so no fence is owed yet."""
        data = self.harts[hart]
        if not data.used:
            return ()
        self.holders[hart].clear()
        data.generation = (data.generation + 1) & _GENERATION_MASK
        if data.generation == 0:
            data.used = False
            return (TaggingDisabled(hart),)
        return (RolledOver(hart, data.generation),)

    def flush_vcpu(self, vcpu: VcpuKey) -> None:
        """`vmid_flush_vcpu`: a new VMID at the next entry. Has no caller upstream."""
        self.vcpus[vcpu].generation = 0

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`p2m_tlb_flush` over a dirty_cpumask that nothing sets: -EINVAL, and nothing is sent."""
        return (SbiFences((), "p2m change", EINVAL),)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The VMIDs handed out in this hart's generation."""
        return self.holders[hart]

    def generation(self, hart: HartId) -> int | None:
        """The hart's generation."""
        return self.harts[hart].generation
