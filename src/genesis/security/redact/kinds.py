"""The kinds of secrets, as data: `kinds/*.yaml`, one file for a family, compiled when they are first needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from genesis.frozen import Frozen
from genesis.yamlfile import read_yaml

FOLDER = Path(__file__).parent / "kinds"


class Kind(Frozen):
    """What one kind of secret looks like. `expression` is RE2's; `group` of it is the secret (0: all).

    Either `gate`: literals of which one stands `at` that many characters behind the secret's beginning. Or `named`:
    the secret has no form of its own, and is the value of something named as a secret with one of these beside it
    (words that must all occur; one of five letters or more also inside a longer word). Below `entropy` (bits for each
    character of what the gate leaves open) it is an example. `checksum`: what its last characters must be.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")
    provider: str
    gate: tuple[str, ...] = ()
    at: tuple[int, ...] = (0,)
    named: tuple[str, ...] = ()
    expression: str
    group: int = Field(default=0, ge=0, le=9)
    entropy: float = Field(default=2.0, ge=0, le=6)
    checksum: Literal["base58check"] | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Kind:
        if bool(self.gate) == bool(self.named):
            raise ValueError("either `gate` or `named` says where it is looked for")
        return self


class KindFile(Frozen):
    """A family. `sources`: where the providers say what their secrets look like."""

    sources: tuple[str, ...]
    kinds: tuple[Kind, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind, in the order of files and lines. Raises `FileInvalid`."""
    return tuple(kind for file in sorted(FOLDER.glob("*.yaml")) for kind in read_yaml(file, KindFile).kinds)


@cache
def compiled(expression: str) -> Any:
    """The expression over bytes. RE2: whatever is sent, time is linear."""
    import re2

    options = re2.Options()
    options.never_nl = False
    options.max_mem = 64 << 20  # the union of all gates; RE2's default of 8 MB makes it start over again and again
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    return re2.compile(expression.encode("latin-1"), options)


class Catalogue:
    """The kinds by their gates and by their names."""

    def __init__(self, all_kinds: tuple[Kind, ...]) -> None:
        self.by_gate: dict[bytes, list[Kind]] = {}
        self.by_word: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
        for kind in all_kinds:
            for gate in kind.gate:
                self.by_gate.setdefault(gate.encode(), []).append(kind)
            for phrase in kind.named:
                words = tuple(phrase.split())
                self.by_word.setdefault(words[0], []).append((words, kind))
        self.sizes = tuple(sorted({len(gate) for gate in self.by_gate}, reverse=True))


@cache
def catalogue() -> Catalogue:
    """Of all kinds."""
    return Catalogue(kinds())
