"""`route(plan, registry)`: who does each task, why, and who would have been next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

from genesis.agents.card import AgentCard, TaskType
from genesis.agents.registry import Registry
from genesis.objective import Objective
from genesis.plan.plan import Plan, Task
from genesis.plan.text import SKIPPED, tokens
from genesis.route.routed import Choice, RoutedPlan
from genesis.route.rules import SHIPPED, Compiled, Facts, RuleSet, load_rules

LEAST = 0.55
"""Below this score nobody is chosen: the task is left unassigned, with the reason."""
WEIGHT = {"match": 0.6, "success": 0.25, "load": -0.1, "cost": -0.1, "latency": -0.05}
"""What each term counts at its fullest; `match` and `success` lie in [0, 1], the others are shares of a limit."""
PATIENT_S = 60.0
"""A task that takes this long on average gets the whole malus for latency."""
DEAR_USD = 1.0
"""A task that costs this much gets the whole malus for cost."""


@dataclass(frozen=True)
class Measured:
    """What is known of agents at this moment. `outcomes`: (agent, type) -> successes and failures; `seconds`: mean
    time of an agent's task; `load`: tasks it has now; `open`: agents whose breaker is open."""

    outcomes: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    load: Mapping[str, int] = field(default_factory=dict)
    open: frozenset[str] = frozenset()


NOTHING = Measured()
Nearest = dict[str, dict[str, tuple[TaskType, float]]]
"""For each kind of task and each agent: the agent's nearest kind, and how near (1: it takes that kind itself)."""


@dataclass(frozen=True, slots=True)
class _Scored:
    agent: str
    type: str
    terms: Mapping[str, float]
    rules: tuple[Compiled, ...]
    score: float


@lru_cache(maxsize=1)
def _shipped() -> RuleSet:
    return load_rules(SHIPPED)


def route(plan: Plan, registry: Registry, *, rules: RuleSet | None = None, measured: Measured = NOTHING) -> RoutedPlan:
    """Every atomic task to the agent with the best score, the surest task first.

    Rules are applied before scores: `require` and `forbid` decide who may, `prefer` adds to the score. An agent that
    does not take the type itself may stand in with its nearest kind of task; nobody is chosen below `LEAST`.
    """
    desk = _desk(registry, rules or _shipped(), measured)
    sure: list[tuple[float, int, str, Choice]] = []
    unassigned: dict[str, str] = {}
    about = desk.rules.objective_facts(plan.objective)
    by_goal = desk.rules.reads_goal
    ranked = desk.ranked
    for number, task in enumerate(plan.tasks):
        if task.type is None:
            continue
        key = (task.type, task.agent, task.goal if by_goal else "", about)
        known = ranked.get(key)
        if known is None:
            known = desk.rank(task, plan.objective, key)
        choice, why_not = known
        if choice is None:
            unassigned[task.id] = why_not
        else:
            sure.append((-choice.score, number, task.id, choice))
    sure.sort(key=itemgetter(0, 1))
    choices = tuple([_copied(choice, name) for _, _, name, choice in sure])
    return RoutedPlan.model_construct(None, plan=plan, choices=choices, unassigned=unassigned)


Key = tuple[str, str | None, str, tuple[object, ...]]


@dataclass(frozen=True, eq=False)
class _Desk:
    """What was decided already over one registry, rule set and state of measurements: tasks of one type and proposal
    are decided once."""

    registry: Registry
    rules: RuleSet
    measured: Measured
    nearest: Nearest
    ranked: dict[Key, tuple[Choice | None, str]] = field(default_factory=dict)

    def rank(self, task: Task, objective: Objective, key: Key) -> tuple[Choice | None, str]:
        scored, why_not = _rank(task, objective, self)
        if len(self.ranked) > 10_000:
            self.ranked.clear()
        self.ranked[key] = known = (_say(scored, self.registry) if scored else None, why_not)
        return known


_DESKS: list[_Desk] = []
"""By identity, for none of the three changes once it is made; the last few, newest last."""


def _desk(registry: Registry, rules: RuleSet, measured: Measured) -> _Desk:
    for desk in _DESKS:
        if desk.registry is registry and desk.rules is rules and desk.measured is measured:
            return desk
    nearest = next((desk.nearest for desk in _DESKS if desk.registry is registry), None)
    _DESKS.append(_Desk(registry, rules, measured, nearest if nearest is not None else _nearest(registry)))
    del _DESKS[:-4]
    return _DESKS[-1]


def _copied(choice: Choice, task: str) -> Choice:
    """The same choice for another task. By hand, because `model_copy` alone would take the 2 ms that 1000 tasks have;
    `task` is the id of a task of a plan, so there is nothing left to validate."""
    copy = Choice.__new__(Choice)
    object.__setattr__(copy, "__dict__", {**choice.__dict__, "task": task})
    object.__setattr__(copy, "__pydantic_fields_set__", _ALL)
    object.__setattr__(copy, "__pydantic_extra__", None)
    object.__setattr__(copy, "__pydantic_private__", None)
    return copy


_ALL = set(Choice.model_fields)


