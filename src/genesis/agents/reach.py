"""The way to one remote agent, and to nowhere else: its origin, a checked address, bounded bodies, no redirects."""

from __future__ import annotations

import httpx

from genesis.security.edge import guarded
from genesis.security.edge.addresses import Resolve, origin, system_resolve

__all__ = ["client", "origin"]

ANSWER_S = 60.0


def client(
    url: str, *, private: bool, resolve: Resolve = system_resolve, read_s: float = ANSWER_S
) -> httpx.AsyncClient:
    """An HTTP client that reaches `url`'s origin alone. `read_s`: how long it may be silent.

    `private`: loopback and private addresses may be asked. Raises `Forbidden`, as its requests do.
    """
    way = guarded.Guarded(private=private, only=url, called="the agent", resolve=resolve)
    return guarded.client(way, read_s=read_s)
