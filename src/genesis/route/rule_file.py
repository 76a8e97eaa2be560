"""Routing rules as they are written: a conjunction of typed conditions, exactly one effect, and a reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from genesis.frozen import Frozen, JsonValue

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
