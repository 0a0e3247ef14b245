"""GET /machines/{id}/metrics: the counters."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import AsOf
from app.responses import json_response
from app.schemas.machines import Metrics
from app.schemas.problem import ON_MACHINE, problems
from app.views.machine import metrics_json

router = APIRouter(prefix="/machines/{machine_id}/metrics", tags=["state"])


@router.get(
    "",
    response_model=Metrics,
    responses=problems(*ON_MACHINE),
    operation_id="get_metrics",
    summary="Counters over all events so far",
)
async def get_metrics(live: AsOf) -> Response:
    live.require_ready()
    return json_response(metrics_json(live.published))
