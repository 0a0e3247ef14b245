"""/machines/{id}/domains: created, listed, paused, unmapped, destroyed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.deps import AsOf, DomainNumber, Live
from app.machine_spec import check_domain_size
from app.responses import json_response, list_response
from app.schemas.bodies import DomainBody, UnmapBody
from app.schemas.domains import Domain
from app.schemas.model import Page
from app.schemas.problem import ON_CHANGE, ON_MACHINE, WITH_BODY, problems
from app.views.domain import created_json, domain_after, domain_json, domains_json
from simcore.machine import commands as cmd

router = APIRouter(prefix="/machines/{machine_id}/domains", tags=["domains"])
_ON_DOMAIN = (*ON_MACHINE, "domain-not-found")


@router.get(
    "",
    response_model=Page[Domain],
    responses=problems(*ON_MACHINE),
    operation_id="list_domains",
    summary="The domains that exist, oldest first",
)
async def list_domains(live: AsOf) -> Response:
    return list_response(await live.read_in_worker(domains_json))


@router.post(
    "",
    status_code=201,
    response_model=Domain,
    responses=problems(*ON_MACHINE, *WITH_BODY, *ON_CHANGE, "vmid-pool-exhausted"),
    operation_id="create_domain",
    summary="Create a domain",
)
async def create_domain(request: Request, live: Live, body: DomainBody) -> Response:
    check_domain_size(body.vcpus, body.pages or live.spec.guests.pages_of(body.vcpus))
    command = cmd.CreateDomain(body.vcpus, body.name, body.pages)
    domain = await live.command_then(command, created_json)
    location = f"{request.url.path}/{domain['id']}"
    return json_response(domain, 201, {"Location": location})


@router.get(
    "/{domain}",
    response_model=Domain,
    responses=problems(*_ON_DOMAIN),
    operation_id="get_domain",
    summary="One domain",
)
async def get_domain(live: AsOf, domain: DomainNumber) -> Response:
    return json_response(await live.read(domain_json, domain))


@router.delete(
    "/{domain}",
    status_code=204,
    responses=problems(*_ON_DOMAIN, *ON_CHANGE),
    operation_id="destroy_domain",
    summary="Destroy a domain",
)
async def destroy_domain(live: Live, domain: DomainNumber) -> Response:
    await live.command(cmd.DestroyDomain(domain))
    return Response(status_code=204)


@router.post(
    "/{domain}/pause",
    response_model=Domain,
    responses=problems(*_ON_DOMAIN, *ON_CHANGE, "domain-state"),
    operation_id="pause_domain",
    summary="Take a domain's vCPUs off their harts",
)
async def pause_domain(live: Live, domain: DomainNumber) -> Response:
    return json_response(await live.command_then(cmd.PauseDomain(domain), domain_after(domain)))


@router.post(
    "/{domain}/unpause",
    response_model=Domain,
    responses=problems(*_ON_DOMAIN, *ON_CHANGE, "domain-state"),
    operation_id="unpause_domain",
    summary="Let a domain's vCPUs run again",
)
async def unpause_domain(live: Live, domain: DomainNumber) -> Response:
    return json_response(await live.command_then(cmd.UnpauseDomain(domain), domain_after(domain)))


@router.post(
    "/{domain}/unmap",
    response_model=Domain,
    responses=problems(*_ON_DOMAIN, *WITH_BODY, *ON_CHANGE),
    operation_id="unmap_pages",
    summary="Take guest pages from a domain's P2M",
)
async def unmap_pages(live: Live, domain: DomainNumber, body: UnmapBody) -> Response:
    return json_response(
        await live.command_then(
            cmd.UnmapPages(domain, body.first, body.count), domain_after(domain)
        )
    )
