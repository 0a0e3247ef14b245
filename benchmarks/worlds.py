"""The machine whose control path is measured: guests that touch no memory."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import CreateDomain

QUIET = GuestSpec(working_set_pages=1, accesses_per_us=0)


def machine_of(policy: str, harts: int = 4, domains: int = 8, vmidlen: int = 14) -> Machine:
    """A machine with domains of one vCPU, after its first switches."""
    platform = preset("rv64").with_harts(harts).with_vmidlen(vmidlen)
    machine = Machine(MachineSpec(platform, policy, guests=QUIET))
    for _ in range(domains):
        machine.apply(CreateDomain(1))
    for _ in range(max(harts, domains) + harts):
        machine.step()
    machine.take_events()
    return machine
