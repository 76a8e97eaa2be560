"""Which caller a request's headers name: the admin key, an API key, a bearer token, or nobody."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from genesis.errors import Unauthorized
from genesis.security.edge import keys
from genesis.security.edge.apikeys import ApiKeys
from genesis.security.edge.principal import HERE, LOCAL, SCOPES, Principal
from genesis.security.edge.tokens import Tokens

ADMIN = Principal(LOCAL, frozenset(SCOPES), key="admin")


class Credentials:
    """Decides who asks. `keyless`: who sends nothing is somebody on this machine (profile `dev`, on loopback)."""

    def __init__(self, admin: SecretStr, issued: ApiKeys, tokens: Tokens | None, *, keyless: bool) -> None:
        self._admin = admin
        self._issued = issued
        self._tokens = tokens
        self._keyless = keyless

    async def principal(self, headers: Mapping[str, str]) -> Principal | None:
        """Who asks, or None for nobody. Raises `Unauthorized` for what is presented and wrong: never taken for none."""
        presented = _presented(headers)
        if presented is None:
            return HERE if self._keyless else None
        if presented.startswith("gk_"):
            return self._issued.check(presented)
        try:
            keys.check(self._admin, presented)
        except Unauthorized:
            if self._tokens is not None and presented.count(".") == 2:
                return await self._tokens.check(presented)
            raise Unauthorized("the key is wrong, or its time is over") from None
        return ADMIN


def _presented(headers: Mapping[str, str]) -> str | None:
    """What `Authorization: Bearer` or `X-API-Key` carry. Raises `Unauthorized` for both, and for another scheme."""
    given, other = headers.get("authorization"), headers.get("x-api-key")
    if given is None:
        return other.strip() if other is not None else None
    if other is not None:
        raise Unauthorized("two credentials: send `Authorization: Bearer KEY` or `X-API-Key: KEY`, not both")
    scheme, _, rest = given.partition(" ")
    if scheme.lower() != "bearer" or not rest.strip():
        raise Unauthorized("Authorization: send `Bearer KEY`")
    return rest.strip()
