"""Demonstrations: machines that are ready to be watched, made once and found again."""

from __future__ import annotations

from dataclasses import dataclass

from app.live import LiveMachine, LiveMachines, Wanted
from app.problems import ProblemError
from app.schedules import FIRST_START
from simcore.hw.platform import preset
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import CreateDomain, Step


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A machine to be watched: what it shows, what it is made of, and how fast it runs.

    It replays ``schedule``, or has ``domains`` guests of one vCPU in run queues.
    """

    name: str
    title: str
    words: str
    spec: MachineSpec
    steps_per_second: float
    schedule: str | None = None
    domains: int = 0


def _spec(policy: str, vmidlen: int, *, loop: bool = False) -> MachineSpec:
    return MachineSpec(preset("rv64").with_harts(2).with_vmidlen(vmidlen), policy, loop=loop)


FIRST = Demonstration(
    "first-start",
    "First start",
    "A recording of real virtual machines under the Xen patch of June 2025, on two harts with "
    "six VMID bits. A VMID is used again without a fence, and its new owner reads the old one's "
    "memory.",
    # The scheme of the review thread that all this began with. The first reused VMID is hit about
    # ten seconds after the start.
    _spec("xen-riscv-v2-posted", 6, loop=True),
    250.0,
    schedule=FIRST_START,
)
ROLL_OVER = Demonstration(
    "roll-over",
    "Roll-over",
    "Nine guests on two harts with three VMID bits, under Linux's KVM. Seven ids are not enough "
    "for nine: every few steps they run out, every hart executes HFENCE.GVMA of everything, and a "
    "new generation begins.",
    # A generation lasts six steps: a roll-over every three seconds.
    _spec("kvm-riscv", 3),
    2.0,
    domains=9,
)
DEMONSTRATIONS = {one.name: one for one in (FIRST, ROLL_OVER)}


def demonstration(name: str) -> Demonstration:
    """The demonstration of this name. Raises ProblemError where there is none."""
    if name not in DEMONSTRATIONS:
        known = ", ".join(DEMONSTRATIONS)
        raise ProblemError("not-found", f"demonstration is {name!r}; the demonstrations: {known}")
    return DEMONSTRATIONS[name]


def find(machines: LiveMachines, wanted: Demonstration) -> LiveMachine | None:
    """The machine of a demonstration, if there is one that still shows what it should."""
    for live in machines.all():
        same = live.kept.name == wanted.title and live.spec == wanted.spec
        # While a machine is restored, how many guests it has is not known yet.
        restoring = live.published.status == "restoring"
        enough = restoring or live.published.domains >= wanted.domains
        if same and enough and live.published.status != "failed":
            return live
    return None


async def ensure(machines: LiveMachines, wanted: Demonstration) -> LiveMachine:
    """The machine of a demonstration, made now or kept from before."""
    async with machines.making:
        live = find(machines, wanted)
        if live is None:
            new = Wanted(wanted.spec, wanted.schedule, wanted.title)
            async with machines.preparing(new) as (live,):
                for _ in range(wanted.domains):
                    await live.command(CreateDomain(1))
                await live.set_clock(False, wanted.steps_per_second)
        return live


async def play(live: LiveMachine) -> None:
    """Set a machine running, unless it runs or is not ready."""
    if live.published.status == "paused":
        await live.set_clock(True, live.speed)


async def run_demo(machines: LiveMachines, live: LiveMachine) -> None:
    """Set the machine running, once it is back where it was."""
    while live.published.status == "restoring" and not machines.stopping:
        await live.news(live.published.version)
    await play(live)


def warm_up() -> None:
    """Load the compiled hot loop, which takes up to a second, before somebody waits for it."""
    machine = Machine(MachineSpec(preset("rv64").with_harts(1), FIRST.spec.policy))
    machine.apply(CreateDomain(1))
    machine.apply(Step(2))
