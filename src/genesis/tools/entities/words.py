"""Entities from sentences: "a service for books, with title and price; orders have lines and belong to a customer".

A clause is cut at its definers ("with", "has", ":", "("): what stands before one names the entity, what follows lists
its fields. A plural among the fields is an entity of its own that belongs to the first. Without a definer the nouns
after "service for", "API to manage" and the like are entities of which nothing more is known. What reads like a plan of
work ("spec first, then tests") defines nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from genesis.finding import Source
from genesis.tools.entities.entity import (
    MAX_ENTITIES,
    MAX_FIELDS,
    Entity,
    Field,
    identifier,
    is_plural,
    kind_of_name,
    singular,
)
from genesis.tools.entities.field_words import NO_ENTITY, STOP, field_name, marks_of, split_list

_DEFINER = re.compile(
    r"(?i)\s*,?\s*\b(?:(?:that|which|who)\s+)?(?:with(?:\s+(?:the\s+)?(?:fields?|columns?|attributes?|properties))?"
    r"|has(?!\s+to\b)|have(?!\s+to\b)"
    r"|having|contains?|containing|consists? of|consisting of)\b\s*:?\s*|\s*:\s+|\s*\((?=[^)]*,)"
)
_BELONGS = re.compile(r"(?i)\bbelongs?\s+to\b")
_OPENS = re.compile(
    r"(?i)\b(?:for|of|manage|managing|stores?|storing|tracks?|tracking|keeps?|keeping|holds?|holding|records?|recording"
    r"|named|called|about)\b"
)
_SERVICE = re.compile(
    r"(?i)\b(?:apis?|services?|backends?|back-ends?|servers?|schemas?|databases?|tables?|endpoints?|openapi|crud|rest|sql"
    r"|documents?|model|resources?|entities)\b"
)
_LISTS = re.compile(
    r"(?i)\b(?:apis?|services?|backends?|back-ends?|servers?|schemas?|databases?|tables?|endpoints?|openapi \w+|crud"
    r"|entities|rest \w+|documents?|resources?)\b(?: that)?[^,.;:]{0,25}?"
    r"\b(?:for|of|manages?|managing|stores?|storing|tracks?|tracking|keeps?|holds?|records?|called|named)\s"
)
_FILLERS_WORDS = """
a add all also an and any are as build can could create design each every exactly for four generate give i is it
its list lists make many me my need new no of one optional or our own please required scaffold several simple
sketch small some the their three to two unique us want we write you your
"""
_FILLERS = frozenset(_FILLERS_WORDS.split())
_NO_DEFINITION_WORDS = """
after afterwards before do everything first it must next not out should spec then
"""
_NO_DEFINITION = frozenset(_NO_DEFINITION_WORDS.split())
_NOT_MANY_WORDS = """
cents days details hours initials minutes notes pages points remarks seats terms
"""
_NOT_MANY = frozenset(_NOT_MANY_WORDS.split())


@dataclass
class _Reading:
    fields: dict[str, dict[str, Field]] = field(default_factory=dict)
    clauses: dict[str, str] = field(default_factory=dict)
    parents: list[tuple[str, str]] = field(default_factory=list)

    def entity(self, name: str | None, clause: str) -> str | None:
        if name is None or (name not in self.fields and len(self.fields) >= MAX_ENTITIES):
            return None
        self.fields.setdefault(name, {})
        self.clauses.setdefault(name, clause)
        return name


def entities_in(text: str) -> tuple[Entity, ...]:
    """The entities that the words name, in order, their references settled. Empty when there are none."""
    reading = _Reading()
    for clause in _clauses(text):
        if _BELONGS.search(clause):
            clause = _read_belonging(clause, reading)
        cuts = [match for match in _DEFINER.finditer(clause) if clause[: match.start()].strip()]
        if not cuts or not _read_definitions(clause, cuts, reading):
            _read_list(clause, reading)
    for child, parent in reading.parents:
        if child != parent:
            reference = Field(name=f"{parent}_id"[:60], kind="integer", references=parent)
            reading.fields[child].setdefault(reference.name, reference)
    return tuple(
        Entity(name=name, fields=_settled(name, reading), source=Source(query=reading.clauses[name][:500]))
        for name in reading.fields
    )


def _settled(name: str, reading: _Reading) -> tuple[Field, ...]:
    """A field that has the name of an entity is a reference to it."""
    settled: dict[str, Field] = {}
    for one in reading.fields[name].values():
        if one.references is None and one.name in reading.fields and one.name != name:
            one = Field(name=f"{one.name}_id"[:60], kind="integer", required=one.required, references=one.name)
        settled.setdefault(one.name, one)
    return tuple(settled.values())[:MAX_FIELDS]


def _clauses(text: str) -> list[str]:
    """Sentences, lines, and what stands between semicolons; "and a table for" begins a new one as well."""
    marked = re.sub(
        r"(?i)[,;]?\s+and\s+(?=(?:an?|one|another)\s+(?:table|entity|resource|one for)\b)", "; ", text[:20_000]
    )
    marked = re.sub(r"(?i)[,;]?\s+and\s+(?=one for\b)", "; ", marked)
    return [part.strip() for part in re.split(r"[;\n]+|(?<=[A-Za-z0-9)])[.!?](?:\s|$)", marked) if part.strip()]


def _read_belonging(clause: str, reading: _Reading) -> str:
    """Reads "each booking belongs to a member and a court"; what comes before in the clause is left."""
    match = _BELONGS.search(clause)
    assert match is not None
    before = re.split(r",|\band\b(?=[^,]*$)", clause[: match.start()])
    child = reading.entity(_noun(before[-1]), clause)
    for words in split_list(STOP.sub("", clause[match.end() :])):
        parent = reading.entity(_noun(words), clause)
        if child and parent:
            reading.parents.append((child, parent))
    return ",".join(before[:-1])


def _read_definitions(clause: str, cuts: list[re.Match[str]], reading: _Reading) -> bool:
    """Each definer's owner is the last noun before it; its fields go on to where the next owner begins.

    Whether there was any definition.
    """
    before = len(reading.fields), sum(len(fields) for fields in reading.fields.values())
    begin = 0
    owners: list[tuple[str | None, bool, int, int]] = []
    for position, cut in enumerate(cuts):
        left = clause[begin : cut.start()]
        opened = [match.end() for match in _OPENS.finditer(left)]
        commas = [match.end() for match in re.finditer(r"(?i),|\band\b|\)", left)]
        start = max([0, *opened, *(commas if position or not opened else [])])
        words = left[start:]
        if position == 0 and opened:  # "tables for customers, orders and lines with ...": all are entities
            *others, words = split_list(left[max(opened) :]) or [""]
            for other in others:
                reading.entity(_noun(other), clause)
        # "a database for a library with books and members", "a shop API with orders": what it is for is no table
        about = (
            bool(_SERVICE.search(left)) and not is_plural(_last_word(words)) and (position == 0 or _noun(words) is None)
        )
        # "people can swap tools with their neighbours" is no definition: the owner stands at the start, or after "for"
        few = len([one for one in re.findall(r"[\w-]+", words) if one.lower() not in _FILLERS]) <= 3
        told = position > 0 or start == 0 or bool(_SERVICE.search(left)) or len(left[:start].split()) <= 3
        owners.append((_noun(words) if few and told else None, about, begin + start, cut.end()))
        begin = cut.end()
    for position, (owner, about, _, after) in enumerate(owners):
        until = owners[position + 1][2] if position + 1 < len(owners) else len(clause)
        if clause[after - 1] == "(":
            until = clause.find(")", after) if ")" in clause[after:] else until
        listed = split_list(STOP.sub("", clause[after:until]))
        if any(set(re.findall(r"[a-z]+", words.lower())) & _NO_DEFINITION for words in listed):
            continue
        if about and all(is_plural(_last_word(words)) for words in listed):
            for words in listed:
                reading.entity(_noun(words), clause)
        elif owner and any(field_name(marks_of(words)[3]) for words in listed):
            known = reading.entity(owner, clause)
            for words in listed if known else []:
                _read_field(words, str(known), clause, reading)
    return before != (len(reading.fields), sum(len(fields) for fields in reading.fields.values()))


def _read_list(clause: str, reading: _Reading) -> None:
    for path in re.findall(r"(?<![\w.:/])/([a-z][a-z_-]{2,40})\b(?![/.])", clause):  # "the /refunds endpoint"
        if is_plural(identifier(path)) and path not in {"metrics", "docs", "stats"}:
            reading.entity(singular(identifier(path)), clause)
    opens = _LISTS.search(clause)
    if opens:
        for words in split_list(STOP.sub("", re.split(r"(?i)\swith\b", clause[opens.end() :])[0])):
            if is_plural(_last_word(words)):
                reading.entity(_noun(words), clause)


def _read_field(words: str, owner: str, clause: str, reading: _Reading) -> None:
    kind, optional, unique, words = marks_of(words)
    name = field_name(words)
    if name is None or len(reading.fields[owner]) >= MAX_FIELDS:
        return
    last = name.rpartition("_")[2]
    if kind is None and is_plural(last) and last not in _NOT_MANY and not name.startswith("number_of_"):
        child = reading.entity(_noun(words), clause)  # an order has lines: a line belongs to an order
        if child:
            reading.parents.append((child, owner))
        return
    unique = unique or name in {"isbn", "serial_number"}
    found = Field(name=name, kind=kind or kind_of_name(name), required=not optional, unique=unique)
    reading.fields[owner].setdefault(name, found)


def _noun(words: str) -> str | None:
    """The name of the thing: its last word, or two ("order lines"). None for words for the service itself."""
    kept = [one for one in re.findall(r"[A-Za-z][\w-]*", words) if one.lower() not in _FILLERS]
    if not kept or singular(kept[-1].lower()) in NO_ENTITY:
        return None
    before = [one for one in kept[-2:-1] if singular(one.lower()) not in NO_ENTITY]
    name = singular(identifier("_".join([*before, kept[-1]])))
    return name if len(name) > 1 else None


def _last_word(words: str) -> str:
    found = re.findall(r"[A-Za-z][\w-]*", words)
    return identifier(found[-1]).rpartition("_")[2] if found else ""