def _rank(task: Task, objective: Objective, desk: _Desk) -> tuple[list[_Scored], str]:
    """Agents that may take the task, best first; or none, and why."""
    registry, rules, measured = desk.registry, desk.rules, desk.measured
    assert task.type is not None
    if task.type not in registry.task_types:
        known = ", ".join(sorted(registry.task_types))
        return [], f"no agent takes tasks of type {task.type!r}; known types: {known}"
    takers = desk.nearest[task.type]
    out: list[str] = []
    fired: dict[str, tuple[Compiled, ...]] = {}
    required: Compiled | None = None
    cards: dict[str, AgentCard] = {}
    for name, (kind, _) in takers.items():
        card = registry.get(name).card
        facts = Facts(task, card, objective, kind.effects)
        cards[name] = card
        fired[name] = tuple(one for one in rules.rules if one.names(name, task.agent) and one.holds(facts))
        needs = next((one for one in fired[name] if one.rule.require), None)
        if needs and (required is None or needs.rule.priority > required.rule.priority):
            required = needs
    scored: list[_Scored] = []
    for name, card in cards.items():
        forbidden = next((one for one in fired[name] if one.rule.forbid), None)
        if forbidden and not (
            required and required.rule.require == name and required.rule.priority > forbidden.rule.priority
        ):
            out.append(f"{name}: {forbidden.rule.reason} (rule {forbidden.rule.id})")
        elif required and required.rule.require != name:
            out.append(f"{name}: {required.rule.reason} (rule {required.rule.id} requires {required.rule.require})")
        elif name in measured.open:
            out.append(f"{name}: its circuit breaker is open")
        else:
            terms = _terms(takers[name], card, fired[name], measured)
            score = round(sum(terms.values()), 4)
            scored.append(_Scored(name, takers[name][0].name, terms, fired[name], score))
    scored.sort(key=lambda one: (-one.score, one.agent))
    if scored and scored[0].score >= LEAST:
        return scored, ""
    if scored:
        out.append(f"{scored[0].agent}: score {scored[0].score:.2f} is below {LEAST}")
    return [], f"nobody may take it: {'; '.join(out)}"


def _nearest(registry: Registry) -> Nearest:
    table: Nearest = {}
    for name, takers in registry.task_types.items():
        rows = table[name] = {}
        for card in registry:
            own = card.task_type(name)
            likeness = [(max(_likeness(mine, other) for other in takers.values()), mine) for mine in card.task_types]
            best, kind = max(likeness, key=itemgetter(0))
            rows[card.name] = (own, 1.0) if own is not None else (kind, best)
    return table


def _likeness(one: TaskType, other: TaskType) -> float:
    """Of two kinds of task, in [0, 1): mostly by what they give, for a test report is no substitute for a page."""
    shared = len(set(one.gives) & set(other.gives)) / max(1, len(set(one.gives) | set(other.gives)))
    return 0.6 * shared + 0.3 * _jaccard(one.description, other.description)


def _jaccard(one: str, other: str) -> float:
    first, second = ({word.stem for word in tokens(text) if word.word not in SKIPPED} for text in (one, other))
    return len(first & second) / max(1, len(first | second))


def _terms(
    taken: tuple[TaskType, float], card: AgentCard, fired: tuple[Compiled, ...], measured: Measured
) -> dict[str, float]:
    kind, likeness = taken
    good, bad = measured.outcomes.get((card.name, kind.name), (0.0, 0.0))
    terms = {
        "match": WEIGHT["match"] * likeness,
        "success": WEIGHT["success"] * (1 + good) / (2 + good + bad),  # mean of Beta(1 + good, 1 + bad)
        "load": WEIGHT["load"] * min(1.0, measured.load.get(card.name, 0) / card.concurrency),
        "cost": WEIGHT["cost"] * min(1.0, card.cost_usd / DEAR_USD),
        "latency": WEIGHT["latency"] * min(1.0, measured.seconds.get(card.name, 0.0) / PATIENT_S),
    }
    for one in fired:
        if one.rule.prefer:
            terms[f"rule {one.rule.id}"] = one.rule.prefer.weight
    return {name: round(value, 4) for name, value in terms.items() if value}


def _say(scored: list[_Scored], registry: Registry) -> Choice:
    """The choice of the best, with what it says to people; its task is filled in later."""
    best, *others = scored
    does = registry.get(best.agent).card.task_type(best.type)
    assert does is not None
    reasons = [one.rule.reason for one in best.rules if one.rule.require or one.rule.prefer]
    because = f"{best.agent} takes {best.type} tasks ({does.description[:1].lower()}{does.description[1:]})"
    if reasons:
        because += f"; {reasons[0]}"
    if others:
        because += (
            f"; next would be {others[0].agent} ({others[0].type}) with {others[0].score:.2f} to {best.score:.2f}"
        )
    return Choice(
        task="t",
        agent=best.agent,
        type=best.type,
        reason=because,
        score=best.score,
        terms=dict(best.terms),
        rules=tuple(one.rule.id for one in best.rules),
        runner_up=others[0].agent if others else None,
        runner_up_score=others[0].score if others else None,
        cost_usd=registry.get(best.agent).card.cost_usd,
    )
