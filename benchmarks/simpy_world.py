"""The same world as somebody would write it with SimPy: harts are resources, vCPUs processes.

A vCPU requests its hart, is switched to, runs for a quantum and releases the hart; the resource's
own queue makes them take turns. What is shared with the product is the scheme alone, asked through
its hooks, and the operations it answers with. Registers, TLB tags, cycles, records and clock are
this model's own and as plain as they can be, yet its records must be the machine's, field by field,
and so must the registers at the end and the cycles spent. As on the machine, operations cost cycles
on a hart's own clock and no time of the simulation, so they need no timeout.

Left out: what these switches do not need. Guests touch no memory, and nothing counts how long they
ran; no commands, recordings, migration, forced exits, remote fences (some schemes begin with one),
interleaving, faults, copies; ids given out are not recorded; WARL is a mask, since only one MODE is
ever written, and it is supported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import simpy

from simcore import events as ev
from simcore import policies
from simcore.hv import operations as op
from simcore.hv.domain import Domain, Vcpu
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.ids import DomainId, HartId
from simcore.machine import Machine, MachineSpec
from simcore.policies.base import PolicyContext

Record = tuple[Any, ...]
"""The name of what happened, and what the machine's event of that name says."""


class SimpyHart:
    """A hart: who may run on it, its registers and cycles, and the tags in its TLB."""

    def __init__(self, environment: simpy.Environment, number: HartId, vmidlen: int) -> None:
        self.turn = simpy.Resource(environment)
        self.number = number
        self.hgatp = self.vsatp = self.vmid = self.cycles = 0
        self.tags: set[tuple[int, int]] = set()
        self.last: Vcpu | None = None
        self.hgatp_bits = 15 << 60 | ((1 << vmidlen) - 1) << 44 | (1 << 44) - 4


