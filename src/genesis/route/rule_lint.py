"""What is wrong with rules taken together: contradictions, rules that can never apply or are never reached."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from pathlib import Path

from genesis.errors import FileInvalid
from genesis.route.rule_file import ANY, PROPOSED, Predicate, Rule


def lint(found: Sequence[tuple[Rule, Path]], agents: Set[str]) -> None:
    """Raises `FileInvalid` for the first rule that is wrong, with file, line and the rule that it disagrees with.

    `agents` are the names there are; without any, names are not looked at.
    """
    seen: dict[str, Path] = {}
    for rule, file in found:
        where = f"{file}:{_line(file, rule.id)}: rule {rule.id!r}"
        if rule.id in seen:
            raise FileInvalid(f"{where}: the id is taken by {seen[rule.id]}:{_line(seen[rule.id], rule.id)}")
        seen[rule.id] = file
        if agents and rule.subject not in agents | {ANY, PROPOSED}:
            raise FileInvalid(f"{where}: there is no agent {rule.subject!r}; there are {', '.join(sorted(agents))}")
        never = _impossible(rule)
        if never:
            raise FileInvalid(f"{where}: can never apply: {never}")
    for number, (rule, file) in enumerate(found):
        for other, other_file in found[:number]:
            both = _contradict(rule, other) or _contradict(other, rule)
            if both and rule.priority == other.priority and _together(rule, other):
                raise FileInvalid(
                    f"{file}:{_line(file, rule.id)}: rule {rule.id!r} contradicts {other.id!r} "
                    f"({other_file}:{_line(other_file, other.id)}): {both}; give one a higher priority"
                )
        for other, other_file in found:
            if other is not rule and other.priority > rule.priority and _hides(other, rule):
                raise FileInvalid(
                    f"{file}:{_line(file, rule.id)}: rule {rule.id!r} is never reached: {other.id!r} "
                    f"({other_file}:{_line(other_file, other.id)}) always decides before it"
                )


def _contradict(one: Rule, two: Rule) -> str | None:
    if one.require and two.forbid and two.forbid in (one.require, ANY):
        return f"one requires {one.require}, the other forbids it"
    if one.require and two.require and one.require != two.require:
        return f"one requires {one.require}, the other {two.require}"
    return None


def _hides(first: Rule, second: Rule) -> bool:
    """Whether wherever `second` applies, `first` applies too and settles what `second` is about."""
    if not set(map(_key, first.when)) <= set(map(_key, second.when)):
        return False
    if first.require:
        return second.cap is None and second.subject not in (first.require, ANY, PROPOSED)
    return first.forbid is not None and second.cap is None and first.forbid in (second.subject, ANY)


def _together(one: Rule, two: Rule) -> bool:
    """Whether both can hold at once, as far as plain equalities tell."""
    return _impossible(one.model_copy(update={"when": (*one.when, *two.when)})) is None


def _impossible(rule: Rule) -> str | None:
    allowed: dict[str, set[str]] = {}
    for predicate in rule.when:
        values = predicate.value if isinstance(predicate.value, list) else [predicate.value]
        named = {repr(value) for value in values}
        if predicate.op in ("is", "in"):
            allowed[predicate.field] = allowed.get(predicate.field, named) & named
    for predicate in rule.when:
        values = predicate.value if isinstance(predicate.value, list) else [predicate.value]
        if predicate.op in ("is_not", "not_in") and predicate.field in allowed:
            allowed[predicate.field] -= {repr(value) for value in values}
    for field, left in allowed.items():
        if not left:
            return f"its conditions on {field} exclude each other"
    bounds: dict[str, list[float]] = {}
    for predicate in rule.when:
        if predicate.op in ("at_least", "at_most") and isinstance(predicate.value, (int, float)):
            low, high = bounds.setdefault(predicate.field, [float("-inf"), float("inf")])
            at = float(predicate.value)
            bounds[predicate.field] = [max(low, at), high] if predicate.op == "at_least" else [low, min(high, at)]
    for field, (low, high) in bounds.items():
        if low > high:
            return f"its bounds on {field} exclude each other"
    return None


def _key(predicate: Predicate) -> str:
    return f"{predicate.field} {predicate.op} {predicate.value!r}"


def _line(file: Path, rule: str) -> int:
    """The line on which a rule's id stands."""
    here = re.compile(rf"""\bid:\s*["']?{re.escape(rule)}["']?\s*(?:[,}}#]|$)""")
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if here.search(line):
            return number
    return 1
