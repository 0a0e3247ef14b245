"""The application: routes, pages and the life of the machines behind them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.routing import compile_path

from app import __version__, api, pages
from app.api import health
from app.aside import Aside
from app.comparisons import Comparisons
from app.errors import install_error_handlers
from app.jobs import Checks
from app.live import LiveMachines
from app.methods import AllowedMethods, HeadAsGet
from app.openapi import DescribedApp
from app.paths import resource_folder
from app.schedules import Schedules
from app.security import Security
from app.settings import Settings
from app.signals import before_the_end


def create_app(settings: Settings) -> FastAPI:
    """The application.

    Raises ValueError for a schedule that is none; JournalError, when the application starts, for
    a data folder that cannot be used.
    """
    machines = LiveMachines(settings, Schedules(settings.schedules))
    checks = Checks(settings)
    comparisons = Comparisons(machines)
    paths = Aside("path", lambda: machines.stopping)

    def stop() -> None:
        checks.stop()
        machines.stop()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await machines.start()
        with before_the_end(stop):
            yield
        await checks.close()
        await machines.close()
        machines.idle &= comparisons.close() & paths.close()

    app = DescribedApp(
        title="vmidscope",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{api.PREFIX}/openapi.json",
    )
    app.state.machines = machines
    app.state.checks = checks
    app.state.comparisons = comparisons
    app.state.paths = paths
    install_error_handlers(app, pages.render_problem)
    app.include_router(api.router())
    app.include_router(health.router)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=resource_folder("static")), name="static")
    app.mount("/docs/assets", StaticFiles(directory=_swagger_folder()), name="docs-assets")
    app.add_middleware(HeadAsGet)
    app.add_middleware(AllowedMethods, addresses=_addresses())
    app.add_middleware(Security, settings=settings)
    return app


def _addresses() -> Iterator[tuple[re.Pattern[str], set[str]]]:
    """The methods of every address of the API and of every page."""
    unprefixed = (health.router, pages.router)
    routers = [(api.PREFIX, router) for router in api.routers()]
    for prefix, router in (*routers, *(("", router) for router in unprefixed)):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield compile_path(prefix + route.path)[0], route.methods or set()


def _swagger_folder() -> Path:
    """Swagger UI's files, as the package fastapi-offline carries them."""
    found = find_spec("fastapi_offline")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "static"
