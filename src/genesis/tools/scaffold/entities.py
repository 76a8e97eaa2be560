"""Finds entities, their fields, the rules on them and what is done with them in statements."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence

from genesis.tools.scaffold.blueprint import Entity, Field, FieldType, Operation, Rule, Statement, camel, plural, snake

MAX_ENTITIES = 30
MAX_FIELDS = 40
NOT_ENTITIES = frozenset(
    """script program function tool cli command package module api app application page it system service file
    class dataclass model record entity table test tests readme library repository project code website this that there
    which who each every note notes example examples requirements requirement goal goals given when then input inputs
    output outputs return returns usage must should could feature features field fields option options argument
    arguments flag way line list method parameter value default please also todo backend frontend database endpoint
    set number""".split()  # noqa: SIM905
)
_HAS = r"(?:has|have|with|contains?|stores?|holds?|consists?\s+of|includes?|is\s+described\s+by|tracks?|keeps?)"
_SENTENCE = re.compile(
    r"\b(?:an?|each|every|the|entity|class|data\s?class|model|record|table|type)\s+[`'\"]?(?P<name>[A-Za-z][A-Za-z0-9_]*"
    r"(?:\s(?!has|have|with|contain|store|hold|consist|include|must|should|can|is|that|of|in|to)[a-z]+)?)[`'\"]?\s+"
    r"(?:entity\s+|class\s+|model\s+|record\s+)?(?:must\s+|should\s+|shall\s+|will\s+)?(?:have|" + _HAS + r")"
    r"(?:\s+(?:the|these|following))*(?:\s+(?:fields?|attributes?|properties|columns?))?\s*:?\s+(?P<fields>(?:[^.;\n]|\.(?=\d)){3,500})",
    re.IGNORECASE,
)
_PLURAL = re.compile(
    r"(?:^|[:,;]\s)\W*(?P<name>[A-Za-z]{3,30}s)\s+(?:must\s+|should\s+)?(?:have|contain|store|hold|include)\s+(?P<fields>(?:[^.;\n]|\.(?=\d)){3,500})",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"(?<![\w.])(?P<name>[A-Z][A-Za-z0-9]{1,40})\((?P<fields>[a-z_][^()\n]{2,400})\)")
_LISTED = re.compile(
    r"^\s*(?:[-*+]|\d+[.)])?\s*[`*]*(?P<name>[A-Z][A-Za-z0-9]{1,40})[`*]*\s*(?::|-|\u2013)\s+(?P<fields>.{3,500})$"
)
_TYPES: tuple[tuple[str, FieldType], ...] = (
    (r"list of \w+|list\[str\]|tags?|array|strings\b", "list[str]"),
    (r"datetime|timestamp|date and time", "datetime"),
    (r"date", "date"),
    (r"bool(?:ean)?|flag|yes/no|true/false", "bool"),
    (r"money|price|currency|euros?|dollars?|eur|usd|cents?|decimal", "Decimal"),
    (r"int(?:eger)?|whole number|count", "int"),
    (r"float|real|number|percent(?:age)?|double", "float"),
    (r"str(?:ing)?|text|uuid|url|e-?mail(?: address)?", "str"),
)
_NAMES: tuple[tuple[str, FieldType], ...] = (
    (r"(?:.*_)?(?:price|cost|amount|total|balance|fee|salary|budget|discount|tax|revenue)", "Decimal"),
    (r"(?:is|has|can)_.*|(?:.*_)?(?:active|enabled|done|completed|paid|archived|published|verified|available)", "bool"),
    (r".*_at|(?:.*_)?timestamp", "datetime"),
    (r"(?:.*_)?(?:date|birthday|deadline)|due(?:_date)?|.*_on", "date"),
    (
        r"(?:.*_)?(?:age|count|quantity|stock|pages|year|seats|capacity|priority|position|stars|points|number_of_.*)",
        "int",
    ),
    (r"(?:.*_)?(?:weight|height|width|length|latitude|longitude|score|rate|temperature|distance|area)", "float"),
    (r"(?:.*_)?(?:tags|items|labels|keywords|categories|members|ingredients|authors)", "list[str]"),
)
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_RULES: tuple[tuple[str, str], ...] = (
    (rf"between\s+{_NUMBER}\s+and\s+{_NUMBER}(?:\s+characters)?", "between"),
    (rf"(?<![\w.]){_NUMBER}\s*(?:-|to|\u2013)\s*{_NUMBER}(?![\w.])", "between"),
    (
        rf"(?:at least|minimum(?: of)?|min\.?|>=|no less than|not less than|no fewer than)\s*{_NUMBER}",
        "min",
    ),
    (rf"(?:at most|maximum(?: of)?|max\.?|<=|no more than|not more than|up to)\s*{_NUMBER}(?:\s+characters?)?", "max"),
    (rf"(?:greater than|more than|larger than|above|over|>)\s*{_NUMBER}", "above"),
    (rf"(?:less than|smaller than|below|under|<)\s*{_NUMBER}", "below"),
    (r"non-?negative|not (?:be )?negative|never (?:be )?negative|cannot be negative", "not_negative"),
    (r"(?<!non-)positive", "positive"),
    (r"not (?:be )?empty|non-?empty|not (?:be )?blank|required|mandatory|never (?:be )?empty", "not_empty"),
    (r"unique", "unique"),
    (r"one of:?\s+([^.;()]{3,200})", "one_of"),
    (r"contains?\s+(?:an?\s+)?[\"'`]?(@)[\"'`]?|valid e-?mail", "contains_at"),
)
_VERBS: tuple[tuple[Operation, str], ...] = (
    ("add", r"add|create|register|insert|save|record|enter|store|submit|open|crud"),
    ("get", r"get|read|view|show|fetch|retrieve|open|look up|crud"),
    ("all", r"list|show all|view all|display|browse|see all|crud"),
    ("update", r"update|edit|change|modify|rename|crud"),
    ("remove", r"delete|remove|cancel|drop|crud"),
    ("find", r"find|search(?: for)?|filter|look up|query"),
    ("count", r"count|number of|how many"),
)


def find_entities(statements: Sequence[Statement], given: Mapping[str, Sequence[str]]) -> tuple[list[Entity], set[int]]:
    """The entities in order of appearance, and the statements that they, their rules and operations come from.

    `given` are entities that an earlier task extracted: name to attributes as they were written.
    """
    found: dict[str, Entity] = {}
    used: set[int] = set()
    for name, attributes in given.items():
        _add(found, name, ", ".join(str(one) for one in attributes))
    for at, statement in enumerate(statements):
        for pattern in (_SENTENCE, _SIGNATURE, _LISTED, _PLURAL):
            for match in pattern.finditer(statement.text):
                name = match["name"]
                if pattern is _LISTED and re.search(
                    r"(?i)\b(?:has|have|is|are|must|should|shall|can|will)\b", match["fields"]
                ):
                    continue  # a sentence after a colon, not a list of fields
                if pattern is _PLURAL:
                    name = _singular(name)
                if _add(found, name, match["fields"], at_least=2 if pattern in (_PLURAL, _LISTED) else 1):
                    used.add(at)
    entities = list(found.values())[:MAX_ENTITIES]
    for at, statement in enumerate(statements):
        if _apply_rules(statement.text, entities) | _apply_operations(statement.text, entities):
            used.add(at)
    return entities, used


def _add(found: dict[str, Entity], name: str, text: str, at_least: int = 1) -> bool:
    words = name.strip().lower().split()
    if any(word in NOT_ENTITIES for word in words) or len(words) > 2 or re.search(r"--\w", text):
        return False
    text = re.sub(r"^\s*an?\s+\w+\s+with\s+", "", text)  # "has a profile with name and age": its fields are these
    fields = [one for part in _parts(text) if (one := _field(part)) is not None]
    key = camel(name)
    if len(fields) < at_least or keyword.iskeyword(snake(key)):
        return False
    entity = found.setdefault(key, Entity(key, []))
    known = {one.name for one in entity.fields}
    entity.fields += [one for one in fields if one.name not in known][: MAX_FIELDS - len(known)]
    return True


def _parts(text: str) -> list[str]:
    """Splits an enumeration at its top level: commas, "and", "as well as"."""
    parts: list[str] = []
    depth = start = 0
    for at, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    split = [
        piece
        for part in parts
        for piece in re.split(r"\s+(?:and|as well as|plus|&)\s+(?![^()]*\))", f" {part.strip()} ")
    ]
    return [piece.strip() for piece in split if piece.strip()]


def _field(part: str) -> Field | None:
    match = re.match(
        r"^(?:(?:and|an?|the|its|their|some|one|exactly one)\s+)*"
        r"(?P<adjectives>(?:(?:optional|unique|required|mandatory|positive|non-?negative|non-?empty|list of|many)\s+)*)"
        r"[`'\"*]*(?P<name>[A-Za-z][A-Za-z0-9_]*(?:[ -][A-Za-z0-9]+){0,2}?)[`'\"*]*\??\s*"
        r"(?P<rest>:.*|\(.*|\sin\s(?:euros?|dollars?|cents|eur|usd|percent).*|=.*|\s(?:which|that|as|of|with|from|for|between)\s.*)?$",
        part.strip().rstrip("."),
        re.IGNORECASE,
    )
    if match is None:
        return None
    adjectives, rest = match["adjectives"].lower(), (match["rest"] or "").lower()
    name = snake(match["name"])
    if name.endswith("_flag"):
        name, rest = name.removesuffix("_flag"), f"flag {rest}"
    if not name or keyword.iskeyword(name) or name in NOT_ENTITIES - {"number", "value", "note", "notes", "goal"}:
        return None
    kind = _type(f"{rest} {'list of x' if 'list of' in adjectives or 'many' in adjectives else ''}")
    made = Field(name, kind or _type_of_name(name), assumed=kind is None)
    made.optional = "optional" in adjectives or "optional" in rest or "none" in rest
    made.rules += _rules(f"{adjectives} {rest}", match["rest"] or "", made)
    return made


def _type(text: str) -> FieldType | None:
    for pattern, kind in _TYPES:
        if re.search(rf"(?<![\w]){pattern}(?![\w])" if not pattern.startswith("list") else pattern, text):
            return kind
    return None


def _type_of_name(name: str) -> FieldType:
    return next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, name)), "str")


def _rules(text: str, written: str, one: Field) -> list[Rule]:
    """The rules that a piece of text states about one field."""
    found: list[Rule] = []
    number = one.type in ("int", "float", "Decimal")
    for pattern, kind in _RULES:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            length = not number and ("character" in text or one.type in ("str", "list[str]"))
            if kind == "between" and (number or length):
                low, high = match[1], match[2]
                found += [Rule("min" if number else "shortest", low), Rule("max" if number else "longest", high)]
            elif kind in ("min", "max") and number:
                found.append(Rule("min" if kind == "min" else "max", match[1]))
            elif kind in ("min", "max") and length:
                found.append(Rule("shortest" if kind == "min" else "longest", match[1]))
            elif kind in ("above", "below") and number:
                found.append(Rule("above" if kind == "above" else "below", match[1]))
            elif kind == "not_negative" and number:
                found.append(Rule("min", "0"))
            elif kind == "positive" and number:
                found.append(Rule("above", "0"))
            elif kind == "not_empty" and one.type in ("str", "list[str]"):
                found.append(Rule("not_empty"))
            elif kind == "unique":
                found.append(Rule("unique"))
            elif kind == "one_of" and one.type == "str":
                choices = _choices(match[1], written)
                if len(choices) > 1:
                    found.append(Rule("one_of", choices=choices))
            elif kind == "contains_at" and one.type == "str":
                found.append(Rule("contains", "@"))
    return list(dict.fromkeys(found))


def _choices(text: str, written: str) -> tuple[str, ...]:
    at = written.lower().find(text.lower())
    text = written[at : at + len(text)] if at >= 0 else text  # as it was written, not in lower case
    split = re.split(r"\s*(?:,|\bor\b|\band\b|\||/)\s*", text)
    return tuple(word.strip("`'\"() ") for word in split if word.strip("`'\"() "))[:20]


def _apply_rules(text: str, entities: list[Entity]) -> bool:
    """Rules in sentences of their own: "the price must be positive"."""
    hit = False
    for clause in re.split(r"(?<=[.;!?])\s+|\n|,\s+(?=(?:and\s+)?(?:its|the|their)\s)", text):
        verb = re.search(
            r"\b(?:must|should|shall|has to|have to|needs? to|is|are|cannot|can't|can not|may not|may be|never)\b",
            clause,
        )
        if verb is None:
            continue
        subject, said = clause[: verb.start()].lower(), clause[verb.start() :]
        named = [one for one in entities if re.search(rf"\b{re.escape(one.snake.replace('_', ' '))}", clause.lower())]
        for entity in named or entities:
            for one in entity.fields:
                spoken = one.name.replace("_", " ")
                if not re.search(rf"\b{re.escape(spoken)}s?\b", subject.replace("_", " ")):
                    continue
                rules = _rules(said.lower(), said, one)
                hit |= bool(rules)
                one.rules += [rule for rule in rules if rule not in one.rules]
                if re.search(r"\boptional\b|may be (?:empty|missing|left out)", said.lower()):
                    one.optional = hit = True
    return hit


def _apply_operations(text: str, entities: list[Entity]) -> bool:
    hit = False
    lowered = text.lower()
    for entity in entities:
        spoken = entity.snake.replace("_", " ")
        names = rf"(?:{re.escape(plural(spoken))}|{re.escape(spoken)})"
        if not re.search(rf"\b{names}\b", lowered):
            continue
        if re.search(rf"\bcrud\b|\bmanage\s+(?:\w+\s+)?{names}\b", lowered):
            entity.operations |= {"add", "get", "all", "update", "remove"}
            hit = True
        for operation, verbs in _VERBS:
            # the verb, then the entity within a few words: "add, list and delete books"
            if re.search(
                rf"\b(?:{verbs})\b(?:[\s,/]+(?:and|or|all|an?|the|new|existing|to|their|his|\w+e?s?)){{0,6}}?[\s,/]+{names}\b",
                lowered,
            ):
                entity.operations.add(operation)
                hit = True
        for verb in _wished(lowered, names):
            known = any(re.fullmatch(verbs, verb) for _, verbs in _VERBS)
            if not known and verb not in entity.unknown:
                entity.unknown.append(verb)
        by = re.search(rf"\b{names}\b[^.;]{{0,40}}?\bby\s+(?:their\s+|its\s+|the\s+)?([a-z][a-z _,]{{1,60}})", lowered)
        if by and entity.operations & {"find", "get", "all"}:
            wanted = [one.name for one in entity.fields if re.search(rf"\b{one.name.replace('_', '[ _]')}\b", by[1])]
            entity.find_by += [name for name in wanted if name not in entity.find_by]
            hit |= bool(wanted)
    return hit


def _wished(text: str, names: str) -> list[str]:
    """The verbs in "can add, list and frobnicate books, find books by title and weigh books"."""
    said = re.search(r"\b(?:can|able to|want to|may)\s+(.*)", text)
    found: list[str] = []
    verbs = rf"((?:[a-z]+(?:\s*,\s*(?:and\s+)?|\s+and\s+))*[a-z]+)\s+(?:(?:their|the|all|new|an?)\s+)?{names}\b"
    for at, match in enumerate(re.finditer(verbs, said[1] if said else "")):
        words = [word for word in re.findall(r"[a-z]+", match[1]) if word != "and"]
        found += words if at == 0 else words[-1:]  # later ones begin with what the verb before was about
    return found


def _singular(word: str) -> str:
    if word.lower().endswith("ies"):
        return word[:-3] + "y"
    if re.search(r"(?:ses|xes|zes|ches|shes)$", word.lower()):
        return word[:-2]
    return word[:-1] if word.lower().endswith("s") and not word.lower().endswith("ss") else word
