"""The REST API, one router a resource. A route parses, calls and renders; it decides nothing."""

from __future__ import annotations

from fastapi import APIRouter

from app.api import (
    bitmap,
    checks,
    clock,
    domains,
    events,
    faults,
    flushes,
    harts,
    history,
    machines,
    metrics,
    paths,
    platforms,
    policies,
    registers,
    schedules,
    steps,
    vcpus,
    violations,
)

PREFIX = "/api/v1"
_RESOURCES = (
    policies, platforms, schedules, faults,
    machines, domains, vcpus, steps, clock, bitmap, flushes, harts, registers,
    metrics, violations, history, events,
    checks, paths,
)  # fmt: skip


def router() -> APIRouter:
    """Every resource under `PREFIX`."""
    api = APIRouter(prefix=PREFIX)
    for resource in routers():
        api.include_router(resource)
    return api


def routers() -> list[APIRouter]:
    """The routers of all resources, without `PREFIX`."""
    return [resource.router for resource in _RESOURCES]
