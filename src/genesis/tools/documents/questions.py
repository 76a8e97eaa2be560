"""Finds what is asked inside a longer text: a mail, a ticket, an instruction around a question."""

from __future__ import annotations

import re
from typing import Literal

from genesis.frozen import Frozen
from genesis.tools.documents.blocks import Block
from genesis.tools.documents.sentences import sentences
from genesis.tools.documents.words import says_nothing, words

Kind = Literal["how_to", "quantity", "definition", "trouble", "place", "yes_no", "cause", "topic"]
MAX_QUESTIONS = 20
MAX_QUESTION_CHARS = 500


class Question(Frozen):
    """A question, the kind of answer it wants, and the line of the text on which it stands."""

    text: str
    kind: Kind
    line: int = 1


_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]{6,400})[\"“”„«»]")
_INDIRECT = re.compile(
    r"\b(how (?:to|do|does|can|could|should|long|many|much|often|far|we|i|you|they|the)\b|how\b|whether\b|what\b|"
    r"where\b|when\b|why\b|"
    r"which\b|who\b|if (?=we |i |you |they |it |there |the ))",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:(?:hi|hello|dear|hey|hallo|bonjour|hola)\b[^,.!?]{0,40}[,.!]\s*)?(?:(?:and|so|also|but|then|please|"
    r"now)\b[, ]\s*)*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\b(?:(?:can|could|would|will) (?:you|anyone|somebody) (?:please |kindly )?(?:tell|explain|show|help|answer|"
    r"let)(?: (?:me|us|to|them|know))*\b"
    r"|(?:does|do) (?:anyone|anybody|somebody|you) know\b|(?:would|['\u2019]d) like to know\b|"
    r"(?:was )?wonder(?:ing)?\b|any idea\b)[:,]?\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"(?:,?\s+and(?: also)?|;|,)\s+(?=(?:how|what|where|when|why|which|who|whether)\b)", re.IGNORECASE)
_TROUBLE = re.compile(
    r"(?i)\b(errors?|exception|traceback|fail(?:s|ed|ing|ure)?|crash(?:es|ed|ing)?|broken|stuck|hangs?|frozen|"
    r"refused|denied|"
    r"time[sd]?[ -]?out|not work(?:ing)?|(?:doesn|don|won|isn|wasn|can|couldn|didn)['\u2019]t|cannot|can not|unable|"
    r"stops?|stopped|"
    r"missing|wrong|invalid|slow|fehler|geht nicht|funktioniert nicht|erreur|ne (?:fonctionne|marche)|falla|"
    r"no funciona|"
    r"not (?:found|allowed|recognized|responding|loading|showing|sent|starting)|no longer|keeps? \w+ing)\b"
)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "quantity",
        re.compile(
            r"(?i)\b(how (?:long|many|much|often|far|big|large|old|fast|soon|late)|what (?:is|are|was|"
            r"'s) the (?:\w+ ){0,3}(?:default|limit|maximum|"
            r"minimum|price|cost|fee|deadline|number|amount|rate|size|value|version|timeout|period|percentage|"
            r"opening)|what time|"
            r"wie (?:lange|viele?|oft|hoch)|combien|cu[aá]nt[oa]s?)|^(?:when|until when|by when|since when|wann|"
            r"quand|cu[aá]ndo)\b"
        ),
    ),
    (
        "how_to",
        re.compile(
            r"(?i)\b(how (?:do|can|could|should|would|to|does one|must)\b|what (?:do|must|should) (?:i|we|you|"
            r"they) do|steps? to|(?:best|right) way to|wie (?:kann|muss|mache|soll|"
            r"setze|richte)|comment\b|c[oó]mo\b|what command|which command)"
        ),
    ),
    ("cause", re.compile(r"(?i)\b(why|what causes|how come|warum|wieso|pourquoi|por qu[eé])\b")),
    ("place", re.compile(r"(?i)\b(where|which (?:file|folder|page|menu)|wo\b|où|d[oó]nde)\b")),
    ("definition", re.compile(r"(?i)\b(what(?:'s| is| are| does)|who is|was ist|was sind|qu'est|qu[eé] es)\b")),
    (
        "yes_no",
        re.compile(
            r"(?i)^(can|could|may|is|are|am|does|do|did|will|would|should|has|have|must|whether|if|kann|ist|sind|"
            r"darf|gibt|est-ce|puedo|es)\b"
        ),
    ),
)


def kind_of(question: str) -> Kind:
    """Which kind of answer a question wants."""
    if _TROUBLE.search(question) and not re.match(
        r"(?i)\s*(how (?:do|can|to|should)|what is|where|can i|does)\b", question
    ):
        return "trouble"
    return next((kind for kind, pattern in _KINDS if pattern.search(question)), "topic")


def questions(text: str) -> tuple[Question, ...]:
    """The questions of a text in order, without what is only wrapped around them.

    Direct questions first; if there is none, indirect ones ("find out whether …"), then the sentences that describe a
    problem; nothing if there are none of these either.

    >>> [one.text for one in questions("A customer asks: how do I reset my password? Answer from the docs.")]
    ['how do I reset my password?']
    >>> [one.text for one in questions("Find out whether we ship to Norway and how long it takes.")]
    ['whether we ship to Norway', 'how long it takes']
    """
    pieces = [
        (sentence.text, sentence.line)
        for number, line in enumerate(text.split("\n"), 1)
        for sentence in sentences(Block(kind="paragraph", text=line, line=number))
    ]
    direct = [(asked, line) for piece, line in pieces if "?" in piece or "¿" in piece for asked in _direct(piece)]
    found = _distinct(direct)
    if not found:
        found = _distinct([(asked, line) for piece, line in pieces for asked in _indirect(piece)])
    if not found:
        found = _distinct([(_tidy(piece), line) for piece, line in pieces if _TROUBLE.search(piece)])[:3]
        if len(found) > 1:  # one problem told in several sentences
            found = [(" ".join(piece for piece, _ in found)[:MAX_QUESTION_CHARS], found[0][1])]
    return tuple(Question(text=asked, kind=kind_of(asked), line=line) for asked, line in found[:MAX_QUESTIONS])


def _direct(piece: str) -> list[str]:
    quoted = [one for one in _QUOTED.findall(piece) if "?" in one]
    if quoted:
        return [_trim(one) for one in quoted]
    before, _, after = piece.rpartition(": ")
    asked = after if before and "?" in after and len(words(after)) >= 2 else piece
    if lead := _LEAD.search(asked):
        asked = asked[lead.end() :]
    return [_trim(one) for one in _SPLIT.split(asked)]


def _indirect(piece: str) -> list[str]:
    found = _INDIRECT.search(piece)
    if found is None:
        return []
    return [_trim(one) for one in _SPLIT.split(piece[found.start() :])]


def _tidy(text: str) -> str:
    return _GREETING.sub("", text, count=1)


def _trim(text: str) -> str:
    return _tidy(text).strip(" \t\"'“”„«»-\u2013\u2014•*>.")[:MAX_QUESTION_CHARS]


def _distinct(found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    kept: dict[str, tuple[str, int]] = {}
    for asked, line in found:
        content = [word for word in words(asked) if not says_nothing(word)]
        if content:
            kept.setdefault(" ".join(content).lower(), (asked, line))
    return list(kept.values())
