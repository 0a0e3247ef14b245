"""What a micro-step did, in words: the choice, then the events it made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simcore import events as ev
from simcore.hv import operations as op
from simcore.hw.fence import FenceKind, kind_of
from simcore.hw.ids import HartId
from simcore.machine import Machine
from simcore.machine.commands import Choose
from simcore.machine.micro_steps import Action, Stage, Task
from simcore.scenario import wrong_hit_sentence


def choice_words(machine: Machine, choice: Choose) -> str:
    """What is chosen, on a machine where it is open: who acts, and what comes next."""
    hart, guest = f"hart {choice.hart}", f"vCPU {choice.vcpu} of domain {choice.domain}"
    action = Action(choice.action)
    if action is Action.GO_ON:
        return f"{hart} {_task_words(machine.interleaving.work[HartId(choice.hart)][0])}"
    if action is Action.SERVE:
        flight = machine.interleaving.served_next(HartId(choice.hart))
        assert flight is not None
        asked = "a remote fence" if flight.delivery else "to leave guest mode"
        return f"{hart} does what hart {flight.requester} asked of it: {asked}"
    return {
        Action.SWITCH: f"{hart} begins to switch to {guest}",
        Action.LEAVE: f"{hart} begins to take {guest} off",
        Action.TICK: f"a timer tick on {hart} interrupts {guest}",
        Action.TOUCH: f"{guest} on {hart} touches page {choice.page}",
        Action.WALK: f"{hart} walks ahead of time for page {choice.page}",
        Action.CREATE: f"the toolstack on {hart} creates a domain",
        Action.DESTROY: f"the toolstack on {hart} destroys domain {choice.domain}",
        Action.UNMAP: f"the toolstack on {hart} takes page {choice.page} from domain "
        f"{choice.domain}",
    }[action]


_STAGE_WORDS = {
    Stage.EXIT: "leaves guest mode",
    Stage.PUT: "begins to take the vCPU off",
    Stage.ENTER: "prepares to enter the guest",
    Stage.FENCE: "looks up what the scheme owes a changed mapping",
    Stage.REMAP: "changes the mapping",
}
_OPERATION_WORDS: dict[type[object], str] = {
    op.WriteHgatp: "writes hgatp",
    op.WriteVsatp: "writes vsatp",
    op.LocalFence: "fences itself",
    op.SbiFences: "calls the firmware for a remote fence",
    op.IpiFence: "sends an IPI for a remote fence",
    op.ForceExit: "sends an IPI that ends guest mode",
}


def _task_words(task: Task) -> str:
    """What a hart does next."""
    if task.operation is not None:
        return _OPERATION_WORDS.get(type(task.operation), "goes on")
    if task.stage is Stage.LOAD:
        return f"loads vCPU {task.vcpu} of domain {task.domain}"
    return _STAGE_WORDS.get(task.stage, "goes on")


def event_words(event: ev.Event) -> str | None:
    """One event in words; None for one that says no more than the choice does."""
    words = _WORDS.get(type(event))
    return words(event) if words else None


def step_words(chosen: str, events: Sequence[ev.Event]) -> str:
    """A whole step: the choice in words and what came of it."""
    return "; ".join([chosen, *(words for words in map(event_words, events) if words)])


def _created(event: ev.DomainCreated) -> str:
    return f"it is domain {event.domain}"


def _refused(event: ev.DomainRefused) -> str:
    return f"refused with {event.error}: {event.reason}"


def _assigned(event: ev.VmidAssigned) -> str:
    vcpu = "" if event.vcpu < 0 else f"vCPU {event.vcpu} of "
    where = "" if event.hart < 0 else f" on hart {event.hart}"
    generation = f" in generation {event.generation}" if event.generation else ""
    return f"VMID {event.vmid} is given to {vcpu}domain {event.domain}{where}{generation}"


def _released(event: ev.VmidReleased) -> str:
    return f"VMID {event.vmid} is taken back from domain {event.domain}"


def _rolled_over(event: ev.GenerationRolledOver) -> str:
    where = "" if event.hart < 0 else f" on hart {event.hart}"
    return f"generation {event.generation} begins{where}"


def _turned_off(event: ev.TaggingTurnedOff) -> str:
    return f"hart {event.hart} runs untagged from now on"


def _hgatp(event: ev.HgatpWritten) -> str:
    kept = "" if event.programmed_vmid == event.vmid else f", written as {event.programmed_vmid}"
    return f"hgatp = {event.value:#x} (VMID {event.vmid}{kept})"


def _vsatp(event: ev.VsatpWritten) -> str:
    return f"vsatp = {event.value:#x}"


def _reload(event: ev.HgatpReloadRequested) -> str:
    vcpus = ", ".join(map(str, event.vcpus))
    return f"vCPU {vcpus} of domain {event.domain} must write hgatp again"


def _entered(event: ev.GuestEntered) -> str:
    return (
        f"vCPU {event.vcpu} of domain {event.domain} runs on hart {event.hart} "
        f"under VMID {event.vmid}"
    )


def _exited(event: ev.GuestExited) -> str:
    forced = "is forced out of" if event.forced else "leaves"
    return f"vCPU {event.vcpu} of domain {event.domain} {forced} guest mode"


def _migrated(event: ev.VcpuMigrated) -> str:
    return f"vCPU {event.vcpu} of domain {event.domain} was on hart {event.from_hart} before"


def _fenced(event: ev.FenceExecuted) -> str:
    asked = "" if event.requester < 0 else f", asked for by hart {event.requester}"
    acts = f" under VMID {event.vmid}" if event.vmid >= 0 else ""
    entries = "entry" if event.dropped == 1 else "entries"
    return (
        f"hart {event.hart} executes {fence_words(event)}{acts} ({event.cause}{asked}), "
        f"which drops {event.dropped} {entries}"
    )


def fence_words(event: ev.FenceExecuted) -> str:
    """The instruction with its operands, as the manual writes it."""
    kind = kind_of(event.fence)
    assert kind is not None
    if kind is FenceKind.FENCE_I:
        return kind.mnemonic
    address = "x0" if event.address < 0 else f"page {event.address}"
    identity = "x0" if event.id < 0 else str(event.id)
    return f"{kind.mnemonic} {address}, {identity}"


def _requested(event: ev.RemoteFenceRequested) -> str:
    if event.via == "none":
        return f"a remote fence ({event.cause}) is not sent: error {event.error}"
    identity = "" if event.id < 0 else f" of id {event.id}"
    error = f", error {event.error}" if event.error else ""
    everywhere = event.targets and not event.hart_mask
    to = "every hart" if everywhere else f"hart mask {event.hart_mask:#x}"
    return f"asks {event.fence}{identity} of {to} by {event.via} ({event.cause}){error}"


def _unmapped(event: ev.PagesUnmapped) -> str:
    return f"page {event.first} of domain {event.domain} leads elsewhere from now on"


def _accessed(event: ev.PagesAccessed) -> str:
    return "the TLB hits" if event.hits else "the TLB misses and fills"


def _destroyed(event: ev.DomainDestroyed) -> str:
    return f"domain {event.domain} is gone"


_WORDS: dict[type[Any], Callable[[Any], str]] = {
    ev.DomainCreated: _created,
    ev.DomainRefused: _refused,
    ev.DomainDestroyed: _destroyed,
    ev.VmidAssigned: _assigned,
    ev.VmidReleased: _released,
    ev.GenerationRolledOver: _rolled_over,
    ev.TaggingTurnedOff: _turned_off,
    ev.HgatpWritten: _hgatp,
    ev.VsatpWritten: _vsatp,
    ev.HgatpReloadRequested: _reload,
    ev.GuestEntered: _entered,
    ev.GuestExited: _exited,
    ev.VcpuMigrated: _migrated,
    ev.FenceExecuted: _fenced,
    ev.RemoteFenceRequested: _requested,
    ev.PagesUnmapped: _unmapped,
    ev.PagesAccessed: _accessed,
    ev.StaleHit: wrong_hit_sentence,
}
