"""What guest accesses that were asked for did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.live.shown import Shown
from app.views.history import sentence
from simcore import events as ev
from simcore.machine import Machine


def access_json(live: Shown, machine: Machine, events: Sequence[ev.Event]) -> dict[str, Any]:
    """Hits, misses and violations of the last batch in ``events``.

    The batch before it, if there is one, is what the guest was due until now.
    """
    batches = [n for n, event in enumerate(events) if isinstance(event, ev.PagesAccessed)]
    batch = events[batches[-1]]
    assert isinstance(batch, ev.PagesAccessed)
    wrong = [event for event in events[batches[-1] :] if isinstance(event, ev.StaleHit)]
    return {
        "hits": batch.hits,
        "misses": batch.misses,
        "violations": [
            {**ev.to_dict(event), "sentence": sentence(live.chronicle, event)} for event in wrong
        ],
    }
