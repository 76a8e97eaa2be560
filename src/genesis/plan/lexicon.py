"""The lexicon: verbs that begin a clause, and phrases that decide something by themselves (harm, an unknown reference,
"these are unrelated"), as editable data, compiled to regular expressions on load.

A pattern is a row of words, matched by stem within one clause: `steal .. passwords|keys` (`..`: up to five words
between, `a|b`: either, `a?`: may be absent, `@make`: any word of that class, `^` in front: only where a clause begins).
Who is asked is not read here: that is trained (sense.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from pydantic import Field

from genesis.errors import FileInvalid
from genesis.frozen import Frozen
from genesis.plan.text import SKIPPED, Token, plain, stem
from genesis.yamlfile import read_yaml

FILE = Path(__file__).with_name("lexicon.yaml")

_OPENING = (
    r"^(?:(?:pleas|then|and|also|now|first|finally|next|after|that|but|so|only|second|third|last|plus|once|can|could|would"
    r"|will|you|i|we|want|need|like|to|let|us|me|help|must|should|hav|got|go|ahead|i'd|we'd|it|is|tim|team|hi|hello|hey|or"
    r"|either|both|try|start|begin|by|with|befor|bitt|por|favor|por|y|und|et) )*"
)
"""What may stand before the first verb of a request."""


class WordClass(Frozen):
    """Words that stand for each other. Those of a `verb` class begin clauses."""

    words: tuple[str, ...]
    verb: bool = False


class LexiconFile(Frozen):
    """The file `lexicon.yaml`: `signals` are named lists of patterns, `generic` words name nothing in particular."""

    classes: dict[str, WordClass] = Field(default_factory=dict)
    signals: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    generic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `anchors`: stems of which one must be there, so that few patterns are tried on a text."""

    source: str
    regex: re.Pattern[str]
    anchors: frozenset[str]


class Matcher:
    """Many patterns over one row of stems, by their anchors."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_anchor: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            for anchor in pattern.anchors:
                self._by_anchor.setdefault(anchor, []).append(pattern)

    def found(self, words: Sequence[Token]) -> bool:
        """Whether any pattern matches these words."""
        kept = [word.stem for word in words if word.word not in SKIPPED]
        line = " ".join(kept)
        return any(
            pattern.regex.search(line)
            for pattern in dict.fromkeys(one for stem in kept for one in self._by_anchor.get(stem, ()))
        )


class Lexicon:
    """A lexicon file, compiled. Raises `FileInvalid` with the pattern that is wrong."""

    def __init__(self, file: LexiconFile, name: str) -> None:
        self._file = file
        self._name = name
        self._classes = {key: [" ".join(stems(word)) for word in one.words] for key, one in file.classes.items()}
        self.verbs = frozenset(
            form.split()[0] for key, one in file.classes.items() if one.verb for form in self._classes[key]
        )
        self.constructive = frozenset(
            form
            for key in ("construct", "make", "change", "fix", "implement", "write", "plan_")
            for form in self._classes.get(key, ())
        ) - frozenset(self._classes.get("check", ()))
        self.generic = frozenset(stem(plain(word)) for word in file.generic)

    @cached_property
    def signals(self) -> dict[str, Matcher]:
        """The named lists of patterns, each compiled."""
        return {
            key: Matcher([self._compile(source) for source in sources]) for key, sources in self._file.signals.items()
        }

    def _compile(self, source: str) -> Pattern:
        opening = source.startswith("^")
        parts: list[str] = []
        choices: list[frozenset[str]] = []
        glue = ""
        for word in source.removeprefix("^").split():
            if word == "..":
                parts.append(r"(?: [^ ]+){0,5}?")
                continue
            optional = word.endswith("?")
            word = word.removesuffix("?")
            forms: list[str] = []
            for part in word.split("|"):
                if part.startswith("@"):
                    if part[1:] not in self._classes:
                        raise FileInvalid(f"{self._name}: pattern {source!r}: no class {part!r}")
                    forms.extend(self._classes[part[1:]])
                elif part not in SKIPPED:  # the text loses these words too
                    forms.append(" ".join(stems(part)))
            if not forms:
                continue
            body = "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)) + ")"
            if optional and not glue:
                raise FileInvalid(f"{self._name}: pattern {source!r}: the first word cannot be optional")
            if optional:
                parts.append(f"(?:{glue}{body})?")
            else:
                parts.append(glue + body)
                choices.append(frozenset(form.split()[0] for form in forms))
            glue = " "
        if not choices:
            raise FileInvalid(f"{self._name}: pattern {source!r}: nothing in it must be there")
        begin = _OPENING if opening else r"(?:(?<= )|^)"
        regex = _regex(begin + "".join(parts) + r"(?= |$)")
        return Pattern(source, regex, min(choices, key=len))


def stems(text: str) -> list[str]:
    """Stems of a pattern's words; words that text loses (articles) are lost here too."""
    words = re.sub("(?<=[^ -])[-_]|_", " ", plain(text)).split()  # "break-even" is two words, "--json" is one
    return [stem(word) for word in words if word not in SKIPPED] or [stem(word) for word in words]


@lru_cache(maxsize=4)
def load(path: Path = FILE) -> Lexicon:
    """The lexicon in `path`. Raises `FileInvalid`."""
    return Lexicon(read_yaml(path, LexiconFile), str(path))


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """Compiled once a process: `re` keeps 512, the lexicon has more, and each catalog would pay for all of them."""
    return re.compile(pattern)
