"""What the user said, read for the gate: is this value one that stands in the user's own words?

Whole tokens only: of `ops@example.com.evil.test` neither `ops@example.com` nor `example.com` stands there.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from genesis.security.edge.outbound import is_loopback, urls_in

Nearness = Literal["said", "path", "local", "address"]
"""How near an address is to what was said: that very one; another path there; another door of this machine; or not."""

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9A-Fa-f:.]{2,45}\])(?P<port>:\d{1,5})?(?P<path>/[A-Za-z0-9._~/-]*)?(?P<rest>[?#][!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
"""Narrower than RFC 3986: no user, no percent signs in the path, no trailing dot, nothing that two parsers read in two
ways. Anything else is the user's only if it stands in the objective to the letter."""
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
_BEFORE, _AFTER = r"(?<![^\s\"'`(<\[{,;:=>→“„«])", r"(?=$|[\s\"'`)>\]},;:!?=→”“»]|->|\.(?:\s|$))"
_QUOTED = re.compile(r"```[^\n`]*\n(.+?)\n?```|`([^`\n]+)`|\"([^\"\n]+)\"|“([^”\n]+)”", re.DOTALL)


class Door(NamedTuple):
    scheme: str
    host: str
    port: int


def stands(value: str, text: str) -> bool:
    """Whether the value is there as a whole token.

    >>> stands("ops@example.com", "Mail ops@example.com."), stands("ops@example.com", "Mail ops@example.com.evil.test")
    (True, False)
    >>> stands("1.2.0", "Deploy v1.2.0 today"), stands("1.2.0", "Deploy 1.2.0.1")
    (True, False)
    """
    if not value or len(value) > len(text):
        return False
    version = "v?" if value[0].isdigit() else ""
    return re.search(f"{_BEFORE}{version}{re.escape(value)}{_AFTER}", text) is not None


def names_recipient(value: str, text: str) -> bool:
    """As `stands`; of a mail address the domain's case does not count.

    >>> names_recipient("ops@Example.com", "Mail ops@example.com"), names_recipient("Ops@example.com", "Mail a@b.c")
    (True, False)
    """
    if _MAIL.fullmatch(value) is None:
        return stands(value, text)
    local, _, domain = value.rpartition("@")
    there = {found.group().rpartition("@")[2] for found in _MAIL.finditer(text)}
    return any(stands(f"{local}@{one}", text) for one in there if one.lower() == domain.lower())


def quotes(value: str, text: str) -> bool:
    """Whether a program is one that the user spelled out: between quotes, in a block of code, or on a line of its own.

    A bare word will not do: every sentence is full of names of commands.

    >>> quotes("make test", "Run `make test` please"), quotes("make", "make a plan")
    (True, False)
    """
    wanted = value.strip()
    spans = (next(one for one in found.groups() if one) for found in _QUOTED.finditer(text))
    return bool(wanted) and (
        any(wanted == span.strip() for span in spans) or any(wanted == line.strip() for line in text.splitlines())
    )


def door(url: str) -> Door | None:
    """Scheme, host and port of a plain address; None for anything that is none, or could be read in two ways.

    >>> door("http://Example.com/x"), door("http://example.com@evil.test/"), door("http://example.com./")
    (Door(scheme='http', host='example.com', port=80), None, None)
    """
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"][1:]) if found["port"] else {"http": 80, "https": 443}[scheme]
    return Door(scheme, found["host"].strip("[]").lower(), port)


@lru_cache(maxsize=256)
def _doors(text: str) -> dict[Door, frozenset[str]]:
    """The doors that a text names, each with the paths said there and those above them."""
    found: dict[Door, set[str]] = {}
    for url in urls_in(text):
        place = door(url)
        if place is None:
            continue
        paths = found.setdefault(place, {"", "/"})
        path = urlsplit(url).path
        while path:
            paths |= {path, path.rstrip("/")}
            path = path.rstrip("/").rpartition("/")[0]
    return {place: frozenset(paths) for place, paths in found.items()}


def nearness(address: str, text: str, paths: frozenset[str] = frozenset()) -> Nearness:
    """How near an address (a URL, a host, or a path at another argument's address) is to what a text names. `paths`:
    harmless ones, as good as said at every door that was.

    >>> nearness("https://shop.example.com/admin", "Is shop.example.com up?")
    'path'
    >>> nearness("https://shop.example.com.evil.test/", "Is shop.example.com up?")
    'address'
    """
    if address[:2] in ("//", "/\\") or address.startswith("\\"):
        return "address"  # joined to an address it leads to another host
    if address.startswith("/"):
        said = any(address in one for one in _doors(text).values()) or stands(address, text)
        return "said" if said or address in paths else "path"
    if "://" not in address:
        host = address.lower()
        return "said" if any(host == one.host for one in _doors(text)) else "address"
    if address in urls_in(text):
        return "said"
    place = door(address)
    if place is None:
        return "address"
    known = _doors(text).get(place)
    if known is None:
        return "local" if is_loopback(address) else "address"
    parts = urlsplit(address)
    plain = not parts.query and not parts.fragment and ".." not in parts.path.split("/")
    return "said" if plain and (parts.path in known or parts.path in paths) else "path"
