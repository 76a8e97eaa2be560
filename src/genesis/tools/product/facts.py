"""What documents say about a product: what it is, for whom, what it does, what is new, what proves it."""

from __future__ import annotations

import re
from typing import Literal

from genesis.frozen import Frozen
from genesis.tools.documents.blocks import Block, Document
from genesis.tools.documents.library import Library
from genesis.tools.documents.sentences import Sentence, sentences

Role = Literal[
    "name", "tagline", "audience", "feature", "new", "version", "get", "price", "figure", "licence", "link", "date"
]
LIMITS: dict[Role, int] = {
    **{"name": 1, "tagline": 3, "audience": 6, "feature": 14, "new": 12, "version": 1, "get": 3, "price": 6},
    **{"figure": 8, "licence": 1, "link": 6, "date": 3},
}


class ProductFact(Frozen):
    """Something that the workspace, or the objective (`file` None), says about the product."""

    role: Role
    text: str
    file: str | None
    line: int
    excerpt: str


_FRONT = re.compile(
    r"(?i)^(?:docs?/)?(?:readme|index|about(?:-us)?|home|overview|introduction|product|pitch|factsheet|"
    r"one-?pager)\.?\w*$"
)
_FEATURES = re.compile(
    r"(?i)\b(?:features?|highlights?|benefits?|why\b.*|what (?:you get|it does|we offer)|our (?:services|"
    r"products|offer)|key \w+|advantages|"
    r"funktionen|vorteile|fonctionnalités|avantages|características|ventajas)\b"
)
_GET = re.compile(
    r"(?i)\b(?:install\w*|getting started|quick ?start|get it|download|how to (?:get|order|buy|book)|sign up|order|"
    r"buchen|commander)\b"
)
_COMMAND = re.compile(
    r"(?i)^\s*[$>]?\s*((?:pip|pipx|uv|npm|npx|yarn|pnpm|cargo|brew|docker|apt(?:-get)?|go install|gem|conda|poetry|"
    r"composer)\b.{3,100})$"
)
_AUDIENCE = re.compile(
    r"(?i)\b(?:for|aimed at|designed for|built for|made for|helps?|lets?|enables?|intended for|gedacht für|für|"
    r"pour|para)\s+(?:[\w-]+\s+){0,2}?"
    r"(developers?|engineers?|teams?|companies|businesses|organi[sz]ations?|students?|teachers?|parents?|"
    r"families|children|freelancers?|designers?|researchers?|scientists?|"
    r"administrators?|admins|operators?|managers?|owners?|makers?|beginners|professionals?|people who|anyone who|"
    r"everyone who|users who|restaurants?|shops?|schools?|"
    r"hospitals?|patients?|doctors?|nurses?|clubs?|commuters?|travell?ers?|guests?|analysts?|writers?|"
    r"entwickler\w*|firmen|familien|équipes|entreprises|familles|equipos|empresas|familias)\b"
)
_PRICE = re.compile(
    r"(?i)(?:[$€£]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:€|eur\b|usd\b|gbp\b|chf\b|dollars?\b|euros?\b))"
    r"(?:\s?(?:/|(?:per|a|an|pro|par|por)\s)\s?[^\W\d_]+(?:\s(?:and|per)\s[^\W\d_]+){0,2})?|"
    r"\bfree of charge\b|\bfree (?:plan|tier|trial)\b"
)
_FIGURE = re.compile(
    r"(?i)\b\d[\d.,]*\s?(?:%|x (?:faster|smaller|more|less|cheaper)|times|users?|customers?|members?|downloads?|"
    r"stars?|countries|languages|plugins?|"
    r"years?|reviews?|orders?|stores?|schools?|"
    r"ms\b|milliseconds?|requests?|seconds?|minutes?|hours?|days?|kg\b|km\b|litres?|nutzer|kunden|clients|"
    r"utilisateurs|clientes|usuarios)\b|\b\d[\d.,]*\s?%"
)
_DATE = re.compile(
    r"(?i)\b(?:launch(?:es|ing|ed)?|releases?d?|opens?|opening|starts?|available|from|on|since|"
    r"until)\b[^.]{0,30}?\b(?:(?:january|february|march|april|may|june|july|august|"
    r"september|october|november|december)(?:\s+\d{1,2})?(?:,?\s+20\d\d)?|\d{1,2}\.? (?:january|february|march|"
    r"april|may|june|july|august|september|october|november|"
    r"december)(?: 20\d\d)?|20\d\d-\d\d-\d\d|q[1-4] 20\d\d)\b"
)
_DOES = re.compile(
    r"^(It|You|[A-Z][\w.-]*)(?: also)? (?:can|supports|provides|includes|offers|renders|runs|works|lets|makes|helps|"
    r"comes with|allows|handles|keeps|gives|sends|connects)\b(?! be (?:found|installed)| install)"
)
_IS_A = re.compile(r"^[A-Z][^.!?:]{0,60}\b(?:is|are|ist|est|es) (?:an?|the|eine?|une?|una?)\b")
_GREETING = re.compile(r"(?i)(?:welcome|available|this is the|see|note|please|thank|copyright|if you)\b|.*:$")
_PICTURE = re.compile(r"\s*(?:\[?!\[|<(?:img|a|p|div|h\d|br)\b|\.\. (?:image|\|))")
_VERSION = re.compile(r"(?i)\bv?(\d+\.\d+(?:\.\d+)?(?:[.-]?\w+)?)\b|\b20\d\d-\d\d-\d\d\b")
_BADGE = re.compile(
    r"(?i)badge|shields\.io|^\W*$|^:\w+:|^(?:documentation|docs|source|home ?page|website|pypi|link)s?\s*:"
)
_RELEASED = re.compile(r"(?i)(?:unreleased|released|:?release[- ]date|:\w+)\b")
_LICENCE_NAME = re.compile(r"(?:The )?(?:[A-Z\d][\w.-]*[ ,]+){1,5}(?:Public )?Licen[cs]e\b.{0,30}$")
SUPERLATIVE = re.compile(
    r"(?i)\b(?:the )?(?:best(?! practices?| effort)|fastest|easiest|simplest|most (?:popular|powerful|advanced|"
    r"beautiful|complete|trusted)|world[- ]class|leading|"
    r"revolutionary|blazing(?:ly)?[- ]fast|lightning[- ]fast|unmatched|unbeatable|unparalleled|ultimate|"
    r"cutting[- ]edge|state[- ]of[- ]the[- ]art|"
    r"next[- ]generation|game[- ]chang\w+|number one|#1|perfect|effortless(?:ly)?|magical(?:ly)?|beste[rns]?|"
    r"führend\w*|meilleure?s?|mejor(?:es)?)\b"
)


