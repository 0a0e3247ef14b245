"""/machines: made, listed, looked at, deleted."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.deps import AsOf, Live, MachineId, Machines
from app.live import Wanted
from app.machine_spec import spec_of
from app.responses import json_response, list_response
from app.schemas.bodies import ForkBody, MachineBody
from app.schemas.machines import Digest, Machine
from app.schemas.model import Page
from app.schemas.problem import ON_CHANGE, ON_MACHINE, WITH_BODY, problems
from app.views.machine import digest_json, machine_json

router = APIRouter(prefix="/machines", tags=["machines"])


@router.get(
    "",
    response_model=Page[Machine],
    operation_id="list_machines",
    summary="Every machine, oldest first",
)
async def list_machines(machines: Machines) -> Response:
    return list_response([machine_json(live) for live in machines.all()])


@router.post(
    "",
    status_code=201,
    response_model=Machine,
    responses=problems(*WITH_BODY, *ON_CHANGE, "too-many-machines"),
    operation_id="create_machine",
    summary="Make a machine",
)
async def create_machine(request: Request, machines: Machines, body: MachineBody) -> Response:
    wanted = Wanted(spec_of(body, body.policy), body.schedule, body.name)
    live = await machines.create(wanted)
    location = str(request.app.url_path_for("get_machine", machine_id=live.id))
    return json_response(machine_json(live), 201, {"Location": location})


@router.get(
    "/{machine_id}",
    response_model=Machine,
    responses=problems(*ON_MACHINE),
    operation_id="get_machine",
    summary="One machine",
)
async def get_machine(live: AsOf) -> Response:
    return json_response(machine_json(live))


@router.delete(
    "/{machine_id}",
    status_code=204,
    responses=problems("machine-not-found", "invalid-request", *ON_CHANGE),
    operation_id="delete_machine",
    summary="Delete a machine",
)
async def delete_machine(machines: Machines, machine_id: MachineId) -> Response:
    await machines.delete(machine_id)
    return Response(status_code=204)


@router.get(
    "/{machine_id}/digest",
    response_model=Digest,
    responses=problems(*ON_MACHINE),
    operation_id="get_digest",
    summary="A hash over the machine's state",
)
async def get_digest(live: AsOf) -> Response:
    return json_response(await live.read_in_worker(digest_json))


@router.post(
    "/{machine_id}/fork",
    status_code=201,
    response_model=Machine,
    responses=problems(*ON_MACHINE, *WITH_BODY, *ON_CHANGE, "too-many-machines"),
    operation_id="fork_machine_at",
    summary="A new machine with the commands up to a moment",
)
async def fork_machine_at(
    request: Request, machines: Machines, live: Live, body: ForkBody
) -> Response:
    place = await live.place(body.at)
    twin = await machines.fork(live, place, body.name)
    location = str(request.app.url_path_for("get_machine", machine_id=twin.id))
    return json_response(machine_json(twin), 201, {"Location": location})
