"""Fields as statements describe them: name, type, and the rules that are stated about one."""

from __future__ import annotations

import keyword
import re

from genesis.tools.scaffold.blueprint import Field, FieldType, Rule, snake

NOT_ENTITIES = frozenset(
    """script program function tool cli command package module api app application page it system service file
    class dataclass model record entity table test tests readme library repository project code website this that there
    which who each every note notes example examples requirements requirement goal goals given when then input inputs
    output outputs return returns usage must should could feature features field fields option options argument
    arguments flag way line list method parameter value default please also todo backend frontend database endpoint
    set number""".split()  # noqa: SIM905
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


def parts_of(text: str) -> list[str]:
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


def field_of(part: str) -> Field | None:
    """The field that one part of an enumeration describes, with its type and rules."""
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
    made.rules += rules_of(f"{adjectives} {rest}", match["rest"] or "", made)
    return made


def _type(text: str) -> FieldType | None:
    for pattern, kind in _TYPES:
        if re.search(rf"(?<![\w]){pattern}(?![\w])" if not pattern.startswith("list") else pattern, text):
            return kind
    return None


def _type_of_name(name: str) -> FieldType:
    return next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, name)), "str")


def rules_of(text: str, written: str, one: Field) -> list[Rule]:
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
