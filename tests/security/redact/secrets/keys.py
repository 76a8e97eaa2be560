"""Private keys and signed tokens. The bodies begin as each format does and go on by chance, so none opens anything."""

from __future__ import annotations

import json
from base64 import b64encode
from random import Random
from textwrap import wrap

from tests.security.redact.secrets.chars import (
    BASE62,
    DIGITS,
    URL64,
    Made,
    Piece,
    base58_checked,
    base64_of,
    bech32,
    name,
    some,
    url64_of,
)
from tests.security.redact.secrets.sample import Frame, Kind, block, line, value

# The outer header of each format in hex, and how many bytes follow: RFC 8017, 5915, 5958 and OpenSSH's PROTOCOL.key.
RSA = ("308204a30201000282010100", 1180)
EC = ("30770201010420", 114)
DSA = ("308203550201000282010100", 845)
PKCS8 = ("308204bd020100300d06092a864886f70d0101010500048204a7", 1191)
PKCS8_SMALL = ("308187020100301306072a8648ce3d020106082a8648ce3d030107046d", 109)
ENCRYPTED = ("308204e3301d06092a864886f70d010503301006", 1240)
OPENSSH = ("6f70656e7373682d6b65792d763100000000046e6f6e65", 350)
PGP = ("9503c604", 900)


def _body(head: str, length: int, width: int = 64) -> Made:
    return lambda rng: "\n".join(wrap(b64encode(bytes.fromhex(head) + rng.randbytes(length)).decode(), width))


def _armour(label: str, before: str = "") -> Frame:
    return lambda rng, secret: f"-----BEGIN {label}-----\n{before}{secret}\n-----END {label}-----"


def _pgp_check(rng: Random) -> str:
    """RFC 4880, section 6.2: the checksum of 24 bits on a line of its own."""
    return "\n=" + b64encode(rng.randbytes(3)).decode()


def pkcs8(rng: Random) -> str:
    return _armour("PRIVATE KEY")(rng, _body(*PKCS8)(rng))


def _putty(rng: Random, secret: str) -> str:
    public = _body("00000007", 270)(rng)
    return (
        f"PuTTY-User-Key-File-{rng.choice('23')}: ssh-rsa\nEncryption: none\nComment: rsa-key-20260301\n"
        f"Public-Lines: {public.count(chr(10)) + 1}\n{public}\n"
        f"Private-Lines: {secret.count(chr(10)) + 1}\n{secret}\n"
        f"Private-MAC: {rng.getrandbits(160):040x}"
    )


def _jwk(rng: Random, secret: str) -> str:
    curve = {"kty": "EC", "crv": "P-256", "x": some(rng, URL64, 43), "y": some(rng, URL64, 43), "d": secret}
    edwards = {"kty": "OKP", "crv": "Ed25519", "d": secret, "x": some(rng, URL64, 43)}
    return json.dumps(rng.choice([curve, edwards]))


def signed_token(rng: Random) -> str:
    """Three parts (RFC 7519), signed with HMAC, or with RSA or a curve."""
    algorithm, signature = rng.choice([("HS256", 43), ("RS256", 342), ("ES256", 86)])
    head = json.dumps({"alg": algorithm, "typ": "JWT"}, separators=(",", ":"))
    claims = {"sub": some(rng, DIGITS, 10), "name": name(rng), "iat": 1_700_000_000 + rng.randrange(10**8)}
    body = json.dumps(claims, separators=(",", ":"))
    return f"{url64_of(head)}.{url64_of(body)}.{some(rng, URL64, signature - 1)}{some(rng, BASE62, 1)}"


def _age(rng: Random) -> str:
    return bech32("age-secret-key-", rng.randbytes(32)).upper()[len("AGE-SECRET-KEY-1") :]


def _wif(rng: Random) -> str:
    """Version 0x80, the key, and 0x01 where the public key is to be compressed (Bitcoin wiki, "WIF")."""
    return base58_checked(b"\x80" + rng.randbytes(32) + rng.choice([b"", b"\x01"]))


def _xprv(rng: Random) -> str:
    """BIP-32: version, depth, parent and child, chain code, a zero, the key. The version makes it begin with xprv."""
    whole = base58_checked(bytes.fromhex("0488ade4") + b"\0" * 9 + rng.randbytes(32) + b"\0" + rng.randbytes(32))
    return whole[len("xprv") :]


def _client_key(rng: Random) -> str:
    return b64encode(f"{_armour('RSA PRIVATE KEY')(rng, _body(*RSA)(rng))}\n".encode()).decode()


def _either(*bodies: Made) -> list[Piece]:
    return list(bodies)


KINDS: tuple[Kind, ...] = (
    block("rsa_private_key", _armour("RSA PRIVATE KEY"), _body(*RSA)),
    block("ec_private_key", _armour("EC PRIVATE KEY"), _body(*EC)),
    block("dsa_private_key", _armour("DSA PRIVATE KEY"), _body(*DSA)),
    block("pkcs8_private_key", _armour("PRIVATE KEY"), _either(_body(*PKCS8), _body(*PKCS8_SMALL))),
    block("pkcs8_encrypted_key", _armour("ENCRYPTED PRIVATE KEY"), _body(*ENCRYPTED)),
    block("openssh_private_key", _armour("OPENSSH PRIVATE KEY"), _body(*OPENSSH, width=70)),
    block("pgp_private_key", _armour("PGP PRIVATE KEY BLOCK", "\n"), _body(*PGP), _pgp_check),
    block("putty_private_key", _putty, _body("00000101", 680)),
    line("jwk_private_key", _jwk, (URL64, 43)),
    value("age_secret_key", "AGE-SECRET-KEY-1", _age),
    value(
        "wireguard_private_key",
        base64_of(32),
        beside=("private key", "preshared key", "wg private key", "wireguard private key"),
    ),
    value("kubeconfig_client_key", _client_key, beside=("client key data",)),
    value("bitcoin_wif", _wif, beside=("bitcoin private key", "btc private key", "wif private key")),
    value("bip32_xprv", "xprv", _xprv),
    value(
        "ethereum_private_key",
        "0x",
        (URL64[:10] + "abcdef", 64),
        beside=("private key", "eth private key", "wallet private key"),
    ),
)
