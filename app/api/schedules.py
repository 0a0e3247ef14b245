"""GET /schedules: the recorded schedules that a machine may replay."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import Machines
from app.responses import list_response
from app.schemas.model import Page, Schedule
from app.views.platform import schedule_json

router = APIRouter(prefix="/schedules", tags=["model"])


@router.get(
    "",
    response_model=Page[Schedule],
    operation_id="list_schedules",
    summary="The recorded schedules",
)
async def list_schedules(machines: Machines) -> Response:
    schedules = machines.schedules
    return list_response([schedule_json(name, schedules.get(name)) for name in schedules.names()])
