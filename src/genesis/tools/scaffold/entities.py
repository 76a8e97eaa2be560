"""Finds entities in statements, the rules stated of them elsewhere, and what is done with them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence

from genesis.tools.scaffold.blueprint import Entity, Operation, Statement, camel, plural, snake
from genesis.tools.scaffold.fields import NOT_ENTITIES, field_of, parts_of, rules_of

MAX_ENTITIES = 30
MAX_FIELDS = 40
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
    fields = [one for part in parts_of(text) if (one := field_of(part)) is not None]
    key = camel(name)
    if len(fields) < at_least or keyword.iskeyword(snake(key)):
        return False
    entity = found.setdefault(key, Entity(key, []))
    known = {one.name for one in entity.fields}
    entity.fields += [one for one in fields if one.name not in known][: MAX_FIELDS - len(known)]
    return True


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
                rules = rules_of(said.lower(), said, one)
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
