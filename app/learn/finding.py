"""What the checks of several chapters look for in a machine's events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.event_log import Logged
from simcore import events as ev

Request = tuple[int, ev.RemoteFenceRequested]


class Reuse(NamedTuple):
    """A VMID that went from one domain to another: the two assignments, and what was fenced.

    ``requests`` and ``fences`` are those since a guest last left a hart, whatever they cover.
    """

    vmid: int
    old: int
    new: int
    first: int
    second: int
    requests: tuple[Request, ...]
    fences: tuple[int, ...]


def reuses(entries: Iterable[Logged]) -> Iterator[Reuse | Logged]:
    """The entries in order, with a `Reuse` behind each assignment of a VMID that had another owner.

    For schemes whose ids hold on all harts.
    """
    holder: dict[int, tuple[int, int]] = {}
    requests: list[Request] = []
    fences: list[int] = []
    for seq, event in entries:
        yield seq, event
        if isinstance(event, ev.GuestExited):
            requests.clear()
            fences.clear()
        elif isinstance(event, ev.RemoteFenceRequested):
            requests.append((seq, event))
        elif isinstance(event, ev.FenceExecuted):
            fences.append(seq)
        elif isinstance(event, ev.VmidAssigned):
            first, old = holder.get(event.vmid, (0, event.domain))
            holder[event.vmid] = (seq, event.domain)
            if old != event.domain:
                yield Reuse(
                    event.vmid, old, event.domain, first, seq, tuple(requests), tuple(fences)
                )


def is_foreign_hit(event: ev.Event, reuse: Reuse) -> bool:
    """Whether the new owner of a VMID was served, under it, an entry of somebody before."""
    return (
        isinstance(event, ev.StaleHit)
        and event.kind == "cross-domain"
        and (event.vmid, event.domain) == (reuse.vmid, reuse.new)
    )
