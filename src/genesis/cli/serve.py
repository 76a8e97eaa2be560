"""Runs the service in this process: socket, parts, server, and an end that loses nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from genesis.errors import PortInUse, ResourceError
from genesis.service.parts import Lifecycle

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises `PortInUse`, naming who has it where that can be known."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio sets TCP_NODELAY only where it is, and without it every answer on a kept connection
    # waits 40 ms for the client's delayed acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(2048)
    except OSError as error:
        sock.close()
        if error.errno in {98, 48}:  # EADDRINUSE on Linux, on macOS
            raise PortInUse(f"{host}:{port}: in use by {_who(port)}; stop it, or choose another with --port") from error
        raise ResourceError(f"{host}:{port}: cannot listen there ({error.strerror})") from error
    return sock


def url(sock: socket.socket) -> str:
    """The address of a listening socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


MAX_HEAD_BYTES = 65_536
"""Of a request's line and headers; what comes in one piece may have a little more."""


class BoundedHead(HttpToolsProtocol):
    """uvicorn's HTTP, which would keep headers for as long as they come, and take trailers for headers."""

    _idle = 0
    """Bytes that came since the last that were of any use: what is read of a head, of trailers, between chunks."""
    _head_over = False

    def data_received(self, data: bytes) -> None:
        self._idle += len(data)
        super().data_received(data)
        if self._idle > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's headers are too long.")

    def on_message_begin(self) -> None:
        self._head_over = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_over:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._idle, self._head_over = 0, True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._idle = max(0, self._idle - 16 * len(body))  # a chunk of one byte has five around it
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._idle = 0
        super().on_message_complete()


class Server(uvicorn.Server):
    """Says when it is ready, and tells the app as soon as it is asked to stop, so that streams end by themselves."""

    def __init__(self, app: ASGIApp, lifecycle: Lifecycle, drain_s: float, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                http=BoundedHead,
                ws="none",  # there is none here, and a handshake would go past everything that looks at requests
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(drain_s) + 1,
                timeout_keep_alive=30,
            )
        )
        self._lifecycle = lifecycle
        self._ready = ready
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._lifecycle.draining.set)
        super().handle_exit(sig, frame)


def _who(port: int) -> str:
    """The process that listens on `port`, as far as this host and our rights tell."""
    try:
        tables = [Path("/proc/net", name).read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
        rows = [line.split() for table in tables for line in table]
        inodes = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                links = {str(link.readlink()) for link in (process / "fd").iterdir()}
            except OSError:
                continue  # not ours to look into, or gone
            if inodes & links:
                return f"process {process.name} ({(process / 'comm').read_text().strip()})"
    except OSError:
        pass  # no /proc here
    return "another process"
