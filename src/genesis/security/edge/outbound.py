"""Where a tool may connect: this machine, and the hosts that the user named. One way out, with limits on all of it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from genesis.clock import Clock
from genesis.errors import Forbidden, NetworkError
from genesis.security.edge.addresses import Resolve, origin, shown, system_resolve

__all__ = ["Answer", "Resolve", "get", "hosts_in", "is_loopback", "shown", "system_resolve", "urls_in"]

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


def is_loopback(url: str) -> bool:
    """Whether the address names this machine, by number or as localhost."""
    host = _host(url)
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def get(
    url: str,
    *,
    named: frozenset[str],
    clock: Clock,
    timeout_s: float = 5.0,
    max_bytes: int = 1_000_000,
    private: bool = True,
    resolve: Resolve = system_resolve,
) -> Answer:
    """One GET; up to three redirects are followed within the same scheme, host and port.

    `named`: the hosts that the user named; beside them only loopback is asked. `private`: as in profile `dev`, loopback
    and private addresses may be asked, and public ones over plain http. Environment proxies are ignored.
    Raises `Forbidden` for any other address, `NetworkError` when no whole answer came.
    """
    import httpx

    from genesis.security.edge import guarded

    began = clock.monotonic()
    _may_ask(url, named)
    # What it is redirected to within the origin is asked again; anything else is its answer.
    transport = guarded.Guarded(
        private=private, plain=private, only=url, resolve=resolve, max_bytes=max_bytes, total_s=timeout_s
    )
    async with guarded.client(transport, read_s=timeout_s) as client:
        here = url
        for _ in range(4):
            try:
                async with client.stream("GET", here) as response:
                    body = await response.aread()
            except httpx.InvalidURL as error:  # stricter than urlsplit: 0177.0.0.1
                raise NetworkError(f"{shown(here)}: is no address") from error
            target = response.headers.get("location")
            if response.status_code in {301, 302, 303, 307, 308} and target:
                there = urljoin(here, target)
                if urlsplit(there)[:2] == urlsplit(here)[:2]:
                    here = there
                    continue
            media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Answer(shown(here), response.status_code, media_type, body, clock.monotonic() - began)
    raise NetworkError(f"{shown(url)}: redirects more than three times")


def _may_ask(url: str, named: frozenset[str]) -> None:
    _, host, _ = origin(url)
    if not is_loopback(url) and host not in named:
        raise Forbidden(f"{shown(url)}: the host is not this machine and was not named in the objective")


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
