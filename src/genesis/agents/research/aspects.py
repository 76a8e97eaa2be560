"""Breaks what is to be found out into aspects that can each be searched for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genesis.tools.documents.questions import questions
from genesis.tools.documents.words import says_nothing, words

MAX_ASPECTS = 12


@dataclass(frozen=True)
class Aspect:
    """One thing to find out. `within` is the subject that it is an aspect of (empty: it stands alone)."""

    text: str
    within: str = ""

    @property
    def query(self) -> str:
        """What is searched for."""
        return f"{self.text} {self.within}".strip()[:2000]


_VERBS = (
    r"research|investigate|find out(?: about)?|look into|study|explore|examine|analy[sz]e|review|summari[sz]e|compare|"
    r"(?:gather|collect) (?:information|facts|evidence|everything)(?: (?:on|about))?|"
    r"(?:write|prepare|produce|make|create|draft|give)(?: me| us)?(?: an?| the)? (?:\w+ ){0,3}"
    r"(?:brief|report|summary|overview|dossier|review|paper|note|memo)(?: (?:on|about|of))?|"
    r"do (?:some )?(?:desk )?research (?:on|into|about)|"
    r"what (?:do|does) (?:we|our \w+|the \w+) (?:know|say) about|recherchiere|untersuche|recherche[rz]?|"
    r"investiga|analiza"
)
_LEAD = re.compile(
    rf"(?i)^(?:please |kindly |can you |could you |i need you to |we need to |help me )*(?:{_VERBS})\b[:,]?\s*"
)
_TAIL = re.compile(
    r"(?i)[,;]?\s*(?:\b(?:and |then )?(?:write|cite|quote|summari[sz]e|put|prepare|produce|make|draft|turn|give)\b.*|"
    r"\b(?:with|including) (?:citations?|sources?|references?|quotes?)\b.*|"
    r"\b(?:from|in|using|based on|out of) (?:the|our|these|my|this) (?:\w+ )?"
    r"(?:documents?|docs|files?|folder|notes?|workspace|papers?|sources?|repository|reports?|transcripts?|"
    r"interviews?)\b.*)$"
)
_ENUMERATES = re.compile(
    r"(?i)\b(?:covering|including|especially|in terms of|with regard to|regarding|focus(?:ing)? on|by|such as|namely|"
    r"on|about|for|into)\s+(?=[^.;:]*,)|:\s+"
)
_COMMA = re.compile(r"\s*(?:,\s*(?:and|or|as well as|und|et|y)\s+|,\s*|;\s*|\s+(?:and|und|et|y|as well as)\s+)")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s+(.{3,300})$")


def aspects(text: str) -> tuple[Aspect, ...]:
    """The aspects of an objective: its bullets, its questions, the parts of its enumeration, or the whole.

    >>> [one.text for one in aspects("Research remote work policies: home office days, equipment and insurance")]
    ['home office days', 'equipment', 'insurance']
    >>> [one.text for one in aspects("Look into heat pumps.")]
    ['heat pumps']
    """
    lines = text.strip().split("\n")
    bullets = [match[1].strip() for line in lines if (match := _BULLET.match(line))]
    if bullets:
        subject = _subject(" ".join(line for line in lines if not _BULLET.match(line)))
        return _kept([Aspect(one, subject) for one in bullets])
    asked = questions(text)
    if any("?" in one.text for one in asked):
        return _kept([Aspect(one.text) for one in asked])
    subject = _subject(text)
    listing = _ENUMERATES.search(subject)
    parts = [part for part in _COMMA.split(subject[listing.end() :]) if part] if listing else []
    if len(parts) >= 2 and all(len(words(part)) <= 7 for part in parts):
        head = subject[: listing.start()].strip() if listing else ""
        return _kept([Aspect(part.strip(" ."), head) for part in parts])
    parts = [part for part in _COMMA.split(subject) if part]
    if len(parts) >= 3 and all(len(words(part)) <= 6 for part in parts):
        return _kept([Aspect(part.strip(" .")) for part in parts])
    if asked and not _LEAD.match(text.strip()):
        return _kept([Aspect(one.text) for one in asked])
    return _kept([Aspect(subject)]) or (Aspect(text.strip()[:300]),)


def _subject(text: str) -> str:
    first = re.split(r"(?<=[.!])\s+(?=[A-Z])", text.strip(), maxsplit=1)[0]
    bare = _LEAD.sub("", first).strip()
    return (_TAIL.sub("", bare).strip(" .:,") or bare.strip(" .:,"))[:500]


def _kept(found: list[Aspect]) -> tuple[Aspect, ...]:
    kept: dict[str, Aspect] = {}
    for one in found:
        content = [word.lower() for word in words(one.text) if not says_nothing(word)]
        if content:
            kept.setdefault(" ".join(content), one)
    return tuple(kept.values())[:MAX_ASPECTS]
