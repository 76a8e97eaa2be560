"""Texts with and without secrets, made when they are needed: nothing that looks like a key is stored."""

from __future__ import annotations

import random
import re._parser as parser  # type: ignore[import-not-found]
import string
from re import _constants as constants  # type: ignore[attr-defined]
from typing import Any

from hypothesis import strategies as st

DASHES = "-" * 5
LETTERS_DIGITS = string.ascii_letters + string.digits


def characters(rng: random.Random, size: int, alphabet: str = LETTERS_DIGITS) -> str:
    return "".join(rng.choices(alphabet, k=size))


def password(rng: random.Random) -> str:
    """Letters and digits, and one character of another kind within."""
    return characters(rng, 7) + rng.choice("!#^*-_") + characters(rng, 3) + rng.choice(string.digits)


def private_key(rng: random.Random, label: str = "RSA ", end: str = "\n") -> str:
    body = end.join(characters(rng, 64, LETTERS_DIGITS + "+/") for _ in range(8))
    return f"{DASHES}BEGIN {label}PRIVATE KEY{DASHES}{end}{body}{end}{DASHES}END {label}PRIVATE KEY{DASHES}"


def matching(expression: str, rng: random.Random) -> str:
    """A random text that the expression matches as a whole; of an open repetition twenty at most."""
    return "".join(_made(parser.parse(expression), rng))


def _made(parsed: Any, rng: random.Random) -> list[str]:
    made: list[str] = []
    for operation, argument in parsed:
        if operation is constants.LITERAL:
            made.append(chr(argument))
        elif operation is constants.IN:
            made.append(rng.choice(_members(argument)))
        elif operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            low, high, inner = argument
            for _ in range(rng.randint(int(low), min(int(high), int(low) + 20))):
                made += _made(inner, rng)
        elif operation is constants.SUBPATTERN:
            made += _made(argument[3], rng)
        elif operation is constants.BRANCH:
            made += _made(rng.choice(argument[1]), rng)
        else:
            raise NotImplementedError(str(operation))
    return made


def _members(argument: Any) -> str:
    if argument[0][0] is constants.NEGATE:
        # Which characters are left out says nothing of which are likely: what people choose is letters and digits.
        return LETTERS_DIGITS
    found = ""
    for operation, value in argument:
        if operation is constants.LITERAL:
            found += chr(value)
        elif operation is constants.RANGE:
            found += "".join(map(chr, range(value[0], value[1] + 1)))
        elif operation is constants.CATEGORY:
            found += string.ascii_letters + "_" if value is constants.CATEGORY_WORD else " "
    return found


_PIECES = [
    "password",
    "PASSWORD",
    "api_key",
    "token",
    "secret",
    "Authorization",
    "Cookie",
    "Bearer ",
    "Basic ",
    ": ",
    "=",
    ":",
    '"',
    "'",
    '\\"',
    "\\n",
    "\n",
    "\r\n",
    " ",
    "  ",
    ",",
    ";",
    "&",
    "?",
    "{",
    "}",
    "<password>",
    "</password>",
    "://u:",
    "@h/",
    "- name: ",
    "name,password\n",
    "name;token\r\n",
    "| a | secret |\n",
    "a,",
    "|",
    "(\n",
    "[\n",
    "-sshpass -p ",
    "%2F",
    "\\/",
    "&amp;",
    "\\u003d",
    '""',
    "1%2F%2F0",
    "Private-Lines: 2",
    "value: ",
    "--password ",
    "-u bob:",
    "machine h login u password ",
    "[REDACTED:github_pat:0123abcd]",
    "[REDACTED:",
    "]",
    "export ",
    "ghp_",
    "sk-",
    "eyJ",
    "AKIA",
    "xoxb-",
    "%3D",
    "é",
    "漢",
    "\ud83d",
    "…",
    "x" * 20,
    "${X}",
    "$",
    f"{DASHES}BEGIN RSA PRIVATE KEY{DASHES}",
    f"{DASHES}END RSA PRIVATE KEY{DASHES}",
    "PuTTY-User-Key-File-2: x",
    "\x00",
]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Pieces that secrets and their surroundings are made of, in any order, with whole secrets between."""
    rng = random.Random(draw(st.integers(0, 1 << 32)))
    whole = [
        "ghp_" + characters(rng, 36),
        password(rng),
        characters(rng, 32),
        characters(rng, 40, "0123456789abcdef"),
        private_key(rng),
        private_key(rng, "", "\\n"),
        characters(rng, 64),
        "registered/own secret",
    ]
    return "".join(draw(st.lists(st.sampled_from(_PIECES + whole) | st.text(max_size=6), max_size=30)))
