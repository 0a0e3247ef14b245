"""/machines/{id}/bitmap: the VMID map, as JSON or one byte a VMID, and what else it may show."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.formats import BYTES, VARY, Chosen, Format, octets
from app.deps import AsOf, HartFilter, known_hart
from app.responses import json_response, not_modified
from app.schemas.problem import ON_MACHINE, Responses, problems
from app.schemas.state import Bitmap, LensView
from app.views.vmid_bitmap import bitmap_json, map_of
from app.views.vmid_lens import Lens, lens_json, lens_of

router = APIRouter(prefix="/machines/{machine_id}/bitmap", tags=["state"])
_RESPONSES: Responses = {
    **problems(*ON_MACHINE),
    **octets(),
    304: {"description": "The client has this version already (If-None-Match)"},
}


@router.get(
    "",
    response_model=Bitmap,
    responses=_RESPONSES,
    operation_id="get_bitmap",
    summary="What each VMID is, on one hart or on all",
)
async def get_bitmap(
    request: Request, live: AsOf, chosen: Chosen, hart: HartFilter = None
) -> Response:
    live.require_ready()
    known_hart(live, hart)
    headers = _headers(live.id, live.published.seq, hart, chosen)
    if not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if chosen == "json":
        bitmap = await live.read_in_worker(bitmap_json, hart)
        return json_response(bitmap, headers=_headers(live.id, bitmap["seq"], hart, chosen))
    seq, cells = await live.read(map_of, hart)
    return Response(cells.cells, headers=_headers(live.id, seq, hart, chosen), media_type=BYTES)


@router.get(
    "/{lens}",
    response_model=LensView,
    responses={**problems(*ON_MACHINE), **octets()},
    operation_id="get_bitmap_lens",
    summary="Owner, generation or age of each VMID; binary: a little-endian float64 each",
)
async def get_bitmap_lens(
    live: AsOf, lens: Lens, chosen: Chosen, hart: HartFilter = None
) -> Response:
    live.require_ready()
    known_hart(live, hart)
    if chosen == "json":
        view = await live.read_in_worker(lens_json, lens, hart)
        return json_response(view, headers={"X-Seq": str(view["seq"]), **VARY})
    seq, values = await live.read_in_worker(lens_of, lens, hart)
    headers = {"X-Seq": str(seq), **VARY}
    return Response(values.astype("<f8").tobytes(), headers=headers, media_type=BYTES)


def _headers(machine: str, seq: int, hart: int | None, chosen: Format) -> dict[str, str]:
    # A strong tag stands for the same bytes, so each format has its own (RFC 9110, 8.8.1).
    tag = f'"{machine}-{seq}-{"all" if hart is None else hart}-{chosen}"'
    return {"ETag": tag, "X-Seq": str(seq), **VARY}
