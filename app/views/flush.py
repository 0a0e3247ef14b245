"""The flush log: fences that were executed or asked for, filtered, a page at a time."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from itertools import islice
from typing import Any, Literal

from app.cursors import make_cursor, read_cursor
from app.event_log import FENCES, FenceSummary, Logged, fence_kind, fence_vmid
from app.live.chronicle import Chronicle
from simcore import events as ev

Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class FlushFilter:
    """What a fence must be to be listed; None: anything. Times are of the machine, inclusive."""

    hart: int | None = None
    vmid: int | None = None
    kind: str | None = None
    cause: str | None = None
    from_ns: int | None = None
    to_ns: int | None = None

    def may_match(self, summary: object) -> bool:
        """Whether a chunk with this summary can have a fence that matches."""
        assert isinstance(summary, FenceSummary)
        return (
            (self.hart is None or self.hart in summary.harts)
            and (self.kind is None or self.kind in summary.kinds)
            and (self.cause is None or self.cause in summary.causes)
            and (self.vmid is None or summary.vmids is None or self.vmid in summary.vmids)
            and (self.from_ns is None or summary.last_ns >= self.from_ns)
            and (self.to_ns is None or summary.first_ns <= self.to_ns)
        )

    def matches(self, entry: Logged) -> bool:
        """Whether one fence matches."""
        _, event = entry
        assert isinstance(event, FENCES)
        return (
            (self.hart is None or event.hart == self.hart)
            and (self.kind is None or fence_kind(event) == self.kind)
            and (self.cause is None or event.cause == self.cause)
            and (self.vmid is None or fence_vmid(event) == self.vmid)
            and (self.from_ns is None or event.at_ns >= self.from_ns)
            and (self.to_ns is None or event.at_ns <= self.to_ns)
        )


def flushes_json(
    chronicle: Chronicle, wanted: FlushFilter, order: Order, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of the flush log. Raises ProblemError for a cursor of another list."""
    filters = ("flushes", order, *astuple(wanted))
    seq = read_cursor(cursor, *filters)
    fences = chronicle.log.fences
    if order == "asc":
        entries = fences.ascending(seq or 0, wanted.may_match)
    else:
        entries = fences.descending(seq, wanted.may_match)
    found = list(islice(filter(wanted.matches, entries), limit + 1))
    more = len(found) > limit
    page = found[:limit]
    return {
        "items": [_flush_json(entry) for entry in page],
        "next_cursor": make_cursor(page[-1][0], *filters) if more else None,
    }


def _flush_json(entry: Logged) -> dict[str, Any]:
    seq, event = entry
    assert isinstance(event, FENCES)
    common = {
        "seq": seq,
        "at_ns": event.at_ns,
        "type": "executed",
        "hart": event.hart,
        "kind": fence_kind(event),
        "address": None,
        "id": _or_none(event.id),
        "vmid": fence_vmid(event),
        "cause": event.cause,
        "requester": None,
        "dropped": None,
        "cycles": event.cycles,
        "via": None,
        "targets": None,
        "error": None,
        "hart_mask": None,
        "hart_mask_base": None,
    }
    if isinstance(event, ev.FenceExecuted):
        return common | {
            "address": _or_none(event.address),
            "requester": _or_none(event.requester),
            "dropped": event.dropped,
        }
    return common | {
        "type": "requested",
        "via": event.via,
        "targets": event.targets,
        "error": event.error,
        "hart_mask": hex(event.hart_mask),
        "hart_mask_base": hex(event.hart_mask_base),
    }


def _or_none(value: int) -> int | None:
    return None if value < 0 else value
