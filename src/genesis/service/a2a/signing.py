"""Signed agent cards: ES256 over the canonical card (A2A 1.0, section 8.4), with a key of this home.

Who checks a signature needs our public key by a way that it trusts; `jku` in the card only says where it is published.
"""

from __future__ import annotations

from pathlib import Path

import orjson
from a2a.types.a2a_pb2 import (
    AgentCard,
    APIKeySecurityScheme,
    HTTPAuthSecurityScheme,
    OpenIdConnectSecurityScheme,
    SecurityRequirement,
    SecurityScheme,
)

from genesis.errors import FileInvalid
from genesis.security.edge import privatefile
from genesis.service.a2a.cards import Issue

JWKS_PATH = "/.well-known/jwks.json"
ALGORITHM = "ES256"


class Signing:
    """The key pair in `file`, made there at the first time (mode 0600). Raises `FileInvalid` when it is none."""

    def __init__(self, file: Path, url: str) -> None:
        import jwt
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(privatefile.made(file, _new), password=None)
        except (ValueError, TypeError) as error:
            raise FileInvalid(f"{file}: holds no private key in PEM; remove it to get a new one") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise FileInvalid(f"{file}: must be a key on curve P-256; remove it to get a new one")
        self._key = key
        self._public = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._kid = _thumbprint(self._public)
        self._url = url

    def sign(self, card: AgentCard) -> AgentCard:
        """The card, signed."""
        from a2a.utils.signing import create_agent_card_signer
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": "JOSE", "jku": f"{self._url}{JWKS_PATH}"}
        return create_agent_card_signer(pem, header)(card)  # type: ignore[arg-type]  # a TypedDict that is never made

    def jwks(self) -> bytes:
        """The public key, as a JSON Web Key Set (RFC 7517)."""
        return orjson.dumps({"keys": [{**self._public, "kid": self._kid, "use": "sig", "alg": ALGORITHM}]})


def issuer(signing: Signing, *, required: bool, openid: str | None) -> Issue:
    """Says in a card how to authenticate (`required`: that one must; `openid`: whose tokens are taken) and signs it."""

    def issue(card: AgentCard) -> AgentCard:
        if required:
            bearer = HTTPAuthSecurityScheme(scheme="bearer", description="An API key of this service, or a JWT.")
            schemes = {
                "bearer": SecurityScheme(http_auth_security_scheme=bearer),
                "key": SecurityScheme(
                    api_key_security_scheme=APIKeySecurityScheme(location="header", name="X-API-Key")
                ),
            }
            if openid is not None:
                found = f"{openid.rstrip('/')}/.well-known/openid-configuration"
                schemes["openid"] = SecurityScheme(
                    open_id_connect_security_scheme=OpenIdConnectSecurityScheme(open_id_connect_url=found)
                )
            for name, scheme in schemes.items():
                card.security_schemes[name].CopyFrom(scheme)
                requirement = SecurityRequirement()
                requirement.schemes[name].SetInParent()
                card.security_requirements.append(requirement)
        return signing.sign(card)

    return issue


def _new() -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638: the same key has the same name everywhere."""
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    members = orjson.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")})
    return urlsafe_b64encode(sha256(members).digest()).rstrip(b"=").decode()
