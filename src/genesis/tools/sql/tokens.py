"""The tokens and statements of SQL text, in the common dialects."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*(?s:.*?)\*/|\#(?![>-])[^\n]*)
    |(?P<body>\$(?P<tag>[A-Za-z_]*)\$(?s:.*?)\$(?P=tag)\$)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")+"|`[^`]+`|\[[A-Za-z_][^\]\n]*\])
    |(?P<word>[A-Za-z_][\w$]*|\d[\w.]*|%\(\w+\)s|\{\w*\})
    |(?P<sign>.)""",
    re.VERBOSE,
)
MAX_TOKENS = 500_000


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    line: int

    @property
    def low(self) -> str:
        return self.text.lower() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """What it names, without quotes."""
        return self.text[1:-1] if self.kind == "quoted" else self.text


def tokens(text: str, first_line: int = 1) -> list[Token]:
    """The tokens of SQL text, without blanks and comments."""
    found: list[Token] = []
    line = first_line
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup != "tag" else "body"
        value = match.group()
        if kind != "space":
            found.append(Token(kind or "sign", value, line))
            if len(found) >= MAX_TOKENS:
                break
        line += value.count("\n")
    return found


def statements(text: str, first_line: int) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in tokens(text, first_line):
        if token.kind == "sign" and token.text == ";":
            found.append([])
        else:
            found[-1].append(token)
    return [statement for statement in found if statement]


def closing(found: list[Token], at: int) -> int:
    """The place of the bracket that closes the one at `at`; the end when none does."""
    depth = 0
    for place in range(at, len(found)):
        if found[place].kind == "sign":
            depth += (found[place].text == "(") - (found[place].text == ")")
            if depth == 0:
                return place
    return len(found)


def parts_of(found: list[Token]) -> list[list[Token]]:
    """Split at the commas outside brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        if token.kind == "sign":
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "," and depth == 0:
                parts.append([])
                continue
        parts[-1].append(token)
    return [part for part in parts if part]
