"""Private keys: blocks of many lines, which are one secret from their first mark to their last."""

from __future__ import annotations

import re

BEGIN = re.compile(
    rb"-----BEGIN (?P<label>(?:[A-Z0-9]{2,12} ){0,2})PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-[0-9]:[^\n]{0,60}"
)
GATES = (r"-----BEGIN ", r"PuTTY-User-Key-File-")
END = re.compile(rb"-----END (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----|Private-MAC:[^\n\"'\\]{0,130}")
MAX_BLOCK = 64_000
"""Bytes of a block that are held back; what is longer is no key of anybody's, and is swallowed to its end."""

_DRESS = rb"[\s+\-|>#*/\"'`,;.()\\]|\\[nrt]"
# A line of a block within whatever quotes, diffs or comments put around it.
_BODY = re.compile(
    rb"(?:" + _DRESS + rb"|[A-Za-z_]{1,12}=)*(?:[A-Za-z0-9+/=]{1,512}|[A-Za-z][A-Za-z-]{2,24}: [^\n]{0,200})?"
    rb"(?:" + _DRESS + rb")*"
)
MAX_IN_LINE = 16_000
_SAME_LINE = re.compile(rb"[A-Za-z0-9+/=\s\\\"',:;.()_-]+")
_PRIVATE_LINES = b"Private-Lines:"
_REST = re.compile(rb"(?:[A-Za-z0-9+/= \t]|\\[nrt])*")
_MATERIAL = re.compile(rb"[A-Za-z0-9+/=]{16,}")
_KINDS = {
    b"RSA ": "rsa_private_key", b"EC ": "ec_private_key", b"DSA ": "dsa_private_key", b"": "pkcs8_private_key",
    b"ENCRYPTED ": "pkcs8_encrypted_key", b"OPENSSH ": "openssh_private_key", b"PGP ": "pgp_private_key",
}  # fmt: skip


def kind_of(begin: re.Match[bytes], line: bytes) -> str:
    """The kind of the key whose first mark that is."""
    if begin["label"] is None:
        return "putty_private_key"
    if begin["label"] == b"" and (b"private_key_id" in line or b"client_email" in line or b'"private_key"' in line):
        return "gcp_service_account_key"
    return _KINDS.get(begin["label"], "pkcs8_private_key")


def in_one_line(line: bytes, begin: re.Match[bytes]) -> int | None:
    """Where a key ends that is in one line, whole or cut off; None when it goes on in the next, or is none."""
    start = begin.end()
    if begin["label"] is None:  # PuTTY's file: before its private lines there are only public ones
        start = line.find(_PRIVATE_LINES, begin.start(), start + MAX_IN_LINE) + len(_PRIVATE_LINES)
        if start < len(_PRIVATE_LINES):
            return None
    stop = line.find(b"-----" if begin["label"] is not None else b"Private-MAC", start, start + MAX_IN_LINE)
    end = END.match(line, stop) if stop >= 0 else None
    body = line[start:stop] if end else b""
    if end and _SAME_LINE.fullmatch(body) and _MATERIAL.search(body):
        return end.end()
    rest = _REST.match(line, start, start + MAX_IN_LINE)
    if rest is not None and _MATERIAL.search(rest[0]):
        return rest.end()
    return None


def goes_on(line: bytes) -> bool:
    """Whether a line after the first mark can be one of a key."""
    return _BODY.fullmatch(line) is not None


def has_material(block: bytes) -> bool:
    """Whether there is a key in it, not only marks."""
    return _MATERIAL.search(block.replace(b"PuTTY-User-Key-File", b"").replace(b"PRIVATE", b"")) is not None
