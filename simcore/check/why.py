"""Why a wrong hit could happen: who filled the entry, what made it wrong, why no fence met it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from simcore import events as ev
from simcore.check.path import PathStep, Walker
from simcore.check.words import fence_words
from simcore.hw.ids import DomainId, HartId
from simcore.hw.tlb import EntryKind, TlbEntry
from simcore.machine.guest_memory import OwnerOf, gpn_of
from simcore.machine.micro_steps import Action
from simcore.scenario import wrong_hit_sentence

Part = Literal["fill", "change", "fence", "hit"]


class Reason(NamedTuple):
    """One sentence of an explanation, the step it is about, and what it tells of that step."""

    step: int
    part: Part
    words: str


class Filled(NamedTuple):
    """An entry in a TLB, whose it is, and the step that filled it.

    ``holder`` is the domain that had the id then, where the policy says and it was another; -1:
    nobody had it.
    """

    entry: TlbEntry
    owner: OwnerOf
    step: int
    holder: int | None


_Key = tuple[EntryKind, int, int, int, int, int]


class TlbHistory:
    """Follows a walker, step by step: which entries each hart holds, and since when."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self._held: dict[HartId, dict[_Key, Filled]] = {
            h: {} for h in walker.machine.execution.harts
        }

        self._before = dict(self._held)

    def record(self, step: PathStep) -> None:
        """Take in the step that the walker has just taken."""
        self._before = dict(self._held)
        for hart, held in self._held.items():
            fences = [e for e in step.events if isinstance(e, ev.FenceExecuted) and e.hart == hart]
            now: dict[_Key, Filled] = {}
            for entry in self._walker.machine.execution.harts[hart].tlb.entries():
                key = (entry.kind, entry.vmid, entry.asid, entry.page, entry.owner, entry.version)
                before = held.get(key)
                # A fence and a fill in one step, where hooks run as one.
                if before and not any(self._missed(fence, entry) is None for fence in fences):
                    now[key] = before
                else:
                    now[key] = self._filled(hart, entry, step.number)
            self._held[hart] = now

    def _filled(self, hart: HartId, entry: TlbEntry, step: int) -> Filled:
        owner = self._walker.machine.memory.owners[entry.owner]
        having = domains_having(self._walker, hart, entry.vmid)
        silent = not self._walker.machine.policy.owners(hart)
        other = None if owner.domain in having or silent else min(having, default=-1)
        return Filled(entry, owner, step, other)

    def entries(self, hart: int) -> list[Filled]:
        """What ``hart`` holds now, in the order of its TLB."""
        return list(self._held[HartId(hart)].values())

    def entries_before(self, hart: int) -> list[Filled]:
        """What ``hart`` held before the last step."""
        return list(self._before[HartId(hart)].values())

    def _missed(self, fence: ev.FenceExecuted, entry: TlbEntry) -> str | None:
        return missed(fence, entry, self._walker.bounds.vmidlen)


def domains_having(walker: Walker, hart: HartId, vmid: int) -> set[int]:
    """The domains that have, on ``hart``, an id whose implemented bits are ``vmid``."""
    mask = (1 << walker.bounds.vmidlen) - 1
    owners = walker.machine.policy.owners(hart).items()
    return {
        owner[0] if isinstance(owner, tuple) else owner
        for number, owner in owners
        if number & mask == vmid
    }


def missed(fence: ev.FenceExecuted, entry: TlbEntry, vmidlen: int) -> str | None:
    """Why ``fence`` leaves ``entry``, in words; None where it drops it."""
    kind, _, _ = fence.fence.partition("vma")
    other_page = fence.address >= 0 and fence.address != entry.page
    page = f"names page {fence.address}, and the entry is for page {entry.page}"
    if kind == "hfence_g":
        implemented = fence.id & (1 << vmidlen) - 1
        if entry.kind is EntryKind.VS_STAGE:
            return "leaves VS-stage entries"
        if fence.id >= 0 and implemented != entry.vmid:
            return f"names VMID {fence.id}, and the entry is under VMID {entry.vmid}"
        return page if other_page and entry.kind is EntryKind.G_STAGE else None
    if kind == "hfence_v":
        if entry.kind is EntryKind.G_STAGE:
            return "leaves G-stage entries"
        if fence.vmid != entry.vmid:
            return f"acts on VMID {fence.vmid}, and the entry is under VMID {entry.vmid}"
        if fence.id >= 0 and fence.id != entry.asid:
            return f"names ASID {fence.id}, and the entry is under ASID {entry.asid}"
        return page if other_page else None
    return "leaves what guests filled"


