"""Ids with epochs, fenced by each hart for itself when it meets a new one; reuse is never remote.

Our own scheme, modelled on nobody's code. One VMID a domain, from as many as the hart with the
fewest bits implements. A domain that gets an id begins an epoch; each hart remembers the epoch it
last ran under each id, and fences locally, before guest code runs, when the two differ. It fences
the one id, or every id at once where that clears more debts and drops nothing that is wanted. Ids
go round in rotation; when none is free, the domain that has not run for longest and runs nowhere
loses its id and gets another when it is loaded again; when all run, the newcomer shares one and
fences at each load, which is each entry after another's. So no domain is refused, and VMIDLEN 0
works. Two vCPUs of one domain are kept apart on a hart by an HFENCE.VVMA for the ASID, where both
have it for different tables; the ASID is the one in the vCPU's saved vsatp, so a guest that goes
through several ASIDs while it runs would have to be fenced whenever a sibling follows. A p2m change
begins a new epoch too; only the harts that run the domain at that moment are sent a fence. Left
out: a bound on the memory for (hart, id) pairs, which a hypervisor would keep in an array a hart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.generation import Generation
from simcore.hv.operations import (
    LEAVE_TABLES,
    Assigned,
    IpiFence,
    LocalFence,
    Operation,
    Operations,
    Released,
    WriteHgatp,
    WriteVsatp,
)
from simcore.hw.fence import GVMA_ALL, VVMA_ALL, gvma_vmid, vvma_asid
from simcore.hw.ids import DomainId, HartId
from simcore.policies.base import (
    Exhaustion,
    IdZero,
    Owner,
    Policy,
    PolicyContext,
    Rename,
    freeze,
)


@dataclass(slots=True)
class Tenure:
    """A domain's hold on an id, from one epoch on."""

    vmid: int
    epoch: int
    shared: bool = False
    harts: set[HartId] = field(default_factory=set)
    """Where it ran in this epoch."""


@dataclass(slots=True)
class _HartMemory:
    """What a hart knows of its own TLB, by id; an id it does not list has no entries here.

    ``g_epoch`` is the epoch whose G-stage and combined entries it may hold, ``vs_epoch`` the epoch
    whose VS-stage ones, with the tables (space) that each ASID stood for; ``owed`` counts the ids
    in ``g_epoch`` whose epoch is over.
    """

    g_epoch: dict[int, int] = field(default_factory=dict)
    vs_epoch: dict[int, tuple[int, dict[int, int]]] = field(default_factory=dict)
    owed: int = 0


