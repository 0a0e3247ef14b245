"""The REST API, one router a resource. A route parses, calls and renders; it decides nothing."""

from __future__ import annotations

from fastapi import APIRouter

from app.api import (
    bitmap,
    chapters,
    checks,
    clock,
    comparisons,
    demonstrations,
    domains,
    events,
    faults,
    flushes,
    harts,
    history,
    lanes,
    links,
    log,
    machines,
    marks,
    metrics,
    paths,
    platforms,
    policies,
    registers,
    schedules,
    steps,
    summary,
    vcpus,
    violations,
)

PREFIX = "/api/v1"
_RESOURCES = (
    policies, platforms, schedules, faults,
    machines, domains, vcpus, steps, clock, bitmap, flushes, log, harts, registers,
    metrics, summary, violations, history, events, marks, lanes,
    comparisons, checks, paths, chapters, demonstrations, links,
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
