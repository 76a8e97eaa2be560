"""Routing rules: YAML in, closures out. Linted on load; a file that changes is swapped whole, or not at all."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from genesis.agents.card import AgentCard
from genesis.errors import FileInvalid, GenesisError
from genesis.frozen import Frozen, JsonValue
from genesis.objective import Objective
from genesis.plan.plan import Task
from genesis.yamlfile import read_yaml

SHIPPED = Path(__file__).with_name("rules.yaml")
PROPOSED = "$proposed"
"""Stands for the agent that the planner proposed."""
ANY = "*"

FieldName = Literal[
    "task.type",
    "task.goal",
    "task.agent",
    "agent.name",
    "agent.cost_usd",
    "agent.remote",
    "agent.effects",
    "objective.text",
    "objective.workspace",
    "objective.trust",
    "objective.budget_usd",
]
Operation = Literal["is", "is_not", "in", "not_in", "has", "lacks", "at_least", "at_most"]
_NUMBERS = {"agent.cost_usd", "objective.budget_usd"}
_FLAGS = {"agent.remote", "agent.effects"}


class Predicate(Frozen):
    """One condition. `has` and `lacks` look for a word or phrase, without regard to case."""

    field: FieldName
    op: Operation
    value: JsonValue

    @model_validator(mode="after")
    def _typed(self) -> Predicate:
        listed = self.op in ("in", "not_in")
        if listed != isinstance(self.value, list):
            raise ValueError(f"`{self.op}` takes {'a list' if listed else 'one value'}")
        for value in self.value if isinstance(self.value, list) else [self.value]:
            wanted = (int, float) if self.field in _NUMBERS else bool if self.field in _FLAGS else str
            if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) != (wanted is bool))):
                raise ValueError(f"{self.field} is compared with {value!r}, which is of another type")
        if self.op in ("at_least", "at_most") and self.field not in _NUMBERS:
            raise ValueError(f"`{self.op}` needs a number; {self.field} is none")
        if self.op in ("has", "lacks") and (self.field in _NUMBERS or self.field in _FLAGS):
            raise ValueError(f"`{self.op}` needs text; {self.field} is none")
        return self


class Prefer(Frozen):
    """A bonus (or malus) on the score of an agent."""

    agent: str
    weight: Annotated[float, Field(ge=-1, le=1)]


class Cap(Frozen):
    """At most `load` tasks of a plan at once for an agent. It only delays, at run time."""

    agent: str
    load: Annotated[int, Field(ge=1, le=1000)]


class Rule(Frozen):
    """A conjunction and exactly one effect. `reason` is shown to people."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    when: tuple[Predicate, ...] = ()
    require: str | None = None
    forbid: str | None = None
    prefer: Prefer | None = None
    cap: Cap | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] = 10
    reason: Annotated[str, Field(min_length=3, max_length=300)]

    @model_validator(mode="after")
    def _one_effect(self) -> Rule:
        effects = (self.require, self.forbid, self.prefer, self.cap)
        if sum(one is not None for one in effects) != 1:
            raise ValueError("a rule has exactly one of require, forbid, prefer, cap")
        return self

    @property
    def subject(self) -> str:
        """The agent that the effect names, or `*`, or `$proposed`."""
        named = self.prefer.agent if self.prefer else self.cap.agent if self.cap else self.require or self.forbid
        assert named is not None
        return named


class RuleFile(Frozen):
    """The file `rules.yaml`."""

    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What predicates look at: one agent for one task of one objective."""

    task: Task
    agent: AgentCard
    objective: Objective
    effects: bool


Test = Callable[[Facts], bool]

_READ: dict[str, Callable[[Facts], object]] = {
    "task.type": lambda f: f.task.type,
    "task.goal": lambda f: f.task.goal,
    "task.agent": lambda f: f.task.agent,
    "agent.name": lambda f: f.agent.name,
    "agent.cost_usd": lambda f: f.agent.cost_usd,
    "agent.remote": lambda f: f.agent.url is not None,
    "agent.effects": lambda f: f.effects,
    "objective.text": lambda f: f.objective.text,
    "objective.workspace": lambda f: f.objective.workspace,
    "objective.trust": lambda f: f.objective.trust,
    "objective.budget_usd": lambda f: f.objective.budget_usd,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule whose conditions are one function."""

    rule: Rule
    holds: Test

    def names(self, agent: str, proposed: str | None) -> bool:
        """Whether the effect is about this agent."""
        subject = self.rule.subject
        return subject in (agent, ANY) or (subject == PROPOSED and agent == proposed)


