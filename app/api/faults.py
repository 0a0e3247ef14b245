"""GET /faults: deliberate defects of firmware and hypervisor."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.responses import list_response
from app.schemas.model import Fault, Page
from simcore.machine import faults

router = APIRouter(prefix="/faults", tags=["model"])


@router.get(
    "",
    response_model=Page[Fault],
    operation_id="list_faults",
    summary="The faults that a machine may have",
)
async def list_faults() -> Response:
    return list_response(
        [{"name": fault.value, "summary": fault.summary} for fault in faults.Fault]
    )
