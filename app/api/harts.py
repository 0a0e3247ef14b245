"""/machines/{id}/harts: registers and TLBs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import AsOf, HartNumber
from app.responses import json_response, list_response
from app.schemas.model import Page
from app.schemas.problem import ON_MACHINE, problems
from app.schemas.state import Hart, TlbEntries
from app.views.hart import hart_json, harts_json, tlb_json

router = APIRouter(prefix="/machines/{machine_id}/harts", tags=["state"])


@router.get(
    "",
    response_model=Page[Hart],
    responses=problems(*ON_MACHINE),
    operation_id="list_harts",
    summary="Every hart: vCPU, hgatp, vsatp, TLB fill",
)
async def list_harts(live: AsOf) -> Response:
    return list_response(await live.read_in_worker(harts_json))


@router.get(
    "/{hart}",
    response_model=Hart,
    responses=problems(*ON_MACHINE, "hart-not-found"),
    operation_id="get_hart",
    summary="One hart",
)
async def get_hart(live: AsOf, hart: HartNumber) -> Response:
    return json_response(await live.read_in_worker(hart_json, hart))


@router.get(
    "/{hart}/tlb",
    response_model=TlbEntries,
    responses=problems(*ON_MACHINE, "hart-not-found"),
    operation_id="get_tlb",
    summary="The valid TLB entries of one hart",
)
async def get_tlb(live: AsOf, hart: HartNumber) -> Response:
    return json_response(await live.read_in_worker(tlb_json, hart))
