"""/livez and /readyz: whether the process runs, and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import Machines
from app.journal import JournalError
from app.problems import ProblemError
from app.responses import json_response
from app.schemas.machines import Alive, Ready
from app.schemas.problem import problems

router = APIRouter(tags=["health"])


@router.get(
    "/livez", response_model=Alive, operation_id="get_liveness", summary="Whether the process runs"
)
async def livez() -> Response:
    return json_response({"status": "alive"})


@router.get(
    "/readyz",
    response_model=Ready,
    responses=problems("not-ready"),
    operation_id="get_readiness",
    summary="Whether the server can do its work",
)
async def readyz(machines: Machines) -> Response:
    if machines.stopping:
        raise ProblemError("not-ready", "the server is stopping")
    try:
        await machines.workers.run(machines.journal.check)
    except JournalError as error:
        raise ProblemError("not-ready", f"the journal cannot be written: {error}") from None
    left_out = [{"id": id, "reason": reason} for id, (_, reason) in machines.unreadable.items()]
    checks = {"journal": "writable", "machines": len(machines.all()), "left_out": left_out}
    return json_response({"status": "ready", "checks": checks})
