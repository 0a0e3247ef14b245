"""The stream of a machine's events: at most twenty frames a second, encoded once for all readers.

Readers pull from the log by their position and nothing is queued for them, so a slow reader holds
nobody up: when it comes back too far behind, it is told to begin anew.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from itertools import islice
from typing import Any

from fastapi.sse import ServerSentEvent

from app.live import LiveMachine, Published
from app.views.history import event_json

FRAME_S = 0.05
MOST_BEHIND = 2000
"""Events that a frame may hold; a reader further behind than that is reset."""
RETRY_MS = 1000
_KEPT_FRAMES = 16


async def frames(
    live: LiveMachine, after: int | None, stopping: Callable[[], bool]
) -> AsyncIterator[ServerSentEvent]:
    """What happens on a machine from the event behind ``after`` on (None: from now on)."""
    position, now = after, live.published
    retry: int | None = RETRY_MS
    while not (live.gone or stopping()):
        now = live.published
        if now.status != "restoring":
            yield _frame(live, now, position, retry)
            position, retry = now.seq, None
        await live.news(now.version)
        await _next_tick()


async def _next_tick() -> None:
    """Sleep until the next multiple of `FRAME_S`: readers that keep up share their frames."""
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(FRAME_S - now % FRAME_S)


def _frame(
    live: LiveMachine, now: Published, position: int | None, retry: int | None
) -> ServerSentEvent:
    reason = _reset_reason(live, now, position)
    if reason is not None or position is None:
        data = json.dumps({"seq": now.seq, "reason": reason, **_state(now)})
        return ServerSentEvent(raw_data=data, event="reset", id=str(now.seq), retry=retry)
    data = _encoded(live, now, position)
    return ServerSentEvent(raw_data=data, event="frame", id=str(now.seq), retry=retry)


def _reset_reason(live: LiveMachine, now: Published, position: int | None) -> str | None:
    if position is None:
        return "the stream begins here"
    if position > now.seq:
        return f"event {position} is not known; the newest is {now.seq}"
    if now.seq - position > MOST_BEHIND:
        return f"{now.seq - position} events behind; {MOST_BEHIND} is the limit"
    return None


def _encoded(live: LiveMachine, now: Published, position: int) -> str:
    """The frame from ``position`` to ``now`` as JSON, made by the first reader that needs it."""
    kept = live.frames
    key = (position, now.version)
    if key not in kept:
        entries = islice(live.chronicle.log.events.ascending(position), now.seq - position)
        frame = {
            "from": position,
            "to": now.seq,
            **_state(now),
            "events": [event_json(entry) for entry in entries],
        }
        while len(kept) >= _KEPT_FRAMES:
            del kept[next(iter(kept))]
        kept[key] = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    return kept[key]


def _state(now: Published) -> dict[str, Any]:
    return {
        "now_ns": now.now_ns,
        "status": now.status,
        "speed": now.speed,
        "steps": now.steps,
        "playback": now.playback,
        "metrics": now.metrics,
    }
