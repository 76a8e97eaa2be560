"""Source text of entities (`models.py`), their stores (`stores.py`), and the tests of both."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.tools.scaffold.blueprint import Entity, Field, Rule, plural
from genesis.tools.scaffold.samples import bad, good, number


def models(entities: Sequence[Entity], name: str) -> str:
    """Data classes that refuse what breaks a rule."""
    types = {one.type for entity in entities for one in entity.fields}
    lists = any(one.type == "list[str]" and not one.optional for entity in entities for one in entity.fields)
    head = [f'"""The entities of {name}."""', "", "from __future__ import annotations", ""]
    head += [f"from dataclasses import dataclass{', field' if lists else ''}"]
    dates = [one for one in ("date", "datetime") if one in types]
    head += [f"from datetime import {', '.join(dates)}"] if dates else []
    head += ["from decimal import Decimal"] if "Decimal" in types else []
    return "\n".join(head) + "\n" + "".join(_model(entity) for entity in entities)


def _model(entity: Entity) -> str:
    lines = ["", "", "@dataclass", f"class {entity.name}:"]
    lines.append(f'    """{_article(entity.snake)}: {", ".join(_spoken(one.name) for one in entity.fields)}."""')
    lines.append("")
    required = [one for one in entity.fields if not one.optional and one.type != "list[str]"]
    rest = [one for one in entity.fields if one not in required]
    lines += [f"    {one.name}: {one.type}" for one in required]
    for one in rest:
        lines.append(
            f"    {one.name}: {one.type} | None = None"
            if one.optional
            else f"    {one.name}: list[str] = field(default_factory=list)"
        )
    checks = [line for one in entity.fields for rule in one.rules for line in _check(entity, one, rule)]
    if checks:
        lines += ["", "    def __post_init__(self) -> None:"]
        lines += ['        """Raises ValueError when a field is not as it was asked for."""', *checks]
    return "\n".join(lines) + "\n"


def _check(entity: Entity, one: Field, rule: Rule) -> list[str]:
    value = f"self.{one.name}"
    match rule.kind:
        case "min" | "max" | "above" | "below":
            bound = number(rule.value, one.type)
            sign = {"min": "<", "max": ">", "above": "<=", "below": ">="}[rule.kind]
            words = {"min": "at least", "max": "at most", "above": "above", "below": "below"}[rule.kind]
            wrong, said = f"{value} {sign} {bound}", f"{words} {rule.value}"
        case "shortest":
            wrong, said = f"len({value}) < {int(float(rule.value))}", f"at least {rule.value} long"
        case "longest":
            wrong, said = f"len({value}) > {int(float(rule.value))}", f"at most {rule.value} long"
        case "one_of":
            listed = ", ".join(repr(choice) for choice in rule.choices)
            wrong, said = f"{value} not in ({listed})", "one of " + ", ".join(rule.choices)
        case "contains":
            wrong, said = f"{rule.value!r} not in {value}", f"with {rule.value}"
        case "not_empty":
            wrong, said = (f"not {value}" if one.type == "list[str]" else f"not {value}.strip()"), "filled in"
        case "unique":
            return []  # a matter of all of them: the store's
    if one.optional:
        wrong = f"{value} is not None and {wrong}"
    message = f"{_spoken(one.name)} of {_article(entity.snake).lower()} must be {said}, not "
    return [f"        if {wrong}:", f"            raise ValueError({message!r} + repr({value}))"]


def stores(entities: Sequence[Entity], imports: str) -> str:
    """In-memory stores with the operations that were asked for."""
    stored = [entity for entity in entities if entity.operations]
    changing = any("update" in entity.operations for entity in stored)
    head = [
        '"""Stores that keep entities in memory, each under a number of its own."""',
        "",
        "from __future__ import annotations",
        "",
    ]
    head += ["from dataclasses import replace", "from typing import Any", ""] if changing else []
    head += [f"from {imports} import {', '.join(sorted(entity.name for entity in stored))}"]
    return "\n".join(head) + "\n" + "".join(_store(entity) for entity in stored)


def _store(entity: Entity) -> str:
    name, many = entity.snake, plural(entity.snake)
    unique = [one.name for one in entity.fields if any(rule.kind == "unique" for rule in one.rules)]
    operations = entity.operations | {"add", "get"}
    part = [f"class {entity.name}Store:", f'    """Keeps {_spoken(many)}."""', "", "    def __init__(self) -> None:"]
    part += [f"        self._{many}: dict[int, {entity.name}] = {{}}", "        self._next = 1", ""]
    part += [f"    def add(self, {name}: {entity.name}) -> int:"]
    if unique:
        taken = ", ".join(map(_spoken, unique))
        part += [f'        """Keeps one; returns its number. Raises ValueError when {taken} is taken."""']
        part += [f"        self._check_unique({name}, 0)"]
    else:
        part += ['        """Keeps one and returns its number."""']
    part += [
        "        number = self._next",
        "        self._next += 1",
        f"        self._{many}[number] = {name}",
        "        return number",
        "",
    ]
    part += [
        f"    def get(self, number: int) -> {entity.name}:",
        '        """The one of that number. Raises KeyError."""',
    ]
    part += [f"        return self._{many}[number]", ""]
    if "all" in operations:
        part += [
            f"    def all(self) -> list[{entity.name}]:",
            '        """All of them, in the order in which they came."""',
        ]
        part += [f"        return list(self._{many}.values())", ""]
    if "count" in operations:
        part += [
            "    def count(self) -> int:",
            '        """How many there are."""',
            f"        return len(self._{many})",
            "",
        ]
    if "update" in operations:
        part += [f"    def update(self, number: int, /, **changes: Any) -> {entity.name}:"]
        part += ['        """Changes fields of one. Raises KeyError, and ValueError for what breaks a rule."""']
        part += [f"        changed = replace(self._{many}[number], **changes)"]
        part += ["        self._check_unique(changed, number)"] if unique else []
        part += [f"        self._{many}[number] = changed", "        return changed", ""]
    if "remove" in operations:
        part += [
            "    def remove(self, number: int) -> None:",
            '        """Forgets one. Raises KeyError."""',
            f"        del self._{many}[number]",
            "",
        ]
    for field in (one for one in entity.fields if one.name in entity.find_by):
        part += [f"    def find_by_{field.name}(self, {field.name}: {_element(field)}) -> list[{entity.name}]:"]
        part += [f'        """Those with that {_spoken(field.name)}."""']
        test = (
            f"{field.name} in (one.{field.name} or [])"
            if field.type == "list[str]"
            else f"one.{field.name} == {field.name}"
        )
        part += [f"        return [one for one in self._{many}.values() if {test}]", ""]
    if unique:
        part += [f"    def _check_unique(self, {name}: {entity.name}, own_number: int) -> None:"]
        part += [f"        for number, other in self._{many}.items():"]
        for field_name in unique:
            part += [f"            if number != own_number and other.{field_name} == {name}.{field_name}:"]
            part += [
                f"                raise ValueError({_spoken(field_name) + ' is taken: '!r} + repr({name}.{field_name}))"
            ]
    return "\n\n\n" + "\n".join(part).rstrip() + "\n"


def model_tests(entities: Sequence[Entity], imports: str) -> str:
    """Tests that every entity can be made, and refuses what breaks each of its rules."""
    usable = [entity for entity in entities if all(good(one) is not None for one in entity.fields)]
    head = ['"""Every entity can be made, and refuses what breaks one of its rules."""', "", *_test_imports(usable)]
    head += ["", "import pytest", "", f"from {imports} import {', '.join(sorted(entity.name for entity in usable))}"]
    body = []
    for entity in usable:
        body += ["", "", f"def make_{entity.snake}(**changes):"]
        values = ", ".join(f'"{one.name}": {good(one)}' for one in entity.fields)
        body += [f"    return {entity.name}(**{{**{{{values}}}, **changes}})", "", ""]
        body += [f"def test_{entity.snake}_can_be_made():", f"    made = make_{entity.snake}()"]
        body += [f"    assert made.{one.name} == {good(one)}" for one in entity.fields]
        cases = [
            (one, rule, text) for one in entity.fields for rule in one.rules if (text := bad(one, rule)) is not None
        ]
        if cases:
            body += ["", "", "@pytest.mark.parametrize(", '    ("field", "value"),', "    ["]
            body += [f'        ("{one.name}", {text}),' for one, _, text in cases]
            body += [
                "    ],",
                ")",
                f"def test_{entity.snake}_refuses(field, value):",
                "    with pytest.raises(ValueError):",
            ]
            body += [f"        make_{entity.snake}(**{{field: value}})"]
    return "\n".join([*head, *body]) + "\n"


def store_tests(entities: Sequence[Entity], models_path: str, stores_path: str) -> str:
    """Tests of each operation of each store."""
    stored = [entity for entity in entities if entity.operations and all(good(one) for one in entity.fields)]
    head = ['"""What is put into a store can be had again, changed and taken out."""', "", *_test_imports(stored), ""]
    head += ["import pytest", "", f"from {models_path} import {', '.join(sorted(entity.name for entity in stored))}"]
    head += [f"from {stores_path} import {', '.join(sorted(f'{entity.name}Store' for entity in stored))}"]
    body: list[str] = []
    for entity in stored:
        body += _store_test(entity)
    return "\n".join([*head, *body]) + "\n"


def _store_test(entity: Entity) -> list[str]:
    arguments = ", ".join(f"{one.name}={good(one)}" for one in entity.fields)
    unique = any(rule.kind == "unique" for one in entity.fields for rule in one.rules)
    part = ["", "", f"def test_{entity.snake}_store():", f"    store = {entity.name}Store()"]
    part += [
        f"    one = {entity.name}({arguments})",
        "    number = store.add(one)",
        "    assert store.get(number) == one",
    ]
    part += ["    assert store.all() == [one]"] if "all" in entity.operations else []
    part += ["    assert store.count() == 1"] if "count" in entity.operations else []
    for field in entity.fields:
        if field.name in entity.find_by:
            value = '"a"' if field.type == "list[str]" else good(field)
            part += [f"    assert store.find_by_{field.name}({value}) == [one]"]
    if unique:
        part += ["    with pytest.raises(ValueError):", "        store.add(one)"]
    if "update" in entity.operations:
        first = entity.fields[0]
        part += [f"    assert store.update(number, {first.name}={good(first)}) == one"]
    if "remove" in entity.operations:
        part += ["    store.remove(number)", "    with pytest.raises(KeyError):", "        store.get(number)"]
    else:
        part += ["    with pytest.raises(KeyError):", "        store.get(number + 1)"]
    return part


def _test_imports(entities: Sequence[Entity]) -> list[str]:
    types = {one.type for entity in entities for one in entity.fields}
    dates = [one for one in ("date", "datetime") if one in types]
    lines = [f"from datetime import {', '.join(dates)}"] if dates else []
    return lines + (["from decimal import Decimal"] if "Decimal" in types else [])


def _element(one: Field) -> str:
    return "str" if one.type == "list[str]" else one.type


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _article(name: str) -> str:
    return f"{'An' if name[:1] in 'aeiou' else 'A'} {_spoken(name)}"
