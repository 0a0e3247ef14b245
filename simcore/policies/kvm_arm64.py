"""Linux KVM on Arm: one VMID a VM in a global generation; running VMs keep theirs at roll-over.

Models `arch/arm64/kvm/vmid.c` (`kvm_arm_vmid_update`, `new_vmid`, `flush_context`,
`check_update_reserved_vmid`, `kvm_arm_vmid_clear_active`), `kvm_arch_vcpu_load` and `_put` of
`arch/arm64/kvm/arm.c`, and `__kvm_flush_vm_context`, `__kvm_flush_cpu_context` and
`__kvm_tlb_flush_vmid` of `arch/arm64/kvm/hyp/nvhe/tlb.c`, of a v6.17-era tree, as read in
Kingxukai/linux@9b44fff655e2. A VM keeps its index from one generation to the next where it runs
at roll-over (its id is reserved) or where nobody took the index since. A vCPU that comes to a CPU
where another of its VM ran last fences the VM's stage 1 there. VMID 0 is the host's.

Carried over: at roll-over TLBI ALLE1IS drops both stages of every VMID on every CPU; here it is
HFENCE.GVMA for all VMIDs by IPI to all harts, and, since HFENCE.VVMA acts on hgatp.VMID alone, an
HFENCE.VVMA on each hart where a VM comes to it with another id than the last time. The local fence
of `last_vcpu_ran` (TLBI VMALLE1) is HFENCE.VVMA itself; at a VM's first run on a hart both are due,
and one is executed. A p2m change (TLBI IPAS2E1IS, VMALLE1IS) is HFENCE.GVMA of the whole VMID, by
IPI to all harts; GVA -> GPA entries stay right. As a vCPU leaves, hgatp gets VMID 0, as VTTBR gets
the host's: what a hart then caches ahead of time is under no guest's VMID. The VMID bits are those
of the hart with the fewest. Arm has 8 or 16; here any number but none will do.

As many indices as harts are enough. Linux warns at no more than that, goes on with fewer too, and
where all are reserved it hands out the host's VMID 0, which two VMs may then have; so does this.
Left out: nested guests, protected KVM, fences of single addresses, the instruction cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.generation import Generation
from simcore.hv.operations import (
    LEAVE_TABLES,
    NONE,
    Assigned,
    IpiFence,
    LocalFence,
    Operation,
    Operations,
    RolledOver,
    WriteHgatp,
)
from simcore.hw.fence import GVMA_ALL, VVMA_ALL, gvma_vmid
from simcore.hw.ids import DomainId, HartId
from simcore.policies.base import Exhaustion, Owner, Policy, PolicyContext
from simcore.policies.kvm_svm_asid import vm_entry

HOST_VMID = 0


@dataclass(frozen=True, slots=True)
class TaggedId:
    """An index and the generation it was given out in; upstream, one number of both."""

    generation: int
    index: int


NO_ID = TaggedId(0, 0)
_ACTIVE_INVALID = TaggedId(1, 0)
"""`VMID_ACTIVE_INVALID`: no vCPU is loaded, so nothing is to be reserved but index 0."""


class GenerationBitmap(Policy):
    """The ids of Arm's kernels: a bitmap of indices, a generation, and what each hart runs.

    ``active`` is the id a hart runs under, `NO_ID` from a roll-over until its next load;
    ``reserved_ids`` what it ran under at the roll-over; ``running`` are the harts with a vCPU on
    them. A scheme adds its world switch and fences.
    """

    exhaustion = Exhaustion.ROLLS_OVER
    reserved = frozenset({HOST_VMID})

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.current_generation = Generation(1)
        self.taken = bytearray()
        self.next_index = 1
        self.ids: dict[DomainId, TaggedId] = {}
        self.active = dict.fromkeys(context.hart_ids, NO_ID)
        self.reserved_ids = dict.fromkeys(context.hart_ids, NO_ID)
        self.running: set[HartId] = set()
        self.renewed: set[DomainId] = set()
        self.holders: dict[int, DomainId] = {}

    def create(self, domain: Domain) -> Operations:
        """Generation 0 is never the current one: the first load assigns."""
        self.ids[domain.id] = NO_ID
        return ()

    def destroy(self, domain: Domain) -> Operations:
        """Nothing is freed: an index is not given out again before a roll-over fences it."""
        index = self.ids.pop(domain.id).index
        self.renewed.discard(domain.id)
        if self.holders.get(index) == domain.id:
            del self.holders[index]
        return ()

    def _update(self, hart: HartId, domain: DomainId, told: list[Operation]) -> TaggedId:
        """`kvm_arm_vmid_update`: the domain's id if it is of this generation, another if not."""
        tagged = self.ids[domain]
        if tagged.generation != self.current_generation:
            tagged = self.ids[domain] = self._new_id(tagged, told)
            self.holders[tagged.index] = domain
            if domain not in self.renewed:
                told.append(Assigned(domain, None, None, tagged.index, tagged.generation))
        self.active[hart] = tagged
        self.running.add(hart)
        return tagged

    def _new_id(self, old: TaggedId, told: list[Operation]) -> TaggedId:
        """`new_vmid`: the old index if it is reserved or free, else the next free one."""
        if old != NO_ID:
            same = TaggedId(self.current_generation, old.index)
            if self._is_reserved(old, same):
                return same
            if not self.taken[old.index]:
                self.taken[old.index] = 1
                return same
        index = self.taken.find(0, self.next_index)
        if index < 0:
            self._roll_over(told)
            index = self.taken.find(0, 1)
        if index < 0:
            # Every index is reserved. Upstream the search ends past the last, and is cut to 0.
            self.next_index = len(self.taken)
            return TaggedId(self.current_generation, HOST_VMID)
        self.taken[index] = 1
        self.next_index = index
        return TaggedId(self.current_generation, index)

    def _is_reserved(self, old: TaggedId, same: TaggedId) -> bool:
        """`check_update_reserved_vmid`: whether it ran at roll-over; its id is renewed then."""
        harts = [hart for hart, reserved in self.reserved_ids.items() if reserved == old]
        for hart in harts:
            self.reserved_ids[hart] = same
        return bool(harts)

    def _roll_over(self, told: list[Operation]) -> None:
        """A generation begins. The ids of domains that run are reserved, so good in it at once.

        Upstream, they get the new generation's number as they are next loaded.
        """
        self.current_generation += 1
        self._flush_context()
        told.append(RolledOver(None, self.current_generation))
        told.extend(self._rolled_over())
        kept = set(self.reserved_ids.values()) - {NO_ID}
        run = {self.reserved_ids[hart] for hart in self.running}
        self.holders = {own.index: domain for domain, own in self.ids.items() if own in kept}
        self.renewed.clear()
        for domain in sorted(self.holders.values()):
            if self.ids[domain] in run:
                told.extend(self._renewal(domain))

    def _renewal(self, domain: DomainId) -> Operations:
        """That a domain's older id, being reserved, is good in this generation; told once."""
        own = self.ids[domain]
        if own.generation in (NO_ID.generation, self.current_generation):
            return ()
        if domain in self.renewed:
            return ()
        self.renewed.add(domain)
        return (Assigned(domain, None, None, own.index, self.current_generation),)

    def _flush_context(self) -> None:
        """`flush_context`: reserve what is active, or what still runs since an earlier one."""
        self.taken = bytearray(len(self.taken))
        for hart, active in self.active.items():
            if active != NO_ID:
                self.reserved_ids[hart] = active
            self.active[hart] = NO_ID
            self.taken[self.reserved_ids[hart].index] = 1

    def _rolled_over(self) -> Operations:
        """What a scheme does about the entries of older generations as one begins."""
        return NONE

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0."""
        self.running.discard(hart)
        return LEAVE_TABLES

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The indices of this generation, with those that running domains kept."""
        return self.holders

    def generation(self, hart: HartId) -> int | None:
        """The global generation."""
        return self.current_generation


