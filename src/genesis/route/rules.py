"""Routing rules: YAML in, closures out. Linted on load; a file that changes is swapped whole, or not at all."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from genesis.agents.card import AgentCard
from genesis.errors import GenesisError
from genesis.objective import Objective
from genesis.plan.plan import Task
from genesis.route.rule_file import ANY, PROPOSED, Predicate, Rule, RuleFile
from genesis.route.rule_lint import lint
from genesis.yamlfile import read_yaml

SHIPPED = Path(__file__).with_name("rules.yaml")


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
    lint(found, set(agents))
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
