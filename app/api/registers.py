"""/machines/{id}/harts/{hart}/registers: hgatp and vsatp by field, and WARL asked."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import AsOf, HartNumber
from app.responses import json_response
from app.schemas.harts import RegisterName, RegisterView, WarlAnswer, WarlBody
from app.schemas.problem import ON_MACHINE, WITH_BODY, problems
from app.views.register import register_json, warl_json

router = APIRouter(prefix="/machines/{machine_id}/harts/{hart}/registers", tags=["state"])


@router.get(
    "/{register}",
    response_model=RegisterView,
    responses=problems(*ON_MACHINE, "hart-not-found"),
    operation_id="get_register",
    summary="A register with the rule of each field",
)
async def get_register(live: AsOf, hart: HartNumber, register: RegisterName) -> Response:
    return json_response(await live.read(register_json, hart, register))


@router.post(
    "/{register}/warl",
    response_model=WarlAnswer,
    responses=problems(*ON_MACHINE, *WITH_BODY, "hart-not-found"),
    operation_id="ask_warl",
    summary="What writing a value would leave in a register; changes nothing",
)
async def ask_warl(
    live: AsOf, hart: HartNumber, register: RegisterName, body: WarlBody
) -> Response:
    return json_response(await live.read(warl_json, hart, register, body.value))
