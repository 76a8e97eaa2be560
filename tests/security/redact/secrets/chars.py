"""Alphabets, checksums and the spelling of a format: what the providers' pages say, in pieces.

A piece of a format is a fixed text, an alphabet with a length (or a shortest and a longest), or a function of the
generator of chance. The same pieces spell a credential and, with another filler, something that only looks like one.
"""

from __future__ import annotations

import hashlib
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from random import Random

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = UPPER.lower()
LETTERS = UPPER + LOWER
BASE62 = DIGITS + LETTERS
HEX = "0123456789abcdef"
UPPER_HEX = HEX.upper()
BASE32 = UPPER + "234567"
LOWER36 = DIGITS + LOWER
UPPER36 = DIGITS + UPPER
URL64 = BASE62 + "-_"
PLAIN64 = BASE62 + "+/"
CRYPT64 = "./" + BASE62
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

Made = Callable[[Random], str]
Piece = str | tuple[str, int] | tuple[str, int, int] | Made | list["Piece"]
Fill = Callable[[str, int], str]


def some(rng: Random, alphabet: str, length: int) -> str:
    return "".join(rng.choices(alphabet, k=length))


def spell(rng: Random, pieces: tuple[Piece, ...], fill: Fill | None = None) -> str:
    """The text of one credential. A list among the pieces is a choice; `fill` fills what is random otherwise."""
    return "".join(_spell(rng, piece, fill) for piece in pieces)


def _spell(rng: Random, piece: Piece, fill: Fill | None) -> str:
    match piece:
        case str():
            return piece
        case list():
            return _spell(rng, rng.choice(piece), fill)
        case tuple():
            alphabet, least, most = piece[0], piece[1], piece[-1]
            assert isinstance(most, int)
            length = rng.randint(least, most)
            return fill(alphabet, length) if fill else some(rng, alphabet, length)
        case _:
            made = piece(rng)
            return fill(BASE62, len(made)) if fill else made


def number_in(value: int, alphabet: str, width: int) -> str:
    written = ""
    while value:
        value, rest = divmod(value, len(alphabet))
        written = alphabet[rest] + written
    return written.rjust(width, alphabet[0])


def base62_crc(text: str) -> str:
    """Six characters: CRC-32 in base 62, as GitHub and npm end their tokens (github.blog, 5 April 2021)."""
    return number_in(zlib.crc32(text.encode()), BASE62, 6)


def checked62(length: int) -> Made:
    """`length` random characters and their checksum of six."""

    def make(rng: Random) -> str:
        body = some(rng, BASE62, length)
        return body + base62_crc(body)

    return make


def base58_checked(payload: bytes) -> str:
    """Base58Check: payload and the first four bytes of its double SHA-256 (Bitcoin, BIP-32)."""
    whole = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    zeros = len(whole) - len(whole.lstrip(b"\0"))
    return "1" * zeros + number_in(int.from_bytes(whole), BASE58, 0)


def bech32(prefix: str, data: bytes) -> str:
    """Bech32 (BIP-173), lower case; age writes its identities so, in upper case."""
    bits = int.from_bytes(data) << (-len(data) * 8 % 5)
    count = -(-len(data) * 8 // 5)
    values = [bits >> 5 * (count - 1 - place) & 31 for place in range(count)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(BECH32[value] for value in values)


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> place & 1 else 0
    return check


def base64_of(length: int, head: bytes = b"") -> Made:
    """Base64 of `head` and `length` random bytes, with its padding."""
    return lambda rng: b64encode(head + rng.randbytes(length)).decode()


def url64_of(text: str) -> str:
    """Base64url without padding, as in a JSON web token."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def uuid(rng: Random) -> str:
    body = f"{rng.getrandbits(128):032x}"
    return f"{body[:8]}-{body[8:12]}-4{body[13:16]}-{rng.choice('89ab')}{body[17:20]}-{body[20:]}"


def name(rng: Random) -> str:
    """A user, host or database name as people give them."""
    return rng.choice(NAMES)


def password(rng: Random, marks: str = "!@%^*-_+=?.~") -> str:
    """10 to 20 characters with a capital, a small letter, a digit and a mark, as a form demands them."""
    body = [rng.choice(UPPER), rng.choice(LOWER), rng.choice(DIGITS), rng.choice(marks)]
    body += rng.choices(LETTERS * 2 + DIGITS * 2 + marks, k=rng.randint(6, 16))
    rng.shuffle(body)
    # The marks that end a word or begin an argument stand inside: at an edge a reader would not know whose they are.
    return rng.choice(LETTERS) + "".join(body[:18]) + rng.choice(BASE62)


def url_safe_password(rng: Random) -> str:
    """A password that stands in a URL as it is: RFC 3986's unreserved characters, and now and then an escape."""
    body = password(rng, "-_.~")
    return body[:5] + rng.choice(["%40", "%21", "%23"]) + body[5:] if rng.random() < 0.3 else body


NAMES = (
    "orders", "billing", "app", "svc_report", "deploy", "alice", "web", "etl", "reader", "inventory", "shop", "jenkins",
)  # fmt: skip
