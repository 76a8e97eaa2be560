"""Values for the tests of a scaffold: one that keeps all rules of a field, and one that breaks each."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from genesis.tools.scaffold.blueprint import Entity, Field, Rule

LONGEST = 10_000


def number(text: str, kind: str) -> str:
    """A number of a rule as source text, for comparing with a field of that type."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return "0"
    whole = value == value.to_integral_value()
    if kind == "Decimal" and not whole:
        return f'Decimal("{value}")'
    return str(int(value)) if whole else str(value)


def good(one: Field) -> str | None:
    """Source text of a value that keeps all rules, or None when the rules contradict each other."""
    match one.type:
        case "bool":
            return "True"
        case "date":
            return "date(2024, 1, 31)"
        case "datetime":
            return "datetime(2024, 1, 31, 12, 0)"
        case "int" | "float" | "Decimal":
            return _good_number(one)
        case "list[str]":
            return '["a", "b"]' if _fits_length(2, one.rules) else None
        case "str":
            return _good_text(one)


def _good_number(one: Field) -> str | None:
    bounds = [Decimal(rule.value) for rule in one.rules if rule.kind in ("min", "max", "above", "below")]
    steps = [Decimal(0), Decimal(1), Decimal(-1)] + ([] if one.type == "int" else [Decimal("0.5"), Decimal("-0.5")])
    for base in (Decimal(1), *bounds):
        for step in steps:
            value = base + step
            if one.type == "int" and value != value.to_integral_value():
                continue
            if all(_keeps(value, rule) for rule in one.rules):
                return _written(value, one.type)
    if len(bounds) > 1 and one.type != "int":
        middle = (min(bounds) + max(bounds)) / 2
        if all(_keeps(middle, rule) for rule in one.rules):
            return _written(middle, one.type)
    return None


def _keeps(value: Decimal, rule: Rule) -> bool:
    match rule.kind:
        case "min":
            return value >= Decimal(rule.value)
        case "max":
            return value <= Decimal(rule.value)
        case "above":
            return value > Decimal(rule.value)
        case "below":
            return value < Decimal(rule.value)
        case _:
            return True


def _written(value: Decimal, kind: str) -> str:
    if kind == "Decimal":
        return f'Decimal("{value.normalize():f}")'
    return str(int(value)) if kind == "int" else str(float(value))


def _good_text(one: Field) -> str | None:
    choices = next((rule.choices for rule in one.rules if rule.kind == "one_of"), None)
    if choices:
        return next((repr(choice) for choice in choices if _fits_length(len(choice), one.rules)), None)
    at = any(rule.kind == "contains" for rule in one.rules)
    shortest = max([int(float(rule.value)) for rule in one.rules if rule.kind == "shortest"], default=1)
    base = "a@example.org" if at else one.name.replace("_", " ")
    longest = min([int(float(rule.value)) for rule in one.rules if rule.kind == "longest"], default=LONGEST)
    if len(base) > longest:
        base = "a@b" if at else "a" * max(shortest, 1)
    text = base + "x" * max(0, shortest - len(base))
    return repr(text) if len(text) <= longest and len(text) < LONGEST else None


def _fits_length(length: int, rules: list[Rule]) -> bool:
    shortest = all(length >= float(rule.value) for rule in rules if rule.kind == "shortest")
    return shortest and all(length <= float(rule.value) for rule in rules if rule.kind == "longest")


def bad(one: Field, rule: Rule) -> str | None:
    """Source text of a value that breaks one rule; None when that rule is not of a single value."""
    wrapped = one.type == "Decimal"
    match rule.kind:
        case "min" | "max":
            value = Decimal(rule.value) + (-1 if rule.kind == "min" else 1)
            return _written(value, one.type) if not wrapped else f'Decimal("{value}")'
        case "above" | "below":
            value = Decimal(rule.value)
            if one.type == "int" and value != value.to_integral_value():
                return None
            return _written(value, one.type) if not wrapped else f'Decimal("{value}")'
        case "shortest" | "longest":
            length = int(float(rule.value)) + (-1 if rule.kind == "shortest" else 1)
            if not 0 <= length < LONGEST:
                return None
            return f'["a"] * {length}' if one.type == "list[str]" else f'"a" * {length}'
        case "one_of":
            return repr("something else")
        case "contains":
            return repr("no at sign")
        case "not_empty":
            return "[]" if one.type == "list[str]" else '" "'
        case "unique":
            return None


def contradictory(entity: Entity) -> list[Field]:
    """Fields for which no value keeps all rules."""
    return [one for one in entity.fields if good(one) is None]
