"""GET /machines/{id}/marks and /density: where in the history something noteworthy is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.deps import At, Live
from app.responses import json_response
from app.schemas.lanes import Density, Nearest
from app.schemas.problem import ON_MACHINE, problems
from app.tables.marks import Direction, MarkKind
from app.views.marks import density_json, mark_json

router = APIRouter(prefix="/machines/{machine_id}", tags=["time"])
Kind = Annotated[
    MarkKind,
    Query(description="fence: executed by a hart; request: a remote fence; switch: a world switch"),
]
FromSeq = Annotated[
    int | None,
    Query(alias="from", description="an event, which is not found itself; left out: the end", ge=0),
]
Bins = Annotated[int, Query(description="into how many parts", ge=1, le=4096)]


@router.get(
    "/marks",
    response_model=Nearest,
    responses=problems(*ON_MACHINE),
    operation_id="find_mark",
    summary="The next or previous event of a kind, if there is one",
)
async def find_mark(
    live: Live, kind: Kind, from_seq: FromSeq = None, direction: Direction = "next"
) -> Response:
    return json_response(await live.read(mark_json, kind, from_seq, direction))


@router.get(
    "/density",
    response_model=Density,
    responses=problems(*ON_MACHINE),
    operation_id="get_density",
    summary="Fences, assignments and wrong hits over the whole history",
)
async def get_density(live: Live, bins: Bins = 256, at: At = None) -> Response:
    return json_response(await live.read(density_json, bins, at))
