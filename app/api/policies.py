"""GET /policies: the VMID schemes."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.problems import ProblemError
from app.responses import json_response, list_response
from app.schemas.model import Page, Policy
from app.schemas.problem import problems
from app.views.platform import policy_json
from simcore import policies

router = APIRouter(prefix="/policies", tags=["model"])


@router.get(
    "",
    response_model=Page[Policy],
    operation_id="list_policies",
    summary="The policies that a machine may follow",
)
async def list_policies() -> Response:
    return list_response([policy_json(name) for name in policies.names()])


@router.get(
    "/{name}",
    response_model=Policy,
    responses=problems("policy-not-found", "invalid-request"),
    operation_id="get_policy",
    summary="One policy",
)
async def get_policy(name: str) -> Response:
    try:
        return json_response(policy_json(name))
    except policies.UnknownPolicyError as error:
        raise ProblemError("policy-not-found", str(error)) from None
