"""GET /machines/{id}/log: the flush log by index, filtered, in groups, with facets; and as CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from app.deps import At, Live
from app.responses import json_response
from app.schemas.log import Log
from app.schemas.problem import ON_MACHINE, problems
from app.tables.log_filter import GRAMMAR, MOST_CHARACTERS
from app.views.log import LogQuery, filter_of, log_json
from app.views.log_csv import csv_blocks

router = APIRouter(prefix="/machines/{machine_id}", tags=["state"])
FilterText = Annotated[
    str,
    Query(
        description=f"{GRAMMAR}. Terms of one key widen, different keys narrow, each free word "
        "must be in the line. redundant:yes is an executed fence that dropped no valid entry",
        max_length=MOST_CHARACTERS,
        examples=['cause:"world switch" vmid:0x100..0x1ff redundant:yes'],
    ),
]
First = Annotated[int, Query(description="index of the first line or group", ge=0, le=1 << 31)]
Count = Annotated[int, Query(description="how many", ge=0, le=500)]
Find = Annotated[int | None, Query(description="number of an event whose place is wanted", ge=0)]
_CSV = {
    "description": "lines, oldest first; where it ends early, the last line says why",
    "content": {"text/csv": {"schema": {"type": "string"}}},
}


@router.get(
    "/log",
    response_model=Log,
    responses=problems(*ON_MACHINE),
    operation_id="get_log",
    summary="Fences and wrong hits, filtered, counted and grouped",
)
async def get_log(
    live: Live,
    filter: FilterText = "",
    at: At = None,
    first: First = 0,
    count: Count = 100,
    grouped: Annotated[bool, Query(description="groups in place of lines")] = False,
    facets: Annotated[bool, Query(description="with facets, which cost a little")] = True,
    find: Find = None,
) -> Response:
    asked = LogQuery(filter_of(filter), at, first, count, grouped, facets, find)
    return json_response(await live.search(log_json, asked))


@router.get(
    "/log.csv",
    response_class=StreamingResponse,
    responses={200: _CSV, **problems(*ON_MACHINE)},
    operation_id="get_log_csv",
    summary="Fences and wrong hits that match a filter, as CSV",
)
async def get_log_csv(live: Live, filter: FilterText = "", at: At = None) -> Response:
    wanted = filter_of(filter)
    live.require_ready()
    name = f"log-{live.id}-{live.published.seq if at is None else at}.csv"
    return StreamingResponse(
        csv_blocks(live, wanted, at),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
