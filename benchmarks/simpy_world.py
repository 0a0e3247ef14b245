"""The same world as a SimPy model: a process a hart, an event for each thing that takes time.

Policy, registers, TLBs and records are the product's; time and world switches are SimPy's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import simpy

from simcore import events as ev
from simcore import policies
from simcore.hv import operations as op
from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.scheduler import RunQueues
from simcore.hw.csr import Hgatp, Vsatp
from simcore.hw.hart import Hart
from simcore.machine import Machine, MachineSpec
from simcore.policies.base import PolicyContext


class SimpyWorld:
    """Harts that switch between the vCPUs of their queues, as `Machine` does by itself."""

    def __init__(self, spec: MachineSpec, domains: list[Domain]) -> None:
        platform = spec.platform
        self.spec, self.environment = spec, simpy.Environment()
        self.events: list[ev.Event] = []
        self.policy = policies.find(spec.policy)(PolicyContext(platform.hart_ids, platform.xlen))
        self.harts = [platform.hart(number) for number in platform.hart_ids]
        self.queues = RunQueues(platform.hart_ids)
        self.vcpus: dict[VcpuKey, Vcpu] = {}
        self.roots = {domain.id: domain.p2m.root_ppn for domain in domains}
        for hart in self.harts:
            self.policy.boot(hart.id, hart.vmidlen)
        for domain in domains:
            self.policy.create(domain)
            for vcpu in domain.vcpus:
                self.vcpus[vcpu.key] = vcpu
                self.queues.place(vcpu.key)
        step_ns = max(1, spec.quantum_ns // len(self.harts))
        for turn, hart in enumerate(self.harts, 1):
            self.environment.process(self._run(hart, turn * step_ns, step_ns * len(self.harts)))

    def play(self, steps: int) -> int:
        """Let ``steps`` quanta end; returns the world switches."""
        self.events.clear()
        step_ns = max(1, self.spec.quantum_ns // len(self.harts))
        self.environment.run(self.environment.now + steps * step_ns)
        return sum(isinstance(event, ev.WorldSwitched) for event in self.events)

    def _run(self, hart: Hart, first_ns: int, period_ns: int) -> Iterator[Any]:
        environment, policy = self.environment, self.policy
        current: Vcpu | None = None
        due_ns = first_ns
        while True:
            yield environment.timeout(due_ns - environment.now)
            due_ns += period_ns
            key = self.queues.rotate(hart.id)
            if key is None:
                continue
            vcpu = self.vcpus[key]
            if current is not None:
                self.events.append(
                    ev.GuestExited(environment.now, hart.id, *current.key, forced=False)
                )
                yield from self._carry_out(hart, policy.exit(hart.id, current))
            if current is not vcpu:
                if current is not None:
                    yield from self._carry_out(hart, policy.put(hart.id, current))
                previous = current.key if current else (-1, -1)
                self.events.append(ev.WorldSwitched(environment.now, hart.id, *vcpu.key, *previous))
                yield from self._carry_out(hart, policy.load(hart.id, vcpu))
            current = vcpu
            yield from self._carry_out(hart, policy.enter(hart.id, vcpu))
            self.events.append(ev.GuestEntered(environment.now, hart.id, *vcpu.key, hart.vmid))

    def _carry_out(self, hart: Hart, operations: op.Operations) -> Iterator[Any]:
        """Each operation takes its cycles, one nanosecond each, and is recorded."""
        platform, events, now = self.spec.platform, self.events, self.environment.now
        for operation in operations:
            if isinstance(operation, op.WriteHgatp):
                root = self.roots[operation.vcpu.domain]
                hart.write_hgatp(Hgatp(platform.g_mode, operation.vmid, root).pack(platform.xlen))
                events.append(ev.HgatpWritten(now, hart.id, operation.vmid, hart.vmid, hart.hgatp))
            elif isinstance(operation, op.WriteVsatp):
                vcpu = operation.vcpu
                asid = 0 if vcpu is None else vcpu.asid or 0
                hart.write_vsatp(Vsatp(platform.g_mode, asid, 1).pack(platform.xlen))
                events.append(ev.VsatpWritten(now, hart.id, hart.vsatp))
            elif isinstance(operation, op.LocalFence):
                hart.execute(operation.fence)
            yield self.environment.timeout(platform.costs.csr_write_cycles)


def switches_of_machine(machine: Machine, steps: int) -> int:
    """The same with `Machine`."""
    machine.take_events()
    for _ in range(steps):
        machine.step()
    return sum(isinstance(event, ev.WorldSwitched) for event in machine.take_events())
