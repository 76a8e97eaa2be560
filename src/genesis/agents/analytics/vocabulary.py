"""Which of the goal's words name a column, and which a value of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from genesis.frozen import JsonValue
from genesis.tools.profile_table import ColumnProfile, ProfileTableOutput
from genesis.tools.tabular.words import words, wordset

STOP = wordset(
    "a an and any are as at be been by can could did do does each for from give had has have how i if in into is"
    " it its let list made make many me most much my no not of on or our out over please per should show so some"
    " tell than that the their them then there these they this those to up us use vs was we were what when where"
    " which who why will with would you your file data csv table dataset column row report analyse analyze"
    " analysis doe"
)
GENERIC = wordset("name id date total amount value number code type title label nr no key count group")
_SAME = (
    "revenue sale turnover umsatz income earning gmv",
    "customer client kunde buyer",
    "quantity qty unit menge piece",
    "cost expense kosten spend spending expenditure",
    "price preis",
    "product item article artikel produkt",
    "region area territory",
    "employee staff worker mitarbeiter",
    "salary wage pay gehalt",
    "country land nation",
    "city town stadt",
    "order purchase transaction bestellung",
    "rating score star",
    "department dept abteilung team",
    "duration length dauer",
    "supplier vendor lieferant",
    "profit gewinn",
    "stock inventory bestand",
)
SYNONYMS: dict[str, frozenset[str]] = {word: wordset(line) for line in _SAME for word in line.split()}
MONEY = SYNONYMS["revenue"] | SYNONYMS["cost"]
WEAK = wordset("amount total betrag value sum price")
"""What a column of money is often called when people ask for revenue or cost."""


@dataclass(frozen=True)
class Ref:
    """A column of a file."""

    file: str
    column: ColumnProfile

    @property
    def name(self) -> str:
        return self.column.name


@dataclass(frozen=True)
class Mention:
    """Tokens `start` to `end` (exclusive) name `ref`; with `value`, they name that value of it.

    `sure`: 1 for the column's own name. `others`: columns that fit as well, to be said.
    """

    start: int
    end: int
    ref: Ref
    sure: float
    value: JsonValue = None
    others: tuple[Ref, ...] = ()


@dataclass(frozen=True)
class Token:
    """A word of the goal: `word` as `tabular.roles.words` has it, `text` as it was written."""

    word: str
    text: str


def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text; what is written in camel case or with underscores is several."""
    found = []
    for match in re.finditer(r"[^\W]+(?:[.][0-9]+)?|[<>=]+", text):
        written = match.group()
        parts = [written] if re.fullmatch(r"[0-9.]+|[<>=]+", written) else words(written)
        found += [Token(part, written if len(parts) == 1 else part) for part in parts]
    return tuple(found)


def mentions(said: Sequence[Token], profiles: Sequence[ProfileTableOutput]) -> tuple[Mention, ...]:
    """What the tokens name, in their order, none naming two things."""
    found: list[Mention] = []
    position = 0
    refs = [Ref(profile.file, column) for profile in profiles for column in profile.columns if column.role != "empty"]
    while position < len(said):
        one = _column_at(said, position, refs)
        value = _value_at(said, position, refs)
        if value and (one is None or value.end > one.end or one.sure < 0.7):
            one = value
        if one is None:
            position += 1
            continue
        found.append(one)
        position = one.end
    return tuple(found)


def best_mentions(said: Sequence[Token], profiles: Sequence[ProfileTableOutput]) -> tuple[Mention, ...]:
    """The mentions in the one file that the tokens speak of most; those of several only where one is not enough.

    A word that is a column in one file and a chance value in another would otherwise tear a question apart.
    """
    if len(profiles) == 1:
        return mentions(said, profiles)
    spoken = {token.word for token in said}

    def told(found: Sequence[Mention]) -> float:
        return sum((one.end - one.start) * (0.5 if one.value is not None else one.sure) for one in found)

    def weight(profile: ProfileTableOutput, found: Sequence[Mention]) -> float:
        name = set(words(profile.file.rsplit("/", 1)[-1].rsplit(".", 1)[0])) - STOP
        return told(found) + 0.6 * len(name & spoken)

    alone = [(profile, mentions(said, [profile])) for profile in profiles]
    _, best = max(alone, key=lambda one: weight(*one))
    together = mentions(said, profiles)
    return together if told(together) >= told(best) + 0.9 else best


def _column_at(said: Sequence[Token], position: int, refs: Sequence[Ref]) -> Mention | None:
    best: list[tuple[int, float, Ref]] = []
    for ref in refs:
        length, score = _fit(words(ref.name), said, position)
        if score >= 0.3:
            best.append((length, score, ref))
    if not best:
        return None
    best.sort(key=lambda one: (-one[0], -one[1]))
    length, score, ref = best[0]
    others = tuple(other for size, near, other in best[1:] if size == length and near >= score - 0.05)
    return Mention(position, position + length, ref, score, others=others)


def _fit(name: Sequence[str], said: Sequence[Token], position: int) -> tuple[int, float]:
    """How many tokens from `position` are words of the name in its order, and how well they tell it."""
    score = 0.0
    length = 0
    telling = False
    place = 0
    while position + length < len(said) and place < len(name):
        word = said[position + length].word
        weight, at = max(
            ((_same(word, name[i]), i) for i in range(place, len(name))), key=lambda one: (one[0], -one[1])
        )
        if weight == 0.0 or (word in STOP and len(name) == 1 and length == 0):
            break
        telling = telling or word not in GENERIC
        score += weight
        length += 1
        place = at + 1
    if length == 0:
        return 0, 0.0
    unmatched = [word for word in name if not any(_same(said[position + i].word, word) for i in range(length))]
    if not telling and unmatched:
        return 0, 0.0
    score -= sum(0.1 if word in GENERIC else 0.35 for word in unmatched)
    return length, score / length


def _same(word: str, named: str) -> float:
    if word == named:
        return 1.0
    if word in STOP or len(named) < 2:
        return 0.0
    if named in SYNONYMS.get(word, ()):
        return 0.7
    if word in MONEY and named in WEAK:
        return 0.4
    shorter, longer = sorted((word, named), key=len)
    return 0.8 if len(shorter) >= 5 and longer.startswith(shorter) and len(longer) - len(shorter) <= 3 else 0.0


def _value_at(said: Sequence[Token], position: int, refs: Sequence[Ref]) -> Mention | None:
    best: Mention | None = None
    for ref in refs:
        if ref.column.role not in ("category", "text", "id"):
            continue
        for value, _ in ref.column.top:
            if not isinstance(value, str):
                continue
            length = _value_fit(value, said, position)
            if length and (best is None or length > best.end - best.start):
                best = Mention(position, position + length, ref, 1.0, value)
    return best


def _value_fit(value: str, said: Sequence[Token], position: int) -> int:
    parts = words(value)
    if not parts or all(part.isdigit() for part in parts) or len(parts) > 8:
        return 0
    if [token.word for token in said[position : position + len(parts)]] != parts:
        return 0
    if len(parts) == 1 and (parts[0] in STOP or len(value) <= 2 or parts[0] in GENERIC):
        # "us", "no", "in": only when it is written as the data writes it, and the data writes it in capitals
        return 1 if said[position].text == value and value.isupper() else 0
    return len(parts)
