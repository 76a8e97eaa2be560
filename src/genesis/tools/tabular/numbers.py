"""Numbers as people write them: 1,234.50, 1.234,50, 1 234, (12), 12-, 45 %, $9.99, 1.200 EUR."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from genesis.tools.tabular.vote import Sureness, decide
from genesis.tools.tabular.words import wordset

Mark = Literal[".", ","]

SYMBOLS = {
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    "R$": "BRL",
    "zł": "PLN",
}
CODES = wordset(
    "EUR USD GBP CHF JPY INR SEK NOK DKK PLN CZK HUF RON BGN CAD AUD NZD BRL CNY ZAR MXN TRY SGD HKD KRW ILS AED"
    " SAR THB IDR MYR PHP VND UAH CLP COP ARS EGP NGN KES"
)
_MONEY = "|".join(sorted((re.escape(word) for word in (*SYMBOLS, *CODES)), key=len, reverse=True))
_DRESSED = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+\u2212])?\s*(?P<before>{_MONEY})?\s*(?P<sign2>[-+\u2212])?"
    rf"(?P<body>[0-9.,'\u2019_ ]*[0-9][.,]?(?:[eE][-+]?[0-9]{{1,3}})?)"
    rf"\s*(?P<after>{_MONEY}|%)?\s*(?P<minus>-)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_SIMPLE = re.compile(r"-?(?:[0-9]+|0\.[0-9]+|[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,}))")  # most cells; spares the long way
_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[ '\u2019_][0-9]{3})+(?:[.,][0-9]*)?")
_POINT_SURE = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]*|[0-9]{1,3}(?:,[0-9]{3}){2,}|[0-9]*\.[0-9]*(?:[eE][-+]?[0-9]+)?"
)
_COMMA_SURE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]*|[0-9]{1,3}(?:\.[0-9]{3}){2,}|[0-9]*,[0-9]*")
_EITHER = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_EXPONENT = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+")
MAX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Number:
    """A number and what it counts: a currency's code, "%" or None. `12 %` is 12 with the unit "%"."""

    value: Decimal
    unit: str | None


@dataclass(frozen=True, slots=True)
class _Shape:
    body: str
    negative: bool
    unit: str | None


def _shape(text: str) -> _Shape | None:
    if not text or len(text) > MAX_LENGTH:
        return None
    found = _DRESSED.fullmatch(text.replace("\u00a0", " ").replace("\u202f", " "))
    if found is None or (found["open"] is None) != (found["close"] is None):
        return None
    signs = [sign for sign in (found["sign"], found["sign2"], found["minus"]) if sign]
    if len(signs) > 1 or (found["before"] and found["after"] and found["after"] != "%"):
        return None
    money = found["before"] or found["after"]
    unit = None if money is None else "%" if money == "%" else SYMBOLS.get(money, money.upper())
    return _Shape(found["body"].strip(), bool(found["open"]) or signs not in ([], ["+"]), unit)


def mark_of(text: str) -> Mark | Literal["either"] | None:
    """Which decimal mark a text proves: "." or ","; "either" for 1,234 and 1.234; None when it proves nothing."""
    if len(text) <= MAX_LENGTH and _SIMPLE.fullmatch(text):
        return "." if "." in text else None
    shape = _shape(text)
    if shape is None:
        return None
    body = shape.body
    if _EITHER.fullmatch(body):
        return "either"
    if _PLAIN.fullmatch(body):
        return None
    if _GROUPED.fullmatch(body):
        return "." if "." in body else "," if "," in body else None
    if _POINT_SURE.fullmatch(body):
        return "."
    return "," if _COMMA_SURE.fullmatch(body) else None


def decimal_mark(texts: Iterable[str], default: Mark) -> tuple[Mark, Sureness]:
    """The decimal mark of a column, and how sure that is (`decide`)."""
    return decide(map(mark_of, texts), (".", ","), default)


def parse_number(text: str, mark: Mark) -> Number | None:
    """The number that a cell holds, or None. `mark` decides only what reads either way (1,234).

    >>> parse_number("(1.234,50 €)", ",")
    Number(value=Decimal('-1234.50'), unit='EUR')
    >>> parse_number("1,234", "."), parse_number("1,234", ",")
    (Number(value=Decimal('1234'), unit=None), Number(value=Decimal('1.234'), unit=None))
    """
    if len(text) <= MAX_LENGTH and _SIMPLE.fullmatch(text):
        return Number(Decimal(text), None)
    shape = _shape(text)
    if shape is None:
        return None
    body = shape.body
    if _EITHER.fullmatch(body):
        plain = body.replace("." if mark == "," else ",", "").replace(mark, ".")
    elif _PLAIN.fullmatch(body) or _EXPONENT.fullmatch(body):
        plain = body
    elif _GROUPED.fullmatch(body):
        plain = re.sub(r"[ '\u2019_]", "", body).replace(",", ".")
    elif _POINT_SURE.fullmatch(body):
        plain = body.replace(",", "")
    elif _COMMA_SURE.fullmatch(body):
        plain = body.replace(".", "").replace(",", ".")
    else:
        return None
    if plain in ("", "."):
        return None
    value = Decimal(plain)
    if abs(value.adjusted()) > 300:  # beyond what a float holds
        return None
    return Number(-value if shape.negative else value, shape.unit)
