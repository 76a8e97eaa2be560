"""Finds requirement statements: sentences that oblige, user stories, bullets and table rows under telling headings."""

from __future__ import annotations

import re
from typing import Literal

from genesis.frozen import Frozen
from genesis.tools.documents.blocks import Block, Document
from genesis.tools.documents.sentences import Sentence, sentences

Kind = Literal["must", "should", "may", "story", "feature"]
MAX_STATEMENTS = 500
MAX_TEXT_CHARS = 600


class Statement(Frozen):
    """A requirement as somebody wrote it. `file` is None when the objective says it; `section` is the heading above.

    `kind`: obliging (must), wished (should), allowed (may), a user story, or a feature that a list names.
    """

    text: str
    kind: Kind
    file: str | None
    line: int
    section: str = ""


MUST = re.compile(
    r"(?i)\b(?:shall|must|ha(?:s|ve) to|(?<!no )needs? to|(?:is|are) (?:required|obliged) to|may not|cannot be|"
    r"will be able to|muss|müssen|darf nicht|dürfen nicht|"
    r"doit|doivent|devra|devront|debe|deben|deberá|deberán|tiene que)\b"
)
SHOULD = re.compile(r"(?i)\b(?:should|ought to|soll|sollen|sollte|sollten|devrait|devraient|debería|deberían)\b")
MAY = re.compile(r"(?i)\b(?:may|optionally|nice to have|kann optional|peut|peuvent|podrá)\b")
CAN = re.compile(r"(?i)\b(?:can|could|able to|allows? \w+ to|lets? \w+|want(?:s)? to|kann|können|puede[n]?)\b")
STORY = re.compile(
    r"(?is)^\W*(?:as an? .{2,80}?,? I (?:want|need|would like|can|wish)\b|als \w.{1,60} (?:möchte|will|kann) ich|"
    r"en tant que .{2,80}? je (?:veux|souhaite)|como .{2,60} quiero\b).*"
)
_TELLING = re.compile(
    r"(?i)\b(?:requirements?|features?|functional|non-functional|scope|must[- ]haves?|should[- ]haves?|"
    r"could[- ]haves?|nice[- ]to[- ]haves?|"
    r"user stor(?:y|ies)|acceptance|constraints?|use cases?|specification|capabilities|what (?:we need|"
    r"it (?:must|should) do)|anforderungen|funktionen|exigences|"
    r"fonctionnalités|requisitos|funcionalidades)\b"
)
_REQUIRING = re.compile(
    r"(?i)\b(?:(?:product|functional|non-functional|user|business|our) requirements|must[- ]haves?|user stor(?:y|ies)|"
    r"acceptance criteria|what we need|anforderungen|exigences|requisitos)\b|^requirements$"
)
_NOT_WANTED = re.compile(
    r"(?i)\b(?:out of scope|non-goals?|not (?:in|part of) (?:scope|this)|won't[- ]haves?|future|later|ideas|"
    r"background|glossary|nicht im umfang|hors périmètre)\b"
)
_COULD = re.compile(r"(?i)\b(?:could|nice|optional|may)\b")
_SHOULD_HEADING = re.compile(r"(?i)\bshould\b")
_ADVICE = re.compile(
    r"(?i)^(?:you|we|i|one|note|please|see)\b|\b(?:you|we) (?:can|could|may|might|should|must|need|have)\b"
)
_HINTED_NAME = re.compile(
    r"(?i)(?:^|[/_.\s-])(?:req(?:uirement)?s?|spec(?:s|ification)?s?|prd|srs|brief|user[-_ ]?stor(?:y|ies)|"
    r"stories|backlog|"
    r"rfp|epics?|anforderung\w*|lastenheft|pflichtenheft|cahier\w*|requisitos)(?:[/_.\s-]|$)|(?:^|/)features?\.\w+$"
)
_HINTED_TITLE = re.compile(
    r"(?i)\b(?:requirements|specification|user stories|backlog|anforderungen|lastenheft|pflichtenheft|"
    r"cahier des charges|"
    r"requisitos)\b"
)
_COLUMN = re.compile(
    r"(?i)^(?:requirements?|descriptions?|statements?|user stor(?:y|ies)|features?|functions?|what|text|"
    r"anforderung|exigence|requisito)$"
)
_PRIORITY = re.compile(r"(?i)^(?:prio(?:rity)?|moscow|importance|level|must/should)$")
_MEANINGS: tuple[tuple[str, Kind], ...] = (
    *(("must", "must"), ("high", "must"), ("should", "should"), ("medium", "should")),
    *(("could", "may"), ("low", "may"), ("may", "may")),
)
"""How a table's column of priorities obliges."""
_IDENTITY = re.compile(r"^\s*(?:\[?[A-Z]{1,6}[-_ ]?\d{1,4}(?:\.\d{1,3})*\]?|\d{1,3}(?:\.\d{1,3})+)\s*[:.)\u2013-]?\s+")


