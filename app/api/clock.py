"""/machines/{id}/clock: run, pause, speed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import Live
from app.responses import json_response
from app.schemas.bodies import ClockBody
from app.schemas.machines import Clock
from app.schemas.problem import ON_CHANGE, ON_MACHINE, WITH_BODY, problems
from app.views.machine import clock_json

router = APIRouter(prefix="/machines/{machine_id}/clock", tags=["time"])


@router.get(
    "",
    response_model=Clock,
    responses=problems(*ON_MACHINE),
    operation_id="get_clock",
    summary="Whether the machine runs, and how fast",
)
async def get_clock(live: Live) -> Response:
    live.require_ready()
    return json_response(clock_json(live.published))


@router.put(
    "",
    response_model=Clock,
    responses=problems(*ON_MACHINE, *WITH_BODY, *ON_CHANGE),
    operation_id="set_clock",
    summary="Run or pause the machine, set its speed",
)
async def set_clock(live: Live, body: ClockBody) -> Response:
    await live.set_clock(body.running, live.speed if body.speed is None else body.speed)
    return json_response(clock_json(live.published))
