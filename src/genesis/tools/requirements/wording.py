"""What is wrong with how a statement is worded: vague words, figures without unit, repetition, contradiction."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Literal

from genesis.frozen import Frozen
from genesis.tools.documents.index import stems
from genesis.tools.documents.relevance import alike, contradict
from genesis.tools.requirements.statements import Statement

Fault = Literal["vague", "no_unit", "undecided", "duplicate", "conflict"]


class Remark(Frozen):
    """A fault of statement `at` (counted from 0). `words` show it; `other` is the one that it repeats or denies."""

    fault: Fault
    at: int
    words: tuple[str, ...]
    other: int | None = None


_VAGUE = re.compile(
    r"(?i)\b(?:fast(?:er)?|quick(?:ly|er)?|eas(?:y|ily|ier)|simple|simply|user[- ]friendly|intuitive(?:ly)?|"
    r"robust|flexible|efficient(?:ly)?|"
    r"scalable|seamless(?:ly)?|modern|state[- ]of[- ]the[- ]art|high(?:ly)? (?:available|performan(?:t|ce)|"
    r"quality)|good|better|best|nice|beautiful|attractive|"
    r"appropriate(?:ly)?|adequate(?:ly)?|sufficient(?:ly)?|reasonabl[ey]|suitable|proper(?:ly)?|as (?:needed|"
    r"required|appropriate|necessary|soon as possible)|"
    r"if (?:possible|necessary|needed)|where (?:possible|appropriate)|and/or|etc|and so on|several|some|many|few|"
    r"various|numerous|a lot of|large|small|big|"
    r"often|usually|normally|generally|typically|regularly|frequently|soon|timely|promptly|approximately|"
    r"about \d+|roughly|minimal|optimal|maximi[sz]e|minimi[sz]e|"
    r"improved?|optimi[sz]ed?|smooth(?:ly)?|lightweight|powerful|convenient(?:ly)?|responsive|performant|"
    r"schnell|einfach|benutzerfreundlich|intuitiv|flexibel|gegebenenfalls|möglichst|rapide(?:ment)?|"
    r"facile(?:ment)?|convivial|"
    r"rápid[oa]|fácil(?:mente)?|sencill[oa]|amigable)\b"
)
_UNDECIDED = re.compile(
    r"(?i)\b(?:tbd|tbc|to be (?:decided|defined|determined|confirmed)|t\.b\.d|\?\?+|xxx|offen|à définir|"
    r"por definir)\b|\?\?+"
)
_MEASURED = re.compile(
    r"(?i)\d\s?(?:%|ms|s\b|sec\w*|min\w*|hours?|h\b|days?|weeks?|months?|years?|kb|mb|gb|tb|px|requests?|users?|"
    r"clicks?|steps?|"
    r"sekunden?|minuten?|stunden?|tage?|secondes?|heures?|jours?|segundos?|horas?|d[ií]as?)"
)
_SPEED = re.compile(
    r"(?i)^(?:fast|quick|soon|timely|prompt|schnell|rapide|rápid|large|small|big|about|approximately|roughly|"
    r"many|few|minimal)"
)
_BARE_FIGURE = re.compile(
    r"(?i)\b(?:within|after|every|at least|at most|up to|under|below|less than|more than|over|exceed|"
    r"maximum(?: of)?|minimum(?: of)?|timeout(?: of)?|limit(?:ed to| of)?|"
    r"no longer than|be|is|to)\s+(\d[\d.,]*\d|\d)(?=\s*(?:[.;,)]|$|\b(?:and|or|but|when|if|for|und|et|y)\b))"
)
MAX_COMPARED = 20
"""With how many earlier statements one is compared: those that share its rarest words."""


def remarks(statements: list[Statement], language: str) -> list[Remark]:
    """The faults in order of the statements."""
    found: list[Remark] = []
    for at, one in enumerate(statements):
        if undecided := _UNDECIDED.findall(one.text):
            found.append(Remark(fault="undecided", at=at, words=tuple(dict.fromkeys(undecided))))
        measured = _MEASURED.search(one.text) is not None
        vague = [
            word
            for word in dict.fromkeys(match.group().lower() for match in _VAGUE.finditer(one.text))
            if not (measured and _SPEED.match(word))
        ]
        if vague:
            found.append(Remark(fault="vague", at=at, words=tuple(vague)))
        if bare := [match[1] for match in _BARE_FIGURE.finditer(one.text) if not _is_year(match[1])]:
            found.append(Remark(fault="no_unit", at=at, words=tuple(dict.fromkeys(bare))))
    return found + _pairs(statements, language)


def _is_year(figure: str) -> bool:
    return figure.isdecimal() and 1900 <= int(figure) <= 2100


def _pairs(statements: list[Statement], language: str) -> list[Remark]:
    having: dict[str, list[int]] = defaultdict(list)
    bags = [set(stems(one.text, language)) for one in statements]
    for at, bag in enumerate(bags):
        for word in bag:
            having[word].append(at)
    found = []
    for at, bag in enumerate(bags):
        rare = sorted(bag, key=lambda word: (len(having[word]), word))[:8]
        others = sorted({other for word in rare for other in having[word] if other < at}, reverse=True)[:MAX_COMPARED]
        for other in sorted(others):
            first, second = statements[other].text, statements[at].text
            obliging = "feature" not in {statements[at].kind, statements[other].kind}
            if (obliging and contradict(first, second, language)) or _denies(first, second, language):
                found.append(Remark(fault="conflict", at=at, words=(), other=other))
            elif alike(first, second, language) >= 0.85:
                found.append(Remark(fault="duplicate", at=at, words=(), other=other))
    return found


_DENIAL = re.compile(r"(?i)\b(?:not|never|no|cannot|without|nicht|kein\w*|ne|pas|jamais|nunca)\b")


def _denies(one: str, other: str, language: str) -> bool:
    """ "must X" and "must not X": one has a negation, and they share nearly all other words."""
    return bool(_DENIAL.search(one)) != bool(_DENIAL.search(other)) and alike(one, other, language) >= 0.7
