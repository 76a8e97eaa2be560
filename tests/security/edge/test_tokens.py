"""Bearer tokens: what the issuer signed for us, now, gets in; every other one does not."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from genesis.clock import Clock, SystemClock
from genesis.errors import FileInvalid, NetworkError, Unauthorized
from genesis.security.edge.principal import Owner
from genesis.security.edge.tokens import FRESH_S, PAUSE_S, STALE_S, Tokens
from genesis.settings import Settings

ISSUER, AUDIENCE = "https://id.example", "genesis"
RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def jwk(key: Any, **more: str) -> dict[str, Any]:
    algorithm: Any = {
        rsa.RSAPublicKey: jwt.algorithms.RSAAlgorithm, ec.EllipticCurvePublicKey: jwt.algorithms.ECAlgorithm
    }  # fmt: skip
    public = key.public_key()
    to_jwk = next((found.to_jwk for kind, found in algorithm.items() if isinstance(public, kind)),
                  jwt.algorithms.OKPAlgorithm.to_jwk)  # fmt: skip
    return {**to_jwk(public, as_dict=True), "use": "sig", **more}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    found = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "tenant": "acme", "scope": "openid read run",
             "exp": now + 300, "nbf": now - 5, "iat": now - 5} | changes  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def token(key: Any = RSA, algorithm: str = "RS256", kid: str | None = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else None)


async def nowhere(url: str) -> bytes:
    raise AssertionError("nothing is fetched here")


Make = Callable[..., Tokens]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def build(*keys: dict[str, Any], algorithms: tuple[str, ...] = ("RS256", "ES256")) -> Tokens:
        file = tmp_path / "jwks.json"
        file.write_text(json.dumps({"keys": keys or [jwk(RSA, kid="k1")]}))
        settings = Settings.model_validate({
            "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_keys": str(file), "jwt_algorithms": algorithms
        })  # fmt: skip
        return Tokens(settings, SystemClock(), nowhere)

    return build


async def test_a_good_token_names_its_bearer(make: Make) -> None:
    found = await make().check(token())
    assert (found.owner, found.scopes) == (Owner("acme", "ann"), frozenset({"read", "run"}))
    assert (await make().check(token(scope=None, scp=["operate", 7]))).scopes == {"operate"}
    assert (await make().check(token(tenant=None, aud=["x", AUDIENCE]))).owner == Owner("default", "ann")
    assert (await make().check(token(scope="openid"))).scopes == frozenset()
    assert found.trust == "user"
    acting = await make().check(token(scope="run approve admin", act={"sub": "planner"}))
    assert acting.trust == "agent" and acting.may("run") and not acting.may("approve")


async def test_each_pinned_algorithm_with_its_kind_of_key(make: Make) -> None:
    keys = [jwk(RSA, kid="r"), jwk(EC, kid="e"), jwk(ED, kid="d")]
    tokens = make(*keys, algorithms=("RS256", "PS256", "ES256", "EdDSA"))
    for key, algorithm, kid in ((RSA, "RS256", "r"), (RSA, "PS256", "r"), (EC, "ES256", "e"), (ED, "EdDSA", "d")):
        assert (await tokens.check(token(key, algorithm, kid))).owner.subject == "ann"
    with pytest.raises(Unauthorized):
        await tokens.check(token(RSA, "RS512", "r"))


def forged(header: dict[str, Any], signature: bytes = b"") -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    return f"{part(json.dumps(header).encode())}.{part(json.dumps(claims()).encode())}.{part(signature)}"


PUBLIC_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
HOUR = 3600


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda: token(exp=int(time.time()) - HOUR), id="expired"),
        pytest.param(lambda: token(exp=None), id="no end"),
        pytest.param(lambda: token(nbf=int(time.time()) + HOUR), id="not yet"),
        pytest.param(lambda: token(iat=int(time.time()) + HOUR), id="made in the future"),
        pytest.param(lambda: token(iss="https://evil.example"), id="another issuer"),
        pytest.param(lambda: token(iss=None), id="no issuer"),
        pytest.param(lambda: token(aud="other"), id="another audience"),
        pytest.param(lambda: token(aud=None), id="no audience"),
        pytest.param(lambda: token(sub=None), id="no subject"),
        pytest.param(lambda: token(sub=""), id="empty subject"),
        pytest.param(lambda: token(tenant=""), id="the local owner's tenant"),
        pytest.param(lambda: token(tenant=["acme"]), id="a tenant that is no name"),
        pytest.param(lambda: token(sub="a\nb"), id="a subject that breaks lines"),
        pytest.param(lambda: token(tenant="probe"), id="tenant probe without its scope"),
        pytest.param(lambda: token(scope="probe"), id="scope probe of another tenant"),
        pytest.param(lambda: token(OTHER_RSA), id="another key under our name"),
        pytest.param(lambda: token(kid="k9"), id="a name that is not there"),
        pytest.param(lambda: token(RSA, "RS384"), id="an algorithm that is not pinned"),
        pytest.param(lambda: token(EC, "ES256"), id="the algorithm of another key"),
        pytest.param(lambda: forged({"alg": "none", "kid": "k1"}), id="none"),
        pytest.param(lambda: forged({"alg": "None", "kid": "k1"}), id="None"),
        pytest.param(lambda: token("x" * 64, "HS256"), id="a shared secret"),
        pytest.param(lambda: forged({"alg": "RS256", "kid": "k1"}, b"x" * 256), id="no signature of ours"),
        pytest.param(lambda: forged({"alg": "RS256", "kid": ["k1"]}), id="a kid that is no text"),
        pytest.param(lambda: forged({"alg": "RS256", "kid": "k1", "jwk": jwk(OTHER_RSA)}), id="a key in the token"),
        pytest.param(lambda: token() + "x" * 9000, id="too long"),
        pytest.param(lambda: "a.b.c", id="no token at all"),
        pytest.param(lambda: "..", id="nothing"),
        pytest.param(lambda: token()[:-8], id="cut off"),
    ],
)  # fmt: skip
async def test_every_other_token_is_refused(make: Make, wrong: Callable[[], str]) -> None:
    tokens = make()
    with pytest.raises(Unauthorized):
        await tokens.check(wrong())
    await tokens.check(token())  # and the next good one gets in


async def test_the_public_key_is_no_shared_secret(make: Make) -> None:
    """RFC 8725, 2.1: signed by HMAC with what everybody may know."""
    import hashlib
    import hmac

    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    body = part(json.dumps({"alg": "HS256", "kid": "k1"}).encode()) + b"." + part(json.dumps(claims()).encode())
    signed = body + b"." + part(hmac.new(PUBLIC_PEM, body, hashlib.sha256).digest())
    with pytest.raises(Unauthorized):
        await make().check(signed.decode())


async def test_keys_for_other_uses_and_shared_ones_are_left_out(make: Make) -> None:
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256"}
    with pytest.raises(Unauthorized):
        await make(jwk(RSA, kid="k1") | {"use": "enc"}, jwk(EC, kid="e")).check(token())
    with pytest.raises(NetworkError):
        await make(shared).check(token())


async def test_a_single_key_needs_no_name(make: Make) -> None:
    assert (await make().check(token(kid=None))).owner.subject == "ann"
    with pytest.raises(Unauthorized):
        await make(jwk(RSA, kid="k1"), jwk(OTHER_RSA, kid="k2")).check(token(kid=None))


# ---- where the keys come from ---------------------------------------------------------------------------------------


class StillClock(SystemClock):
    """Monotonic time is set by hand; the time of day goes on, because tokens are of it."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


