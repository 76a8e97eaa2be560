"""Bearer tokens (JWT, RFC 7519 and 8725) of one issuer: pinned algorithms, issuer, audience, times; keys by JWKS.

Nothing that a token says decides how it is checked: of its header only `kid` is read, to choose among our keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from genesis.clock import Clock
from genesis.errors import FileInvalid, GenesisError, NetworkError, Unauthorized
from genesis.security.edge.principal import PROBE, SCOPES, Owner, Principal, Scope
from genesis.settings import Algorithm, Settings

if TYPE_CHECKING:
    import jwt

Fetch = Callable[[str], Awaitable[bytes]]
"""The bytes at an address, by the guarded way out. Raises `NetworkError`, `Forbidden`."""

MAX_TOKEN_CHARS = 8192
MAX_JWKS_BYTES = 256_000
MAX_JWKS_KEYS = 64
LEEWAY_S = 60.0
FRESH_S = 300.0
"""How long keys are used without a look at where they come from."""
STALE_S = 86_400.0
"""How long they are used when nobody answers there: an issuer that is down must not lock everybody out at once."""
PAUSE_S = 15.0
"""Between two looks, whatever the tokens say: a made-up `kid` is no way to make us ask."""

log = logging.getLogger(__name__)


class Tokens:
    """What checks tokens as the settings say. `fetch` is asked for `jwt_keys` when that is an address."""

    def __init__(self, settings: Settings, clock: Clock, fetch: Fetch) -> None:
        assert settings.jwt_issuer is not None
        assert settings.jwt_audience is not None
        assert settings.jwt_keys is not None
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience
        self._algorithms: list[str] = list(settings.jwt_algorithms)
        self._tenant = settings.jwt_tenant_claim
        self._keys = KeySet(settings.jwt_keys, self._algorithms, clock, fetch)

    async def check(self, token: str) -> Principal:
        """Who its bearer is. Raises `Unauthorized`, with no word about why that would help to forge one;
        `NetworkError` when no keys are to be had."""
        import jwt

        if len(token) > MAX_TOKEN_CHARS:
            raise Unauthorized(f"the token has more than {MAX_TOKEN_CHARS:,} characters")
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.find(header.get("kid"), str(header.get("alg")))
            claims = jwt.decode(
                token,
                key,
                algorithms=[one for one in self._algorithms if one == key.algorithm_name],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("the token's time is over; get a new one") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Unauthorized("the token is not good here (signature, issuer, audience or time)") from error
        return self._principal(claims)

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        subject, tenant = claims["sub"], claims.get(self._tenant, "default")
        for name, value in (("sub", subject), (self._tenant, tenant)):
            if not isinstance(value, str) or not 1 <= len(value) <= 256 or not value.isprintable():
                raise Unauthorized(f"the token's claim {name!r} is no name")
        said = claims.get("scope", claims.get("scp", ""))
        words = said.split() if isinstance(said, str) else said if isinstance(said, list) else []
        scopes: frozenset[Scope] = frozenset(one for one in SCOPES if one in words)
        if (tenant == PROBE) != ("probe" in scopes):
            raise Unauthorized(f"scope probe and tenant {PROBE!r} go together, and with nobody else")
        # RFC 8693 section 4.1: `act` names who acts for the subject.
        return Principal(Owner(tenant, subject), scopes, key="token", trust="agent" if "act" in claims else "user")


class KeySet:
    """The issuer's public keys, from a file or an address; looked up again when they are old or one is missing."""

    def __init__(self, source: str, algorithms: Collection[str], clock: Clock, fetch: Fetch) -> None:
        self._source = source
        self._algorithms = frozenset(algorithms)
        self._clock = clock
        self._fetch = fetch
        self._keys: tuple[jwt.PyJWK, ...] = ()
        self._got: float | None = None
        self._asked: float | None = None
        self._asking = asyncio.Lock()

    async def find(self, kid: object, algorithm: str) -> jwt.PyJWK:
        """The key of that name (None: the only one there is) and algorithm. Raises `Unauthorized`, `NetworkError`."""
        found = None if self._older_than(FRESH_S) else self._named(kid, algorithm)
        if found is None:
            async with self._asking:
                await self._renew()
            found = self._named(kid, algorithm)
        if found is None:
            raise Unauthorized("the token is signed with no key of its issuer")
        return found

    def _named(self, kid: object, algorithm: str) -> jwt.PyJWK | None:
        fitting = [key for key in self._keys if key.algorithm_name == algorithm]
        if kid is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.key_id == kid), None)

    def _older_than(self, seconds: float) -> bool:
        return self._got is None or self._clock.monotonic() - self._got >= seconds

    async def _renew(self) -> None:
        now = self._clock.monotonic()
        if self._asked is not None and now - self._asked < PAUSE_S:
            if self._got is None:
                raise NetworkError("the token's issuer did not give its keys; try again later", retry_after=PAUSE_S)
            return
        self._asked = now
        try:
            self._keys = _parsed(await self._bytes(), self._algorithms, self._source)
            self._got = self._clock.monotonic()
        except GenesisError as error:
            log.error("the keys of the token issuer: %s", error.message)
            if self._older_than(STALE_S):
                self._keys, self._got = (), None
                raise NetworkError(
                    "the token's issuer did not give its keys; try again later", retry_after=PAUSE_S
                ) from error

    async def _bytes(self) -> bytes:
        if self._source.startswith(("https://", "http://")):  # the guarded way out says which may be asked
            return await self._fetch(self._source)
        try:
            return await asyncio.to_thread(Path(self._source).read_bytes)
        except OSError as error:
            raise FileInvalid(f"{self._source}: cannot be read ({error.strerror})") from error


def _parsed(body: bytes, algorithms: Collection[str], source: str) -> tuple[jwt.PyJWK, ...]:
    """The keys for signatures by one of `algorithms`. Raises `FileInvalid` when there are none."""
    import jwt
    import orjson

    if len(body) > MAX_JWKS_BYTES:
        raise FileInvalid(f"{source}: more than {MAX_JWKS_BYTES:,} bytes are no key set")
    try:
        rows = orjson.loads(body)["keys"][:MAX_JWKS_KEYS]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise FileInvalid(f"{source}: is no JSON Web Key Set") from error
    keys: list[jwt.PyJWK] = []
    for row in rows:
        if not isinstance(row, dict) or row.get("use", "sig") != "sig" or row.get("kty") == "oct":
            continue
        # Without `alg` in the key, each algorithm that fits its kind is one more key: the pinned list decides.
        for name in [row["alg"]] if "alg" in row else _fitting(row, algorithms):
            try:
                if name in algorithms:
                    keys.append(jwt.PyJWK(row, algorithm=name))
            except (jwt.PyJWTError, ValueError, TypeError):
                log.warning("%s: key %s is left out", source, str(row.get("kid"))[:80])
    if not keys:
        raise FileInvalid(f"{source}: has no public key for signatures by {', '.join(sorted(algorithms))}")
    return tuple(keys)


def _fitting(row: Mapping[str, Any], algorithms: Collection[str]) -> list[str]:
    kind, curve = row.get("kty"), row.get("crv")
    of_curve = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
    return [
        name
        for name in get_args(Algorithm)
        if name in algorithms
        and (
            (kind == "RSA" and name[:2] in {"RS", "PS"})
            or (kind == "EC" and name == of_curve.get(str(curve)))
            or (kind == "OKP" and name == "EdDSA")
        )
    ]
