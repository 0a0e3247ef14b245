"""GET /platforms: the hardware presets."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.problems import ProblemError
from app.responses import json_response, list_response
from app.schemas.model import Page, Platform
from app.schemas.problem import problems
from app.views.platform import platform_json
from simcore.hw.platform import PRESETS, preset

router = APIRouter(prefix="/platforms", tags=["model"])


@router.get(
    "", response_model=Page[Platform], operation_id="list_platforms", summary="The platform presets"
)
async def list_platforms() -> Response:
    return list_response([platform_json(platform) for platform in PRESETS.values()])


@router.get(
    "/{name}",
    response_model=Platform,
    responses=problems("platform-not-found", "invalid-request"),
    operation_id="get_platform",
    summary="One platform preset",
)
async def get_platform(name: str) -> Response:
    try:
        return json_response(platform_json(preset(name)))
    except ValueError as error:
        raise ProblemError("platform-not-found", str(error)) from None
