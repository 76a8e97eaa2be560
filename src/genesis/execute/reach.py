"""What an agent's edit may bring: no task that reaches further than the plan that was made for the objective itself."""

from __future__ import annotations

from collections.abc import Iterable

from genesis.agents.registry import Registry
from genesis.errors import PlanRefused
from genesis.execute.log import Ended
from genesis.execute.state import State
from genesis.route.routed import Choice
from genesis.security.gate import Ask, Policy, digest, shown
from genesis.security.provenance import Origin


def further(
    entry: Ended, choices: Iterable[Choice], state: State, registry: Registry, policy: Policy
) -> tuple[Ask, ...]:
    """What a person is asked before those tasks of an agent's edit begin that bring tools, effects, permissions or
    work of remote agents which the objective's own plan did not have, or that put another goal under the name of a task
    with effects, which somebody may be about to approve. Raises `PlanRefused` where the policy denies them.

    An answer is to the goal too: a later edit may put another in its place.
    """
    assert state.first is not None and entry.result is not None and entry.edit is not None
    own = state.first.choices
    agents = {choice.agent for choice in own}
    tools = {name for agent in agents if agent in registry for name in registry.get(agent).card.tools}
    kinds = {(choice.agent, choice.type) for choice in own}
    known = {*state.first.by_task, *state.graph.index}
    goals = {task.id: task.goal for task in (*entry.edit.add, *entry.edit.replace)}
    label = Origin(trust="agent", source=f"task {entry.task}")
    asks: list[Ask] = []
    for choice in choices:
        card = registry.get(choice.agent).card
        reach = [f"use {name}" for name in sorted({*card.tools} - tools)]
        if card.url is not None and (choice.agent, choice.type) not in kinds:  # what it is sent depends on the type
            reach.append(f"send what it is given to the remote agent {choice.agent}")
        effects = registry.effects(choice.agent, choice.type, state.objective.asks_for)
        if effects and (choice.agent, choice.type) not in kinds:
            reach.append(f"change something outside ({choice.agent}.{choice.type})")
        if reach:
            what = f"would {', '.join(reach)}, which the plan for the objective does not"
        elif effects and choice.task in known and not registry.granted(choice.agent, choice.type, state.objective):
            what = "would change something outside with another goal than before"
        else:
            continue
        what = f"{what}; its goal: {goals[choice.task]}"
        asks.append(
            Ask(
                task=choice.task,
                tool=choice.agent,
                argument=choice.type,
                kind="edit",
                value=shown(what),
                digest=digest(choice.agent, f"{choice.task}.{choice.type}", what),
                origin=label,
            )
        )
    if asks and policy.edit == "deny":
        raise PlanRefused("; ".join(str(ask) for ask in asks) + "; denied")
    return tuple(asks) if policy.edit == "ask" else ()
