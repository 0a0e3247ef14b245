"""/machines/{id}/harts: registers and TLBs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from app.deps import AsOf, HartNumber
from app.responses import json_response, list_response
from app.schemas.harts import Occupancy, TlbPlace
from app.schemas.model import Page
from app.schemas.problem import ON_MACHINE, problems
from app.schemas.state import Hart, TlbEntries
from app.views.hart import hart_json, harts_json, occupancy_json
from app.views.tlb import entry_json, tlb_json

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
    "/occupancy",
    response_model=Occupancy,
    responses=problems(*ON_MACHINE),
    operation_id="get_occupancy",
    summary="What runs on each hart, in columns; for machines with many harts",
)
async def get_occupancy(live: AsOf) -> Response:
    return json_response(await live.read(occupancy_json))


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
async def get_tlb(
    live: AsOf,
    hart: HartNumber,
    first_set: Annotated[int, Query(ge=0, description="the first set to show")] = 0,
    sets: Annotated[int | None, Query(ge=1, description="how many; left out: all")] = None,
) -> Response:
    return json_response(await live.read_in_worker(tlb_json, hart, first_set, sets))


@router.get(
    "/{hart}/tlb/{structure}/{set}/{way}",
    response_model=TlbPlace,
    responses=problems(*ON_MACHINE, "hart-not-found"),
    operation_id="get_tlb_entry",
    summary="One TLB entry: why it is there, and which fences would remove it",
)
async def get_tlb_entry(
    live: AsOf,
    hart: HartNumber,
    structure: Annotated[str, Path(examples=["combined"], max_length=16)],
    set: int,
    way: int,
) -> Response:
    return json_response(await live.read_in_worker(entry_json, hart, structure, set, way))
