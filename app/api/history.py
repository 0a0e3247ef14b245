"""GET /machines/{id}/history: every event in order."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.deps import Cursor, Limit, Live
from app.responses import page_response
from app.schemas.model import Page
from app.schemas.problem import ON_MACHINE, problems
from app.schemas.state import HistoryItem
from app.views.history import history_json

router = APIRouter(prefix="/machines/{machine_id}/history", tags=["state"])
After = Annotated[int, Query(description="number of the last event not to show", ge=0)]


@router.get(
    "",
    response_model=Page[HistoryItem],
    responses=problems(*ON_MACHINE, "invalid-cursor", "events-expired"),
    operation_id="list_history",
    summary="Every event, in order",
)
async def list_history(
    request: Request, live: Live, after: After = 0, cursor: Cursor = None, limit: Limit = 1000
) -> Response:
    return page_response(request, await live.search(history_json, after, cursor, limit))
