"""Where a tool may connect: this machine, and the hosts that the user named. One way out, with limits on all of it."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from genesis.clock import Clock
from genesis.errors import Forbidden, NetworkError

if TYPE_CHECKING:
    import httpx

Resolve = Callable[[str, int], Awaitable[list[str]]]

_TLD = r"(?:com|org|net|io|dev|app|cloud|eu|de|fr|uk|nl|es|it|ch|at|local|internal|test|example)"
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]{1,500}|https?://\[[0-9a-fA-F:.]{2,45}\][^\s<>\"'`]{0,500}")
_BARE = re.compile(
    r"(?<![\w@/.:-])((?:localhost|\d{1,3}(?:\.\d{1,3}){3}):\d{2,5}(?:/[^\s<>\"'`]{0,300})?"
    rf"|(?:[a-z0-9-]{{1,63}}\.){{1,5}}{_TLD}(?::\d{{2,5}})?(?:/[^\s<>\"'`]{{0,300}})?)(?![\w@-])"
)


@dataclass(frozen=True)
class Answer:
    """What a server said. `url` is the last one asked (without user, password, query), `seconds` to the whole body."""

    url: str
    status: int
    media_type: str
    body: bytes
    seconds: float


def urls_in(text: str) -> tuple[str, ...]:
    """The http(s) addresses in a text, in order, each once; a bare `localhost:8080/x` or `shop.example.com` counts.

    >>> urls_in("Is http://127.0.0.1:8080/health up? And localhost:9090, see spec.md.")
    ('http://127.0.0.1:8080/health', 'http://localhost:9090')
    """
    found: dict[int, str] = {}
    covered = [False] * len(text)
    for match in _URL.finditer(text):
        found[match.start()] = _trim(match.group())
        covered[match.start() : match.end()] = [True] * (match.end() - match.start())
    for match in _BARE.finditer(text):
        if not covered[match.start()]:
            bare = _trim(match.group(1))
            # A machine's own name or number speaks http, a public name https.
            local = bare.startswith("localhost") or bare[0].isdigit()
            found[match.start()] = f"{'http' if local else 'https'}://{bare}"
    return tuple(dict.fromkeys(url for _, url in sorted(found.items()) if _host(url)))


def hosts_in(text: str) -> frozenset[str]:
    """The hosts of `urls_in`, lower case."""
    return frozenset(_host(url) for url in urls_in(text))


def shown(url: str) -> str:
    """An address fit for a report: no user, password, query or fragment, which may hold secrets."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def is_loopback(url: str) -> bool:
    """Whether the address names this machine, by number or as localhost."""
    host = _host(url)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError` when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def get(
    url: str,
    *,
    named: frozenset[str],
    clock: Clock,
    timeout_s: float = 5.0,
    max_bytes: int = 1_000_000,
    resolve: Resolve = system_resolve,
) -> Answer:
    """One GET; up to three redirects are followed within the same scheme, host and port.

    `named`: the hosts that the user named; beside them only loopback is asked. Environment proxies are ignored.
    Raises `Forbidden` for any other address, `NetworkError` when no whole answer came.
    """
    import httpx

    began = clock.monotonic()
    secure = urlsplit(url).scheme == "https"  # redirects stay within the scheme; a TLS context costs 20 ms
    transport = httpx.AsyncHTTPTransport(verify=secure, trust_env=False)
    async with httpx.AsyncClient(transport=transport, timeout=timeout_s, trust_env=False) as client:
        here = url
        for _ in range(4):
            numbers = await _addresses(here, named, resolve)
            try:
                async with asyncio.timeout(timeout_s):
                    response, body = await _ask(client, here, numbers, max_bytes)
            except (TimeoutError, httpx.TimeoutException) as error:
                raise NetworkError(f"{shown(here)}: no answer within {timeout_s:g} s") from error
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                raise NetworkError(f"{shown(here)}: {_reason(error)}") from error
            target = response.headers.get("location")
            if response.status_code in {301, 302, 303, 307, 308} and target:
                there = urljoin(here, target)
                if urlsplit(there)[:2] == urlsplit(here)[:2]:
                    here = there
                    continue
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(shown(here), response.status_code, media_type, body, clock.monotonic() - began)
    raise NetworkError(f"{shown(url)}: redirects more than three times")


async def _addresses(url: str, named: frozenset[str], resolve: Resolve) -> list[str]:
    """The host's addresses by number, resolved once: what is checked is what is connected to."""
    parts = urlsplit(url)
    host = _host(url)
    if parts.scheme not in {"http", "https"} or not host:
        raise Forbidden(f"{shown(url)}: only http and https addresses are asked")
    if parts.username or parts.password:
        raise Forbidden(f"{shown(url)}: the address holds a user name or password; leave it out")
    if not is_loopback(url) and host not in named:
        raise Forbidden(f"{shown(url)}: the host is not this machine and was not named in the objective")
    try:
        found = await resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
    except OSError as error:
        raise NetworkError(f"{shown(url)}: the host has no address") from error
    if not found:
        raise NetworkError(f"{shown(url)}: the host has no address")
    numbers = [ipaddress.ip_address(address.partition("%")[0]) for address in dict.fromkeys(found)]
    for number in numbers:
        mapped = getattr(number, "ipv4_mapped", None) or number
        if mapped.is_link_local or mapped.is_multicast or mapped.is_unspecified:  # cloud metadata is link-local
            raise Forbidden(f"{shown(url)}: leads to {number}, which is never asked")
    return [f"[{number}]" if number.version == 6 else str(number) for number in numbers[:4]]


async def _ask(client: httpx.AsyncClient, url: str, numbers: list[str], max_bytes: int) -> tuple[httpx.Response, bytes]:
    import httpx

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    for position, number in enumerate(numbers):
        pinned = urlunsplit((parts.scheme, f"{number}:{port}", parts.path or "/", parts.query, ""))
        headers, extensions = {"host": parts.netloc}, {"sni_hostname": _host(url)}
        try:
            async with client.stream("GET", pinned, headers=headers, extensions=extensions) as response:
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > max_bytes:
                        raise NetworkError(f"{shown(url)}: answered more than {max_bytes:,} bytes")
                return response, bytes(body)
        except httpx.ConnectError:
            if position + 1 == len(numbers):  # localhost is ::1 as well as 127.0.0.1, and a server may have only one
                raise
    raise AssertionError("numbers is never empty")


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
        return (parts.hostname or "").lower()
    except ValueError:
        return ""


def _trim(url: str) -> str:
    while url and (url[-1] in ".,;:!?'*_" or (url[-1] == ")" and url.count(")") > url.count("("))):
        url = url[:-1]
    return url


def _reason(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.ConnectError | ConnectionError):
        return "the connection was refused or broke"
    return f"the answer could not be read ({type(error).__name__})"
