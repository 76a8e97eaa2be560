"""Finds command line options and arguments in statements."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from typing import Literal

from genesis.tools.scaffold.blueprint import Option, Statement, snake

MAX_OPTIONS = 40
_OPTION = re.compile(r"(?<![\w-])--(?P<name>[a-z][a-z0-9-]{0,40})(?:[ =](?P<value><[^>]{1,30}>|[A-Z][A-Z_]{0,30}))?")
_ARGUMENT = re.compile(
    r"\b(?:positional\s+arguments?|arguments?)\s+(?:called\s+|named\s+)?[`'\"]?(?P<name>[a-z][a-z0-9_-]{0,40})[`'\"]?"
    r"(?P<more>[^.;\n]{0,120})"
    r"|\btakes\s+(?:an?|the|one)\s+(?P<other>[a-z][a-z0-9_]{1,30})\s+(?:argument|as\s+(?:its|an?)\s+argument)",
    re.IGNORECASE,
)
_COMMAND_LINE = re.compile(
    r"\bcommand[- ]line|\bcli\b|\bargparse\b|\bterminal\b|\bshell command\b|\bscript\b", re.IGNORECASE
)
_HELP = {"help", "version"}


def find_options(statements: Sequence[Statement]) -> tuple[list[Option], bool, set[int]]:
    """Options in order of appearance, whether a command line is wanted at all, and the statements that say so."""
    found: dict[str, Option] = {}
    used: set[int] = set()
    wanted = False
    for at, statement in enumerate(statements):
        text = statement.text
        if _COMMAND_LINE.search(text):
            wanted = True
        for match in _OPTION.finditer(text):
            name = snake(match["name"])
            if name in _HELP or not name.isidentifier() or len(found) >= MAX_OPTIONS:
                continue
            more = re.split(r"--|[;\n]|\.(?:\s|$)", text[match.end() : match.end() + 160])[0]
            found.setdefault(name, _option(name, more, value=match["value"], positional=False))
            used.add(at)
        for match in _ARGUMENT.finditer(text):
            name = snake(match["name"] or match["other"] or "")
            if (
                not name.isidentifier()
                or keyword.iskeyword(name)
                or name in ("is", "are", "of", "to", "the", "for", "and")
            ):
                continue
            found.setdefault(name, _option(name, match["more"] or "", value="VALUE", positional=True))
            used.add(at)
    return list(found.values()), wanted or bool(found), used


def _option(name: str, more: str, *, value: str | None, positional: bool) -> Option:
    lowered = more.lower()
    default = re.search(
        r"default(?:s to|:|\s+is|\s+of)?\s*[`'\"]?(-?\d+(?:\.\d+)?|[A-Za-z][\w./-]{0,40})", more, re.IGNORECASE
    )
    shown = default[1] if default else None
    kind: Literal["str", "int", "float", "flag"] = "str"
    number = re.search(r"\b(?:int(?:eger)?|whole number|count)\b", lowered) or (shown and re.fullmatch(r"-?\d+", shown))
    if re.search(r"\bfloat|\bdecimal\b|\bnumber with", lowered) or (shown and re.fullmatch(r"-?\d+\.\d+", shown)):
        kind = "float"
    elif number or (value and re.search(r"\b(?:N|NUM|COUNT|INT|NUMBER)\b", value)):
        kind = "int"
    elif (
        not positional
        and value is None
        and shown is None
        and (
            re.search(r"\bflag\b|\bswitch\b|\bturns? (?:on|off)\b", lowered)
            or not re.search(r"\b(?:file|path|name|text|string|value|str)\b", lowered)
        )
    ):
        kind = "flag"
    said = re.sub(
        r"(?i)\(?\b(?:default\S*\s*(?:to|is|of)?\s*\S+|required|mandatory|flag|switch|int(?:eger)?|float)\)?", " ", more
    )
    said = re.sub(r"(?i)[\s,]+and(?:\s+an?)?\s*$", "", said.rstrip())
    help_text = re.sub(r"\s+", " ", said).strip(" ,:()`'\"-")[:100]
    return Option(name, positional, kind, shown if kind != "flag" else None, "required" in lowered, help_text)
