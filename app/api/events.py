"""GET /machines/{id}/events: server-sent events, resumable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from app.deps import Live, Machines
from app.live import LiveMachine
from app.schemas.problem import ON_MACHINE, problems
from app.stream import frames

router = APIRouter(prefix="/machines/{machine_id}/events", tags=["time"])
After = Annotated[int | None, Query(description="number of the last event that is known", ge=0)]
LastEventId = Annotated[str | None, Header(description="as after; a browser sends it")]


def _ready(live: Live) -> LiveMachine:
    live.require_ready()
    return live


@router.get(
    "",
    response_class=EventSourceResponse,
    responses=problems(*ON_MACHINE),
    operation_id="stream_events",
    summary="What happens, as it happens",
)
async def stream_events(
    machines: Machines,
    live: Annotated[LiveMachine, Depends(_ready)],
    after: After = None,
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    start = after if last_event_id is None else _position(last_event_id)
    async for frame in frames(live, start, lambda: machines.stopping):
        yield frame


def _position(last_event_id: str) -> int | None:
    """The event a browser names; None, which begins anew, for one that is no number."""
    return int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 19 else None
