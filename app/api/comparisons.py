"""/comparisons: two policies on one schedule, both machines at the same step."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from app.api.formats import BYTES, VARY, Chosen, octets
from app.comparisons import Comparisons, Pair
from app.deps import HartFilter, known_hart
from app.errors import invalid
from app.machine_spec import spec_of
from app.responses import json_response
from app.schemas.bodies import MOST_STEPS, ComparisonBody, PositionBody
from app.schemas.comparisons import Comparison, Divergences, Maps
from app.schemas.problem import ON_CHANGE, ON_MACHINE, WITH_BODY, problems
from app.views.comparison import comparison_json, moment
from app.views.comparison_map import Of, cells_of, maps_json
from app.views.divergence import divergences_json
from simcore import policies

router = APIRouter(prefix="/comparisons", tags=["comparisons"])


def _comparisons(request: Request) -> Comparisons:
    found = request.app.state.comparisons
    assert isinstance(found, Comparisons)
    return found


Known = Annotated[Comparisons, Depends(_comparisons)]
Number = Annotated[
    str, Path(description="id of a comparison", examples=["7f3a9c2e-51d0b6aa"], max_length=64)
]


def _pair(known: Known, comparison_id: Number) -> Pair:
    return known.get(comparison_id)


OnePair = Annotated[Pair, Depends(_pair)]
Steps = Annotated[
    int | None,
    Query(ge=0, description="look at both after so many steps; left out: after all they made"),
]
ON_PAIR = (*ON_MACHINE, "not-comparable", "server-stopping")


@router.post(
    "",
    response_model=Comparison,
    responses=problems(*WITH_BODY, *ON_CHANGE, *ON_PAIR, "too-many-machines"),
    operation_id="compare_policies",
    summary="Find or make two machines that differ in their policy alone",
)
async def compare_policies(known: Known, body: ComparisonBody) -> Response:
    """The same body gives the same two machines as long as they exist."""
    _known_policies(body)
    pair = await known.make((spec_of(body, body.a), spec_of(body, body.b)), body.schedule)
    return json_response(await _seen(known, pair, None))


@router.get(
    "/{comparison_id}",
    response_model=Comparison,
    responses=problems(*ON_PAIR),
    operation_id="get_comparison",
    summary="Both machines after equally many steps, and how B's counters compare with A's",
)
async def get_comparison(known: Known, pair: OnePair, steps: Steps = None) -> Response:
    return json_response(await _seen(known, pair, steps))


@router.put(
    "/{comparison_id}/position",
    response_model=Comparison,
    responses=problems(*WITH_BODY, *ON_CHANGE, *ON_PAIR),
    operation_id="set_comparison_position",
    summary="Have both machines make the steps that they have not made yet, and look at them there",
)
async def set_position(known: Known, pair: OnePair, body: PositionBody) -> Response:
    pair.require_ready()
    if body.steps > pair.steps + MOST_STEPS:
        raise invalid(
            ("body", "steps"),
            f"steps is {body.steps}; {pair.steps + MOST_STEPS} is allowed, "
            f"{MOST_STEPS} more than both have made",
        )
    await known.bring(pair, body.steps)
    return json_response(await _seen(known, pair, body.steps))


@router.get(
    "/{comparison_id}/maps",
    response_model=Maps,
    responses={**problems(*ON_PAIR), **octets()},
    operation_id="get_comparison_maps",
    summary="Both VMID maps, and how many VMIDs are taken in one of them only",
)
async def get_maps(
    known: Known,
    pair: OnePair,
    chosen: Chosen,
    steps: Steps = None,
    hart: HartFilter = None,
    of: Annotated[Of, Query(description="taken: whatever is not free")] = "taken",
) -> Response:
    """Binary, or as `application/octet-stream`: the bytes of A, then as many of B."""
    known_hart(pair.a, hart)
    shown = _step(pair, steps)
    a, b = await known.at(pair, shown, cells_of(hart))
    headers = {"X-Steps": str(shown), **VARY}
    if chosen == "json":
        return json_response(maps_json(shown, hart, (a, b), of), headers=headers)
    return Response(a.cells + b.cells, headers=headers, media_type=BYTES)


@router.get(
    "/{comparison_id}/divergence",
    response_model=Divergences,
    responses=problems(*ON_PAIR),
    operation_id="find_divergence",
    summary="The first step in which fences, or wrong hits, are different",
)
async def find_divergence(
    request: Request,
    known: Known,
    pair: OnePair,
    within: Annotated[int, Query(ge=1, le=MOST_STEPS, description="steps to search")] = 20_000,
) -> Response:
    """Searched on machines of its own: the two of the comparison stay where they are."""
    found = await known.divergences(pair, within, request.is_disconnected)
    return json_response(divergences_json(found))


async def _seen(known: Comparisons, pair: Pair, steps: int | None) -> dict[str, Any]:
    shown = _step(pair, steps)
    return comparison_json(pair, shown, await known.at(pair, shown, moment))


def _step(pair: Pair, steps: int | None) -> int:
    # While a machine is restored, it has made fewer steps than it had.
    pair.require_ready()
    if steps is not None and steps > pair.steps:
        raise invalid(
            ("query", "steps"), f"steps is {steps}; 0 to {pair.steps} is allowed, which both made"
        )
    return pair.steps if steps is None else steps


def _known_policies(body: ComparisonBody) -> None:
    for field in ("a", "b"):
        name = getattr(body, field)
        if name not in policies.names():
            allowed = ", ".join(policies.names())
            raise invalid(("body", field), f"{field} is {name!r}; allowed: {allowed}")
    if body.a == body.b:
        raise invalid(("body", "b"), f"b is {body.b!r}, as a; another policy is allowed")
