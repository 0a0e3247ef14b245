"""Counters, from events only: one meaning for every policy.

Fences that harts execute while they boot are in the log and not in the counters: they happen
once, before any guest, and say nothing about a scheme.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from simcore import events as ev

SCALARS = (
    "guest_entries",
    "world_switches",
    "entries_skipped",
    "migrations",
    "domains_created",
    "domains_refused",
    "domains_destroyed",
    "ids_assigned",
    "rollovers",
    "forced_exits",
    "accesses",
    "tlb_hits",
    "tlb_misses",
    "entries_dropped",
    "hart_fences",
    "fence_cycles",
    "remote_fence_cycles",
    "walk_cycles",
)
"""The plain counters, in the order they are shown. ``hart_fences`` are fences a hart executed
because another hart, or its own SBI call, asked for it."""

_COUNTED: dict[type[object], str] = {
    ev.GuestEntered: "guest_entries",
    ev.WorldSwitched: "world_switches",
    ev.EntrySkipped: "entries_skipped",
    ev.VcpuMigrated: "migrations",
    ev.DomainCreated: "domains_created",
    ev.DomainRefused: "domains_refused",
    ev.DomainDestroyed: "domains_destroyed",
    ev.VmidAssigned: "ids_assigned",
    ev.GenerationRolledOver: "rollovers",
}
"""Events of which only the number matters, and the counter that holds it."""


class Metrics:
    """Running totals over the events recorded so far."""

    __slots__ = ("_record", "counts", "fences", "remote_requests", "violations")

    def __init__(self) -> None:
        self.counts: dict[str, int] = dict.fromkeys(SCALARS, 0)
        self.fences: Counter[str] = Counter()
        """Local fence instructions by kind."""
        self.remote_requests: Counter[str] = Counter()
        """SBI calls and IPI broadcasts that reached firmware or harts, by kind."""
        self.violations: dict[str, int] = dict.fromkeys(ev.VIOLATION_KINDS, 0)
        self._record: dict[type[object], Callable[[Any], None]] = {
            ev.GuestExited: self._exited,
            ev.PagesAccessed: self._accessed,
            ev.FenceExecuted: self._fenced,
            ev.RemoteFenceRequested: self._requested,
            ev.StaleHit: self._stale_hit,
        }

    def record(self, events: Iterable[ev.Event]) -> None:
        """Add events to the totals."""
        events = tuple(events)
        for kind, number in Counter(map(type, events)).items():
            if kind in _COUNTED:
                self.counts[_COUNTED[kind]] += number
        handlers = self._record
        for event in events:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    def _exited(self, event: ev.GuestExited) -> None:
        if event.forced:
            self.counts["forced_exits"] += 1

    def _accessed(self, event: ev.PagesAccessed) -> None:
        counts = self.counts
        counts["accesses"] += event.accesses
        counts["tlb_hits"] += event.hits
        counts["tlb_misses"] += event.misses
        counts["walk_cycles"] += event.cycles

    def _fenced(self, event: ev.FenceExecuted) -> None:
        if event.cause == ev.CAUSE_BOOT:
            return
        counts = self.counts
        counts["entries_dropped"] += event.dropped
        counts["fence_cycles"] += event.cycles
        if event.requester < 0:
            self.fences[event.fence] += 1
        else:
            counts["hart_fences"] += 1

    def _requested(self, event: ev.RemoteFenceRequested) -> None:
        if event.via == "none":
            return
        self.remote_requests[event.fence] += 1
        self.counts["remote_fence_cycles"] += event.cycles

    def _stale_hit(self, event: ev.StaleHit) -> None:
        self.violations[event.kind] += event.accesses

    @property
    def cycles_lost(self) -> int:
        """Modelled cycles that went into fences, remote requests and page-table walks."""
        counts = self.counts
        return counts["fence_cycles"] + counts["remote_fence_cycles"] + counts["walk_cycles"]

    def to_dict(self) -> dict[str, Any]:
        """All totals as one JSON object.

        ``fences`` holds local fences and remote requests by kind, ``remote_fences`` the number of
        the latter. A request that reached nobody is an event and no fence.
        """
        return {
            **self.counts,
            "fences": dict(sorted((self.fences + self.remote_requests).items())),
            "local_fences": sum(self.fences.values()),
            "remote_fences": sum(self.remote_requests.values()),
            "violations": dict(self.violations),
            "violations_total": sum(self.violations.values()),
            "cycles_lost": self.cycles_lost,
        }
