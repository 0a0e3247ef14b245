"""HEAD and OPTIONS on every address, and an Allow header that tells all its methods."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Addresses = Iterable[tuple[re.Pattern[str], Iterable[str]]]
"""Which methods the addresses that match a pattern have; one address may be in several rows."""


class AllowedMethods:
    """Answers OPTIONS, and completes Allow where a method is not allowed."""

    def __init__(self, app: ASGIApp, addresses: Addresses) -> None:
        self._app = app
        self._addresses = [(pattern, frozenset(methods)) for pattern, methods in addresses]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        allowed = self._allowed(scope["path"]) if scope["type"] == "http" else ""
        if not allowed:
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            headers = [(b"allow", allowed.encode())]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return

        async def completed(message: Message) -> None:
            if message.get("status") == 405:
                MutableHeaders(scope=message)["Allow"] = allowed
            await send(message)

        await self._app(scope, receive, completed)

    def _allowed(self, path: str) -> str:
        found = {m for pattern, methods in self._addresses if pattern.match(path) for m in methods}
        if "GET" in found:
            found.add("HEAD")
        return ", ".join(sorted(found | {"OPTIONS"})) if found else ""


class HeadAsGet:
    """Answers HEAD by what GET would answer. A stream is left once its headers are known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        endless = asyncio.Event()

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if kind.startswith("text/event-stream"):
                    endless.set()
            elif not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        answered = self._app({**scope, "method": "GET"}, receive, without_body)
        get: asyncio.Future[None] = asyncio.ensure_future(answered)
        left = asyncio.create_task(endless.wait())
        await asyncio.wait((get, left), return_when=asyncio.FIRST_COMPLETED)
        left.cancel()
        if get.done():
            get.result()
            return
        get.cancel()
        await asyncio.wait((get,))
        await send({"type": "http.response.body", "body": b""})
