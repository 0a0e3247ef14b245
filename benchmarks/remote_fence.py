"""What a remote fence costs: as the machine grows, and as it names more of the machine's harts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.figures import Figure, growth, seconds
from benchmarks.worlds import machine_of
from simcore.hv.operations import IpiFence, Operation, SbiFences
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.fence import gvma_vmid
from simcore.hw.ids import HartId
from simcore.hw.sbi import RfenceFunction
from simcore.machine import Machine

HARTS = (4, 64, 1024)
NAMED = (4, 64, 1023)
FENCES = 200


def _by_sbi(harts: tuple[HartId, ...]) -> Operation:
    """As many calls as the mask needs: one for up to 64 harts that follow each other."""
    function = RfenceFunction.REMOTE_HFENCE_GVMA_VMID
    return SbiFences(split_hart_mask(function, harts, 0, 0, 1, 64), "measured")


def _by_ipi(harts: tuple[HartId, ...]) -> Operation:
    return IpiFence(harts, gvma_vmid(1), "measured")


_WAYS: dict[str, Callable[[tuple[HartId, ...]], Operation]] = {"SBI": _by_sbi, "IPI": _by_ipi}


def _send(machine: Machine, operation: Operation) -> None:
    for _ in range(FENCES):
        machine.execution.run(machine.control_hart, (operation,))
    machine.take_events()


def figures(runs: int) -> Iterator[Figure]:
    """The first hart fences others by VMID, through firmware and by IPIs of its own."""
    machines = {harts: machine_of("kvm-riscv", harts, 2 * harts) for harts in HARTS}
    largest = machines[HARTS[-1]]
    for way, asked in _WAYS.items():
        to_three = asked((HartId(1), HartId(2), HartId(3)))
        works = {harts: partial(_send, machine, to_three) for harts, machine in machines.items()}
        costs = tuple(seconds(works[4]) / FENCES * 1e6 for _ in range(runs))
        yield Figure(f"a remote fence ({way}) to 3 of 4 harts", costs, "µs")
        yield from growth(f"a remote fence ({way}) to 3 harts", "harts", works, runs)
        others = largest.spec.platform.hart_ids[1:]
        to_many = {named: partial(_send, largest, asked(others[:named])) for named in NAMED}
        what = f"a remote fence ({way}), for each hart named"
        yield from growth(what, "of 1,024 harts", to_many, runs, shared_by_size=True)
