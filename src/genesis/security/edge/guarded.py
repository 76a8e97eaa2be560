"""The one way out, as a transport for httpx: every request is checked, redirects too, and goes where it was checked.

A name is resolved once for each request; all its addresses must be allowed, and the connection is made to one of them
by number, with the name kept for Host and TLS. Answers are bounded in size and time. Proxies of the environment are
ignored: they would resolve for themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx

from genesis.errors import Forbidden, NetworkError
from genesis.security.edge import addresses
from genesis.security.edge.addresses import Resolve, origin, shown, system_resolve

MAX_BYTES = 32_000_000
TOTAL_S = 900.0
CONNECT_S = 5.0


class Guarded(httpx.AsyncBaseTransport):
    """Raises `Forbidden` for an address that must not be asked, and for plain http to a public one; `NetworkError` when
    no whole answer came.

    `private`: loopback and private addresses may be asked. `plain`: public ones too over http. `only` (an origin):
    nothing else is asked. `called`: what is there, for messages. `max_bytes`, `total_s`: of one answer, from the
    request on.
    """

    def __init__(
        self,
        *,
        private: bool,
        plain: bool = False,
        only: str | None = None,
        called: str = "it",
        resolve: Resolve = system_resolve,
        max_bytes: int = MAX_BYTES,
        total_s: float = TOTAL_S,
    ) -> None:
        self._only = None if only is None else (origin(only), shown(only))
        self._private = private
        self._called = called
        self._plain = plain
        self._resolve = resolve
        self._max_bytes = max_bytes
        self._total_s = total_s
        secure = only is None or origin(only)[0] == "https"  # a TLS context costs 20 ms
        # Connections are kept by number: one that was made for another name has shown another certificate.
        kept = httpx.Limits(max_connections=100, max_keepalive_connections=20 if only is not None else 0)
        self._inner = httpx.AsyncHTTPTransport(verify=secure, trust_env=False, limits=kept)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        until = asyncio.get_running_loop().time() + self._total_s
        asked, where = origin(str(request.url)), shown(str(request.url))
        if self._only is not None:
            if asked != self._only[0]:
                raise Forbidden(f"{where}: is not at {self._only[1]}, the only place that may be asked")
            where = self._only[1]
        try:
            async with asyncio.timeout_at(until):
                numbers = await self._addresses(where, asked)
        except TimeoutError as error:
            raise NetworkError(f"{where}: its host's address was not found in time") from error
        request.extensions["sni_hostname"] = request.url.host
        for at, number in enumerate(numbers):
            request.url = request.url.copy_with(host=number)  # the Host header was made before, of the name
            try:
                async with asyncio.timeout_at(until):
                    response = await self._inner.handle_async_request(request)
            except httpx.ConnectError as error:
                if at + 1 < len(numbers):  # localhost is ::1 as well as 127.0.0.1, and a server may have only one
                    continue
                raise NetworkError(f"{where}: the connection was refused or broke; is {self._called} up?") from error
            except (TimeoutError, httpx.TimeoutException) as error:
                raise NetworkError(f"{where}: no answer in time ({type(error).__name__})") from error
            except httpx.HTTPError as error:
                raise NetworkError(f"{where}: the connection broke ({type(error).__name__})") from error
            if response.headers.get("content-encoding", "identity") != "identity":
                await response.aclose()
                raise NetworkError(f"{where}: compressed its answer although asked not to")
            return httpx.Response(
                response.status_code,
                headers=response.headers,
                stream=_Bounded(response, where, self._max_bytes, until),
                extensions=response.extensions,
            )
        raise AssertionError("numbers is never empty")

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _addresses(self, where: str, asked: tuple[str, str, int]) -> list[str]:
        scheme, host, port = asked
        try:
            found = [addresses.parse(one) for one in dict.fromkeys(await self._resolve(host, port))]
        except (OSError, ValueError) as error:
            raise NetworkError(f"{where}: the host has no address") from error
        for number in found:
            refused = addresses.refusal(number, private=self._private)
            if refused is not None:
                raise Forbidden(f"{where}: {refused}")
            if addresses.is_public(addresses.meant(number)) and scheme != "https" and not self._plain:
                raise Forbidden(f"{where}: would go unencrypted to {number}; use https")
        if not found:
            raise NetworkError(f"{where}: the host has no address")
        return [str(number) for number in found][:4]


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, where: str, max_bytes: int, until: float) -> None:
        self._response = response
        self._where = where
        self._max_bytes = max_bytes
        self._until = until

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        chunks = aiter(self._response.aiter_raw())
        while True:
            try:
                async with asyncio.timeout_at(self._until):  # a byte now and then is no answer either
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise NetworkError(f"{self._where}: the answer came too slowly") from error
            except httpx.HTTPError as error:
                raise NetworkError(f"{self._where}: the answer broke off ({type(error).__name__})") from error
            seen += len(chunk)
            if seen > self._max_bytes:
                raise NetworkError(f"{self._where}: answered more than {self._max_bytes:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def client(transport: Guarded, *, read_s: float = 60.0) -> httpx.AsyncClient:
    """A client through `transport` alone that follows no redirects. `read_s`: how long it may be silent."""
    return httpx.AsyncClient(
        transport=transport,
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(read_s, connect=CONNECT_S),
        follow_redirects=False,
        trust_env=False,
    )


async def fetch(url: str, *, private: bool, max_bytes: int, total_s: float, resolve: Resolve = system_resolve) -> bytes:
    """The body of one GET that answers 200. Raises `Forbidden`, `NetworkError`."""
    transport = Guarded(private=private, only=url, resolve=resolve, max_bytes=max_bytes, total_s=total_s)
    try:
        async with client(transport, read_s=total_s) as http, http.stream("GET", url) as answer:
            if answer.status_code != 200:
                raise NetworkError(f"{shown(url)}: answered {answer.status_code}")
            return await answer.aread()
    except httpx.InvalidURL as error:  # stricter than urlsplit: 0177.0.0.1
        raise NetworkError(f"{shown(url)}: is no address") from error
