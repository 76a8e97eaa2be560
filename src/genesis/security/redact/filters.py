"""What looks like a secret and is none: examples, references to variables, words, UUIDs, hashes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from math import log2

EXAMPLE = re.compile(
    rb"(?i)example|placeholder|change.?me|change.?this|(?:(?<![a-z0-9])|_)your[-_. ]?\w|(?-i:x{4,}|X{4,})|"
    rb"\*{3,}|\.{3,}|\xe2\x80\xa6|redacted|"
    rb"dummy|insert.?here|replace.?me|secret.?here|<[\w .-]{1,60}>|0123456789|1234567890|abcdefgh|(.)\1{7,}"
)
REFERENCE = re.compile(
    rb"\$\{.*|\$\(.*|\$[A-Z_][A-Z0-9_]*|\$[a-z_]+|\{\{.*|%\(\w+\)[sd]|%[sdrv]|\{[\w.!:-]*\}|<[^<>]*>|\[[\w .:-]*\]|"
    rb"!(?:vault|secret|ref|sub|getatt|env|include)\b.*|"
    rb"#\{.*|@[\w.]+@|[&*][a-z_]+|%[A-Z_]+%|(?:vault|ssm|op|arn|env|file|ref|aws|gcp):.*|ENC\[.*|\\?[nrt]?"
)
CODE = re.compile(
    rb"(?:[a-z_]+|[A-Z_]+|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+)(?:(?:\.|->|::)[A-Za-z_]+){1,8}(?:[\[(].*)?|"
    rb"(?:[a-z_]{3,}|[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]{2,}(?:[A-Z][a-z]+)*)[\[(].*|"
    rb"[~.]{0,2}/[\w./-]*|[A-Za-z]:\\.*|(?:[a-z_]{2,}\[).*"
)
UUID = re.compile(rb"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
NUMBER = re.compile(rb"[-+]?[0-9][0-9.,:_eE%+-]*(?:ms|s|m|h|d|[kKMGT]i?B?|px|em)?")
WORD = re.compile(rb"[A-Za-z]{1,24}[.!?:;,]?")
WORDS = frozenset(
    b"required optional string str int integer number bool boolean float null none nil true false undefined missing "
    b"invalid valid empty hidden expired disabled enabled default unknown unset set yes no ok on off basic bearer "
    b"digest "
    b"password passwd passphrase secret token key apikey any object array text type hash plain file env prompt ask "
    b"private public not the a an is was must should cannot wrong incorrect correct changed updated rejected accepted "
    b"failed given found absent present revoked masked stored encrypted hashed auto random generated authenticated "
    b"input field value select username user name email self this new old bytes char varchar".split()
)
PROSE = re.compile(
    rb"(?i)\b(?:is|are|was|must|the|at|a|an|of|to|be|not|for|your|you|this|that|should|least|required|enter|with|and|or|"
    rb"cannot|invalid|please|field|contain|contains)\b"
)
BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def entropy(data: bytes) -> float:
    """Shannon's, in bits for each byte.

    >>> entropy(b"abab")
    1.0
    """
    size = len(data)
    return -sum(n / size * log2(n / size) for n in Counter(data).values()) if size else 0.0


def is_example(value: bytes) -> bool:
    """Written for people to replace it, as its beginning says: a flood of names has a value behind each of them."""
    return EXAMPLE.search(value, 0, 200) is not None


def is_reference(value: bytes) -> bool:
    """Stands for a value that is somewhere else."""
    return REFERENCE.fullmatch(value) is not None


def is_code(value: bytes) -> bool:
    """An attribute, a call or a path, where nothing quotes it."""
    return CODE.fullmatch(value) is not None


def base58check(value: bytes) -> bool:
    """Whether the last four bytes are the double SHA-256 of the rest, as in Bitcoin's keys.

    >>> base58check(b"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ")
    True
    """
    number = 0
    for byte in value:
        digit = BASE58.find(byte)
        if digit < 0:
            return False
        number = number * 58 + digit
    raw = number.to_bytes(max(5, (number.bit_length() + 7) // 8), "big")
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def base64_pair(value: bytes) -> bool:
    """Whether it is base64 of `name:password`.

    >>> base64_pair(b"Ym9iOnNlc2FtZQ=="), base64_pair(b"authentication")
    (True, False)
    """
    try:
        text = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except ValueError:
        return False
    return b":" in text and all(32 <= byte != 127 for byte in text)


CHECKS = {"base58check": base58check, "base64_pair": base64_pair}
