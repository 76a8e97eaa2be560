"""What a column is good for: adding up, grouping by, following over time, or only telling rows apart."""

from __future__ import annotations

from typing import Literal

from genesis.tools.tabular.columns import Column
from genesis.tools.tabular.words import words, wordset

Role = Literal["measure", "category", "flag", "date", "year", "id", "text", "empty"]

ID_WORDS = wordset("id ids uuid guid key nr no sku zip plz postcode zipcode isbn ean iban phone tel fax index row")


def role_of(column: Column) -> Role:
    """The column's role, by its kind, its name and how its values repeat."""
    filled = [value for value in column.values if value is not None]
    if not filled:
        return "empty"
    if column.kind in ("date", "time"):
        return "date"
    if column.kind == "boolean":
        return "flag"
    name = words(column.name)
    distinct = set(filled)
    if column.kind == "integer":
        numbers = {value for value in distinct if isinstance(value, int)}
        if {"year", "yr", "jahr", "annee"} & set(name) and all(1900 <= number <= 2100 for number in numbers):
            return "year"
        consecutive = len(numbers) == len(filled) >= 5 and max(numbers) - min(numbers) == len(numbers) - 1
        if column.unit is None and (_is_id(name) or consecutive):
            return "id"
        return "flag" if numbers == {0, 1} else "measure"
    if column.kind == "decimal":
        return "measure"
    if _is_id(name) and len(distinct) > len(filled) / 2:
        return "id"
    short = sum(len(str(value)) for value in distinct) <= 60 * len(distinct)
    return "category" if short and (len(distinct) <= 50 or len(distinct) <= len(filled) / 2) else "text"


def _is_id(name: list[str]) -> bool:
    return bool(name) and (name[-1] in ID_WORDS or name[0] == "id" or name == ["code"] or name == ["number"])
