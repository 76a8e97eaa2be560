"""Which columns of a table say who a lead is, and which how promising it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from genesis.tools.tabular.columns import Column
from genesis.tools.tabular.roles import role_of
from genesis.tools.tabular.table import Table
from genesis.tools.tabular.words import words, wordset

EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}")

_EMAIL = wordset("email mail")
_COMPANY = wordset("company organisation organization firm employer account business firma institution school club")
_ENGAGED = wordset(
    "visit open click download session pageview view engagement reply response meeting demo webinar event trial"
    " activity interaction touch call signup attended requested"
)
_RECENT = wordset("last latest recent seen activity contact contacted visit login updated touch active")
_SIZE = wordset("employee headcount size revenue seat value budget deal turnover arr amount potential staff member bed")
_FIT = wordset(
    "industry sector country region segment title role job position department branch city state territory market"
    " vertical type category technology product"
)
_INTEREST = wordset("interest interested need topic product request enquiry inquiry wish")
_STOP = wordset("unsubscribed unsubscribe optout dnc bounced blacklisted")
_OUTCOME = wordset("status stage outcome result converted won customer")
WON = wordset("won customer converted closedwon client paying yes true 1")
LOST = wordset("lost closedlost disqualified rejected churned no false 0 dead")
OUT = wordset("unsubscribed optout dnc bounced blacklisted donotcontact")


@dataclass(frozen=True)
class LeadColumns:
    """The columns by what they are for; an empty tuple or None where the table has none."""

    email: Column | None
    first: Column | None
    name: Column | None
    company: Column | None
    fit: tuple[Column, ...]
    engagement: tuple[Column, ...]
    recency: Column | None
    size: tuple[Column, ...]
    interest: Column | None
    barred: tuple[Column, ...]
    outcome: Column | None


def lead_columns(table: Table) -> LeadColumns | None:
    """The columns of a table of leads; None when nothing in it says who a lead is."""
    named = [(column, words(column.name)) for column in table.columns]
    email = next((c for c, w in named if set(w) & _EMAIL and _has_addresses(c)), None)
    email = email or next((c for c, _ in named if c.kind == "text" and _has_addresses(c)), None)
    first = _pick(named, lambda w: w[:2] == ["first", "name"] or w in (["firstname"], ["forename"], ["vorname"]))
    name = _pick(named, lambda w: w in (["name"], ["contact"], ["lead"], ["person"]) or w[-2:] in _FULL_NAMES)
    company = _pick(named, lambda w: bool(set(w) & _COMPANY) and not set(w) & (_SIZE | {"id"}))
    if not any((email, first, name, company)):
        return None
    barred = [c for c, w in named if c.kind == "boolean" and (set(w) & _STOP or _joined(w) in _BARRED)]
    outcome = next((c for c, w in named if set(w) & _OUTCOME and c not in barred and _tells_outcome(c)), None)
    taken = {id(c) for c in (email, first, name, company, outcome, *barred) if c is not None}
    rest = [(c, w) for c, w in named if id(c) not in taken]
    recency = max(
        (c for c, w in rest if c.kind in ("date", "time") and set(w) & _RECENT),
        key=lambda c: sum(v is not None for v in c.values),
        default=None,
    )
    return LeadColumns(
        email=email,
        first=first,
        name=name,
        company=company,
        fit=tuple(c for c, w in rest if set(w) & _FIT and role_of(c) == "category"),
        engagement=tuple(c for c, w in rest if set(w) & _ENGAGED and (c.number or c.kind == "boolean")),
        recency=recency,
        size=tuple(c for c, w in rest if set(w) & _SIZE and c.number and not c.split and not set(w) & _ENGAGED),
        interest=next((c for c, w in rest if set(w) & _INTEREST and c.kind == "text"), None),
        barred=tuple(barred),
        outcome=outcome,
    )


_FULL_NAMES = (["full", "name"], ["contact", "name"], ["lead", "name"], ["customer", "name"], ["last", "name"])
_BARRED = frozenset({"donotcontact", "optout", "optedout", "nocontact", "donotemail", "emailoptout", "hasoptedout"})


def _pick(named: list[tuple[Column, list[str]]], fits: Callable[[list[str]], bool]) -> Column | None:
    return next((c for c, w in named if c.kind == "text" and w and fits(w)), None)


def _joined(name: list[str]) -> str:
    return "".join(name)


def _has_addresses(column: Column) -> bool:
    filled = [value for value in column.values if isinstance(value, str)][:200]
    return len(filled) > 0 and sum("@" in value for value in filled) >= len(filled) / 2


def _tells_outcome(column: Column) -> bool:
    values = {said(value) for value in column.values if value is not None}
    return 2 <= len(values) <= 12 and bool(values & (WON | LOST | OUT))


def said(value: object) -> str:
    """A cell of a status column, as one word: "Closed won" is closedwon."""
    return "".join(words(str(value).lower()))
