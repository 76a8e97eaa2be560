"""What a kind of credential is, and one credential of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.security.redact.secrets.chars import Fill, Made, Piece, spell

Frame = Callable[[Random, str], str]


class Form(StrEnum):
    """How a credential stands in a text."""

    VALUE = "value"  # a word that is the value of something
    URL = "url"  # a value that is a URL, so it cannot stand inside another one
    LINE = "line"  # a line with a grammar of its own: a header, a command, a connection string
    BLOCK = "block"  # several lines


@dataclass(frozen=True)
class Sample:
    """`text` is what a person pastes; `secret`, a part of it, is what may not remain. `note`: the word beside it."""

    kind: str
    secret: str
    text: str
    note: str


@dataclass(frozen=True)
class Kind:
    """`beside`: the words one of which must stand beside it; none where the format speaks for itself."""

    name: str
    form: Form
    pieces: tuple[Piece, ...]
    frame: Frame
    beside: tuple[str, ...] = ()

    def sample(self, rng: Random) -> Sample:
        return self._sample(rng, spell(rng, self.pieces))

    def lookalike(self, rng: Random, fill: Fill) -> Sample:
        """The fixed parts of the format around what is no secret."""
        return self._sample(rng, spell(rng, self.pieces, fill))

    def around(self, rng: Random, secret: str) -> Sample:
        return self._sample(rng, secret)

    def _sample(self, rng: Random, secret: str) -> Sample:
        return Sample(self.name, secret, self.frame(rng, secret), rng.choice(self.beside) if self.beside else "")


def _alone(rng: Random, secret: str) -> str:
    return secret


def value(name: str, *pieces: Piece, beside: tuple[str, ...] = ()) -> Kind:
    return Kind(name, Form.VALUE, pieces, _alone, beside)


def url(name: str, frame: Frame, *pieces: Piece) -> Kind:
    return Kind(name, Form.URL, pieces, frame)


def line(name: str, frame: Frame, *pieces: Piece) -> Kind:
    return Kind(name, Form.LINE, pieces, frame)


def block(name: str, frame: Frame, *pieces: Piece) -> Kind:
    return Kind(name, Form.BLOCK, pieces, frame)


def fit(*templates: str, **made: Made) -> Frame:
    """A frame from templates: `@@` is the secret, `{word}` what `made[word]` makes."""

    def frame(rng: Random, secret: str) -> str:
        text = rng.choice(templates)
        for word, make in made.items():
            text = text.replace("{" + word + "}", make(rng))
        # Last, and once, so that nothing in the secret is taken for a part of the template.
        before, _, after = text.partition("@@")
        return before + secret + after

    return frame
