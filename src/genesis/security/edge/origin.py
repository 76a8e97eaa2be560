"""Keeps web pages out of a service that needs no key on loopback.

A browser on this machine can reach 127.0.0.1. Two doors have to be shut: a foreign name that was pointed here (DNS
rebinding: the `Host` gives it away), and a page that asks across origins (`Origin` and `Sec-Fetch-Site` give it away).
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from genesis.errors import Forbidden

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
PROBES = frozenset({"/livez", "/readyz", "/startupz"})
"""Asked by machines that know this one by number only; they say one word, and change nothing."""


class SameOrigin:
    """ASGI middleware. Refuses a request whose `Host` is none of `hosts`, and what a page of another origin asks."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in PROBES:
            self._check(scope["method"], scope["path"], Headers(scope=scope))
        await self.app(scope, receive, send)

    def _check(self, method: str, path: str, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) > 1 or name(host) not in self.hosts:
            raise Forbidden(f"Host {host[:100]!r}: this service answers to {', '.join(sorted(self.hosts))}")
        reads = method in {"GET", "HEAD"}
        origin = headers.get("origin", "").lower()
        # Reading across origins is the browser's own to refuse: no answer here allows it but the public catalog.
        if origin and not reads and _netloc(origin) != host:
            raise Forbidden("Origin: requests from other web origins are refused")
        # Another port of this machine is the same site, and another origin. A link that is followed is no harm.
        foreign = headers.get("sec-fetch-site", "none").lower() not in {"none", "same-origin"}
        followed = reads and headers.get("sec-fetch-mode", "").lower() == "navigate"
        if foreign and not followed and not (reads and "/.well-known/" in path):
            raise Forbidden("Sec-Fetch-Site: requests from other web origins are refused")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no address, so not ours
        return ""


def name(host: str) -> str:
    """`host` without its port."""
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.rsplit(":", 1)[0]
