"""The ten named properties, checked as events arrive.

Each is a sentence that a user reads. A breach is data: the machine goes on. The cost of an event
does not depend on the size of a TLB, since only events are read (see `simcore.holdings`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple

from simcore import events as ev
from simcore.guests.working_set import GuestSpec
from simcore.holdings import Holding, Holdings
from simcore.hw.platform import Platform
from simcore.hw.tlb import EntryKind

FORCED_IN_A_ROW = 4
"""Forced exits of one vCPU with no access between them that count as no progress."""


class Invariant(Enum):
    """A property of every state; the value is the sentence."""

    I1 = "No two owners are under one effective tag in one hart's TLB."
    I2 = "After a fence completes, no entry that it covers is left on its targets."
    I3 = "An id given to a new owner was fenced on every hart that may hold the old one's entries."
    I4 = "A running vCPU's generation is the current one."
    I5 = "All running vCPUs of a domain use one id, where ids are the domain's."
    I6 = "hgatp holds the VMID that software wrote."
    I7 = "The targets of a fence cover every hart that holds what it covers."
    I8 = "An id is freed only by its owner, once."
    I9 = "No page that was taken away can be reached through a running vCPU's TLB."
    I10 = "No domain is refused, and every vCPU that is entered makes progress."

    @property
    def title(self) -> str:
        """The short name."""
        return _TITLES[self.name]


_TITLES = {
    "I1": "UniqueTagPerHart",
    "I2": "NoStaleAfterFlushComplete",
    "I3": "FlushBeforeReuse",
    "I4": "RunningTagCurrent",
    "I5": "SameTagActiveVM",
    "I6": "EffectiveTagIsProgrammed",
    "I7": "TargetsCoverHolders",
    "I8": "NoFreeOfUnownedId",
    "I9": "NoFreedPageReachable",
    "I10": "Progress",
}
ISOLATION = (Invariant.I1, Invariant.I9)
"""Those whose breach lets a guest reach what is not its own; the rest are about how."""


def not_sent(event: ev.RemoteFenceRequested) -> str:
    """What did not reach somebody, as the beginning of a sentence that goes on with whom."""
    if event.via == "none":
        return f"the fence asked for ({event.cause}) was sent to no hart, and so not to"
    return f"{event.fence.replace('_', ' ')} ({event.cause}) was not sent to"


class Breach(NamedTuple):
    """One breach: which property, where, and what happened in words."""

    invariant: Invariant
    at_ns: int
    hart: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Discipline:
    """What a policy says of itself that the properties depend on.

    ``reuse_fenced_at`` is when the entries of an id's old owner are gone at the latest,
    ``per_hart`` that ids are a hart's own, ``lazy_p2m`` that a hart which does not run a domain
    fences a change of its mapping when it runs it again, ``has_generations`` that ids are valid for
    a generation, ``sees_ghosts`` that it looks into the TLBs: what a hart may hold says nothing of
    it then, and only wrong hits do (I1, I3, I7 and I9 are not asked).
    """

    reuse_fenced_at: Literal["assignment", "entry"] = "entry"
    per_hart: bool = False
    lazy_p2m: bool = False
    has_generations: bool = False
    sees_ghosts: bool = False


_DURING_A_FENCE = (ev.FenceExecuted, ev.PagesAccessed, ev.StaleHit)
"""What happens before a requester goes on: targets catch up with the clock and fence."""


class Invariants:
    """Checks events one by one and gives the breaches."""

    def __init__(
        self,
        platform: Platform,
        guests: GuestSpec,
        discipline: Discipline,
        *,
        speculation: bool = False,
    ) -> None:
        self._discipline = discipline
        self._guests = guests
        self.holdings = Holdings(platform, guests, speculation=speculation)
        self._breaches: list[Breach] = []
        self._pending: ev.RemoteFenceRequested | None = None
        self._left: dict[int, bool] = {}
        self._owner_of: dict[tuple[int, int], int] = {}
        self._holders: dict[tuple[int, int], set[int]] = {}
        self._tags_of: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
        """The last two (VMID, generation) given, by id space, domain and vCPU."""
        self._generation: dict[int, int] = {}
        self._running: dict[int, tuple[int, int, int]] = {}
        self._forced: dict[tuple[int, int], int] = {}
        self._unmapped: ev.PagesUnmapped | None = None
        self._checks: dict[type[object], Callable[[Any], None]] = {
            ev.VmidAssigned: self._assigned,
            ev.VmidReleased: self._released,
            ev.GenerationRolledOver: self._rolled_over,
            ev.HgatpWritten: self._hgatp_written,
            ev.GuestEntered: self._entered,
            ev.GuestExited: self._exited,
            ev.PagesAccessed: self._accessed,
            ev.RemoteFenceRequested: self._requested,
            ev.PagesUnmapped: self._pages_unmapped,
            ev.DomainRefused: self._refused,
        }

    def record(self, events: Iterable[ev.Event]) -> list[Breach]:
        """Check the events of one command; returns the breaches, in order."""
        for event in events:
            if not isinstance(event, _DURING_A_FENCE):
                self._settle_fence()
            check = self._checks.get(type(event))
            if check is not None:
                check(event)
            self.holdings.record(event)
            if isinstance(event, ev.FenceExecuted):
                self._executed(event)
        self._settle_fence()
        self._settle_unmap()
        breaches, self._breaches = self._breaches, []
        return breaches

    def _breach(self, invariant: Invariant, event: Any, hart: int, sentence: str) -> None:
        self._breaches.append(Breach(invariant, event.at_ns, hart, sentence))

    # I1, I3, I4, I5: who enters under which tag

    def _entered(self, event: ev.GuestEntered) -> None:
        if self._discipline.sees_ghosts:
            self._running[event.hart] = (event.domain, event.vcpu, event.vmid)
            return
        mine = {kind._replace(domain=event.domain) for kind in self.holdings.kinds(event.vcpu)}
        for holding in self.holdings.under(event.hart, event.vmid):
            if self._collides(holding, mine):
                self._foreign(event, holding)
                break
        self._check_mapping(event, event.hart, event.domain, event.vmid)
        if self._discipline.has_generations:
            self._check_generation(event)
        if not self._discipline.per_hart:
            self._check_one_tag(event)
        self._running[event.hart] = (event.domain, event.vcpu, event.vmid)

    @staticmethod
    def _collides(holding: Holding, mine: set[Holding]) -> bool:
        """Whether a lookup of the vCPU could hit the holding though another owner filled it."""
        return holding not in mine and any(
            holding.kind is own.kind and holding.asid == own.asid for own in mine
        )

    def _foreign(self, event: ev.GuestEntered, holding: Holding) -> None:
        whose = f"domain {holding.domain}"
        if holding.domain == event.domain:
            whose = f"the VS-stage tables {holding.space} of the same domain"
        self._breach(
            Invariant.I1, event, event.hart,
            f"hart {event.hart} enters vCPU {event.vcpu} of domain {event.domain} under VMID "
            f"{event.vmid} while its TLB may hold {holding.kind.label} entries of {whose} there",
        )  # fmt: skip
        owner = self._owner_of.get((self._space(event.hart), event.vmid))
        reused = owner is not None and owner != holding.domain != event.domain
        if reused and self._discipline.reuse_fenced_at == "entry":
            self._breach_reuse(event, event.hart, event.vmid, event.domain, holding.domain)

    def _breach_reuse(self, event: Any, hart: int, vmid: int, new: int, old: int) -> None:
        self._breach(
            Invariant.I3, event, hart,
            f"VMID {vmid} went to domain {new} while hart {hart} may hold entries of domain {old}",
        )  # fmt: skip

    def _check_generation(self, event: ev.GuestEntered) -> None:
        space = self._space(event.hart)
        current = self._generation.get(space)
        vcpu = event.vcpu if self._discipline.per_hart else -1
        for vmid, generation in reversed(self._tags_of.get((space, event.domain, vcpu), [])):
            if vmid == event.vmid != 0:
                if current not in (None, generation):
                    self._breach(
                        Invariant.I4, event, event.hart,
                        f"vCPU {event.vcpu} of domain {event.domain} runs with VMID {vmid} of "
                        f"generation {generation} while hart {event.hart} is at {current}",
                    )  # fmt: skip
                return

    def _check_one_tag(self, event: ev.GuestEntered) -> None:
        for hart, (domain, vcpu, vmid) in self._running.items():
            if {(-1, domain, vcpu), (-1, domain, event.vcpu)} & self._tags_of.keys():
                continue  # Ids are the vCPU's own.
            if hart != event.hart and domain == event.domain and vmid != event.vmid:
                self._breach(
                    Invariant.I5, event, event.hart,
                    f"domain {domain} runs vCPU {event.vcpu} on hart {event.hart} as VMID "
                    f"{event.vmid} and vCPU {vcpu} on hart {hart} as VMID {vmid}",
                )  # fmt: skip

    def _space(self, hart: int) -> int:
        """The id space of a hart: its own, or the one for all."""
        return hart if self._discipline.per_hart else -1

    # I3, I4, I8: ids given and taken

    def _assigned(self, event: ev.VmidAssigned) -> None:
        if self._discipline.reuse_fenced_at == "assignment":
            self._check_reuse(event)
        self._owner_of[(event.hart, event.vmid)] = event.domain
        self._holders.setdefault((event.hart, event.vmid), set()).add(event.domain)
        key = (event.hart, event.domain, event.vcpu)
        given = (event.vmid, event.generation)
        self._tags_of[key] = [*self._tags_of.get(key, [])[-1:], given]
        self._generation.setdefault(event.hart, event.generation)

    def _check_reuse(self, event: ev.VmidAssigned) -> None:
        for hart in self.holdings.harts():
            vmidlen = self.holdings.vmidlen(hart)
            if not vmidlen:
                # The one tag is everybody's: no id is given out there that could be fenced for.
                continue
            effective = event.vmid & (1 << vmidlen) - 1
            for holding in self.holdings.under(hart, effective):
                if holding.domain != event.domain:
                    self._breach_reuse(event, hart, event.vmid, event.domain, holding.domain)
                    return

    def _released(self, event: ev.VmidReleased) -> None:
        holders = self._holders.setdefault((-1, event.vmid), set())
        if event.domain in holders:
            holders.remove(event.domain)
        else:
            now = ", ".join(f"domain {holder}" for holder in sorted(holders)) or "nobody"
            self._breach(
                Invariant.I8, event, -1,
                f"VMID {event.vmid} was freed for domain {event.domain}, and {now} has it",
            )  # fmt: skip

    def _rolled_over(self, event: ev.GenerationRolledOver) -> None:
        self._generation[event.hart] = event.generation

    def _hgatp_written(self, event: ev.HgatpWritten) -> None:
        if event.programmed_vmid != event.vmid:
            self._breach(
                Invariant.I6, event, event.hart,
                f"VMID {event.programmed_vmid} was written to hgatp of hart {event.hart}, which "
                f"holds {event.vmid}",
            )  # fmt: skip

    # I2, I7: remote fences

    def _requested(self, event: ev.RemoteFenceRequested) -> None:
        targets = self._targets(event)
        for hart in self.holdings.harts():
            if hart in targets or self._discipline.sees_ghosts or self._fences_later(hart):
                continue
            if self._covered_left(event, hart):
                sentence = f"{not_sent(event)} hart {hart}, which may hold entries it covers"
                self._breach(Invariant.I7, event, hart, sentence)
                break
        if event.via != "none" and not event.error:
            self._pending, self._left = event, {}

    def _fences_later(self, hart: int) -> bool:
        """Whether a hart owes a changed mapping no fence before it runs the domain again."""
        if not self._discipline.lazy_p2m or self._unmapped is None:
            return False
        return self._running.get(hart, (-1,))[0] != self._unmapped.domain

    def _targets(self, event: ev.RemoteFenceRequested) -> set[int]:
        if event.via == "none" or event.error:
            return set()
        if event.hart_mask == 0 and event.targets:
            return set(self.holdings.harts())
        mask, base = event.hart_mask, event.hart_mask_base
        return {base + bit for bit in range(mask.bit_length()) if mask >> bit & 1}

    def _covered_left(self, event: ev.RemoteFenceRequested, hart: int) -> bool:
        """Whether ``hart`` may hold entries that the request, as asked for, covers."""
        implemented = (1 << self.holdings.vmidlen(hart)) - 1
        gvma = "gvma" in event.fence or event.via == "none"
        for vmid, holding, _ in self.holdings.under_all(hart):
            covered = event.id < 0 or vmid == event.id & implemented
            if gvma and covered and holding.kind is not EntryKind.VS_STAGE:
                return True
        return False

    def _executed(self, event: ev.FenceExecuted) -> None:
        """What a target has left right after it fenced: guests may fill again before the caller
        goes on.

        A fence of one page tells that a range was asked for, which the request does not say.
        """
        pending = self._pending
        if pending is not None and event.requester == pending.hart:
            whole = event.address < 0
            self._left[event.hart] = whole and self._covered_left(pending, event.hart)

    def _settle_fence(self) -> None:
        """The requester goes on: its fence counts as complete."""
        event, self._pending = self._pending, None
        if event is None:
            return
        for hart in sorted(self._targets(event)):
            if self._left.get(hart, True) and self._covered_left(event, hart):
                self._breach(
                    Invariant.I2, event, hart,
                    f"hart {event.hart} goes on after {event.fence.replace('_', ' ')}, and hart "
                    f"{hart} may still hold entries it covers",
                )  # fmt: skip
                break

    # I9: pages taken away

    def _pages_unmapped(self, event: ev.PagesUnmapped) -> None:
        self._unmapped = event

    def _settle_unmap(self) -> None:
        """The command is done: whoever runs the domain must not reach the old frames."""
        event, self._unmapped = self._unmapped, None
        if event is None or self._discipline.sees_ghosts:
            return
        for hart, (domain, _, vmid) in self._running.items():
            if domain == event.domain:
                self._check_mapping(event, hart, domain, vmid)

    def _check_mapping(self, event: Any, hart: int, domain: int, vmid: int) -> None:
        """Whether what ``hart`` holds under the tag that ``domain`` runs with is from before."""
        for holding, version in self.holdings.under(hart, vmid).items():
            old = holding.domain == domain and version < self.holdings.version(domain)
            if old and holding.kind is not EntryKind.VS_STAGE:
                self._breach(
                    Invariant.I9, event, hart,
                    f"domain {domain} runs on hart {hart}, whose TLB may still map pages that were "
                    "taken away",
                )  # fmt: skip
                return

    # I10: progress

    def _refused(self, event: ev.DomainRefused) -> None:
        self._breach(
            Invariant.I10, event, -1, f"{event.name} was refused ({event.error}): {event.reason}"
        )

    def _exited(self, event: ev.GuestExited) -> None:
        self._running.pop(event.hart, None)
        vcpu = (event.domain, event.vcpu)
        if event.forced and self._unmapped is not None:
            return  # For a P2M change, not for want of an id.
        self._forced[vcpu] = self._forced.get(vcpu, 0) + 1 if event.forced else 0
        if self._forced[vcpu] == FORCED_IN_A_ROW:
            self._breach(
                Invariant.I10, event, event.hart,
                f"vCPU {event.vcpu} of domain {event.domain} was forced out {FORCED_IN_A_ROW} "
                "times in a row before it touched anything",
            )  # fmt: skip

    def _accessed(self, event: ev.PagesAccessed) -> None:
        self._forced.pop((event.domain, event.vcpu), None)
