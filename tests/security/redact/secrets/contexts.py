"""Ways in which a credential stands in a text, and which credentials each of them suits.

Every context changes a text character by character or not at all, so that the secret within it changes as it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.security.redact.secrets.escapes import Encode, percent, plain
from tests.security.redact.secrets.holders import BLOCK_HOLDERS, LINE_HOLDERS
from tests.security.redact.secrets.sample import Form, Kind, Sample
from tests.security.redact.secrets.values import BARE, NAMED

NEUTRAL = ("value", "item", "note", "ref", "field two", "arg", "input", "data")
TELLING = ("token", "api key", "secret", "credential", "auth token")
LONG = 1000  # characters; nobody sends more in a header or an address


@dataclass(frozen=True)
class Context:
    """`place(rng, words, text)`: the whole text; `words` is the name beside it, which only VALUE and URL have."""

    name: str
    forms: frozenset[Form]
    place: Callable[[Random, str, str], str]
    encode: Encode = plain
    bare: bool = False
    short: bool = False


@dataclass(frozen=True)
class Placed:
    """`secret`: as it stands in `text`, escaped as the place demands."""

    kind: str
    context: str
    text: str
    secret: str


VALUES = frozenset({Form.VALUE, Form.URL})
INSIDE_URLS = ("url query", "url user", "git remote", "curl address", "f-string")
SHORT = (*INSIDE_URLS, "header", "bearer", "curl header")

CONTEXTS = (
    *(
        Context(
            name,
            frozenset({Form.VALUE}) if name in (*INSIDE_URLS, "bearer") else VALUES,
            place,
            percent if name in INSIDE_URLS else encode,
            bare,
            name in SHORT,
        )
        for bare, table in ((False, NAMED), (True, BARE))
        for name, (place, encode) in table.items()
    ),
    *(Context(name, frozenset({Form.LINE}), place, encode) for name, (place, encode) in LINE_HOLDERS.items()),
    *(Context(name, frozenset({Form.BLOCK}), place, encode) for name, (place, encode) in BLOCK_HOLDERS.items()),
)


def suits(context: Context, kind: Kind, sample: Sample) -> bool:
    """A kind without a format of its own needs its name beside it; passwords and long ones stand in no header."""
    if kind.form not in context.forms or (context.bare and kind.beside):
        return False
    return not (context.short and (len(sample.text) > LONG or "pass" in sample.note))


def place(context: Context, sample: Sample, rng: Random) -> Placed:
    """A kind that speaks for itself stands as often beside a word that says nothing as beside one that does."""
    words = sample.note or rng.choice(rng.choice([NEUTRAL, TELLING]))
    text = context.place(rng, words, context.encode(sample.text))
    return Placed(sample.kind, context.name, text, context.encode(sample.secret))