@dataclass(frozen=True, slots=True)
class _LastRun:
    """Which vCPU of a VM ran last on a hart, and under which id."""

    vcpu: int
    id: TaggedId


class KvmArm64(GenerationBitmap):
    """A VM's id holds while its generation is the current one; a roll-over fences at once."""

    name = "kvm-arm64"
    hazards = (
        "with fewer usable VMIDs than harts every id may be reserved, and VMID 0 is handed out "
        "(A1; real hardware has 8 or 16 bits); with speculation and a split TLB, entries are "
        "filled under an id that is given up already while the register holds it"
    )

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.bits: int | None = None
        self.last_run: dict[DomainId, dict[HartId, _LastRun]] = {}

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """Without VMID bits there is only the host's index."""
        if 0 not in vmidlen:
            return None
        hart = context.hart_ids[vmidlen.index(0)]
        return f"VMID 0 is the host's, and hart {hart} implements no VMID bit"

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`kvm_arm_vmid_alloc_init`, with the VMID bits that every hart has."""
        self.bits = vmidlen if self.bits is None else min(self.bits, vmidlen)
        self.taken = bytearray(2**self.bits)
        return (LocalFence(GVMA_ALL, "boot"),)

    @property
    def warns(self) -> bool:
        """Whether Linux warns at start: no more indices to give out than harts."""
        return len(self.taken) - 1 <= len(self.context.hart_ids)

    def create(self, domain: Domain) -> Operations:
        """`last_vcpu_ran` is "none" on every hart."""
        self.last_run[domain.id] = {}
        return super().create(domain)

    def destroy(self, domain: Domain) -> Operations:
        """Nothing is freed."""
        del self.last_run[domain.id]
        return super().destroy(domain)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`kvm_arch_vcpu_load`: the id, VTTBR, the fence that `last_vcpu_ran` asks for."""
        told: list[Operation] = []
        tagged = self._update(hart, vcpu.domain, told)
        runs = self.last_run[vcpu.domain]
        last, runs[hart] = runs.get(hart), _LastRun(vcpu.index, tagged)
        fences: Operations = ()
        if last is None or last.id != tagged:
            fences = (LocalFence(VVMA_ALL, "new id"),)
        elif last.vcpu != vcpu.index:
            fences = (LocalFence(VVMA_ALL, "another vCPU ran"),)
        return (*told, *vm_entry(vcpu, tagged.index, fences))

    def _rolled_over(self) -> Operations:
        """`__kvm_flush_vm_context`: all VMIDs on all harts, at once."""
        return (IpiFence(self.context.hart_ids, GVMA_ALL, "roll-over"),)

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`kvm_arm_vmid_clear_active`, and VTTBR of the host."""
        self.active[hart] = _ACTIVE_INVALID
        return (*super().put(hart, vcpu), WriteHgatp(vcpu, HOST_VMID))

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`__kvm_tlb_flush_vmid`: the VM's id on all harts; one that never ran has none."""
        tagged = self.ids[domain.id]
        if tagged == NO_ID:
            return ()
        return (IpiFence(self.context.hart_ids, gvma_vmid(tagged.index), "p2m change"),)
