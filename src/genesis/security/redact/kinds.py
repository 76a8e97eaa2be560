"""The kinds of secrets, as data: `kinds/*.yaml`, one file for a family, compiled when they are first needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import Field, model_validator

from genesis.frozen import Frozen
from genesis.yamlfile import read_yaml

FOLDER = Path(__file__).parent / "kinds"


class Kind(Frozen):
    """What one kind of secret looks like. `expression` is RE2's; `group` of it is the secret (0: all).

    Either `gate`: literals of which one stands `at` that many characters behind the secret's beginning; where they are
    common in texts, `then` (RE2) must follow. Or `named`: the secret has no form of its own, and is the value of
    something named as a secret with one of these beside it (words that must all occur; one of five letters or more also
    inside a longer word). Below `entropy` (bits for each character) it is an example. `check`: what its characters must
    come to.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")
    provider: str
    gate: tuple[str, ...] = ()
    then: str = ""
    at: tuple[int, ...] = (0,)
    named: tuple[str, ...] = ()
    expression: str
    group: int = Field(default=0, ge=0, le=9)
    entropy: float = Field(default=2.0, ge=0, le=6)
    check: Literal["base58check", "base64_pair"] | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> Kind:
        if bool(self.gate) == bool(self.named):
            raise ValueError("either `gate` or `named` says where it is looked for")
        return self


class KindFile(Frozen):
    """A family. `sources`: where to look for what the providers say of their secrets."""

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


class Try(NamedTuple):
    """What is tried where a gate stands: that far behind a secret's beginning. `any_of`: one look that says no for all
    `kinds` at once, since that is what nearly every look says. `then`: what each wants to follow the gate."""

    at: int
    then: tuple[str, ...]
    any_of: str
    kinds: tuple[Kind, ...]


class Catalogue:
    """The kinds by their gates and by their names."""

    def __init__(self, all_kinds: tuple[Kind, ...]) -> None:
        gates = {gate for kind in all_kinds for gate in kind.gate}
        self.by_gate = {gate.encode(): _tries(gate, all_kinds) for gate in gates}
        self._sizes: dict[bytes, list[int]] = {}
        for gate in sorted(self.by_gate, key=len, reverse=True):
            self._sizes.setdefault(gate[:2], []).append(len(gate))
        self.by_word: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
        for kind in all_kinds:
            for phrase in kind.named:
                words = tuple(phrase.split())
                self.by_word.setdefault(words[0], []).append((words, kind))
        # A short word must stand alone: `dd`, not `address`. As RE2, case apart.
        firsts = [word for word in self.by_word if word not in _COMMON]
        alone = "|".join(word for word in firsts if len(word) < 5)
        within = "|".join(word for word in firsts if len(word) >= 5)
        self.words = rf"(?i:{within}|(?:^|[^a-z0-9])(?:{alone})(?:[^a-z0-9]|$))|(?:{_titled(alone)})(?:[^a-z]|$)"

    def gate_of(self, opened: bytes) -> bytes | None:
        """The longest gate that `opened` begins with."""
        for size in self._sizes.get(opened[:2], ()):
            if opened[:size] in self.by_gate:
                return opened[:size]
        return None


# Not of one provider: looked for in names alone, where one is judged anyway.
_COMMON = frozenset(
    [
        "token",
        "base",
        "private",
        "session",
        "sessiontoken",
        "secret",
        "account",
        "accountkey",
        "authorization",
        "auth",
        "authtoken",
        "storage",
        "x",
    ]
)


def _titled(words: str) -> str:
    return "|".join(word.title() for word in words.split("|"))


def _tries(gate: str, all_kinds: tuple[Kind, ...]) -> tuple[Try, ...]:
    """Of two gates of which one begins the other, the longer is met: what belongs to the shorter is tried there too."""
    found: dict[int, list[Kind]] = {}
    for kind in all_kinds:
        if any(gate.startswith(own) for own in kind.gate):
            for at in kind.at:
                found.setdefault(at, []).append(kind)
    return tuple(
        Try(at, _then(gate, kinds), "|".join(f"(?:{kind.expression})" for kind in kinds), tuple(kinds))
        for at, kinds in found.items()
    )


def _then(gate: str, kinds: list[Kind]) -> tuple[str, ...]:
    # Where the gate of another kind only begins this one, that one opens by itself.
    return tuple(kind.then for kind in kinds if gate in kind.gate)


@cache
def catalogue() -> Catalogue:
    """Of all kinds."""
    return Catalogue(kinds())
