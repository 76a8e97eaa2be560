"""The keys in GENESIS_HOME, readable by their owner alone: the admin key (unless the environment gives one), and the
one that makes the tags of redacted secrets."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from pathlib import Path

from pydantic import SecretStr

from genesis.errors import Unauthorized
from genesis.security.edge import privatefile
from genesis.settings import Settings

MIN_KEY_CHARS = 16
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (compared with, not listened on)


def admin_key(settings: Settings, *, others: bool = False) -> SecretStr:
    """The key that may do everything. In `dev` one is made (GENESIS_HOME/admin.key, mode 0600) when none is given.

    `others`: whether there are other credentials (API keys, bearer tokens). Without them the service is reached from
    this machine alone. Raises `Unauthorized` for an address that is not loopback in `dev`, or without them; outside
    `dev` without a key or with a short one.
    """
    given = settings.admin_key
    if not is_loopback(settings.host):
        if settings.profile == "dev":
            raise Unauthorized(
                f"address {settings.host} is not loopback, and profile dev asks nobody for a key. "
                "Use --profile staging or production, with `genesis keys make`"
            )
        if not others:
            raise Unauthorized(
                f"address {settings.host} is not loopback, and there are no credentials for those who would call: "
                "make some with `genesis keys make`, or set jwt_issuer, jwt_audience and jwt_keys"
            )
        if settings.host in _EVERYWHERE and settings.url is None:
            raise Unauthorized(f"address {settings.host}: set GENESIS_URL to the address that clients use")
    if settings.profile == "dev" and given is None:
        return _made(settings.home / "admin.key")
    if given is None:
        raise Unauthorized(f"profile {settings.profile}: set GENESIS_ADMIN_KEY or GENESIS_ADMIN_KEY_FILE")
    if len(given.get_secret_value()) < MIN_KEY_CHARS:
        raise Unauthorized(f"GENESIS_ADMIN_KEY: shorter than {MIN_KEY_CHARS} characters")
    return given


def tag_key(home: Path) -> bytes:
    """The key of redaction tags (GENESIS_HOME/redaction.key, mode 0600), made at the first start.

    Raises `Unauthorized` when others may read it, `ResourceError`, `StorageFailed`.
    """
    return _made(home / "redaction.key").get_secret_value().encode()


def is_loopback(host: str) -> bool:
    """Whether `host` is a loopback address (a name other than `localhost` is not: it may point anywhere)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(key: SecretStr, presented: str | None) -> None:
    """Passes for the right key. Raises `Unauthorized`."""
    if presented is None:
        raise Unauthorized("this needs the admin key: send `Authorization: Bearer KEY`")
    if not hmac.compare_digest(key.get_secret_value().encode(), presented.encode("utf-8", "replace")):
        raise Unauthorized("the admin key is wrong")


def _made(file: Path) -> SecretStr:
    key = privatefile.made(file, lambda: f"{secrets.token_urlsafe(32)}\n".encode()).decode("utf-8", "replace").strip()
    if len(key) < MIN_KEY_CHARS:
        raise Unauthorized(f"{file}: holds no key; remove it to get a new one")
    return SecretStr(key)
