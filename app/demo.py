"""The demonstration: a machine that replays the shipped recording when somebody first looks."""

from __future__ import annotations

from app.live import LiveMachine, LiveMachines
from app.schedules import FIRST_START
from simcore.hw.platform import preset
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import CreateDomain, Step

DEMO_NAME = "First start"
DEMO_POLICY = "xen-riscv-v2-posted"
"""The scheme of the review thread that all this began with: it shows what can go wrong."""
_HARTS = 2
_VMIDLEN = 6
_STEPS_PER_SECOND = 250.0
"""The first reused VMID is hit about ten seconds after the start."""


async def ensure_demo(machines: LiveMachines) -> LiveMachine:
    """The machine of this name, made now or kept from before."""
    live = next((live for live in machines.all() if live.kept.name == DEMO_NAME), None)
    if live is not None:
        return live
    platform = preset("rv64").with_harts(_HARTS).with_vmidlen(_VMIDLEN)
    spec = MachineSpec(platform, DEMO_POLICY, loop=True)
    live = await machines.create(DEMO_NAME, spec, FIRST_START)
    await live.set_clock(False, _STEPS_PER_SECOND)
    return live


async def run_demo(machines: LiveMachines, live: LiveMachine) -> None:
    """Set the machine running, once it is back where it was."""
    while live.published.status == "restoring" and not machines.stopping:
        await live.news(live.published.version)
    if live.published.status == "paused":
        await live.set_clock(True, live.speed)


def warm_up() -> None:
    """Load the compiled hot loop, which takes up to a second, before somebody waits for it."""
    machine = Machine(MachineSpec(preset("rv64").with_harts(1), DEMO_POLICY))
    machine.apply(CreateDomain(1))
    machine.apply(Step(2))
