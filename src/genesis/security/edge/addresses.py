"""Which network addresses may be connected to: by what they are, whatever name led there and however it is written."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit

from genesis.errors import Forbidden

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to addresses by number. Raises `OSError` when there are none."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052; the IPv4 address is at the end
_NAT64_LOCAL = ipaddress.ip_network(
    "64:ff9b:1::/48"
)  # RFC 8215: where in it the IPv4 address lies, only its owner knows
# Not on the public internet, though Python's tables say otherwise in one version or another.
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100::/64", "2001:db8::/32", "2001:2::/48",
                 "2001:10::/28", "2001:20::/28", "3fff::/20", "5f00::/16", "fec0::/10")
)  # fmt: skip
_COMPATIBLE = ipaddress.ip_network("::/96")
_TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")  # RFC 2765
_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291: no other IPv6 address has been given to anybody
# Credentials and control planes of clouds that are not link-local: Alibaba, Oracle, Azure, AWS over IPv6.
_METADATA = frozenset(
    ipaddress.ip_address(text) for text in ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254")
)


def parse(text: str) -> Address:
    """The address of a resolver's answer, without its zone. Raises `ValueError`."""
    return ipaddress.ip_address(text.partition("%")[0])


def meant(number: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, compatible, translated, NAT64, 6to4, Teredo), else itself.

    >>> str(meant(parse("64:ff9b::a9fe:a9fe"))), str(meant(parse("2002:7f00:1::")))
    ('169.254.169.254', '127.0.0.1')
    """
    if isinstance(number, ipaddress.IPv4Address):
        return number
    inside = number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
    if inside is None and (
        number in _NAT64 or number in _TRANSLATED or (number in _COMPATIBLE and int(number) > 0xFFFF)
    ):
        inside = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
    return inside or number


def refusal(number: Address, *, private: bool) -> str | None:
    """Why it may not be connected to, or None. `private`: loopback and private networks may be."""
    found = meant(number)
    if found.is_link_local or found.is_multicast or found.is_unspecified or found in _METADATA or _never(found):
        return f"leads to {number}, which is never asked"
    if number in _NAT64_LOCAL or (not is_public(found) and not private):
        return f"leads to {number}, a loopback or private address; only profile dev asks those"
    return None


def is_public(found: Address) -> bool:
    """Whether it is on the public internet."""
    given = found.version == 4 or found in _UNICAST
    return given and found.is_global and not any(found in network for network in _SPECIAL)


def _never(found: Address) -> bool:
    # `is_reserved` covers 240/4 and broadcast; of IPv6 it would cover loopback too.
    return found.version == 4 and (found.is_reserved or int(found) >> 24 == 0)


async def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises `OSError` when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises `Forbidden` for what has none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Forbidden(f"{url[:100]!r}: is no address") from error
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.password:
        raise Forbidden(f"{shown(url)}: only http and https addresses without user and password are asked")
    return parts.scheme, host, port


def shown(url: str) -> str:
    """An address fit for a report: no user, password, query or fragment, which may hold secrets."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
