"""`vmidscope serve`: the application in a server of its own."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from app.demo import FIRST, ensure, run_demo, warm_up
from app.journal import JournalError
from app.live import LiveMachines
from app.main import create_app
from app.settings import Settings, default_data_folder

USUAL_PORT = 8000
_GRACEFUL_S = 1
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ANY = frozenset({"0.0.0.0", "::", ""})


def serve(
    host: str = "127.0.0.1",
    port: int | None = None,
    data: Path | None = None,
    schedules: Sequence[Path] = (),
    demo: bool = False,
) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status.

    Prints one line with the URL once connections are accepted. With ``demo``, a machine replays
    the shipped recording. Raises ValueError, one line, where it cannot start.
    """
    settings = Settings(data or default_data_folder(), tuple(schedules), _names_of(host))
    app = create_app(settings)
    machines: LiveMachines = app.state.machines
    listener = _listen(host, port)
    try:
        machines.journal.open()
    except JournalError as error:
        listener.close()
        raise ValueError(str(error)) from None
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=_GRACEFUL_S,
    )
    _ignore_repeated_signals()
    server = _Server(config, machines, demo)
    server.run(sockets=[listener])
    if not machines.idle:
        # A step that takes longer than anybody waits. It is not in the journal, so it has not
        # happened; the interpreter would wait for its thread.
        sys.stdout.flush()
        os._exit(0)
    # Nothing that is left needs to be collected; looking at all of it takes half a second.
    gc.freeze()
    return 0


def _ignore_repeated_signals() -> None:
    """uvicorn raises the signals it handled again when it has ended; they are dealt with then."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)


class _Server(uvicorn.Server):
    """Says where it is once it accepts connections, and starts the demonstration."""

    def __init__(self, config: uvicorn.Config, machines: LiveMachines, demo: bool) -> None:
        super().__init__(config)
        self._machines, self._demo = machines, demo

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        machines = self._machines
        if self._demo:
            # The address is given when there is something to see at it.
            first = run_demo(machines, await ensure(machines, FIRST))
        else:
            first = machines.workers.run(warm_up)
        self._first = asyncio.create_task(first)
        print(f"vmidscope is at {_url(sockets[0])}", flush=True)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if host in _ANY:
        host = socket.gethostname()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _listen(host: str, port: int | None) -> socket.socket:
    """A listening socket; on a free port where none was asked for and the usual one is taken."""
    if port is not None and not 0 <= port <= 65535:
        raise ValueError(f"port is {port}; 0 to 65535 is allowed (0: a free one)")
    try:
        return _bind(host, USUAL_PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return _bind(host, 0)
        reason = (error.strerror or str(error)).lower()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            allowed = "another one, or none for any that is free, is allowed"
            raise ValueError(f"port is {port} on {host}: {reason}; {allowed}") from None
        raise ValueError(
            f"host is {host!r}: {reason}; a name or address of this machine is allowed"
        ) from None


def _bind(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # Without this, a port stays taken for a minute after the last server on it ended.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


def _names_of(host: str) -> tuple[str, ...]:
    """Names under which a server on ``host`` may be addressed, beside those of loopback."""
    if host in _LOOPBACK:
        return ()
    if host not in _ANY:
        return (f"[{host}]" if ":" in host else host,)
    name = socket.gethostname()
    addresses = {str(info[4][0]) for info in socket.getaddrinfo(name, None)}
    return (name, *(f"[{a}]" if ":" in a else a for a in sorted(addresses)))
