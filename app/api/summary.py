"""GET /machines/{id}/summary: a machine in a few numbers."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import AsOf
from app.responses import json_response
from app.schemas.machines import Summary
from app.schemas.problem import ON_MACHINE, problems
from app.views.summary import summary_json

router = APIRouter(prefix="/machines/{machine_id}/summary", tags=["state"])


@router.get(
    "",
    response_model=Summary,
    responses=problems(*ON_MACHINE),
    operation_id="get_summary",
    summary="A machine in a few numbers, all of one moment",
)
async def get_summary(live: AsOf) -> Response:
    return json_response(await live.read_in_worker(summary_json))
