"""The same world as somebody would write it with SimPy: harts are resources, vCPUs processes.

A vCPU requests its hart, is switched to, runs for a quantum and releases the hart; the resource's
own queue makes them take turns. What is shared with the product is the scheme alone, asked through
its hooks, and the operations it answers with. Registers, TLB tags, records and clock are this
model's own and as plain as they can be: the TLB is a set of tags, a record a tuple, a write is
neither checked nor made legal, and the operations of a switch take their time in one timeout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import simpy

from simcore import policies
from simcore.hv import operations as op
from simcore.hv.domain import Domain, Vcpu
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.ids import HartId
from simcore.machine import Machine, MachineSpec
from simcore.policies.base import PolicyContext


class SimpyHart:
    """A hart: who may run on it, its registers, and the tags in its TLB."""

    def __init__(self, environment: simpy.Environment, number: HartId) -> None:
        self.turn = simpy.Resource(environment)
        self.number = number
        self.hgatp = self.vsatp = self.vmid = 0
        self.tags: set[tuple[int, int]] = set()
        self.last: Vcpu | None = None


class SimpyWorld:
    """vCPUs that take turns on their harts, as `Machine` has them do by itself."""

    def __init__(self, spec: MachineSpec, domains: list[Domain]) -> None:
        platform = spec.platform
        self.environment = simpy.Environment()
        self.records: list[tuple[Any, ...]] = []
        self.policy = policies.find(spec.policy)(PolicyContext(platform.hart_ids, platform.xlen))
        self.cycles = platform.costs.csr_write_cycles
        self.step_ns = max(1, spec.quantum_ns // len(platform.hart_ids))
        self.quantum_ns = self.step_ns * len(platform.hart_ids)
        self.harts = [SimpyHart(self.environment, number) for number in platform.hart_ids]
        self.roots = {domain.id: domain.p2m.root_ppn for domain in domains}
        for hart in self.harts:
            self.policy.boot(hart.number, platform.hart(hart.number).vmidlen)
        vcpus = [vcpu for domain in domains for vcpu in domain.vcpus]
        for domain in domains:
            self.policy.create(domain)
        for index, vcpu in enumerate(vcpus):
            turn = index % len(self.harts)
            first_ns = (index // len(self.harts)) * self.quantum_ns + (turn + 1) * self.step_ns
            self.environment.process(self._live(vcpu, self.harts[turn], first_ns))

    def play(self, steps: int) -> Counter[str]:
        """Let ``steps`` quanta end; returns how many records of each kind that made."""
        self.records.clear()
        self.environment.run(self.environment.now + steps * self.step_ns)
        return Counter(record[0] for record in self.records)

    def _live(self, vcpu: Vcpu, hart: SimpyHart, first_ns: int) -> Iterator[Any]:
        """One vCPU: wait for the hart, be switched to, run until the quantum ends, leave."""
        environment, policy, records = self.environment, self.policy, self.records
        domain, index, number = vcpu.domain, vcpu.index, hart.number
        yield environment.timeout(first_ns)
        while True:
            with hart.turn.request() as turn:
                yield turn
                began_ns = environment.now
                operations: op.Operations = ()
                if hart.last is not vcpu:
                    if hart.last is not None:
                        operations = policy.put(number, hart.last)
                    records.append(("WorldSwitched", began_ns, number, domain, index))
                    operations += policy.load(number, vcpu)
                    hart.last = vcpu
                operations += policy.enter(number, vcpu)
                for operation in operations:
                    self._carry_out(hart, operation)
                took_ns = len(operations) * self.cycles
                yield environment.timeout(took_ns)
                records.append(("GuestEntered", environment.now, number, domain, index, hart.vmid))
                yield environment.timeout(self.quantum_ns - took_ns)
                records.append(("GuestExited", environment.now, number, domain, index))
                for operation in policy.exit(number, vcpu):
                    self._carry_out(hart, operation)

    def _carry_out(self, hart: SimpyHart, operation: op.Operation) -> None:
        now, records = self.environment.now, self.records
        if isinstance(operation, op.WriteHgatp):
            root = self.roots[operation.vcpu.domain]
            hart.vmid = operation.vmid
            hart.hgatp = 8 << 60 | operation.vmid << 44 | root
            records.append(("HgatpWritten", now, hart.number, hart.vmid, hart.hgatp))
        elif isinstance(operation, op.WriteVsatp):
            vcpu = operation.vcpu
            hart.vsatp = 0 if vcpu is None else 8 << 60 | (vcpu.asid or 0) << 44 | 1
            records.append(("VsatpWritten", now, hart.number, hart.vsatp))
        elif isinstance(operation, op.LocalFence):
            before = len(hart.tags)
            hart.tags = {tag for tag in hart.tags if not _fenced(operation.fence, hart.vmid, tag)}
            dropped = before - len(hart.tags)
            records.append(("FenceExecuted", now, hart.number, operation.fence, dropped))


def _fenced(fence: Fence, vmid: int, tag: tuple[int, int]) -> bool:
    """Whether a fence drops the entries under a tag of VMID and ASID."""
    if fence.kind is FenceKind.GVMA:
        return fence.id in (None, tag[0])
    return tag[0] == vmid and fence.id in (None, tag[1])


def records_of_machine(machine: Machine, steps: int) -> Counter[str]:
    """The same with `Machine`."""
    machine.take_events()
    for _ in range(steps):
        machine.step()
    return Counter(type(event).__name__ for event in machine.take_events())
