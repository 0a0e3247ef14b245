"""The application as its users see it, with every answer held against what OpenAPI says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import compile_path

from app import api
from app.api import health
from app.live import LiveMachine, LiveMachines
from app.main import create_app
from app.settings import Settings

PREFIX = "/api/v1"
JSON = "application/json"
PROBLEM = "application/problem+json"
_ROUTES = [
    (compile_path(prefix + route.path)[0], prefix + route.path, route)
    for prefix, router in (*((PREFIX, r) for r in api.routers()), ("", health.router))
    for route in router.routes
    if isinstance(route, APIRoute)
]


@cache
def _document() -> dict[str, Any]:
    return create_app(Settings(Path("unused"))).openapi()


class Api:
    """Requests to an application that runs in a thread of its own."""

    def __init__(self, portal: BlockingPortal, app: FastAPI) -> None:
        self.app = app
        self._portal = portal
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    @property
    def machines(self) -> LiveMachines:
        """The live machines behind it, for what no request can bring about."""
        machines = self.app.state.machines
        assert isinstance(machines, LiveMachines)
        return machines

    def live(self, machine: str) -> LiveMachine:
        return self.machines.get(machine)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call something, be it a coroutine function, on the application's loop."""
        return self._portal.call(function, *arguments)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request; ``path`` is below /api/v1 unless it begins with two slashes."""
        url = path[1:] if path.startswith("//") else f"{PREFIX}{path}"

        async def send() -> httpx.Response:
            return await self._client.request(method, url, **options)

        response = self._portal.call(send)
        assert isinstance(response, httpx.Response)
        self._check(response)
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, **({"json": body} if body is not None else {}) | options)

    def put(self, path: str, body: object) -> httpx.Response:
        return self.request("PUT", path, **({} if body is None else {"json": body}))

    def delete(self, path: str) -> httpx.Response:
        return self.request("DELETE", path)

    def _check(self, response: httpx.Response) -> None:
        """What every answer of the API has to be."""
        method, path = response.request.method, response.request.url.path
        kind = response.headers.get("content-type", "")
        if response.status_code >= 400 and method != "HEAD":
            assert kind == PROBLEM or kind.startswith("text/html"), (path, kind, response.text)
        if method in ("HEAD", "OPTIONS"):
            return
        for pattern, template, route in _ROUTES:
            if pattern.match(path) and method in (route.methods or ()):
                self._check_answer(response, template, route)
                return

    def _check_answer(self, response: httpx.Response, template: str, route: APIRoute) -> None:
        declared = _document()["paths"][template][response.request.method.lower()]
        status = str(response.status_code)
        assert status in declared["responses"], (template, status, response.text)
        kind = response.headers.get("content-type")
        if kind == PROBLEM:
            slug = response.json()["type"].removeprefix("/problems/")
            examples = declared["responses"][status]["content"][PROBLEM]["examples"]
            assert slug in examples, (template, status, slug)
        elif kind == JSON and route.response_model is not None:
            TypeAdapter(route.response_model).validate_json(response.text, strict=True)

    # What tests do again and again

    def machine(self, policy: str = "xen-riscv-v2-posted", **body: Any) -> str:
        """A new machine's path."""
        response = self.post("/machines", {"policy": policy, **body})
        assert response.status_code == 201, response.text
        return f"/machines/{response.json()['id']}"

    def step(self, machine: str, count: int = 1) -> Any:
        response = self.post(f"{machine}/step", {"count": count})
        assert response.status_code == 200, response.text
        return response.json()

    def digest(self, machine: str) -> Any:
        return self.get(f"{machine}/digest").json()

    def history(self, machine: str) -> list[dict[str, Any]]:
        """All events, by following the pages."""
        return self.follow(f"{machine}/history?limit=1000")

    def follow(self, path: str) -> list[dict[str, Any]]:
        """The items of all pages of a list, by its Link headers."""
        items: list[dict[str, Any]] = []
        following = f"/{PREFIX}{path}"
        while following:
            page = self.get(following)
            items += page.json()["items"]
            link = page.links.get("next")
            assert (link is None) == (page.json()["next_cursor"] is None)
            following = f"/{link['url']}" if link else ""
        return items

    def wait_for(self, path: str, condition: Callable[[Any], bool], seconds: float = 30) -> Any:
        """Ask until the answer is as wanted."""
        end = time.monotonic() + seconds
        while not condition(answer := self.get(path).json()):
            assert time.monotonic() < end, answer
            time.sleep(0.01)
        return answer


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Api]:
    """An application on a data folder, started and ended in order."""
    app = create_app(Settings(folder, **settings))
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
    ):
        yield Api(portal, app)


def slug(response: httpx.Response) -> str:
    """Which problem an answer is, after a look at its form."""
    assert response.headers["content-type"] == PROBLEM, response.text
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["instance"] == response.request.url.path
    assert problem["title"]
    kind = problem["type"]
    assert isinstance(kind, str)
    return kind.removeprefix("/problems/")