def why(walker: Walker, history: TlbHistory, step: PathStep) -> list[Reason]:
    """What led to the wrong hits of ``step``, the last that the walker took, in order.

    Where it hit nothing, what led to entries that the vCPU loaded on its hart could hit wrongly;
    nothing where there are none.
    """
    for event in step.events:
        if isinstance(event, ev.StaleHit):
            hit = Reason(step.number, "hit", f"{wrong_hit_sentence(event)}.")
            # Where hooks run as one, the entry may be gone by the end of the step.
            held = [*history.entries(event.hart), *history.entries_before(event.hart)]
            served = next((filled for filled in held if _served(walker, filled, event)), None)
            if served is None:
                return [hit]
            story = _Story(walker, served, event.hart, event.vcpu, event.domain)
            return [*story.told(step.number), hit]
    hart = HartId(step.taken.hart)
    loaded = walker.machine.occupancy.on(hart)
    if loaded is None:
        return []
    for filled in history.entries(hart):
        if _waits_for(walker, filled, hart, loaded.domain):
            return _Story(walker, filled, hart, loaded.index, loaded.domain).told(step.number)
    return []


def _served(walker: Walker, filled: Filled, hit: ev.StaleHit) -> bool:
    """Whether an entry is the one that a wrong hit was served by."""
    entry = filled.entry
    asid = walker.machine.execution.harts[HartId(hit.hart)].asid
    return (
        entry.vmid == hit.vmid
        and entry.page == hit.page
        and filled.owner == (hit.owner_domain, hit.owner_space)
        and entry.asid in (-1, asid)
    )


def _waits_for(walker: Walker, filled: Filled, hart: HartId, domain: int) -> bool:
    """Whether an entry lies under the tag in hgatp of ``hart``, and is not right for ``domain``."""
    machine, entry = walker.machine, filled.entry
    if entry.vmid != machine.execution.harts[hart].vmid:
        return False
    owner = machine.domains.get(DomainId(filled.owner.domain))
    current = machine.memory.is_current(entry, owner.p2m if owner else None)
    return filled.owner.domain != domain or not current


