"""What a hart has still to do, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simcore.hv import operations as op
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.sbi import Delivery, RfenceFunction
from simcore.machine.execution import Flight
from simcore.machine.micro_steps import Stage, Task

_STAGES = {
    Stage.EXIT: "leave guest mode",
    Stage.PUT: "take the vCPU off",
    Stage.VACATED: "be idle",
    Stage.LOAD: "load vCPU {vcpu} of domain {domain}",
    Stage.ENTER: "prepare to enter the guest",
    Stage.ENTERED: "run the guest",
    Stage.FREED_AGAIN: "end the creation",
    Stage.CREATED: "end the creation",
    Stage.DESTROY: "let the scheme forget domain {domain}",
    Stage.DESTROYED: "destroy domain {domain}",
    Stage.FENCE: "let the scheme fence page {page} of domain {domain}",
    Stage.REMAP: "take page {page} from domain {domain}",
    Stage.UNMAPPED: "end the change of domain {domain}",
}


def todo(tasks: tuple[Task, ...]) -> list[str]:
    """Every task in words, the next first."""
    return list(dict.fromkeys(map(_task_words, tasks)))


def _task_words(task: Task) -> str:
    if task.operation is not None:
        return _OPERATIONS[type(task.operation)](task.operation)
    return _STAGES[task.stage].format(domain=task.domain, vcpu=task.vcpu, page=task.page)


def fence_words(fence: Fence) -> str:
    """The instruction with its operands, as the manual writes it."""
    name = fence.kind.mnemonic
    if fence.kind is FenceKind.FENCE_I:
        return name
    address = "x0" if fence.address is None else f"page {fence.address}"
    return f"{name} {address}, {'x0' if fence.id is None else fence.id}"


def flight_words(flight: Flight) -> str:
    """What a hart asked of another."""
    if flight.delivery is None:
        return "leave guest mode"
    return f"{_fences(flight.delivery)} ({flight.cause})"


def _fences(delivery: Delivery) -> str:
    acting = "" if delivery.vmid is None else f" under VMID {delivery.vmid}"
    return ", ".join(dict.fromkeys(map(fence_words, delivery.fences))) + acting


def _hgatp(operation: op.WriteHgatp) -> str:
    return f"write hgatp: VMID {operation.vmid}, domain {operation.vcpu.domain}"


def _vsatp(operation: op.WriteVsatp) -> str:
    vcpu = operation.vcpu
    return f"write vsatp: {'0' if vcpu is None else f'vCPU {vcpu.index} of domain {vcpu.domain}'}"


def _local(operation: op.LocalFence) -> str:
    return f"{fence_words(operation.fence)} ({operation.cause})"


def _sbi(operation: op.SbiFences) -> str:
    if not operation.calls:
        return f"ask no hart for a fence ({operation.cause})"
    calls = (f"{RfenceFunction(call.function).name.lower()}" for call in operation.calls)
    return f"SBI call {', '.join(calls)} ({operation.cause})"


def _ipi(operation: op.IpiFence) -> str:
    harts = ", ".join(map(str, operation.harts))
    return f"ask harts {harts} for {fence_words(operation.fence)} ({operation.cause})"


def _force(operation: op.ForceExit) -> str:
    return f"force guests out on harts {', '.join(map(str, operation.harts))}"


def _assigned(operation: op.Assigned) -> str:
    return f"give VMID {operation.vmid} to domain {operation.domain}"


def _released(operation: op.Released) -> str:
    return f"take VMID {operation.vmid} back from domain {operation.domain}"


_OPERATIONS: dict[type[Any], Callable[[Any], str]] = {
    op.WriteHgatp: _hgatp,
    op.WriteVsatp: _vsatp,
    op.LocalFence: _local,
    op.SbiFences: _sbi,
    op.IpiFence: _ipi,
    op.ForceExit: _force,
    op.Assigned: _assigned,
    op.Released: _released,
    op.RolledOver: lambda operation: f"begin generation {operation.generation}",
    op.TaggingDisabled: lambda operation: "run untagged",
    op.ReloadRequested: lambda operation: f"have domain {operation.domain} write hgatp again",
}
