"""The things that statements and tables speak of, with the attributes that they give them. Nothing is added."""

from __future__ import annotations

import re

from genesis.tools.documents.blocks import Block, Document
from genesis.tools.documents.sentences import sentences
from genesis.tools.documents.words import stop_words
from genesis.tools.requirements.statements import Statement

MAX_ENTITIES = 40
MAX_ATTRIBUTES = 40

_NOUN = r"((?:[^\W\d_][\w-]*)(?: [^\W\d_][\w-]*)?)"
_HAS = re.compile(
    rf"(?i)\b(?:an?|each|every|the|all)\s+{_NOUN}\s+(?:(?:must|should|shall|may|can|"
    rf"will)\s+)?(?:also\s+)?(?:ha(?:s|ve)|contains?|consists? of|"
    r"includes?|stores?|records?|is (?:described|identified) by|comprises?)\s+([^.;]+)"
)
_WITH = re.compile(
    rf"(?i)\b(?:store|record|save|track|manage|create|add|edit|enter|register|list|model|keep|of|"
    rf"for)\s+(?:an?\s+|the\s+|all\s+|their\s+|new\s+)?{_NOUN}\s+with\s+([^.;]+)"
)
_PARENTHESIS = re.compile(rf"(?i)\b{_NOUN}\s*\(([^()]+,[^()]+)\)")
_ACTS_ON = re.compile(
    r"(?i)\b(?:create|add|edit|delete|remove|list|view|manage|track|store|record|search(?: for)?|update|book|"
    r"place|cancel|"
    r"register|browse|upload|import|export|assign|approve|borrow|return|reserve|rent|lend|sell|buy|publish|submit|"
    r"rate|review|archive)s?\s+(?:(?:an?|the|their|new|all|his|her|its|own|existing|open|my|our)\s+)*([^\W\d_][\w-]*)"
)
_LIST = re.compile(r"\s*(?:,\s*(?:and|or|und|et|y)?\s*|;|\s+(?:and|und|et|y|plus|as well as)\s+)\s*")
_ARTICLE = re.compile(
    r"(?i)^(?:an?|the|its|their|his|her|one|optional|optionally|unique|at least one|exactly one|zero or more|"
    r"one or more|several|multiple|ein\w*|une?|un|una)\s+"
)
_CUT = re.compile(
    r"(?i)\s+(?:so that|in order|which|that|when|if|while|before|after|because|for (?:each|every|the)|must|"
    r"should|shall|"
    r"may|can)\b.*$"
)
_NO_THING = re.compile(
    r"(?i)(?:ones?|things?|ways?|systems?|applications?|apps?|sites?|websites?|pages?|services?|data|information|"
    r"items?|everything|something|"
    r"access|rights?|ability|options?|lists?|parts?|numbers?|support|time|order by|people|users?'s|place|"
    r"details?|results?|able)"
)
_FIELD = re.compile(r"(?i)^(?:fields?|attributes?|columns?|propert(?:y|ies)|feld|champ|campo|name)$")
_TYPE = re.compile(r"(?i)^(?:types?|data ?type|format|typ|tipo)$")


def entities(statements: list[Statement], documents: list[Document]) -> dict[str, list[str]]:
    """Names of things in order of appearance, with their attributes as they are written (`age: integer` with a type).

    An entity with no attributes is one that users create, edit or list.
    """
    found: dict[str, list[str]] = {}
    for document in documents:
        _tables(document, found)
        for block in document.blocks:
            if block.kind in {"paragraph", "item"}:
                for sentence in sentences(block):
                    _describe(sentence.text, found)
    for one in statements:
        _describe(one.text, found)
    for one in statements:
        for match in _ACTS_ON.finditer(one.text):
            _put(found, match[1], [])
    return dict(list(found.items())[:MAX_ENTITIES])


def _describe(text: str, found: dict[str, list[str]]) -> None:
    for pattern in (_HAS, _WITH, _PARENTHESIS):
        for match in pattern.finditer(text):
            attributes = _attributes(match[2])
            if len(attributes) > 1 or pattern is _HAS:
                _put(found, match[1], attributes)


def _no_thing(word: str) -> bool:
    """Function words and words for anything. Only English ones: `comment` and `ton` are French function words."""
    return word.lower() in stop_words("en") or _NO_THING.fullmatch(word) is not None


def _name(text: str) -> str | None:
    words = [
        word for word in text.split() if word.lower() not in {"the", "a", "an", "each", "every", "new", "all", "own"}
    ]
    if not words or any(_no_thing(word) for word in words) or len(words[-1]) < 3:
        return None
    last = _singular(words[-1])
    return " ".join([*words[:-1], last]).title().replace("'S", "'s")


def _singular(word: str) -> str:
    lowered = word.lower()
    if lowered.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if lowered.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if lowered.endswith("s") and not lowered.endswith(("ss", "us", "is")) and len(word) > 3 else word


def _put(found: dict[str, list[str]], text: str, attributes: list[str]) -> None:
    name = _name(text)
    if name is None:
        return
    last = name.split()[-1]
    known = next((one for one in found if one in {name, last} or (one.split()[-1] == name and not attributes)), name)
    if known not in found and not attributes and name.lower().endswith("ing"):
        return
    held = found.setdefault(known, [])
    lowered = {one.partition(":")[0].lower() for one in held}
    held += [one for one in attributes if one.partition(":")[0].lower() not in lowered][: MAX_ATTRIBUTES - len(held)]


def _attributes(text: str) -> list[str]:
    found = []
    for piece in _LIST.split(_CUT.sub("", text)):
        bare = piece.strip(" .:")
        while bare != (shorter := _ARTICLE.sub("", bare)):
            bare = shorter
        if bare and len(bare.split()) <= 4 and not _no_thing(bare) and not bare[0].isdigit():
            found.append(bare)
    return found


def _tables(document: Document, found: dict[str, list[str]]) -> None:
    """Tables with a column of fields: the heading above names the thing."""
    above: Block | None = None
    for block in document.blocks:
        if block.kind == "heading":
            above = block
        elif (
            block.kind == "row"
            and above is not None
            and len(block.header) >= 2
            and _FIELD.match(block.header[0].strip())
        ):
            kind = next((at for at, name in enumerate(block.header) if _TYPE.match(name.strip())), None)
            if kind is None and block.header[0].strip().lower() == "name":
                continue
            typed = (
                f": {block.cells[kind]}" if kind is not None and kind < len(block.cells) and block.cells[kind] else ""
            )
            if block.cells and block.cells[0]:
                heading = re.sub(r"(?i)\b(?:entity|table|model|fields?|attributes?|data)\b:?", "", above.text).strip()
                _put(found, heading, [f"{block.cells[0]}{typed}"])
