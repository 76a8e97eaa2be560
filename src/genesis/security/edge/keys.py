"""The keys in GENESIS_HOME, readable by their owner alone: the admin key (unless the environment gives one), and the
one that makes the tags of redacted secrets."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from genesis.errors import ResourceError, StorageFailed, Unauthorized
from genesis.settings import Settings

MIN_KEY_CHARS = 16


def admin_key(settings: Settings) -> SecretStr:
    """The key that changes switches. In `dev` one is made (GENESIS_HOME/admin.key, mode 0600) when none is given.

    Raises `Unauthorized` off loopback (until there is authentication for everybody, nobody but this machine may reach
    the service), and outside `dev` without a key or with a short one.
    """
    given = settings.admin_key
    if not is_loopback(settings.host):
        raise Unauthorized(
            f"address {settings.host} is not loopback. Listen on 127.0.0.1 and put a proxy that authenticates in front"
        )
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
    try:
        # O_EXCL and the mode in one call: there is no moment at which others could read it.
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(file)
    except OSError as error:
        raise StorageFailed(f"{file}: cannot be made ({error.strerror})") from error
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_urlsafe(32) + "\n")
    return _read(file)


def _read(file: Path) -> SecretStr:
    try:
        facts = file.stat()
        if facts.st_mode & 0o077:
            raise Unauthorized(f"{file}: others may read it; run `chmod 600 {file}`, or remove it to get a new key")
        key = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ResourceError(f"{file}: cannot be read ({error.strerror})") from error
    if len(key) < MIN_KEY_CHARS:
        raise Unauthorized(f"{file}: holds no key; remove it to get a new one")
    return SecretStr(key)
