"""/demonstrations: machines that are ready to be watched."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from app import demo
from app.deps import Machines
from app.responses import json_response, list_response
from app.schemas.demonstrations import Demonstration
from app.schemas.machines import Machine
from app.schemas.model import Page
from app.schemas.problem import ON_CHANGE, problems
from app.views.demonstration import demonstration_json
from app.views.machine import machine_json

router = APIRouter(prefix="/demonstrations", tags=["machines"])


@router.get(
    "",
    response_model=Page[Demonstration],
    operation_id="list_demonstrations",
    summary="Machines that are ready to be watched",
)
async def list_demonstrations(machines: Machines) -> Response:
    shown = [demonstration_json(machines, one) for one in demo.DEMONSTRATIONS.values()]
    return list_response(shown)


@router.put(
    "/{name}",
    response_model=Machine,
    responses=problems("not-found", "invalid-request", *ON_CHANGE, "too-many-machines"),
    operation_id="start_demonstration",
    summary="A demonstration's machine, found or made, and running",
)
async def start_demonstration(
    machines: Machines,
    name: Annotated[str, Path(description="name of a demonstration", examples=["roll-over"])],
) -> Response:
    live = await demo.ensure(machines, demo.demonstration(name))
    await demo.play(live)
    return json_response(machine_json(live))