def is_about_requirements(document: Document) -> bool:
    """Whether a document's name, title or headings say that it holds requirements."""
    if document.role != "guide":
        return False
    return bool(_HINTED_NAME.search(document.name) or _HINTED_TITLE.search(document.title))


def statements_of(document: Document, *, hinted: bool) -> list[Statement]:
    """The statements of a document. In one that is not `hinted` only stories and obliging sentences below a heading
    such as Requirements count: what a README lists as features is there already."""
    found: list[Statement] = []
    if document.role != "guide":
        return found
    headings: list[Block] = []
    for block in document.blocks:
        if block.kind in {"heading", "end"}:
            while headings and headings[-1].level >= block.level:
                headings.pop()
            if block.kind == "heading":
                headings.append(block)
            continue
        path = [" ".join(one.text.split()) for one in headings]
        if any(_NOT_WANTED.search(one) for one in path):
            continue
        pattern = _TELLING if hinted else _REQUIRING
        telling = next((one for one in reversed(path) if pattern.search(one)), "")
        section = path[-1] if path else document.title
        if block.kind == "code":
            continue
        if block.kind == "row":
            found += _row(block, document.name, section, hinted or bool(telling))
            continue
        if block.kind == "item":
            found += _item(block, document.name, section, telling, hinted)
            continue
        for one in sentences(block):
            kind = _kind(one.text, hinted or bool(telling))
            if kind:
                found.append(_statement(one, kind, document.name, section))
    return found[:MAX_STATEMENTS]


def _kind(text: str, hinted: bool) -> Kind | None:
    if len(text) < 12 or text.endswith("?"):
        return None
    if STORY.match(text):
        return "story"
    if not hinted or _ADVICE.search(text):
        return None
    return demand(text) or ("feature" if CAN.search(text) else None)


def demand(text: str) -> Kind | None:
    """How strongly a text asks, by its verb; the strongest counts."""
    ranks: tuple[tuple[re.Pattern[str], Kind], ...] = ((MUST, "must"), (SHOULD, "should"), (MAY, "may"))
    return next((kind for verb, kind in ranks if verb.search(text)), None)


def _item(block: Block, file: str, section: str, telling: str, hinted: bool) -> list[Statement]:
    first = sentences(block)
    whole = " ".join(block.text.split())
    if not first or len(whole) < 8:
        return []
    kind = _kind(whole, hinted or bool(telling))
    if kind is None:
        if not hinted or not telling or len(whole.split()) < 2:
            return []
        kind = "should" if _SHOULD_HEADING.search(section) else "may" if _COULD.search(section) else "feature"
        if re.search(r"(?i)\bmust\b", section):
            kind = "must"
    return [_statement(first[0].model_copy(update={"text": whole}), kind, file, section)]


def _row(block: Block, file: str, section: str, hinted: bool) -> list[Statement]:
    named = dict(zip((one.strip() for one in block.header), block.cells, strict=False))
    text = next((value for name, value in named.items() if _COLUMN.match(name) and len(value.split()) >= 2), "")
    if not text or not hinted:
        return []
    stated = " ".join(value for name, value in named.items() if _PRIORITY.match(name)).lower()
    kind: Kind = _kind(text, True) or "feature"
    kind = next((meaning for word, meaning in _MEANINGS if word in stated), kind)
    return [Statement(text=bare(text), kind=kind, file=file, line=block.line, section=section)]


def _statement(one: Sentence, kind: Kind, file: str | None, section: str) -> Statement:
    return Statement(text=bare(one.text), kind=kind, file=file, line=one.line, section=section)


def bare(text: str) -> str:
    """Without a number of the author's own: statements are numbered anew."""
    return _IDENTITY.sub("", " ".join(text.split()))[:MAX_TEXT_CHARS]
