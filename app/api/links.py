"""/links: short links for long addresses."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.deps import Machines
from app.links import SHORT, add_link, find_link
from app.responses import json_response
from app.schemas.links import Link, LinkBody
from app.schemas.problem import ON_CHANGE, WITH_BODY, problems

router = APIRouter(prefix="/links", tags=["links"])
LinkId = Annotated[str, Path(description="id of a short link", examples=["k3vq7dba"])]


def _json(link: str, path: str) -> dict[str, Any]:
    return {"id": link, "path": path, "page": f"{SHORT}{link}"}


@router.post(
    "",
    response_model=Link,
    responses=problems(*WITH_BODY, *ON_CHANGE, "too-many-links"),
    operation_id="add_link",
    summary="A short link for an address; the same one for the same address",
)
async def make_link(machines: Machines, body: LinkBody) -> Response:
    link = await machines.workers.run(add_link, machines.journal, body.path)
    return json_response(_json(link, body.path))


@router.get(
    "/{link}",
    response_model=Link,
    responses=problems("link-not-found", "invalid-request"),
    operation_id="get_link",
    summary="Where a short link leads",
)
async def get_link(machines: Machines, link: LinkId) -> Response:
    path = await machines.workers.run(find_link, machines.journal, link)
    return json_response(_json(link, path))
