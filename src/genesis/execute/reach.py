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
    remote agents which the objective's own plan did not have. Raises `PlanRefused` where the policy denies them."""
    assert state.first is not None and entry.result is not None
    own = state.first.choices
    agents = {choice.agent for choice in own}
    tools = {name for agent in agents if agent in registry for name in registry.get(agent).card.tools}
    kinds = {(choice.agent, choice.type) for choice in own}
    label = Origin(trust="agent", source=f"task {entry.task}")
    asks: list[Ask] = []
    for choice in choices:
        card = registry.get(choice.agent).card
        reach = [f"use {name}" for name in sorted({*card.tools} - tools)]
        if card.url is not None and choice.agent not in agents:
            reach.append(f"send what it is given to the remote agent {choice.agent}")
        effects = registry.effects(choice.agent, choice.type, state.objective.asks_for)
        if effects and (choice.agent, choice.type) not in kinds:
            reach.append(f"change something outside ({choice.agent}.{choice.type})")
        if not reach:
            continue
        what = f"would {', '.join(reach)}, which the plan for the objective does not"
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
