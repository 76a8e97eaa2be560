"""Keeps web pages out of a service that needs no key on loopback.

A browser on this machine can reach 127.0.0.1. Two doors have to be shut: a foreign name that was pointed here (DNS
rebinding: the `Host` gives it away), and a page that posts across origins (the `Origin` gives it away).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from genesis.errors import Forbidden

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class SameOrigin:
    """ASGI middleware. Refuses a request whose `Host` is none of `hosts`, or whose `Origin` is of another host."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            host = headers.get(b"host", b"").decode("latin-1").lower()
            if _name(host) not in self.hosts:
                raise Forbidden(f"Host {host[:100]!r}: this service answers to {', '.join(sorted(self.hosts))}")
            origin = headers.get(b"origin", b"").decode("latin-1").lower()
            # Reading across origins is the browser's own to refuse: no answer here allows it but the public catalog.
            if origin and scope["method"] not in {"GET", "HEAD"} and urlsplit(origin).netloc != host:
                raise Forbidden("Origin: requests from other web origins are refused")
        await self.app(scope, receive, send)


def _name(host: str) -> str:
    """`host` without its port."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.rsplit(":", 1)[0]
