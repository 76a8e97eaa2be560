"""API keys: `gk_ID_SECRET`. The home keeps a keyed hash of each, never the key; it is shown once, when it is made.

The file is replaced whole and asked about with one `stat` for each request, as the switches are: a key that the command
line makes or revokes counts from the very next request on, in every process of the home.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import logging
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from genesis.errors import FileInvalid, GenesisError, NotFound, RequestInvalid, StorageFailed, Unauthorized
from genesis.frozen import Frozen
from genesis.security.edge import privatefile
from genesis.security.edge.principal import CONSENT, PROBE, Owner, Principal, Scope, Speaker

log = logging.getLogger(__name__)

FILE, PEPPER = "keys.json", "keys.hmac"
MAX_KEYS = 10_000
_FORM = re.compile(r"gk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME = r"^[A-Za-z0-9][A-Za-z0-9@._:+-]{0,127}$"


class ApiKey(Frozen):
    """What is kept of a key. Times are seconds since the epoch; `expires` None: never. `hash`: HMAC-SHA-256, in hex."""

    id: str
    tenant: Annotated[str, Field(pattern=_NAME)]
    subject: Annotated[str, Field(pattern=_NAME)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    agents: tuple[str, ...] = ()
    trust: Speaker = "user"
    made: float
    expires: float | None = None
    revoked: float | None = None
    replaced_by: str | None = None
    hash: str = Field(repr=False)

    def alive(self, now: float) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    @property
    def principal(self) -> Principal:
        """Who its holder is."""
        owner = Owner(self.tenant, self.subject)
        return Principal(owner, frozenset(self.scopes), frozenset(self.agents), self.id, self.trust)


class _File(Frozen):
    keys: tuple[ApiKey, ...] = ()


class ApiKeys:
    """The keys of a home. `now`: seconds since the epoch."""

    def __init__(self, home: Path, now: Callable[[], float]) -> None:
        self.file = home / FILE
        self._pepper_file = home / PEPPER
        self._now = now
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, ApiKey] = {}
        self._pepper = b""

    def check(self, presented: str) -> Principal:
        """Whose key it is. Raises `Unauthorized`, alike for an unknown, wrong, expired and revoked one; `StorageFailed`
        when the files of the keys are not as they must be: then nobody gets in."""
        match = _FORM.fullmatch(presented)
        if match is None:
            raise _wrong()
        try:
            self._load()
            hashed = self._hash(match.group(2))
        except GenesisError as error:  # its text is about our files, and for our log alone
            log.error("no API key can be checked: %s", error.message)
            raise StorageFailed("API keys cannot be checked now; the log says why") from error
        key = self._keys.get(match.group(1))
        # An unknown id costs what a wrong secret costs.
        right = hmac.compare_digest(hashed, key.hash if key is not None else "0" * 64)
        if not right or key is None or not key.alive(self._now()):
            raise _wrong()
        return key.principal

    def all(self) -> tuple[ApiKey, ...]:
        """Every key, in order of making. Raises `FileInvalid`, `Unauthorized` when others may read the file."""
        self._load()
        return tuple(self._keys.values())

    def pepper(self) -> bytes | None:
        """The key of the hashes, if there is one by now. Raises `Unauthorized` when others may read it."""
        return privatefile.read(self._pepper_file) if self._pepper_file.exists() else None

    def any_alive(self) -> bool:
        """Whether there is one that opens anything."""
        return any(key.alive(self._now()) for key in self.all())

    def make(
        self,
        subject: str,
        *,
        tenant: str,
        scopes: tuple[Scope, ...],
        agents: tuple[str, ...] = (),
        trust: Speaker = "user",
        lasts_s: float | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key, and what its holder sends: nobody can show that again.

        Raises `RequestInvalid` for a name that is none, for the tenant `probe` without scope `probe` (and the other
        way round), for an agent's key that may approve; `StorageFailed`.
        """
        if trust == "agent" and not CONSENT.isdisjoint(scopes):
            raise RequestInvalid("an agent's key has no scope approve or admin: an agent's yes is nobody's consent")
        if (tenant == PROBE) != ("probe" in scopes):
            raise RequestInvalid(f"scope probe and tenant {PROBE!r} go together, and with nobody else")
        now = self._now()
        with self._changing() as keys:
            return self._add(keys, subject, tenant, scopes, agents, trust, None if lasts_s is None else now + lasts_s)

    def rotate(self, key_id: str, *, overlap_s: float) -> tuple[ApiKey, str]:
        """A new key for the same holder and as long a life; the old one ends after `overlap_s`. Raises `NotFound`."""
        with self._changing() as keys:
            old = self._alive(keys, key_id)
            now = self._now()
            expires = None if old.expires is None else now + (old.expires - old.made)
            new, shown = self._add(keys, old.subject, old.tenant, old.scopes, old.agents, old.trust, expires)
            ends = now + overlap_s if old.expires is None else min(old.expires, now + overlap_s)
            keys[key_id] = old.model_copy(update={"expires": ends, "replaced_by": new.id})
            return new, shown

    def revoke(self, key_id: str) -> ApiKey:
        """Ends a key now. Raises `NotFound`."""
        with self._changing() as keys:
            if key_id not in keys:
                raise NotFound(f"key {key_id[:40]!r}: there is none of this id; `genesis keys list` shows them")
            revoked = keys[key_id].revoked
            keys[key_id] = keys[key_id].model_copy(update={"revoked": self._now() if revoked is None else revoked})
            return keys[key_id]

    def _alive(self, keys: dict[str, ApiKey], key_id: str) -> ApiKey:
        key = keys.get(key_id)
        if key is None or not key.alive(self._now()):
            raise NotFound(f"key {key_id[:40]!r}: there is no live one of this id; `genesis keys list` shows them")
        return key

    def _add(
        self,
        keys: dict[str, ApiKey],
        subject: str,
        tenant: str,
        scopes: tuple[Scope, ...],
        agents: tuple[str, ...],
        trust: Speaker,
        expires: float | None,
    ) -> tuple[ApiKey, str]:
        if len(keys) >= MAX_KEYS:
            raise RequestInvalid(f"{self.file}: holds {MAX_KEYS:,} keys; remove what is dead by hand")
        own, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        try:
            key = ApiKey(
                id=own, tenant=tenant, subject=subject, scopes=tuple(dict.fromkeys(scopes)), agents=agents, trust=trust,
                made=self._now(), expires=expires, hash=self._hash(secret),
            )  # fmt: skip
        except ValidationError as error:
            first = error.errors()[0]
            raise RequestInvalid(f"{first['loc'][0]}: letters, digits and @._:+-, at most 128") from error
        keys[own] = key
        return key, f"gk_{own}_{secret}"

    def _hash(self, secret: str) -> str:
        if not self._pepper:
            self._pepper = privatefile.made(self._pepper_file, lambda: secrets.token_bytes(32))
        return hmac.new(self._pepper, secret.encode(), hashlib.sha256).hexdigest()

    @contextmanager
    def _changing(self) -> Iterator[dict[str, ApiKey]]:
        """The keys as they are; what the block made of them is written, whole. One process at a time."""
        try:
            lock = os.open(self.file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageFailed(f"{self.file}: cannot be written ({error.strerror}); nothing was changed") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._load()
            keys = dict(self._keys)
            yield keys
            self._write(_File(keys=tuple(keys.values())))
            self._load()
        finally:
            os.close(lock)

    def _write(self, content: _File) -> None:
        try:
            # mkstemp makes it 0600, and the name comes only when all of it is on the disk.
            with tempfile.NamedTemporaryFile(dir=self.file.parent, prefix=".keys-", delete=False) as aside:
                aside.write(content.model_dump_json(indent=1).encode())
                aside.flush()
                os.fsync(aside.fileno())
            Path(aside.name).replace(self.file)
        except OSError as error:
            raise StorageFailed(f"{self.file}: cannot be written ({error.strerror}); nothing was changed") from error

    def _load(self) -> None:
        try:
            facts = self.file.stat()
        except FileNotFoundError:
            self._seen, self._keys = None, {}
            return
        except OSError as error:
            raise FileInvalid(f"{self.file}: cannot be read ({error.strerror})") from error
        seen = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
        if seen == self._seen:
            return
        try:
            keys = _File.model_validate_json(privatefile.read(self.file)).keys
        except ValidationError as error:
            raise FileInvalid(f"{self.file}: cannot be understood ({len(error.errors())} errors); mend it") from error
        self._seen, self._keys = seen, {key.id: key for key in keys}


def _wrong() -> Unauthorized:
    return Unauthorized("the key is wrong, or its time is over")