class LazyEpoch(Policy):
    """Per-domain ids; a hart fences at entry when an id's epoch is not the one it remembers."""

    name = "lazy-epoch"
    id_zero = IdZero.GIVEN
    exhaustion = Exhaustion.STEALS
    lazy_p2m = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.ids = 0
        self.next_id = 0
        self.epoch = Generation(0)
        self.tenures: dict[DomainId, Tenure] = {}
        self.holders: dict[int, DomainId] = {}
        self.idle_order: dict[DomainId, None] = {}
        self.loaded: dict[DomainId, int] = {}
        self.memory: dict[HartId, _HartMemory] = {}

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """The hart with the fewest bits decides, since a domain may run on any."""
        self.ids = 2**vmidlen if not self.memory else min(self.ids, 2**vmidlen)
        self.memory[hart] = _HartMemory()
        return (LocalFence(GVMA_ALL, "boot"),)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """The id, then vsatp = 0, hgatp, the fences owed, vsatp: nothing stale is ever active."""
        operations: list[Operation] = []
        tenure = self._tenure(vcpu.domain, operations)
        self.loaded[vcpu.domain] = self.loaded.get(vcpu.domain, 0) + 1
        self.idle_order.pop(vcpu.domain, None)
        operations += [WriteVsatp(None), WriteHgatp(vcpu, tenure.vmid)]
        self.fence_debts(hart, vcpu, tenure, operations)
        operations.append(WriteVsatp(vcpu))
        return tuple(operations)

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """vsatp = 0; a domain that runs nowhere now joins the queue to lose its id."""
        self.loaded[vcpu.domain] -= 1
        if not self.loaded[vcpu.domain]:
            del self.loaded[vcpu.domain]
            self.idle_order[vcpu.domain] = None
            if self.tenures[vcpu.domain].shared:
                tenure = self.tenures.pop(vcpu.domain)
                self._end_epoch(tenure)
                return (WriteVsatp(None), Released(vcpu.domain, tenure.vmid))
        return LEAVE_TABLES

    def _tenure(self, domain: DomainId, operations: list[Operation]) -> Tenure:
        """The domain's id, given now where it has none."""
        held = self.tenures.get(domain)
        if held is not None:
            return held
        vmid = self._free_id()
        if vmid is None:
            vmid = self._steal(operations)
        shared = vmid is None
        if vmid is None:
            # Every id runs: share the next in rotation.
            vmid = self._rotate()
        else:
            self.holders[vmid] = domain
        self.epoch += 1
        held = self.tenures[domain] = Tenure(vmid, self.epoch, shared)
        operations.append(Assigned(domain, None, None, vmid, self.epoch))
        return held

    def _rotate(self) -> int:
        vmid = self.next_id
        self.next_id = (vmid + 1) % self.ids
        return vmid

    def _free_id(self) -> int | None:
        """The next id in rotation that nobody has."""
        if len(self.holders) == self.ids:
            return None
        while (vmid := self._rotate()) in self.holders:
            pass
        return vmid

    def _steal(self, operations: list[Operation]) -> int | None:
        """The id of the domain that has not run for longest and runs nowhere; None: all run."""
        for domain in self.idle_order:
            tenure = self.tenures.get(domain)
            if tenure is not None:
                vmid = tenure.vmid
                del self.tenures[domain], self.holders[vmid]
                self._end_epoch(tenure)
                operations.append(Released(domain, vmid))
                return vmid
        return None

    def _end_epoch(self, tenure: Tenure) -> None:
        """From now on, each hart that ran in this epoch owes the id a fence."""
        for hart in tenure.harts:
            memory = self.memory[hart]
            if memory.g_epoch.get(tenure.vmid) == tenure.epoch:
                memory.owed += 1
        tenure.harts.clear()

    def fence_debts(
        self, hart: HartId, vcpu: Vcpu, tenure: Tenure, operations: list[Operation]
    ) -> None:
        """The fences this hart owes before ``vcpu`` may run under its id."""
        memory, vmid = self.memory[hart], tenure.vmid
        known = memory.g_epoch.get(vmid, tenure.epoch)
        if known != tenure.epoch or (tenure.shared and vmid in memory.g_epoch):
            self._fence_g_stage(memory, vmid, known, operations)
        memory.g_epoch[vmid] = tenure.epoch
        tenure.harts.add(hart)
        self._fence_vs_stage(memory, vcpu, tenure, operations)

    def _fence_g_stage(
        self, memory: _HartMemory, vmid: int, known: int, operations: list[Operation]
    ) -> None:
        """Fence the id, or every id where several are owed a fence and none holds wanted entries.

        An entry that is wanted costs a walk to fill again, far more than the fence it would save.
        """
        if memory.owed > 1 and memory.owed == len(memory.g_epoch):
            operations.append(LocalFence(GVMA_ALL, "epochs of many ids"))
            memory.g_epoch.clear()
            memory.owed = 0
            return
        operations.append(LocalFence(gvma_vmid(vmid), "epoch of one id"))
        if self._is_over(vmid, known):
            memory.owed -= 1

    def _is_over(self, vmid: int, epoch: int) -> bool:
        """Whether nobody has ``vmid`` in ``epoch`` any more."""
        holder = self.holders.get(vmid)
        return holder is None or self.tenures[holder].epoch != epoch

    @staticmethod
    def _fence_vs_stage(
        memory: _HartMemory, vcpu: Vcpu, tenure: Tenure, operations: list[Operation]
    ) -> None:
        """HFENCE.VVMA after another epoch, or where the ASID stood for another vCPU's tables."""
        epoch, spaces = memory.vs_epoch.get(tenure.vmid, (tenure.epoch, {}))
        if epoch != tenure.epoch or (tenure.shared and tenure.vmid in memory.vs_epoch):
            operations.append(LocalFence(VVMA_ALL, "epoch of one id"))
            spaces = {}
        elif vcpu.asid is not None and spaces.get(vcpu.asid, vcpu.space) != vcpu.space:
            operations.append(LocalFence(vvma_asid(vcpu.asid), "ASID of a sibling"))
        if vcpu.asid is not None:
            spaces[vcpu.asid] = vcpu.space
        memory.vs_epoch[tenure.vmid] = (tenure.epoch, spaces)

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """A new epoch: harts that run the domain are fenced now, the others when it comes back."""
        tenure = self.tenures.get(domain.id)
        if tenure is None:
            return ()
        self._end_epoch(tenure)
        self.epoch += 1
        tenure.epoch = self.epoch
        harts = tuple(hart for hart in self.context.hart_ids if hart in domain.dirty_harts)
        for hart in harts:
            self._fenced_now(hart, tenure)
        if not harts:
            return ()
        return (IpiFence(harts, gvma_vmid(tenure.vmid), "p2m change"),)

    def _fenced_now(self, hart: HartId, tenure: Tenure) -> None:
        """A hart that runs the domain is in the new epoch at once."""
        memory = self.memory[hart]
        memory.g_epoch[tenure.vmid] = tenure.epoch
        memory.owed -= 1
        tenure.harts.add(hart)
        _, spaces = memory.vs_epoch[tenure.vmid]
        memory.vs_epoch[tenure.vmid] = (tenure.epoch, spaces)

    def destroy(self, domain: Domain) -> Operations:
        """The id is free; whoever gets it begins another epoch, and that is what fences."""
        self.idle_order.pop(domain.id, None)
        tenure = self.tenures.pop(domain.id, None)
        if tenure is None:
            return ()
        self._end_epoch(tenure)
        del self.holders[tenure.vmid]
        return (Released(domain.id, tenure.vmid),)

    def owners(self, hart: HartId) -> Mapping[int, Owner]:
        """The ids as the domains hold them; a sharer is shown beside the holder by its tenure."""
        return self.holders

    def key(self, rename: Rename | None = None) -> tuple[object, ...]:
        """With the order in which idle domains lose their ids."""
        order = tuple(enumerate(self.idle_order))
        return (*super().key(rename), freeze(order, rename))
