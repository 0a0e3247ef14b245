"""What each hart's TLB may hold, by tag, from events alone.

Nothing looks into a TLB here, so the cost does not grow with it: whatever was filled under a tag is
taken to be there until a fence that covers it. That is how kernel-tla's `asidalloc.tla` sees a TLB:
without capacity, so what it calls safe is safe at any size. With speculation a hart fills whatever
its registers let it walk, at every write of one and after every fence, as there too ("can be
speculatively loaded as soon as a new TTBR is set").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from simcore import events as ev
from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import Platform
from simcore.hw.tlb import EntryKind, Organisation


class Holding(NamedTuple):
    """Entries of one kind that one owner filled under one VMID; ``asid`` -1 for G-stage ones."""

    kind: EntryKind
    domain: int
    space: int
    asid: int


@dataclass(slots=True)
class _HartView:
    """One hart's registers as the events tell them, and what it may hold by VMID."""

    vmidlen: int
    vmid: int = 0
    loaded: tuple[int, int] | None = None
    """The domain and vCPU that the last world switch loaded."""
    host: int | None = None
    """Whose G-stage root hgatp holds."""
    tables: tuple[int, int] | None = None
    """Whose VS-stage tables vsatp holds; None: it is 0."""
    held: dict[int, dict[Holding, int]] | None = None


_WALKS_AFTER = (ev.HgatpWritten, ev.VsatpWritten, ev.FenceExecuted)


