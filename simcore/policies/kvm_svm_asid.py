"""Linux KVM on AMD: one ASID a vCPU, counted up on each CPU, everything flushed where it wraps.

Models `svm_hardware_enable`, `pre_svm_run`, `new_asid` and `svm_flush_tlb_asid` of
`arch/x86/kvm/svm/svm.c` (v5.13 to v6.16; read in torvalds/linux@00089c048eb4, in later text as
quoted in a series of 2025 that replaces it, and in early text). A vCPU keeps its ASID while its
generation is the CPU's and it stays on that CPU; the first ASID of a CPU begins generation 2. A
remote flush is a request to all vCPUs that kicks the running ones.

Carried over: VMRUN loads ASID and root tables at once, so each entry writes vsatp = 0, hgatp,
vsatp. FLUSH_ALL_ASID drops both stages of every ASID there; here it is HFENCE.GVMA for all VMIDs,
and, since HFENCE.VVMA acts on hgatp.VMID alone, one HFENCE.VVMA at each assignment, once hgatp
holds the id. FLUSH_ASID is both fences for the one id. The number of ASIDs (CPUID Fn8000_000A EBX)
is 2**VMIDLEN of each hart; ASID 0 is the host's, so a hart without VMID bits has none to give.
Left out: nested guests, SEV (ASIDs of their own), hardware without FLUSHBYASID.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.generation import Generation
from simcore.hv.operations import (
    LEAVE_TABLES,
    Assigned,
    ForceExit,
    LocalFence,
    Operation,
    Operations,
    RolledOver,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hw.fence import GVMA_ALL, VVMA_ALL, gvma_vmid
from simcore.hw.ids import HartId
from simcore.policies.base import Exhaustion, Owner, Policy, PolicyContext, Scope


def flush_id(vmid: int, cause: str) -> Operations:
    """Drop one id's entries of both stages on this hart, whose hgatp holds the id already."""
    return (LocalFence(gvma_vmid(vmid), cause), LocalFence(VVMA_ALL, cause))


def vm_entry(vcpu: Vcpu, vmid: int, fences: Operations) -> Operations:
    """An entry that loads all at once: vsatp = 0, hgatp, the fences owed, vsatp."""
    return (WriteVsatp(None), WriteHgatp(vcpu, vmid), *fences, WriteVsatp(vcpu))


def kick(context: PolicyContext, domain: Domain) -> Operations:
    """Make the running vCPUs of a domain leave guest mode, so that they serve requests."""
    harts = tuple(hart for hart in context.hart_ids if hart in domain.dirty_harts)
    return (ForceExit(harts),) if harts else ()


@dataclass(slots=True)
class _CpuAsids:
    """`struct svm_cpu_data`: one a hart."""

    generation: int
    next_asid: int
    max_asid: int


@dataclass(slots=True)
class _VcpuAsid:
    """A vCPU's ASID: of which generation (None: of none), of which hart, and a flush requested."""

    asid: int = 0
    generation: int | None = None
    hart: HartId | None = None
    flush: bool = False


class KvmSvmAsid(Policy):
    """A vCPU's ASID holds on one hart, while its generation is the hart's."""

    name = "kvm-svm-asid"
    scope = Scope.PER_HART
    exhaustion = Exhaustion.ROLLS_OVER
    reserved = frozenset({0})
    lazy_p2m = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.harts: dict[HartId, _CpuAsids] = {}
        self.vcpus: dict[VcpuKey, _VcpuAsid] = {}
        self.holders: dict[HartId, dict[int, VcpuKey]] = {}

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """A hart without VMID bits has no id 1."""
        if 0 not in vmidlen:
            return None
        hart = context.hart_ids[vmidlen.index(0)]
        return f"ids are counted from 1, and hart {hart} implements no VMID bit"

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`svm_hardware_enable`: the counter stands past its end, so the first ASID rolls over."""
        self.harts[hart] = _CpuAsids(Generation(1), 2**vmidlen, 2**vmidlen - 1)
        self.holders[hart] = {}
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations:
        """A vCPU of no generation: the first entry assigns."""
        for vcpu in domain.vcpus:
            self.vcpus[vcpu.key] = _VcpuAsid()
        return ()

    def destroy(self, domain: Domain) -> Operations:
        """Nothing is freed: an ASID is not given out again before its generation ends."""
        for vcpu in domain.vcpus:
            self._forget(vcpu.key, self.vcpus.pop(vcpu.key))
        return ()

    def _forget(self, key: VcpuKey, state: _VcpuAsid) -> None:
        """The vCPU's ASID on the hart it was on is in force no longer."""
        if state.hart is not None and self.holders[state.hart].get(state.asid) == key:
            del self.holders[state.hart][state.asid]

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0: after #VMEXIT the guest's root tables are not in use."""
        return LEAVE_TABLES

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`pre_svm_run`, then VMRUN: a new ASID on another CPU or in another generation."""
        state, asids = self.vcpus[vcpu.key], self.harts[hart]
        if state.hart != hart:
            self._forget(vcpu.key, state)
            state.hart, state.generation = hart, None
        told: list[Operation] = []
        fresh = state.generation != asids.generation
        rolled = fresh and asids.next_asid > asids.max_asid
        if rolled:
            told.append(self._begin_generation(hart, asids))
        if fresh:
            told.append(self._new_asid(hart, vcpu.key, state))
        fences = self._fences(state.asid, fresh, rolled, state.flush)
        state.flush = False
        return (*told, *vm_entry(vcpu, state.asid, fences))

    def _begin_generation(self, hart: HartId, asids: _CpuAsids) -> Operation:
        """The first half of `new_asid`: the counter wraps, and all ASIDs given out are void."""
        asids.generation += 1
        asids.next_asid = 1
        self.holders[hart].clear()
        return RolledOver(hart, asids.generation)

    def _new_asid(self, hart: HartId, key: VcpuKey, state: _VcpuAsid) -> Operation:
        """The second half of `new_asid`: the next ASID of this generation."""
        asids = self.harts[hart]
        state.asid, state.generation = asids.next_asid, asids.generation
        asids.next_asid += 1
        self.holders[hart][state.asid] = key
        return Assigned(key[0], key[1], hart, state.asid, asids.generation)

    def _fences(self, asid: int, fresh: bool, rolled: bool, asked: bool) -> Operations:
        """What TLB_CONTROL asks of VMRUN: all, one ASID or nothing; and VS-stage of a new ASID."""
        if rolled:
            return (LocalFence(GVMA_ALL, "roll-over"), LocalFence(VVMA_ALL, "roll-over"))
        if asked:
            return flush_id(asid, "p2m change")
        return (LocalFence(VVMA_ALL, "new id"),) if fresh else ()

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`kvm_flush_remote_tlbs`: KVM_REQ_TLB_FLUSH to every vCPU, kicking the running."""
        for vcpu in domain.vcpus:
            self.vcpus[vcpu.key].flush = True
        return kick(self.context, domain)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The ASIDs of this hart's generation."""
        return self.holders[hart]

    def generation(self, hart: HartId) -> int | None:
        """The hart's generation."""
        return self.harts[hart].generation
