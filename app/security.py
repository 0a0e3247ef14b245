"""What protects a server on loopback from web pages: Host, Origin, headers, body size.

Pure ASGI, outermost: nothing is parsed before it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import as_problem
from app.problems import ProblemError
from app.settings import MAX_BODY_BYTES, Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Not same-origin: a page of ours may hand a trace to another window it opened.
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_MOST_DRAINED_BYTES = 64 << 20
_LONGEST_DRAIN_S = 1.0
"""A client that announces a body may never send it."""


class Security:
    """Refuses what no page of ours and no tool would send, and labels every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = LOOPBACK_NAMES | {name.lower() for name in settings.host_names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        body = _Body(receive)
        started = False

        async def labelled(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                if not await body.settle():
                    headers["Connection"] = "close"
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, body.receive, labelled)
        except Exception as error:
            if started:
                raise
            await as_problem(error).response(scope["path"])(scope, receive, labelled)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not host:
            raise ProblemError("missing-host", "Host is missing; it must name this server")
        if _name_of(host) not in self._names:
            allowed = ", ".join(sorted(self._names))
            raise ProblemError(
                "unknown-host", f"Host is {host[:80]!r}; allowed: {allowed}, any port"
            )
        if scope["method"] not in SAFE_METHODS:
            _check_origin(headers, host)
            _check_type(headers)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            raise _too_large(length)


def _name_of(host: str) -> str:
    """A Host header without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _check_origin(headers: Headers, host: str) -> None:
    """Refuse changes that a browser makes for a page of another origin."""
    origin = headers.get("origin")
    if origin is not None and origin.lower().partition("://")[2] != host:
        raise ProblemError("foreign-origin", f"Origin is {origin[:80]!r}; allowed: 'http://{host}'")
    site = headers.get("sec-fetch-site", "none")
    if origin is None and site not in ("none", "same-origin"):
        raise ProblemError("foreign-origin", f"Sec-Fetch-Site is {site!r}; allowed: 'same-origin'")


def _check_type(headers: Headers) -> None:
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json":
        raise ProblemError("not-json", f"Content-Type is {kind!r}; allowed: 'application/json'")


def _too_large(size: object) -> ProblemError:
    message = f"body is {size} bytes; {MAX_BODY_BYTES} is allowed"
    return ProblemError("body-too-large", message, headers={"Connection": "close"})


class _Body:
    """Counts a request's body as it comes, whatever its headers said."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self._more = True

    async def receive(self) -> Message:
        """The next part of the body. Raises ProblemError where it is too large."""
        message = await self._next()
        if self._bytes > MAX_BODY_BYTES:
            raise _too_large(f"more than {MAX_BODY_BYTES}")
        return message

    async def _next(self) -> Message:
        message = await self._receive()
        self._more = bool(message.get("more_body", False))
        self._bytes += len(message.get("body", b""))
        return message

    async def settle(self) -> bool:
        """Read what is left of the body, up to limits, and forget it; whether that was all.

        A client that still sends does not read the answer, and would see a broken connection.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_DRAIN_S):
                while self._more and self._bytes < _MOST_DRAINED_BYTES:
                    await self._next()
        return not self._more
