"""Whether a value is secret, by what it is called, who is named beside it, and what it looks like."""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import Any, NamedTuple

from genesis.security.redact import filters
from genesis.security.redact.kinds import Kind, catalogue, compiled
from genesis.security.redact.names import judge, words_of

BEGINNING = 400
"""Bytes of a value that say how random it is."""


class How(NamedTuple):
    """How a value stands there: in quotes; only said in a sentence; in a line of its own; with `=` or as a flag."""

    quoted: bool
    said: bool
    own_line: bool
    tight: bool


def kind_of(name: str, value: bytes, how: How, *, near: bytes = b"") -> str | None:
    """What `value` is, being called `name`; None: no secret. `near`: what stands before the name."""
    return of_provider(near, name, value) or _by_name(name, value, how)


@cache
def _providers() -> Any:
    return compiled(catalogue().words)


def names_provider(near: bytes) -> bool:
    """Whether a provider is named there whose secrets have no form of their own."""
    return _providers().search(near) is not None


def of_provider(near: bytes, name: str, value: bytes) -> str | None:
    """The kind of which the provider is named in the name or shortly before it, and whose form the value has."""
    known = catalogue().by_word
    words = words_of(name)
    firsts = dict.fromkeys(word for word in words if word in known)
    if near:
        more = words_of(near.decode("latin-1"))
        words = more + words
        firsts |= dict.fromkeys(word for word in more if word in known)
        firsts |= dict.fromkeys(found[0].strip(_AROUND).lower().decode() for found in _providers().finditer(near))
    if not firsts:
        return None
    compact = "".join(words)
    for first in firsts:
        for phrase, kind in known.get(first, ()):
            if all(one in words or (len(one) >= 5 and one in compact) for one in phrase) and _has_form(kind, value):
                return kind.id
    return None


_AROUND = bytes(byte for byte in range(256) if not chr(byte).isascii() or not chr(byte).isalnum())


def _has_form(kind: Kind, value: bytes) -> bool:
    if filters.is_example(value) or filters.entropy(value) < kind.entropy:
        return False
    return compiled(kind.expression).fullmatch(value) is not None


def _by_name(name: str, value: bytes, how: How) -> str | None:
    """The kind by name alone, when the value is one that a person would keep secret."""
    meaning = judge(name)
    if meaning is None or len(value) < 4 or b"[REDACTED" in value:
        return None
    if filters.is_example(value) or filters.is_reference(value) or (not how.quoted and filters.is_code(value)):
        return None
    low = value.strip(b" .,;:!").lower()
    if low in filters.WORDS or low.replace(b"_", b"").replace(b"-", b"") in _own_words(name):
        return None
    # Not counted byte by byte: where every word is a name, every rest of the line is a value.
    digits = len(value) - len(value.translate(None, b"0123456789"))
    letters = len(value) - len(value.translate(None, _LETTERS))
    others = len(value) - digits - letters
    password = meaning.kind in ("password_config", "passphrase_config")
    if b" " in value:
        said = not how.quoted or filters.PROSE.search(value) or len(value) > 100
        return meaning.kind if password and not said else None
    if filters.NUMBER.fullmatch(value):
        pin = password and (how.quoted or how.tight) and len(value) >= 6 and value.isdigit()
        return meaning.kind if pin else None
    if how.said and password:
        mixed = letters and (digits or others) and len(value) >= 8 and not named_thing(value)
        return meaning.kind if mixed else None
    if not meaning.sure or how.said or meaning.kind == "session_cookie":
        random = len(value) >= 16 and letters >= 2 and filters.entropy(value[:BEGINNING]) >= 3.0
        random = random and (digits >= 2 or _mixed(value))
        return meaning.kind if random and not filters.UUID.fullmatch(value) and not named_thing(value) else None
    if password:
        word = value.isalpha() and (value.islower() or value.istitle())
        return meaning.kind if not word or how.quoted or how.tight or how.own_line else None
    if len(value) < 8 or filters.entropy(value[:BEGINNING]) < 2.3 or (not digits and named_thing(value)):
        return None
    return meaning.kind if digits or others or len(value) >= 20 else None


_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _mixed(value: bytes) -> bool:
    """Whether capitals stand where no writer of words would put them."""
    turns = sum(97 <= one < 123 and 65 <= next_one < 91 for one, next_one in itertools.pairwise(value))
    return turns * 6 >= len(value)


def _own_words(name: str) -> tuple[bytes, ...]:
    words = words_of(name)
    return ("".join(words).encode(), *(word.encode() for word in words))


def named_thing(value: bytes) -> bool:
    """Words, numbers and versions with something between them: a name, not a key."""
    return _NAMED_THING.fullmatch(value) is not None


_NAMED_THING = re.compile(
    rb"[^A-Za-z0-9]*+(?:(?:[a-z]{1,14}|[A-Z]{1,14}|[A-Z]?[a-z]+|\d{1,4}|v\d+)(?:[^A-Za-z0-9]++|$))*+"
)