class _Story:
    """What happened to one entry of a hart, which then served ``vcpu`` of ``domain``."""

    def __init__(self, walker: Walker, filled: Filled, hart: int, vcpu: int, domain: int) -> None:
        self._walker, self._filled, self._hart = walker, filled, hart
        self._entry, self._owner = filled.entry, filled.owner.domain
        self._vcpu, self._domain = vcpu, domain
        self._vmidlen = walker.bounds.vmidlen
        self._words: dict[type[Any], Callable[[Any], str | None]] = {
            ev.DomainDestroyed: self._destroyed,
            ev.VmidReleased: self._released,
            ev.VmidAssigned: self._assigned,
            ev.GenerationRolledOver: self._rolled_over,
            ev.TaggingTurnedOff: self._turned_off,
            ev.PagesUnmapped: self._unmapped,
            ev.VcpuMigrated: self._migrated,
            ev.RemoteFenceRequested: self._requested,
        }

    def told(self, end: int) -> list[Reason]:
        """From the fill to step ``end``, in order."""
        return sorted(self._told(end), key=lambda reason: reason.step)

    def _told(self, end: int) -> Iterator[Reason]:
        steps = self._walker.steps
        if self._filled.holder is not None:
            yield from self._before_fill()
        yield Reason(self._filled.step, "fill", self._fill(steps[self._filled.step - 1]))
        fenced = False
        for step in steps[self._filled.step : end]:
            for event in step.events:
                if isinstance(event, ev.FenceExecuted):
                    if event.hart == self._hart:
                        fenced = True
                        yield Reason(step.number, "fence", self._fenced(event))
                    continue
                tell = self._words.get(type(event))
                words = tell(event) if tell else None
                if words:
                    yield Reason(step.number, "change", words)
        yield from self._entered(end)
        for flight in self._walker.machine.interleaving.flights:
            if flight.target == self._hart and flight.delivery:
                asked = f"The fence that hart {flight.requester} asked for ({flight.cause})"
                yield Reason(end, "fence", f"{asked} is still on its way to hart {self._hart}.")
        if not fenced:
            yield Reason(end, "fence", f"Hart {self._hart} has executed no fence since.")

    def _before_fill(self) -> Iterator[Reason]:
        """How the owner came to run under an id that was not its own, since it was given it."""
        told: list[Reason] = []
        for step in self._walker.steps[: self._filled.step - 1]:
            for event in step.events:
                if isinstance(event, ev.VmidAssigned):
                    if event.domain == self._owner and self._is_mine(event.vmid):
                        where = "" if event.hart < 0 else f" on hart {event.hart}"
                        given = f"VMID {event.vmid} is given to domain {event.domain}{where}."
                        told = [Reason(step.number, "change", given)]
                elif told and isinstance(event, ev.VcpuMigrated | ev.GenerationRolledOver):
                    words = self._words[type(event)](event)
                    if words:
                        told.append(Reason(step.number, "change", words))
        yield from told

    def _fill(self, step: PathStep) -> str:
        entry, hart = self._entry, self._hart
        ahead = step.taken.action == Action.WALK.value
        walks = "walks ahead of time" if ahead else "walks"
        told = (
            f"Hart {hart} {walks} for page {entry.page} through {self._tables()} "
            f"and keeps what it finds, as a {entry.kind.label} entry under VMID {entry.vmid}"
        )
        other = self._filled.holder
        if other is None:
            return f"{told}."
        return f"{told}, which {'nobody has' if other < 0 else f'domain {other} has'} then."

    def _tables(self) -> str:
        space = self._filled.owner.space
        which = f"tables {space}" if space >= 0 and self._walker.bounds.vcpus > 1 else "the tables"
        return f"{which} of domain {self._owner}"

    def _fenced(self, event: ev.FenceExecuted) -> str:
        reason = missed(event, self._entry, self._vmidlen)
        return f"Hart {event.hart} executes {fence_words(event)} ({event.cause}), which {reason}."

    def _entered(self, end: int) -> Iterator[Reason]:
        """How the one that is served came to run under the entry's tag."""
        guest = (self._domain, self._vcpu)
        for step in reversed(self._walker.steps[self._filled.step : end]):
            for event in step.events:
                if isinstance(event, ev.GuestEntered) and event.hart == self._hart:
                    if (event.domain, event.vcpu) == guest and event.vmid == self._entry.vmid:
                        who = f"vCPU {event.vcpu} of domain {event.domain}"
                        runs = f"{who} runs on hart {self._hart} under VMID {event.vmid}"
                        tag = f"{runs}, the tag of that entry{self._own_tables()}."
                        yield Reason(step.number, "change", tag)
                    return

    def _own_tables(self) -> str:
        """Which tables are the right ones, where the entry is of the same domain's others."""
        asid, space = self._walker.machine.spec.guests.address_space(self._vcpu)
        if self._domain != self._owner or self._filled.owner.space in (-1, space):
            return ""
        return f", with tables {space} under the same ASID {asid}"

    def _is_mine(self, vmid: int) -> bool:
        return vmid & (1 << self._vmidlen) - 1 == self._entry.vmid

    def _destroyed(self, event: ev.DomainDestroyed) -> str | None:
        if event.domain != self._owner:
            return None
        return f"Domain {event.domain} is gone; its entry is still in the TLB of hart {self._hart}."

    def _released(self, event: ev.VmidReleased) -> str | None:
        if event.domain != self._owner or not self._is_mine(event.vmid):
            return None
        return (
            f"VMID {event.vmid} is taken back from domain {event.domain}; the entry under it stays."
        )

    def _assigned(self, event: ev.VmidAssigned) -> str | None:
        if event.hart not in (-1, self._hart) or not self._is_mine(event.vmid):
            return None
        if event.domain == self._owner and event.vcpu in (-1, self._filled.owner.space):
            return None
        vcpu = "" if event.vcpu < 0 else f"vCPU {event.vcpu} of "
        cut = (
            "" if event.vmid == self._entry.vmid else f", which the TLB has as {self._entry.vmid},"
        )
        return f"VMID {event.vmid}{cut} is given to {vcpu}domain {event.domain}."

    def _rolled_over(self, event: ev.GenerationRolledOver) -> str | None:
        if event.hart not in (-1, self._hart):
            return None
        return f"Generation {event.generation} begins: ids are given out anew."

    def _turned_off(self, event: ev.TaggingTurnedOff) -> str | None:
        if event.hart != self._hart:
            return None
        return f"Hart {event.hart} runs everybody as VMID 0 from now on."

    def _unmapped(self, event: ev.PagesUnmapped) -> str | None:
        if event.domain != self._owner or self._entry.kind is EntryKind.VS_STAGE:
            return None
        page = gpn_of(self._entry.page, self._filled.owner.space, self._walker.bounds.pages)
        if not event.first <= page < event.first + event.pages:
            return None
        return f"Page {page} of domain {event.domain} leads elsewhere; the entry still does not."

    def _migrated(self, event: ev.VcpuMigrated) -> str | None:
        if event.domain not in (self._owner, self._domain):
            return None
        who = f"vCPU {event.vcpu} of domain {event.domain}"
        return f"{who} moves from hart {event.from_hart} to hart {event.to_hart}."

    def _requested(self, event: ev.RemoteFenceRequested) -> str | None:
        fence = "a remote fence" if event.via == "none" else event.fence
        asked = f"Hart {event.hart} asks for {fence} ({event.cause})"
        if event.via == "none" or event.error:
            return f"{asked}, and nothing is fenced: error {event.error}."
        everywhere = event.targets and not event.hart_mask
        if everywhere or event.hart_mask << event.hart_mask_base >> self._hart & 1:
            return None
        return f"{asked} of hart mask {event.hart_mask:#x}, which leaves hart {self._hart} out."
