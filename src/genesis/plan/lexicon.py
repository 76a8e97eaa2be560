"""The lexicon: how people ask for each kind of task, as editable data, compiled to regular expressions on load.

A pattern is a row of words, matched by stem within one clause: `run .. test|spec` (`..`: up to five words between,
`a|b`: either, `a?`: may be absent, `@make`: any word of that class, `^` in front: only where a clause
begins). The longest match wins a word, so that "pricing
model" is finance's although "build a model" is not.
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
from genesis.plan.text import LIGHT, SKIPPED, Token, plain, stem
from genesis.yamlfile import read_yaml

FILE = Path(__file__).with_name("lexicon.yaml")
STRENGTH = {"sure": 0.85, "alone": 0.7, "likely": 0.55, "hint": 0.3}
"""Chance that a task of this kind is asked for, given one match in a clause that asks for something."""

_OPENING = (
    r"^(?:(?:pleas|then|and|also|now|first|finally|next|after|that|but|so|only|second|third|last|plus|once|can|could|would"
    r"|will|you|i|we|want|need|like|to|let|us|me|help|must|should|hav|got|go|ahead|i'd|we'd|it|is|tim|team|hi|hello|hey|or"
    r"|either|both|try|start|begin|by|with|befor|bitt|por|favor|por|y|und|et) )*"
)
"""What may stand before the first verb of a request."""


class Strengths(Frozen):
    """Patterns of one kind of task, by how much one match says."""

    sure: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    hint: tuple[str, ...] = ()


class WordClass(Frozen):
    """Words that stand for each other. Those of a `verb` class are not won by a match: two objects share a verb."""

    words: tuple[str, ...]
    verb: bool = False


class Combination(Frozen):
    """A way of asking that needs several kinds of task side by side."""

    types: tuple[str, ...]
    patterns: tuple[str, ...]


class LexiconFile(Frozen):
    """The file `lexicon.yaml`. `neutral` wins words for nobody; `signals` are named lists of patterns,
    `generic` words that name nothing in particular."""

    classes: dict[str, WordClass] = Field(default_factory=dict)
    neutral: tuple[str, ...] = ()
    combinations: tuple[Combination, ...] = ()
    signals: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    generic: tuple[str, ...] = ()
    types: dict[str, Strengths] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. `targets` are names of catalog entries; none: neutral. `anchors`: stems of which one must
    be there, so that few patterns are tried on a text."""

    source: str
    targets: tuple[str, ...]
    strength: float
    regex: re.Pattern[str]
    anchors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found in a clause: the places of the words that it wins, and the first and last word it spans."""

    pattern: Pattern
    won: frozenset[int]
    first: int
    last: int


class Matcher:
    """Many patterns over one row of stems, by their anchors."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_anchor: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            for anchor in pattern.anchors:
                self._by_anchor.setdefault(anchor, []).append(pattern)

    def find(self, words: Sequence[Token]) -> list[Match]:
        """Every match in `words`, overlapping ones too; `won` holds places in `words`."""
        kept = [at for at, word in enumerate(words) if word.word not in SKIPPED]
        line = " ".join(words[at].stem for at in kept)
        place = [0]
        for at in kept:
            place.append(place[-1] + len(words[at].stem) + 1)
        at_place = {start: index for index, start in enumerate(place[:-1])}
        tried: set[int] = set()
        found: list[Match] = []
        for at in kept:
            for pattern in self._by_anchor.get(words[at].stem, ()):
                if id(pattern) in tried:
                    continue
                tried.add(id(pattern))
                for match in pattern.regex.finditer(line):
                    won: set[int] = set()
                    for group in range(1, (pattern.regex.groups or 0) + 1):
                        start, end = match.span(group)
                        if start >= 0:
                            first = at_place[start]
                            span = kept[first : first + line.count(" ", start, end) + 1]
                            won.update(place for place in span if words[place].word not in LIGHT)
                    first = at_place[match.start()]
                    last = first + line.count(" ", match.start(), match.end())
                    found.append(Match(pattern, frozenset(won), kept[first], kept[last]))
        return found


def winners(matches: Iterable[Match]) -> list[Match]:
    """Of matches that claim the same word, the one that claims most words, then the stronger."""
    taken: set[int] = set()
    kept: list[Match] = []
    for match in sorted(matches, key=lambda m: (-len(m.won), -m.pattern.strength, m.first)):
        if not taken & match.won:
            taken |= match.won
            kept.append(match)
    return sorted(kept, key=lambda m: m.first)


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
        self.documents = frozenset(form for form in self._classes.get("docs_", ()) if " " not in form)
        self.kinds = frozenset(file.types)
        self.generic = frozenset(stem(plain(word)) for word in file.generic)
        for group in file.types.values():
            if not (group.sure or group.alone or group.likely or group.hint):
                raise FileInvalid(f"{name}: a kind of task has no pattern")

    def matcher(self, known: Iterable[str]) -> Matcher:
        """Patterns of the kinds of task that a catalog knows, and the neutral ones."""
        names = set(known)
        patterns = [self._compile(source, (), 0.0) for source in self._file.neutral]
        for target, group in self._file.types.items():
            if target in names:
                for strength, value in STRENGTH.items():
                    patterns.extend(self._compile(source, (target,), value) for source in getattr(group, strength))
        for one in self._file.combinations:
            if names.issuperset(one.types):
                patterns.extend(self._compile(source, one.types, STRENGTH["sure"]) for source in one.patterns)
        return Matcher(patterns)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every stem that the lexicon speaks of."""
        sources = [
            *(
                s
                for group in self._file.types.values()
                for s in (*group.sure, *group.alone, *group.likely, *group.hint)
            ),
            *(s for sources in self._file.signals.values() for s in sources),
            *(" ".join(one.words) for one in self._file.classes.values()),
        ]
        return frozenset(word for source in sources for word in stems(re.sub(r"[|_@?.]", " ", source))) | self.generic

    @cached_property
    def signals(self) -> dict[str, Matcher]:
        """The named lists of patterns, each compiled."""
        return {
            key: Matcher([self._compile(source, (key,), 1.0) for source in sources])
            for key, sources in self._file.signals.items()
        }

    def _compile(self, source: str, targets: tuple[str, ...], strength: float) -> Pattern:
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
            verb = False
            for part in word.split("|"):
                if part.startswith("@"):
                    if part[1:] not in self._classes:
                        raise FileInvalid(f"{self._name}: pattern {source!r}: no class {part!r}")
                    forms.extend(self._classes[part[1:]])
                    verb = verb or self._file.classes[part[1:]].verb
                elif part not in SKIPPED:  # the text loses these words too
                    forms.append(" ".join(stems(part)))
            if not forms:
                continue
            group = "(?:" if verb else "("
            body = group + "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)) + ")"
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
        return Pattern(source, targets, strength, regex, min(choices, key=len))


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
