"""GET /machines/{id}/lanes and /counts: what ran where when, and how much happened in between."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.deps import At, Live, known_hart
from app.errors import invalid
from app.live import LiveMachine
from app.responses import json_response
from app.schemas.lanes import Counts, Lanes
from app.schemas.problem import ON_MACHINE, problems
from app.views.lanes import Wanted, counts_json, lanes_json

router = APIRouter(prefix="/machines/{machine_id}", tags=["time"])
_LATEST_NS = 1 << 62
FromNs = Annotated[int, Query(description="ns of machine time", ge=0, le=_LATEST_NS)]
ToNs = Annotated[
    int | None, Query(description="ns of machine time; left out: now", ge=0, le=_LATEST_NS)
]
Width = Annotated[int, Query(description="pixels of a lane", ge=1, le=8192)]
Harts = Annotated[str | None, Query(description="ids with commas; left out: all", max_length=8192)]
Group = Annotated[
    int | None,
    Query(description="harts a lane; left out: as many as leave 64 lanes", ge=1, le=4096),
]


@router.get(
    "/lanes",
    response_model=Lanes,
    responses=problems(*ON_MACHINE, "events-expired"),
    operation_id="get_lanes",
    summary="What ran on which hart, and what was fenced, in a span of machine time",
)
async def get_lanes(
    live: Live,
    from_ns: FromNs = 0,
    to_ns: ToNs = None,
    width: Width = 1024,
    harts: Harts = None,
    group: Group = None,
    at: At = None,
) -> Response:
    live.require_ready()
    wanted = Wanted(from_ns, to_ns, width, _harts(live, harts), group, at)
    return json_response(await live.read_in_worker(lanes_json, wanted))


def _harts(live: LiveMachine, text: str | None) -> tuple[int, ...] | None:
    """The harts of a list. Raises ProblemError for what is none."""
    if text is None:
        return None
    numbers = []
    for part in text.split(","):
        if not part.isdecimal() or len(part) > 9:
            raise invalid(("query", "harts"), f"harts has {part[:20]!r}; ids with commas, like 0,1")
        known_hart(live, int(part))
        numbers.append(int(part))
    return tuple(dict.fromkeys(numbers))


@router.get(
    "/counts",
    response_model=Counts,
    responses=problems(*ON_MACHINE),
    operation_id="count_events",
    summary="How many fences, requests, assignments, switches and wrong hits in a span of time",
)
async def count_events(
    live: Live,
    from_ns: FromNs,
    to_ns: Annotated[int, Query(description="ns of machine time", ge=0, le=_LATEST_NS)],
    at: At = None,
) -> Response:
    return json_response(await live.read(counts_json, from_ns, to_ns, at))