class SimpyWorld:
    """vCPUs that take turns on their harts, as `Machine` has them do by itself; RV64 alone."""

    def __init__(self, spec: MachineSpec, domains: list[Domain]) -> None:
        platform = spec.platform
        self.environment = simpy.Environment()
        self.records: list[Record] = []
        self.policy = policies.find(spec.policy)(PolicyContext(platform.hart_ids, platform.xlen))
        self.costs, self.mode = platform.costs, platform.g_mode << 60
        self.step_ns = max(1, spec.quantum_ns // len(platform.hart_ids))
        self.quantum_ns = self.step_ns * len(platform.hart_ids)
        self.ends_ns = 0
        self.harts = [
            SimpyHart(self.environment, number, vmidlen)
            for number, vmidlen in zip(platform.hart_ids, platform.vmidlen, strict=True)
        ]
        self.roots = {domain.id: domain.p2m.root_ppn for domain in domains}
        for hart, vmidlen in zip(self.harts, platform.vmidlen, strict=True):
            self._carry_out(hart, self.policy.boot(hart.number, vmidlen))
        vcpus = [vcpu for domain in domains for vcpu in domain.vcpus]
        for domain in domains:
            operations = self.policy.create(domain)
            assert not isinstance(operations, op.Refusal)
            self._carry_out(self.harts[0], operations)
        for index, vcpu in enumerate(vcpus):
            turn = index % len(self.harts)
            first_ns = (index // len(self.harts)) * self.quantum_ns + (turn + 1) * self.step_ns
            self.environment.process(self._live(vcpu, self.harts[turn], first_ns))

    def play(self, steps: int) -> list[Record]:
        """Let ``steps`` quanta end; returns what happened."""
        self.ends_ns += steps * self.step_ns
        self.records.clear()
        # What is due at that very time has happened, too.
        self.environment.run(self.ends_ns + 1)
        return self.records[:]

    def _live(self, vcpu: Vcpu, hart: SimpyHart, first_ns: int) -> Iterator[Any]:
        """One vCPU: wait for the hart, be switched to, run until the quantum ends, leave."""
        environment, policy, records = self.environment, self.policy, self.records
        domain, index, number = vcpu.domain, vcpu.index, hart.number
        yield environment.timeout(first_ns)
        while True:
            with hart.turn.request() as turn:
                yield turn
                now = environment.now
                if hart.last is not vcpu:
                    before = (-1, -1)
                    if hart.last is not None:
                        before = hart.last.key
                        self._carry_out(hart, policy.put(number, hart.last))
                    records.append(("WorldSwitched", now, number, domain, index, *before))
                    self._carry_out(hart, policy.load(number, vcpu))
                    hart.last = vcpu
                self._carry_out(hart, policy.enter(number, vcpu))
                records.append(("GuestEntered", now, number, domain, index, hart.vmid))
                yield environment.timeout(self.quantum_ns)
                records.append(("GuestExited", environment.now, number, domain, index, False))
                self._carry_out(hart, policy.exit(number, vcpu))

    def _carry_out(self, hart: SimpyHart, operations: op.Operations) -> None:
        now, records = self.environment.now, self.records
        for operation in operations:
            if isinstance(operation, op.WriteHgatp):
                vmid, root = operation.vmid, self.roots[operation.vcpu.domain]
                hart.hgatp = (self.mode | vmid << 44 | root) & hart.hgatp_bits
                hart.vmid = hart.hgatp >> 44 & 0x3FFF
                hart.cycles += self.costs.csr_write_cycles
                records.append(("HgatpWritten", now, hart.number, vmid, hart.vmid, hart.hgatp))
            elif isinstance(operation, op.WriteVsatp):
                vcpu = operation.vcpu
                hart.vsatp = 0
                if vcpu is not None and vcpu.asid is not None:
                    root = self.roots[vcpu.domain] + 4 + vcpu.space
                    hart.vsatp = self.mode | vcpu.asid << 44 | root
                hart.cycles += self.costs.csr_write_cycles
                records.append(("VsatpWritten", now, hart.number, hart.vsatp))
            elif isinstance(operation, op.LocalFence):
                self._fence(hart, operation.fence, operation.cause)

    def _fence(self, hart: SimpyHart, fence: Fence, cause: str) -> None:
        """One fence of everything, or of one id."""
        before = len(hart.tags)
        hart.tags = {tag for tag in hart.tags if not _fenced(fence, hart.vmid, tag)}
        dropped = before - len(hart.tags)
        costs = self.costs
        cycles = costs.fence_all_cycles if fence.id is None else costs.fence_id_cycles
        hart.cycles += cycles
        identifier = -1 if fence.id is None else fence.id
        acted_on = hart.vmid if fence.kind is FenceKind.VVMA else -1
        self.records.append((
            "FenceExecuted", self.environment.now, hart.number, fence.name, -1, identifier,
            acted_on, cause, -1, dropped, cycles,
        ))  # fmt: skip


def _fenced(fence: Fence, vmid: int, tag: tuple[int, int]) -> bool:
    """Whether a fence drops the entries under a tag of VMID and ASID."""
    if fence.kind is FenceKind.GVMA:
        return fence.id in (None, tag[0])
    return tag[0] == vmid and fence.id in (None, tag[1])


def played(machine: Machine, steps: int) -> list[ev.Event]:
    """The same with `Machine`."""
    for _ in range(steps):
        machine.step()
    return machine.take_events()


def shared_work(machine: Machine, steps: int) -> Callable[[], None]:
    """What both do in ``steps`` quanta, whatever else they do: ask the scheme, make the records.

    ``machine`` is used up. How the scheme is asked is told by the records, which are made anew.
    """
    recorded = played(machine, steps)
    vcpus = {vcpu.key: vcpu for domain in machine.domains.values() for vcpu in domain.vcpus}
    policy, asked = machine.policy, list[tuple[Callable[[HartId, Vcpu], object], HartId, Vcpu]]()
    for event in recorded:
        if isinstance(event, ev.GuestExited | ev.GuestEntered):
            hook = policy.exit if isinstance(event, ev.GuestExited) else policy.enter
            asked.append((hook, HartId(event.hart), vcpus[DomainId(event.domain), event.vcpu]))
        elif isinstance(event, ev.WorldSwitched):
            left = vcpus[DomainId(event.from_domain), event.from_vcpu]
            came = vcpus[DomainId(event.domain), event.vcpu]
            asked += [(policy.put, HartId(event.hart), left)]
            asked += [(policy.load, HartId(event.hart), came)]
    records = [(type(event), tuple(event)) for event in recorded]

    def work() -> None:
        for hook, hart, vcpu in asked:
            hook(hart, vcpu)
        made: list[ev.Event] = []
        for kind, fields in records:
            made.append(tuple.__new__(kind, fields))

    return work


def assert_same(machine: Machine, world: SimpyWorld, steps: int) -> None:
    """Play both for ``steps`` and hold all that they recorded against each other, and the harts.

    Raises AssertionError at the first record that differs in any field.
    """
    pairs = list(zip(machine.execution.harts.values(), world.harts, strict=True))
    ahead = [hart.cycles - twin.cycles for hart, twin in pairs]
    ours = [(type(event).__name__, *event) for event in played(machine, steps)]
    for mine, theirs in zip(ours, world.play(steps), strict=True):
        assert mine == theirs, f"{mine} of the machine is {theirs} of the SimPy world"
    for (hart, twin), before in zip(pairs, ahead, strict=True):
        assert (hart.hgatp, hart.vsatp, hart.vmid) == (twin.hgatp, twin.vsatp, twin.vmid)
        assert hart.cycles == twin.cycles + before
