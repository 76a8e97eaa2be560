"""What a place does to the characters that stand in it, and how names are written there."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from urllib.parse import quote
from xml.sax.saxutils import escape

Encode = Callable[[str], str]
Place = Callable[[Random, str, str], str]


def plain(text: str) -> str:
    return text


def percent(text: str) -> str:
    """As JavaScript's encodeURIComponent does it."""
    return quote(text, safe="!*'()")


def in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def twice_in_json(text: str) -> str:
    return in_json(in_json(text))


def in_xml(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def indented(by: str) -> Encode:
    return lambda text: text.replace("\n", "\n" + by)


def in_csv(text: str) -> str:
    return text.replace('"', '""')


def in_sql(text: str) -> str:
    return text.replace("'", "''")


def snake(words: str) -> str:
    return words.replace(" ", "_")


def upper(words: str) -> str:
    return snake(words).upper()


def kebab(words: str) -> str:
    return words.replace(" ", "-")


def dotted(words: str) -> str:
    return words.replace(" ", ".")


def camel(words: str) -> str:
    first, *rest = words.split()
    return first + "".join(word.capitalize() for word in rest)


def pascal(words: str) -> str:
    return "".join(word.capitalize() for word in words.split())


def header(words: str) -> str:
    name = "-".join(word.capitalize() for word in words.split())
    return name if name.startswith("X-") else f"X-{name}"


def moment(rng: Random) -> str:
    return (
        f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"
        f":{rng.randint(0, 59):02}.{rng.randint(0, 999):03}Z"
    )


def trace_id(rng: Random) -> str:
    return f"{rng.getrandbits(128):032x}"