class Issuer:
    """Gives the keys that it has, and counts how often it was asked."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.down = False

    async def __call__(self, url: str) -> bytes:
        self.asked += 1
        if self.down:
            raise NetworkError("down")
        return json.dumps({"keys": self.keys}).encode()


def fetched(issuer: Issuer, clock: Clock) -> Tokens:
    settings = Settings(jwt_issuer=ISSUER, jwt_audience=AUDIENCE, jwt_keys="https://id.example/jwks")
    return Tokens(settings, clock, issuer)


async def test_the_issuer_is_asked_once_in_a_while_whatever_tokens_say() -> None:
    clock, issuer = StillClock(), Issuer(jwk(RSA, kid="k1"))
    tokens = fetched(issuer, clock)
    for _ in range(5):
        await tokens.check(token())
    for _ in range(5):
        with pytest.raises(Unauthorized):
            await tokens.check(token(kid="made-up"))
    assert issuer.asked == 1
    clock.seconds += PAUSE_S
    issuer.keys.append(jwk(EC, kid="new"))
    await tokens.check(token(EC, "ES256", "new"))  # a key that has just been added is found
    assert issuer.asked == 2
    clock.seconds += FRESH_S
    issuer.keys.pop(0)
    with pytest.raises(Unauthorized):
        await tokens.check(token())  # and one that was withdrawn is not kept
    assert issuer.asked == 3


async def test_an_issuer_that_is_down_locks_nobody_out_at_once() -> None:
    clock, issuer = StillClock(), Issuer(jwk(RSA, kid="k1"))
    tokens = fetched(issuer, clock)
    await tokens.check(token())
    issuer.down = True
    clock.seconds += FRESH_S * 2
    await tokens.check(token())
    clock.seconds += STALE_S
    with pytest.raises(NetworkError) as caught:
        await tokens.check(token())
    assert caught.value.retry_after == PAUSE_S
    issuer.down = False
    clock.seconds += PAUSE_S
    await tokens.check(token())


def test_the_three_settings_go_together() -> None:
    with pytest.raises(FileInvalid, match="jwt_audience"):
        Settings(jwt_issuer=ISSUER)
    for bad in ("HS256", "none"):
        with pytest.raises(ValueError, match="jwt_algorithms"):
            Settings.model_validate({"jwt_algorithms": [bad]})
