"""Linux x86 processes, as a VMID scheme: six slots a hart, each flushed when it changes hands.

Models `choose_new_asid`, `switch_mm_irqs_off`, `flush_tlb_mm_range` and `flush_tlb_func` of
`arch/x86/mm/tlb.c` (read in torvalds/linux@016c4d92cd16), with a domain in the place of an mm.
Each CPU remembers which mm had each of TLB_NR_DYN_ASIDS = 6 slots and how current it is there
(tlb_gen); slot n is PCID n + 1. An mm that comes back to a slot of its own needs a flush only if
its tlb_gen went on; an mm without one takes the next slot round robin and flushes it. A change of
the tables raises tlb_gen and interrupts the CPUs that have the mm loaded; all others find out when
they next load it. No id is ever given back: ctx_id is never used twice.

Carried over: a CR3 write without the no-flush bit drops all of one PCID; here it is HFENCE.GVMA and
HFENCE.VVMA for the one VMID, after hgatp holds it. The interrupt of a remote flush takes a running
guest out, and its hart flushes the id that it has for the domain before it goes back. Slots are at
most 2**VMIDLEN - 1; with VMIDLEN 0 it is a CPU without PCID: id 0, flushed at each switch.
Left out: lazy TLB mode, page-table isolation (a second PCID a slot), ranged flushes, INVLPGB and
its global ASIDs; slot 0, which the kernel has at boot, is free here. Threads of one mm share its
tables, so nothing is flushed between two vCPUs of a domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.generation import Generation
from simcore.hv.operations import LEAVE_TABLES, Assigned, LocalFence, Operations
from simcore.hw.fence import GVMA_ALL
from simcore.hw.ids import DomainId, HartId
from simcore.policies.base import Exhaustion, IdZero, Owner, Policy, PolicyContext, Scope
from simcore.policies.kvm_svm_asid import flush_id, kick, vm_entry

TLB_NR_DYN_ASIDS = 6
NO_PCID = 0


@dataclass(slots=True)
class _Context:
    """`struct tlb_context`: whose an id is on a hart (None: nobody's yet) and how current."""

    domain: DomainId | None = None
    tlb_gen: int = 0


@dataclass(slots=True)
class _TlbState:
    """`struct tlb_state`: one a hart. ``contexts[0]`` is for running without PCIDs."""

    contexts: list[_Context]
    next_id: int = 1
    loaded_id: int = NO_PCID


class LinuxX86Pcid(Policy):
    """A few ids a hart, as a cache of domains."""

    name = "linux-x86-pcid"
    hazards = "two vCPUs of a domain with one ASID number are not kept apart"
    scope = Scope.PER_HART
    id_zero = IdZero.UNTAGGED
    exhaustion = Exhaustion.STEALS
    reserved = frozenset({0})
    lazy_p2m = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.harts: dict[HartId, _TlbState] = {}
        self.tlb_gens: dict[DomainId, int] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`initialize_tlbstate_and_flush`: no slot is anybody's."""
        slots = min(TLB_NR_DYN_ASIDS, 2**vmidlen - 1)
        self.harts[hart] = _TlbState([_Context() for _ in range(1 + slots)])
        return (LocalFence(GVMA_ALL, "boot"),)

    def create(self, domain: Domain) -> Operations:
        """`init_new_context`."""
        self.tlb_gens[domain.id] = Generation(0)
        return ()

    def destroy(self, domain: Domain) -> Operations:
        """Nothing: a slot of the dead is flushed when it is taken."""
        del self.tlb_gens[domain.id]
        return ()

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`switch_mm_irqs_off`: `choose_new_asid`, then CR3 with or without a flush."""
        state, tlb_gen = self.harts[hart], self.tlb_gens[vcpu.domain]
        told: Operations = ()
        cause = "p2m change"
        found = self._id_of(state, vcpu.domain)
        if found is None:
            found, cause = self._take(state), "slot reuse"
            told = (Assigned(vcpu.domain, None, hart, found, 0),)
        state.loaded_id = found
        context = state.contexts[found]
        current = context.domain == vcpu.domain and context.tlb_gen == tlb_gen
        context.domain, context.tlb_gen = vcpu.domain, tlb_gen
        if found == NO_PCID:
            return vm_entry(vcpu, NO_PCID, flush_id(NO_PCID, "world switch"))
        return (*told, *vm_entry(vcpu, found, () if current else flush_id(found, cause)))

    def _id_of(self, state: _TlbState, domain: DomainId) -> int | None:
        """The id a domain has on a hart; without PCIDs there is only one."""
        if len(state.contexts) == 1:
            return NO_PCID
        for number, context in enumerate(state.contexts):
            if context.domain == domain:
                return number
        return None

    def _take(self, state: _TlbState) -> int:
        """The next slot in turn, whoever has it."""
        taken = state.next_id
        state.next_id = taken % (len(state.contexts) - 1) + 1
        return taken

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`flush_tlb_func`, which the interrupt has run by then: catch up with the tlb_gen."""
        state, tlb_gen = self.harts[hart], self.tlb_gens[vcpu.domain]
        context = state.contexts[state.loaded_id]
        if context.tlb_gen == tlb_gen:
            return ()
        context.tlb_gen = tlb_gen
        return flush_id(state.loaded_id, "p2m change")

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0."""
        return LEAVE_TABLES

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`flush_tlb_mm_range`: a new tlb_gen, and an interrupt to each hart that has it loaded."""
        self.tlb_gens[domain.id] += 1
        return kick(self.context, domain)

    def id_limit(self) -> int:
        """One more than there are slots, since id 0 is for running without PCIDs."""
        return TLB_NR_DYN_ASIDS + 1

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The slots of the domains that exist."""
        return {
            number: context.domain
            for number, context in enumerate(self.harts[hart].contexts)
            if number != NO_PCID and context.domain in self.tlb_gens
        }
