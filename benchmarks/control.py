"""The control path: against SimPy, and how its cost grows with the machine."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from benchmarks import remote_fence
from benchmarks.figures import Figure, growth, ratios
from benchmarks.worlds import QUIET, machine_of
from simcore import policies
from simcore.hv.operations import LocalFence
from simcore.hw.fence import gvma_vmid
from simcore.hw.platform import preset
from simcore.hw.tlb import TlbGeometry
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import CreateDomain, DestroyDomain

POLICIES = ("kvm-riscv", "xen-riscv-head", "xen-riscv-v2-intended", "xen-arm-bitmap", "untagged")
STEPS = 2000
_LIFE = """
from pathlib import Path
from benchmarks.control import lives
lives({harts}, {domains})
rows = Path("/proc/self/status").read_text().splitlines()
print(next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1024)
"""


def lives(harts: int, domains: int) -> None:
    """Domains that come and go, with 1,000 alive at most and a step between them."""
    machine = machine_of("kvm-riscv", harts, 0)
    for number in range(domains):
        machine.apply(CreateDomain(1))
        machine.step()
        if number >= 1000:
            machine.apply(DestroyDomain(number - 1000))
    for number in range(max(0, domains - 1000), domains):
        machine.apply(DestroyDomain(number))


def against_simpy(runs: int) -> Iterator[Figure]:
    """World switches a second against the same world in SimPy."""
    if importlib.util.find_spec("simpy") is None:
        print("simpy is not installed: left out")
        return
    from benchmarks.simpy_world import SimpyWorld, assert_same, played, shared_work

    for policy in POLICIES:
        machine, twin = machine_of(policy), machine_of(policy)
        world = SimpyWorld(twin.spec, list(twin.domains.values()))
        world.play(machine.now_ns // world.step_ns)
        assert_same(machine, world, STEPS)
        ours, theirs = partial(played, machine, STEPS), partial(world.play, STEPS)
        values = ratios(ours, theirs, runs)
        yield Figure(f"control path, {policy}, against SimPy", values, at_least=3)
        least = shared_work(machine_of(policy), STEPS)
        most = ratios(least, theirs, runs)
        yield Figure(f"the scheme's answers and the records alone, {policy}, against SimPy", most)


def _step(machine: Machine) -> None:
    for _ in range(STEPS):
        machine.step()
    machine.take_events()


def _fence(machine: Machine) -> None:
    hart = machine.control_hart
    for number in range(STEPS):
        machine.execution.run(hart, (LocalFence(gvma_vmid(1 + number % 7), "measured"),))
    machine.take_events()


def _grows(
    what: str, sizes: Sequence[int], make: Callable[[int], Machine], runs: int
) -> Iterator[Figure]:
    machines = {size: make(size) for size in sizes}
    for act, work in (("switch", _step), ("fence", _fence)):
        works = {size: partial(work, machine) for size, machine in machines.items()}
        yield from growth(f"a {act}", what, works, runs)


FEWER = {
    "bao-static": "allows 32 harts",
    "sel4-steal": "has 256 ids; beyond, each switch takes one and fences every hart",
    "xvisor-static": "has 16 guests",
}
"""Schemes that cannot be as large as what is measured here, and why."""
FEW_SLOTS = "linux-x86-pcid"
"""Has six ids a hart: with more guests on a hart, a switch takes one of them and fences it."""


def of_size(runs: int) -> Iterator[Figure]:
    """Cost of a switch and of a fence as each number grows."""
    for policy in policies.names():
        if policy in FEWER:
            continue

        def harts(count: int, policy: str = policy) -> Machine:
            return machine_of(policy, count, 2 * count)

        def vmids(count: int, policy: str = policy) -> Machine:
            return machine_of(policy, 4, count)

        yield from _grows(f"harts, {policy}", (4, 64, 1024), harts, runs)
        if policy != FEW_SLOTS:
            yield from _grows(f"VMIDs in use, {policy}", (8, 512, 16_383), vmids, runs)
    yield from _grows("bits of VMIDLEN", (4, 9, 14), lambda bits: machine_of(
        "kvm-riscv", vmidlen=bits), runs)  # fmt: skip
    yield from _grows("TLB sets", (1, 64, 4096), _with_sets, runs)


def _with_sets(sets: int) -> Machine:
    platform = replace(preset("rv64"), tlb=TlbGeometry(sets, 8))
    machine = Machine(MachineSpec(platform, "kvm-riscv", guests=QUIET))
    for _ in range(8):
        machine.apply(CreateDomain(1))
    return machine


def _turn_over(machine: Machine) -> None:
    for _ in range(300):
        machine.apply(CreateDomain(1))
        machine.apply(DestroyDomain(machine.next_domain - 1))


def allocation(runs: int) -> Iterator[Figure]:
    """A domain made and destroyed with 99 % of the ids in use, against 1 %."""
    for policy, ids in (("xen-riscv-v2-intended", 16_384), ("xen-arm-bitmap", 256)):
        bits = ids.bit_length() - 1
        few = machine_of(policy, 1, ids // 100, bits)
        many = machine_of(policy, 1, ids * 99 // 100, bits)
        values = ratios(partial(_turn_over, few), partial(_turn_over, many), runs)
        yield Figure(f"allocation at 99 % full, of that at 1 %, {policy}", values, at_most=2.5)


def memory(runs: int) -> Iterator[Figure]:
    """Largest resident memory of a process in which domains come and go."""
    for harts, domains in ((4, 1), (4, 20_000), (1024, 1), (1024, 20_000)):
        program = [sys.executable, "-c", _LIFE.format(harts=harts, domains=domains)]
        values = tuple(
            float(subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True).stdout)
            for _ in range(1 if domains > 1 else runs)
        )
        what = f"memory, {harts:,} harts, {domains:,} domains over the run"
        yield Figure(what, values, "MiB", at_most=1024)


def figures(runs: int) -> Iterator[Figure]:
    """Everything about the control path."""
    yield from against_simpy(runs)
    yield from of_size(runs)
    yield from remote_fence.figures(runs)
    yield from allocation(runs)
    yield from memory(runs)
