"""POST /machines/{id}/step: go on by a number of steps."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import Live, Machines
from app.problems import ProblemError
from app.responses import json_response
from app.schemas.bodies import StepBody
from app.schemas.machines import Stepped
from app.schemas.problem import ON_CHANGE, ON_MACHINE, WITH_BODY, problems
from app.views.machine import stepped_json

router = APIRouter(prefix="/machines/{machine_id}/step", tags=["time"])


@router.post(
    "",
    response_model=Stepped,
    responses=problems(*ON_MACHINE, *WITH_BODY, *ON_CHANGE, "server-stopping"),
    operation_id="step_machine",
    summary="Go on by a number of steps",
)
async def step_machine(machines: Machines, live: Live, body: StepBody | None = None) -> Response:
    count = 1 if body is None else body.count
    done = await live.step(count, lambda: machines.stopping)
    if done < count:
        raise ProblemError(
            "server-stopping", f"the server is stopping; {done} of {count} steps done"
        )
    return json_response(stepped_json(live.published))
