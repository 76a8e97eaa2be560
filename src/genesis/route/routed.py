"""A plan of which every atomic task has an agent, with the reason and the runner-up."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import Field

from genesis.frozen import Frozen
from genesis.plan.plan import Plan


class Choice(Frozen):
    """Who does a task, why, and who would have been next.

    `score` is the sum of `terms` (what each contributed); `rules` are the ids of the rules that fired.
    """

    task: str
    agent: str
    type: str
    reason: str
    score: float
    terms: dict[str, float] = Field(default_factory=dict)
    rules: tuple[str, ...] = ()
    runner_up: str | None = None
    runner_up_score: float | None = None
    cost_usd: Annotated[float, Field(ge=0)] = 0.0


class RoutedPlan(Frozen):
    """`unassigned` names the tasks that nobody can take, each with the reason."""

    plan: Plan
    choices: tuple[Choice, ...] = ()
    unassigned: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def by_task(self) -> dict[str, Choice]:
        return {choice.task: choice for choice in self.choices}
