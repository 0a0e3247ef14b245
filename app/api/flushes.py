"""GET /machines/{id}/flushes: the flush log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.deps import Cursor, HartFilter, Limit, Live, known_hart
from app.responses import page_response
from app.schemas.model import Page
from app.schemas.problem import ON_MACHINE, problems
from app.schemas.state import Flush
from app.views.flush import FlushFilter, Order, flushes_json

router = APIRouter(prefix="/machines/{machine_id}/flushes", tags=["state"])
VmidFilter = Annotated[int | None, Query(description="the VMID that a fence names", ge=0)]
Word = Annotated[str | None, Query(max_length=64)]
FromNs = Annotated[int | None, Query(alias="from", description="ns of machine time", ge=0)]
ToNs = Annotated[int | None, Query(alias="to", description="ns of machine time", ge=0)]


@router.get(
    "",
    response_model=Page[Flush],
    responses=problems(*ON_MACHINE, "invalid-cursor"),
    operation_id="list_flushes",
    summary="Fences, executed and requested",
)
async def list_flushes(
    request: Request,
    live: Live,
    hart: HartFilter = None,
    vmid: VmidFilter = None,
    kind: Word = None,
    cause: Word = None,
    from_ns: FromNs = None,
    to_ns: ToNs = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    order: Order = "desc",
) -> Response:
    known_hart(live, hart)
    wanted = FlushFilter(hart, vmid, kind, cause, from_ns, to_ns)
    return page_response(request, await live.search(flushes_json, wanted, order, cursor, limit))
