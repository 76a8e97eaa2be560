"""Families of RE2 patterns, read from YAML, compiled once; a text's score is what co-occurs in a neighbourhood of it.

One `re2.Set` per family, with one expression per weight. A set of all patterns would be less work on ordinary text, but
its automaton remembers which of them it has met: a text that mixes signs at will makes a new state per byte, 60
microseconds each [measured].
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from genesis.errors import FileInvalid
from genesis.security.guard.folding import fold_text
from genesis.yamlfile import read_yaml

if TYPE_CHECKING:
    import re2

FOLDER = Path(__file__).parent / "families"
NEAR = 512
"""Bytes that count as one neighbourhood."""
ENOUGH = 1.0
"""The score at which the patterns alone refuse."""
_MEMORY = 16 << 20
_MACRO = re.compile(r"\{([a-z]+)(\*?)\}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Shape):
    """words.yaml: what stands for a `{name}` in each language."""

    spaced: tuple[str, ...]
    words: Mapping[str, Mapping[str, tuple[str, ...]]]


class PatternRow(_Shape):
    """One pattern of patterns.yaml."""

    id: str
    weight: float = Field(ge=-1, le=1)
    text: str = ""
    both: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class FamilyRow(_Shape):
    """One family: patterns over the words alone, and over the text with its punctuation."""

    words: tuple[PatternRow, ...] = ()
    marks: tuple[PatternRow, ...] = ()


class FamilyFile(BaseModel):
    """patterns.yaml: family -> patterns."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, FamilyRow]


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns of one family and one weight as one expression: any of them counts the same.

    Several `parts` must all be there: order and distance do not matter, only the neighbourhood.
    """

    family: str
    weight: float
    over_words: bool
    ascii: bool
    parts: tuple[str, ...]
    named: tuple[tuple[str, str], ...]


class _Scan:
    """The groups of one family over one kind of text, matched in one pass."""

    def __init__(self, groups: Sequence[Group]) -> None:
        import re2

        self.over_words, self.ascii = groups[0].over_words, groups[0].ascii
        numbers: dict[str, int] = {}
        self._set = re2.Set.SearchSet(_options())
        for part in dict.fromkeys(part for group in groups for part in group.parts):
            numbers[part] = self._set.Add(part.encode())
        self._set.Compile()
        self._needs = tuple((group, frozenset(numbers[part] for part in group.parts)) for group in groups)

    def found(self, words: bytes, marks: bytes) -> list[Group]:
        """The groups of which everything is in the text."""
        hits = self._set.Match(words if self.over_words else marks)
        return [group for group, needs in self._needs if needs.issubset(hits)] if hits else []


@dataclass(frozen=True, slots=True)
class Signs:
    """What the patterns say of a text: score, the family that weighs most, the groups that count, and the stretch of
    folded text (bytes) in which they do."""

    score: float = 0.0
    family: str | None = None
    groups: tuple[Group, ...] = ()
    words: bytes = b""
    marks: bytes = b""

    def ids(self) -> tuple[str, ...]:
        """The patterns that matched, `family.id` or `family.id/language`. Looked for only when somebody asks."""
        return tuple(
            name
            for group in self.groups
            for name, text in group.named
            if not text or _alone(text).search(self.words if group.over_words else self.marks)
        )


@lru_cache(maxsize=1024)
def _alone(text: str) -> re2._Regexp:
    import re2

    return re2.compile(text.encode(), _options())


class Families:
    """All families, compiled. Immutable; safe to share between threads."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.size = sum(len(group.named) for group in groups)
        """How many patterns there are, languages counted apart."""
        alike: dict[tuple[str, bool, bool], list[Group]] = {}
        for group in groups:
            alike.setdefault((group.family, group.over_words, group.ascii), []).append(group)
        self._scans = tuple(_Scan(of) for of in alike.values())
        self._ascii = tuple(scan for scan in self._scans if scan.ascii)

    def read(self, words: bytes, marks: bytes) -> Signs:
        """Scores a stretch of one view: its words alone and its text with punctuation, both folded, in UTF-8."""
        scans = [(scan, scan.found(words, marks)) for scan in (self._ascii if words.isascii() else self._scans)]
        score, family, counted = _weigh([group for _, found in scans for group in found])
        if len(marks) <= NEAR or sum(len(group.parts) for group in counted) < 2:
            return Signs(score, family, counted, words, marks)
        best = Signs()
        ratio = len(words) / len(marks)
        again = [scan for scan, found in scans if found]
        for at in range(0, len(marks) - NEAR // 2, NEAR // 2):
            near = words[int(at * ratio) : int((at + NEAR) * ratio) + 8], marks[at : at + NEAR]
            score, family, counted = _weigh([group for scan in again for group in scan.found(*near)])
            if score > best.score:
                best = Signs(score, family, counted, *near)
        return best


def _weigh(found: Sequence[Group]) -> tuple[float, str | None, tuple[Group, ...]]:
    """Each family's heaviest sign, added up; what only mentions takes away, but leaves nothing below zero."""
    best: dict[str, Group] = {}
    for group in found:
        if group.family not in best or abs(group.weight) > abs(best[group.family].weight):
            best[group.family] = group
    if not best:
        return 0.0, None, ()
    ordered = sorted(best.values(), key=lambda group: -group.weight)
    score = max(0.0, sum(group.weight for group in ordered))
    return score, ordered[0].family if ordered[0].weight > 0 else None, tuple(ordered)


def load_families(folder: Path = FOLDER) -> Families:
    """Reads and compiles. Raises `FileInvalid` for a pattern that RE2 refuses, or a name that words.yaml lacks."""
    words = read_yaml(folder / "words.yaml", Words)
    path = folder / "patterns.yaml"
    families: dict[str, FamilyRow] = read_yaml(path, FamilyFile).__pydantic_extra__
    groups: list[Group] = []
    for name, family in families.items():
        alike: dict[tuple[float, bool, bool], list[tuple[str, str]]] = {}
        for over, row in [*((True, row) for row in family.words), *((False, row) for row in family.marks)]:
            if row.both:
                groups += _together(name, row, over, words, path)
                continue
            for label, text in (
                _spelled(name, row, row.text, words, path) if over else [(f"{name}.{row.id}", _folded(row.text))]
            ):
                alike.setdefault((row.weight, over, text.isascii()), []).append((label, text))
        for (weight, over, plain), of in alike.items():
            groups.append(Group(name, weight, over, plain, (_joined(of, path),), tuple(of)))
    return Families(groups)


def _together(family: str, row: PatternRow, over: bool, words: Words, path: Path) -> Iterator[Group]:
    """A row of `both`: one group for what is spelled in ASCII, one for the other languages."""
    if not over:
        alone = tuple(_joined([(f"{family}.{row.id}", _folded(text))], path) for text in row.both)
        yield Group(family, row.weight, False, True, alone, ((f"{family}.{row.id}", ""),))
        return
    for plain in (True, False):
        parts = [
            [one for one in _spelled(family, row, text, words, path) if one[1].isascii() == plain] for text in row.both
        ]
        if all(parts):
            yield Group(family, row.weight, True, plain, tuple(_joined(part, path) for part in parts),
                        ((f"{family}.{row.id}", ""),))  # fmt: skip


def _folded(text: str) -> str:
    return _NOT_ASCII.sub(lambda match: fold_text(match.group()), text)


def _spelled(family: str, row: PatternRow, template: str, words: Words, path: Path) -> Iterator[tuple[str, str]]:
    """The pattern in each language that has all of its names."""
    names = [name for name, _ in _MACRO.findall(template)]
    for name in names:
        if name not in words.words:
            raise FileInvalid(f"{path}: {family}.{row.id}: no {{{name}}} in words.yaml")
    if not names:
        text = _folded(template)
        spaced = not row.languages or row.languages[0] in words.spaced
        yield f"{family}.{row.id}", rf"\b(?:{text})\b" if spaced else text
        return
    having = set.intersection(*(set(words.words[name]) for name in names))
    for language in sorted(having & set(row.languages) if row.languages else having):
        spaced = language in words.spaced

        def fill(match: re.Match[str], language: str = language) -> str:
            choice = "|".join(words.words[match.group(1)][language])
            return f"(?:(?:{choice}) )*" if match.group(2) else f"(?:{choice})"

        text = _folded(_MACRO.sub(fill, template))
        yield f"{family}.{row.id}/{language}", rf"\b(?:{text})\b" if spaced else text


def _options() -> re2.Options:
    import re2

    options = re2.Options()
    # Bytes, not characters: the text is UTF-8 already, and the automaton of `.` stays small.
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _MEMORY
    options.log_errors = False
    options.dot_nl = True
    return options


def _joined(rows: list[tuple[str, str]], path: Path) -> str:
    """One expression of all; each is tried alone first, so that a complaint names it."""
    import re2

    for label, text in rows:
        try:
            _alone(text)
        except re2.error as error:
            raise FileInvalid(f"{path}: {label}: RE2 refuses it: {error}") from error
    return "|".join(f"(?:{text})" for _, text in rows)
