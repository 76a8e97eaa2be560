"""The way to one remote agent, and to nowhere else: its origin, a checked address, bounded bodies, no redirects."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from urllib.parse import SplitResult, urlsplit

import httpx

from genesis.errors import Forbidden, NetworkError
from genesis.security.edge.outbound import Resolve, shown, system_resolve

MAX_BYTES = 32_000_000
"""Of one answer: a task with its artifacts inside."""
CONNECT_S = 5.0
ANSWER_S = 60.0


class Reach(httpx.AsyncBaseTransport):
    """An httpx transport. Raises `Forbidden` for another origin than that of `url`, for an address that must not be
    asked, and for plain http to a public one; `NetworkError` when no whole answer came.

    `private`: loopback and private addresses may be asked. The name is resolved for every request, checked, and
    connected to by number: what is checked is what is used. Link-local addresses are never asked: clouds keep their
    credentials there.
    """

    def __init__(self, url: str, *, private: bool, resolve: Resolve = system_resolve) -> None:
        self._origin = origin(url)
        self._shown = shown(url)
        self._private = private
        self._resolve = resolve
        self._inner = httpx.AsyncHTTPTransport(verify=self._origin[0] == "https", trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if origin(str(request.url)) != self._origin:
            raise Forbidden(f"{shown(str(request.url))}: is not at {self._shown}, the only place that may be asked")
        numbers = await self._addresses()
        host = request.url.host
        for at, number in enumerate(numbers):
            request.url = request.url.copy_with(host=number)
            request.extensions["sni_hostname"] = host
            try:
                response = await self._inner.handle_async_request(request)
            except httpx.ConnectError as error:
                if at + 1 < len(numbers):  # localhost is ::1 as well as 127.0.0.1, and a server may have only one
                    continue
                raise NetworkError(f"{self._shown}: the connection was refused or broke; is the agent up?") from error
            except httpx.TimeoutException as error:
                raise NetworkError(f"{self._shown}: no answer in time ({type(error).__name__})") from error
            except httpx.HTTPError as error:
                raise NetworkError(f"{self._shown}: the connection broke ({type(error).__name__})") from error
            if response.headers.get("content-encoding", "identity") != "identity":
                await response.aclose()
                raise NetworkError(f"{self._shown}: compressed its answer although asked not to")
            return httpx.Response(
                response.status_code,
                headers=response.headers,
                stream=_Bounded(response, self._shown),
                extensions=response.extensions,
            )
        raise AssertionError("numbers is never empty")

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _addresses(self) -> list[str]:
        scheme, host, port = self._origin
        try:
            found = [ipaddress.ip_address(one.partition("%")[0]) for one in await self._resolve(host, port)]
        except OSError as error:
            raise NetworkError(f"{self._shown}: the host has no address") from error
        for number in found:
            plain = getattr(number, "ipv4_mapped", None) or number
            if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
                raise Forbidden(f"{self._shown}: leads to {number}, which is never asked")
            if not plain.is_global and not self._private:
                raise Forbidden(
                    f"{self._shown}: leads to {number}, a loopback or private address; only profile dev asks those"
                )
            if plain.is_global and scheme != "https":
                raise Forbidden(f"{self._shown}: would go unencrypted to {number}; use https")
        if not found:
            raise NetworkError(f"{self._shown}: the host has no address")
        return [str(number) for number in dict.fromkeys(found)][:4]


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, where: str) -> None:
        self._response = response
        self._where = where

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        try:
            async for chunk in self._response.aiter_raw():
                seen += len(chunk)
                if seen > MAX_BYTES:
                    raise NetworkError(f"{self._where}: answered more than {MAX_BYTES:,} bytes")
                yield chunk
        except httpx.HTTPError as error:
            raise NetworkError(f"{self._where}: the answer broke off ({type(error).__name__})") from error

    async def aclose(self) -> None:
        await self._response.aclose()


def client(
    url: str, *, private: bool, resolve: Resolve = system_resolve, read_s: float = ANSWER_S
) -> httpx.AsyncClient:
    """An HTTP client that reaches `url`'s origin alone. `read_s`: how long it may be silent."""
    return httpx.AsyncClient(
        transport=Reach(url, private=private, resolve=resolve),
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(read_s, connect=CONNECT_S),
        follow_redirects=False,
        trust_env=False,
    )


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises `Forbidden` for what has none."""
    try:
        parts: SplitResult = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Forbidden(f"{url[:100]!r}: is no address") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        raise Forbidden(f"{shown(url)}: only http and https addresses without user and password are asked")
    return parts.scheme, host, port
