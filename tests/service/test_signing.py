"""Signed cards: the official client accepts ours, and no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
import pytest
from a2a.client.card_resolver import A2ACardResolver
from a2a.types.a2a_pb2 import AgentCard
from a2a.utils.signing import InvalidSignaturesError, create_signature_verifier
from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]

from genesis.errors import FileInvalid
from genesis.service.a2a.signing import ALGORITHM, Signing
from tests.service.conftest import Service, Start
from tests.service.test_access import ADMIN


def verifier(jwks: dict[str, Any]) -> Callable[[AgentCard], None]:
    """Trusts the keys of `jwks`, whatever address a card names."""

    def find(kid: str | None, jku: str | None) -> jwt.PyJWK:
        for key in jwt.PyJWKSet.from_dict(jwks).keys:
            if key.key_id == kid:
                return key
        raise jwt.PyJWKSetError("no such key")

    return create_signature_verifier(find, [ALGORITHM])


async def test_the_official_client_verifies_every_card(start: Start) -> None:
    service = await start(profile="production", admin_key=ADMIN)
    jwks = (await service.http.get("/.well-known/jwks.json")).json()
    [key] = jwks["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}  # and nothing of the private one
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        for base in (service.url, *(f"{service.url}/agents/{name}" for name in service.parts.registry.agents)):
            card = await A2ACardResolver(http, base).get_agent_card(signature_verifier=verifier(jwks))
            assert [list(one.schemes) for one in card.security_requirements] == [["bearer"], ["key"]]
            assert card.security_schemes["bearer"].http_auth_security_scheme.scheme == "bearer"


async def test_a_card_that_was_changed_is_refused(service: Service, tmp_path: Path) -> None:
    jwks = (await service.http.get("/.well-known/jwks.json")).json()
    card = (await service.http.get("/.well-known/agent-card.json")).json()
    verifier(jwks)(ParseDict(card, AgentCard()))
    card["supportedInterfaces"][0]["url"] = "https://evil.example/"
    with pytest.raises(InvalidSignaturesError):
        verifier(jwks)(ParseDict(card, AgentCard()))
    stranger = Signing(tmp_path / "other.key", service.url)
    forged = stranger.sign(ParseDict({**card, "signatures": []}, AgentCard()))
    verifier(orjson.loads(stranger.jwks()))(forged)
    with pytest.raises(InvalidSignaturesError):
        verifier(jwks)(forged)


def test_the_key_stays_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "card.key"
    first = Signing(file, "http://x").jwks()
    assert file.stat().st_mode & 0o777 == 0o600
    assert Signing(file, "http://x").jwks() == first
    file.write_text("nothing")
    with pytest.raises(FileInvalid, match="remove it"):
        Signing(file, "http://x")


async def test_in_dev_a_card_asks_for_no_key(service: Service) -> None:
    card = (await service.http.get("/.well-known/agent-card.json")).json()
    assert "securityRequirements" not in card