class Holdings:
    """Follows events; answers who may have entries under a tag on a hart."""

    def __init__(self, platform: Platform, guests: GuestSpec, *, speculation: bool = False) -> None:
        self._split = platform.tlb.organisation is Organisation.SPLIT
        self._over_fences = platform.over_fences
        self._guests = guests
        self._speculation = speculation
        self._walker: int | None = None
        self._harts: dict[int, _HartView] = {}
        self._versions: dict[int, int] = {}
        self._change: ev.PagesUnmapped | None = None
        self._cleared: dict[tuple[int, int], set[int]] = {}
        """Pages of the last change fenced one by one, by hart and VMID."""

    def record(self, event: ev.Event) -> None:
        """Follow one event."""
        if self._walker is not None:
            self._speculated(self._walker)
            self._walker = None
        match event:
            case ev.HartBooted():
                self._harts[event.hart] = _HartView(event.vmidlen, held={})
            case ev.WorldSwitched():
                self._harts[event.hart].loaded = (event.domain, event.vcpu)
            case ev.HgatpWritten() | ev.VsatpWritten():
                self._written(event)
            case ev.PagesAccessed():
                if event.misses:
                    self._fill(event.hart, event.domain, self.kinds(event.vcpu))
            case ev.FenceExecuted():
                self._fenced(event)
            case ev.DomainDestroyed():
                self._forget(event.domain)
            case ev.PagesUnmapped():
                self._versions[event.domain] = event.version
                self._change, self._cleared = event, {}
        if self._speculation and isinstance(event, _WALKS_AFTER):
            # Not before the next event: what a fence left is asked for in between.
            self._walker = event.hart

    def kinds(self, vcpu: int) -> tuple[Holding, ...]:
        """What a vCPU of domain -1 fills by missing, by kind."""
        asid, space = self._guests.address_space(vcpu)
        if asid is None:
            return (Holding(EntryKind.G_STAGE, -1, -1, -1),)
        if self._split:
            g_stage = Holding(EntryKind.G_STAGE, -1, -1, -1)
            return (Holding(EntryKind.VS_STAGE, -1, space, asid), g_stage)
        return (Holding(EntryKind.COMBINED, -1, space, asid),)

    def _written(self, event: ev.HgatpWritten | ev.VsatpWritten) -> None:
        """A register holds something of the vCPU that was loaded last, or 0."""
        view = self._harts[event.hart]
        if isinstance(event, ev.HgatpWritten):
            view.vmid = event.vmid
            view.host = view.loaded[0] if view.loaded else None
        else:
            view.tables = view.loaded if event.value else None

    def _speculated(self, hart: int) -> None:
        """What the hart may have walked for of its own accord, with its registers as they are."""
        view = self._harts[hart]
        if view.host is None:
            return
        g_stage = Holding(EntryKind.G_STAGE, -1, -1, -1)
        if view.tables is None:
            self._fill(hart, view.host, (g_stage,))
            return
        domain, vcpu = view.tables
        for kind in self.kinds(vcpu):
            self._fill(hart, view.host if kind == g_stage else domain, (kind,))

    def _fill(self, hart: int, domain: int, kinds: tuple[Holding, ...]) -> None:
        view = self._harts[hart]
        assert view.held is not None
        under = view.held.setdefault(view.vmid, {})
        for kind in kinds:
            # The oldest version stays: entries from before a change are what matters.
            under.setdefault(kind._replace(domain=domain), self.version(domain))

    def _forget(self, domain: int) -> None:
        """A domain is gone, and with it the tables that registers may still point to."""
        for view in self._harts.values():
            if view.host == domain or (view.tables and view.tables[0] == domain):
                view.host = None

    def _fenced(self, event: ev.FenceExecuted) -> None:
        view = self._harts[event.hart]
        assert view.held is not None
        if self._over_fences:
            view.held.clear()
            return
        gvma = event.fence.startswith("hfence_gvma")
        if gvma:
            implemented = (1 << view.vmidlen) - 1
            vmids = list(view.held) if event.id < 0 else [event.id & implemented]
        else:
            vmids = [event.vmid]
        asid = event.id if not gvma else -1
        for vmid in vmids:
            under = view.held.get(vmid)
            if under:
                view.held[vmid] = {
                    holding: version
                    for holding, version in under.items()
                    if not _removes(gvma, event.address >= 0, asid, holding)
                }
                if gvma and event.address >= 0:
                    self._clear_page(event.hart, vmid, event.address)

    def _clear_page(self, hart: int, vmid: int, page: int) -> None:
        """Once every page of the last change is fenced, what is left is of after it.

        Only of what was up to date before the change: an older holding stays old.
        """
        change = self._change
        if change is None or not change.first <= page < change.first + change.pages:
            return
        cleared = self._cleared.setdefault((hart, vmid), set())
        cleared.add(page)
        if len(cleared) < change.pages:
            return
        under = self.under(hart, vmid)
        for holding, version in under.items():
            if holding.domain == change.domain and version == change.version - 1:
                under[holding] = change.version

    def under(self, hart: int, vmid: int) -> dict[Holding, int]:
        """What ``hart`` may hold under ``vmid``, with the oldest P2M version of each."""
        held = self._harts[hart].held
        assert held is not None
        return held.get(vmid, {})

    def under_all(self, hart: int) -> Iterator[tuple[int, Holding, int]]:
        """Everything ``hart`` may hold: VMID, holding, version."""
        held = self._harts[hart].held
        assert held is not None
        for vmid, under in held.items():
            for holding, version in under.items():
                yield vmid, holding, version

    def version(self, domain: int) -> int:
        """How often a domain's P2M was changed."""
        return self._versions.get(domain, 0)

    def harts(self) -> Iterator[int]:
        """The harts that booted."""
        return iter(self._harts)

    def vmidlen(self, hart: int) -> int:
        """Implemented VMID bits of a hart."""
        return self._harts[hart].vmidlen


def _removes(gvma: bool, one_page: bool, asid: int, holding: Holding) -> bool:
    """Whether a fence leaves nothing of ``holding``; a fence of one page leaves the others."""
    if gvma:
        if holding.kind is EntryKind.COMBINED:
            return True
        return holding.kind is EntryKind.G_STAGE and not one_page
    if holding.kind is EntryKind.G_STAGE or one_page:
        return False
    return asid in (-1, holding.asid)
