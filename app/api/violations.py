"""GET /machines/{id}/violations: hits on entries that were not the guest's own."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.deps import At, Cursor, Limit, Live
from app.responses import page_response
from app.schemas.domains import Violation
from app.schemas.model import Page
from app.schemas.problem import ON_MACHINE, problems
from app.views.history import violations_json

router = APIRouter(prefix="/machines/{machine_id}/violations", tags=["state"])
Kind = Annotated[
    Literal["cross-domain", "cross-vcpu", "stale-mapping"] | None,
    Query(description="only violations of this kind"),
]


@router.get(
    "",
    response_model=Page[Violation],
    responses=problems(*ON_MACHINE, "invalid-cursor"),
    operation_id="list_violations",
    summary="Violations, newest first",
)
async def list_violations(
    request: Request,
    live: Live,
    kind: Kind = None,
    at: At = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    found = await live.search(violations_json, kind, at, cursor, limit)
    return page_response(request, found)