@dataclass(frozen=True, eq=False)
class RuleSet:
    """Compiled rules, highest priority first."""

    rules: tuple[Compiled, ...]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The fields that any condition looks at."""
        return frozenset(predicate.field for one in self.rules for predicate in one.rule.when)

    @property
    def reads_goal(self) -> bool:
        return "task.goal" in self.reads

    def objective_facts(self, objective: Objective) -> tuple[object, ...]:
        """What the conditions can see of an objective: equal facts, equal decisions."""
        return tuple(getattr(objective, name[10:]) for name in sorted(self.reads) if name.startswith("objective."))


def load_rules(*files: Path, agents: Iterable[str] = ()) -> RuleSet:
    """The rules of all files together. Raises `FileInvalid` (file, line, field) for a bad rule, an id used twice, an
    agent that is not there, a contradiction, or a rule that can never decide."""
    found: list[tuple[Rule, Path]] = []
    for file in files:
        found.extend((rule, file) for rule in read_yaml(file, RuleFile).rules)
    _lint(found, set(agents))
    compiled = [_compile(rule) for rule, _ in found]
    return RuleSet(tuple(sorted(compiled, key=lambda one: -one.rule.priority)))


def _compile(rule: Rule) -> Compiled:
    tests = [_test(one) for one in rule.when]
    return Compiled(rule, lambda facts: all(test(facts) for test in tests))


def _test(predicate: Predicate) -> Test:
    read, value = _READ[predicate.field], predicate.value
    if predicate.op in ("has", "lacks"):
        phrase, wanted = f" {str(value).lower()} ", predicate.op == "has"

        def has(facts: Facts) -> bool:
            text = "".join(c if c.isalnum() else " " for c in str(read(facts)).lower())
            return (phrase in f" {' '.join(text.split())} ") is wanted

        return has
    if predicate.op in ("at_least", "at_most"):
        compare = operator.ge if predicate.op == "at_least" else operator.le

        assert isinstance(value, (int, float))
        limit = float(value)

        def bound(facts: Facts) -> bool:
            number = read(facts)
            return isinstance(number, (int, float)) and compare(float(number), limit)

        return bound
    if predicate.op in ("in", "not_in"):
        assert isinstance(value, list)
        wanted = predicate.op == "in"
        return lambda facts: (read(facts) in value) is wanted
    wanted = predicate.op == "is"
    return lambda facts: (read(facts) == value) is wanted


def _lint(found: list[tuple[Rule, Path]], agents: set[str]) -> None:
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


class RuleBook:
    """The rules in force. `current` looks at the user's file and swaps the whole set when it has changed; a file with
    an error leaves the last good set in force, and `problem` says what is wrong."""

    def __init__(self, user_file: Path | None, agents: Mapping[str, object]) -> None:
        self._file = user_file
        self._agents = tuple(agents)
        self._stamp: tuple[int, int] | None = None
        self.problem: str | None = None
        self._rules = load_rules(SHIPPED)
        self.current()

    def current(self) -> RuleSet:
        """The rules as of now."""
        stamp = self._look()
        if stamp != self._stamp:
            try:
                files = (SHIPPED,) if stamp is None or self._file is None else (SHIPPED, self._file)
                self._rules = load_rules(*files, agents=self._agents)
                self.problem = None
            except GenesisError as error:
                self.problem = f"{error.message}; the rules before it stay in force"
            self._stamp = stamp
        return self._rules

    def _look(self) -> tuple[int, int] | None:
        if self._file is None:
            return None
        try:
            facts = self._file.stat()
        except OSError:
            return None
        return (facts.st_mtime_ns, facts.st_size)
