"""/machines/{id}/domains/{domain}/vcpus/{vcpu}: migrated, run, made to touch pages."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from app.deps import DomainNumber, Live, VcpuIndex
from app.responses import json_response
from app.schemas.bodies import AccessBody, HartBody
from app.schemas.domains import Accesses, Domain
from app.schemas.problem import ON_CHANGE, ON_MACHINE, WITH_BODY, problems
from app.views.access import access_json
from app.views.domain import domain_after
from simcore.machine import commands as cmd

router = APIRouter(prefix="/machines/{machine_id}/domains/{domain}/vcpus/{vcpu}", tags=["domains"])

_ON_VCPU = (
    *ON_MACHINE, *WITH_BODY, *ON_CHANGE, "domain-not-found", "vcpu-not-found", "domain-state",
)  # fmt: skip


@router.post(
    "/migrate",
    response_model=Domain,
    responses=problems(*_ON_VCPU),
    operation_id="migrate_vcpu",
    summary="Move a vCPU to a hart's run queue",
)
async def migrate_vcpu(
    live: Live, domain: DomainNumber, vcpu: VcpuIndex, body: HartBody
) -> Response:
    command = cmd.MigrateVcpu(domain, vcpu, body.hart)
    return json_response(await live.command_then(command, domain_after(domain)))


@router.post(
    "/run",
    response_model=Domain,
    responses=problems(*_ON_VCPU),
    operation_id="run_vcpu",
    summary="Switch a hart to a vCPU now",
)
async def run_vcpu(live: Live, domain: DomainNumber, vcpu: VcpuIndex, body: HartBody) -> Response:
    command = cmd.RunVcpu(domain, vcpu, body.hart)
    return json_response(await live.command_then(command, domain_after(domain)))


@router.post(
    "/access",
    response_model=Accesses,
    responses=problems(*_ON_VCPU),
    operation_id="access_pages",
    summary="Have a vCPU touch guest pages",
)
async def access_pages(
    live: Live, domain: DomainNumber, vcpu: VcpuIndex, body: AccessBody
) -> Response:
    command = cmd.GuestAccess(domain, vcpu, tuple(body.pages))
    return json_response(await live.command_then(command, access_json))
