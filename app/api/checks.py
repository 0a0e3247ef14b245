"""/checks: started, watched, cancelled, forgotten."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from app.bounds import bounds_of, properties_of
from app.jobs import Checks, Job, Order
from app.responses import json_response, list_response
from app.schemas.checks import Check, CheckBody
from app.schemas.model import Page
from app.schemas.problem import WITH_BODY, problems
from app.views.check import check_json

router = APIRouter(prefix="/checks", tags=["checks"])
FRAME_S = 0.25
_ON_CHECK = ("check-not-found", "invalid-request")


def _checks(request: Request) -> Checks:
    checks = request.app.state.checks
    assert isinstance(checks, Checks)
    return checks


Found = Annotated[Checks, Depends(_checks)]
CheckId = Annotated[str, Path(description="id of a check", examples=["7f3a9c2e"])]


def _job(checks: Found, check_id: CheckId) -> Job:
    return checks.get(check_id)


Asked = Annotated[Job, Depends(_job)]


@router.get(
    "",
    response_model=Page[Check],
    operation_id="list_checks",
    summary="Every check since the server was started, oldest first",
)
async def list_checks(checks: Found) -> Response:
    return list_response([check_json(job) for job in checks.all()])


@router.post(
    "",
    status_code=201,
    response_model=Check,
    responses=problems(*WITH_BODY, "too-many-checks"),
    operation_id="start_check",
    summary="Explore every order of a small machine's steps, in a worker process",
)
async def start_check(request: Request, checks: Found, body: CheckBody) -> Response:
    order = Order(body.policy, bounds_of(body), properties_of(body.properties))
    job = checks.add(order, attended=body.attended)
    location = str(request.app.url_path_for("get_check", check_id=job.id))
    return json_response(check_json(job), 201, {"Location": location})


@router.get(
    "/{check_id}",
    response_model=Check,
    responses=problems(*_ON_CHECK),
    operation_id="get_check",
    summary="One check",
)
async def get_check(job: Asked) -> Response:
    return json_response(check_json(job))


@router.post(
    "/{check_id}/cancel",
    response_model=Check,
    responses=problems(*_ON_CHECK, "foreign-origin"),
    operation_id="cancel_check",
    summary="End a check that is not over; one that is over stays as it is",
)
async def cancel_check(checks: Found, check_id: CheckId) -> Response:
    return json_response(check_json(await checks.cancel(check_id)))


@router.delete(
    "/{check_id}",
    status_code=204,
    responses=problems(*_ON_CHECK, "foreign-origin"),
    operation_id="forget_check",
    summary="Forget a check, its result too; one that is not over is cancelled first",
)
async def forget_check(checks: Found, check_id: CheckId) -> Response:
    await checks.forget(check_id)
    return Response(status_code=204)


@router.get(
    "/{check_id}/stream",
    response_class=EventSourceResponse,
    responses=problems(*_ON_CHECK),
    operation_id="stream_check",
    summary="A check as it goes on, until it is over",
)
async def stream_check(checks: Found, job: Asked) -> AsyncIterator[ServerSentEvent]:
    with job.watched(checks.give_up):
        while True:
            version = job.version
            data = json.dumps(check_json(job), ensure_ascii=False)
            yield ServerSentEvent(raw_data=data, event="check", id=str(version))
            if job.ended or checks.stopping:
                return
            await job.news(version)
            await asyncio.sleep(FRAME_S)