def facts_of_library(library: Library, name: str) -> list[ProductFact]:
    """The facts of the documents: front pages first, then the others; changelogs give what is new.

    `name`: what the product is called, as far as it is known.
    """
    documents = sorted(library.documents, key=lambda one: (not _FRONT.match(one.name), one.name.count("/"), one.name))
    found: list[ProductFact] = []
    for document in documents:
        if document.role == "changelog":
            if not any(one.role == "new" for one in found):
                found += _newest(document, library)
        elif document.role == "licence":
            found += _licence(document, library)
        else:
            found += _told(document, library, name, front=_FRONT.match(document.name) is not None)
    return limited(found)


def limited(found: list[ProductFact]) -> list[ProductFact]:
    """Each fact once, and of each role no more than are read."""
    kept: dict[tuple[Role, str], ProductFact] = {}
    counts: dict[Role, int] = {}
    for one in found:
        key = (one.role, " ".join(one.text.lower().split()).rstrip("."))
        if key not in kept and counts.get(one.role, 0) < LIMITS[one.role]:
            kept[key] = one
            counts[one.role] = counts.get(one.role, 0) + 1
    return list(kept.values())


def facts_of_objective(text: str) -> list[ProductFact]:
    """What the objective itself says about the product: for whom, price, date, figures."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        for one in sentences(Block(kind="paragraph", text=line, line=number)):
            for role, pattern in (*_SAID.items(), *_CALLED.items()):
                if said := pattern.search(one.text):
                    excerpt, text = line.strip()[:200].strip(), said[said.lastindex or 0]
                    if role in _SAID:
                        text = said.group()
                    found.append(ProductFact(role=role, text=text, file=None, line=number, excerpt=excerpt))
    return limited(found)


_SAID: dict[Role, re.Pattern[str]] = {"audience": _AUDIENCE, "price": _PRICE, "figure": _FIGURE, "date": _DATE}
_CALLED: dict[Role, re.Pattern[str]] = {
    "name": re.compile(r"\b(?:called|named|heißt|appelée?|llamad[oa])\s+[\"“']?([A-Z][\w.-]*(?:\s[A-Z][\w.-]*){0,3})"),
    "tagline": re.compile(
        r"(?i)\b(?:for|of|launch(?:ing)?|promote|announc(?:e|ing)|introduc(?:e|ing)|about)\s+(?:our|my|"
        r"the)\s+(?:new\s+)?"
        r"((?!new\b|version\b|release\b|launch\b|website\b|product\b)[^,.;:]{3,80}?)(?=\s+(?:for|on|in|to|from|"
        r"called|named|that|which)\b|[,.;:]|$)"
    ),
}
_SAID_ASIDE: dict[Role, re.Pattern[str]] = {"price": _PRICE}
"""In other documents than the front page; they speak of many things "for" somebody."""


def _told(document: Document, library: Library, name: str, *, front: bool) -> list[ProductFact]:
    found: list[ProductFact] = []
    path: list[Block] = []
    tagline = not front
    plain: Sentence | None = None
    subjects = {"it", "you", document.title.split()[0].lower().rstrip(",:") if document.title else "", name.lower()}

    def add(role: Role, one: Sentence, text: str = "") -> None:
        said = " ".join((text or one.text).split())[:300]
        found.append(
            ProductFact(
                role=role,
                text=said,
                file=document.name,
                line=one.line,
                excerpt=library.excerpt(document.name, one.line),
            )
        )

    if front and document.blocks and document.blocks[0].kind == "heading" and document.blocks[0].level <= 2:
        heading = document.blocks[0]
        if len(heading.text.split()) <= 6:
            add("name", Sentence(text=heading.text, line=heading.line, kind="heading", block=heading.line))
    for block in document.blocks:
        if block.kind in {"heading", "end"}:
            while path and path[-1].level >= block.level:
                path.pop()
            if block.kind == "heading":
                path.append(block)
            continue
        above = path[-1].text if path else ""
        if block.kind == "code":
            if _GET.search(above):
                for offset, line in enumerate(block.text.split("\n")):
                    if command := _COMMAND.match(line):
                        add("get", Sentence(text=command[1], line=block.line + offset, kind="code", block=block.line))
            continue
        said = sentences(block)
        if not said or _BADGE.search(said[0].text) or _PICTURE.match(library.lines[document.name][block.line - 1]):
            continue
        if not tagline and block.kind == "paragraph" and len(path) <= 1 and _IS_A.match(said[0].text):
            tagline = True
            add("tagline", said[0])
        if (
            block.kind == "paragraph"
            and len(path) <= 1
            and len(said[0].text.split()) >= 5
            and not _GREETING.match(said[0].text)
        ):
            plain = plain or said[0]
        if front and block.kind == "item" and _FEATURES.search(above) and len(block.text.split()) >= 2:
            add("feature", said[0], " ".join(block.text.split()))
        for one in said:
            does = _DOES.match(one.text) if front and block.kind == "paragraph" and len(one.text) <= 200 else None
            if does and does[1].lower() in subjects and not one.text.endswith(":"):
                add("feature", one)
            for role, pattern in (_SAID if front else _SAID_ASIDE).items():
                if len(one.text) <= 300 and not one.text.endswith("?") and pattern.search(one.text):
                    add(role, one)
    if not tagline and plain is not None:
        add("tagline", plain)
    return found


def _newest(document: Document, library: Library) -> list[ProductFact]:
    """The items below the changelog's first heading with a version or date; an empty "Unreleased" is passed over."""
    found: list[ProductFact] = []
    heading: Block | None = None
    for block in document.blocks:
        if block.kind == "heading":
            if found:
                if heading is not None and block.level <= heading.level:
                    break
                continue
            if _VERSION.search(block.text) or re.search(r"(?i)unreleased|next", block.text):
                heading = block
        elif heading is not None and block.kind in {"item", "paragraph"}:
            first = sentences(block)
            if first and len(block.text.split()) >= 3 and not _RELEASED.match(first[0].text):
                text = " ".join(block.text.split())[:300] if block.kind == "item" else first[0].text
                found.append(_fact("new", text, document.name, first[0].line, library))
    if found and heading is not None:
        found.insert(0, _fact("version", " ".join(heading.text.split()), document.name, heading.line, library))
    return found


def _licence(document: Document, library: Library) -> list[ProductFact]:
    """The licence's own name, if one of its first lines is one."""
    for number, line in enumerate(library.lines[document.name][:10], 1):
        named = _LICENCE_NAME.match(line.strip(" #*="))
        if named:
            return [_fact("licence", named[0], document.name, number, library)]
    return []


def _fact(role: Role, text: str, file: str, line: int, library: Library) -> ProductFact:
    return ProductFact(role=role, text=text, file=file, line=line, excerpt=library.excerpt(file, line))
