"""What a plan may name: kinds of task with descriptions and types, and examples of requests with their plans.

The 15 agents are one catalog, a benchmark's tools another; the same code plans over both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from genesis.agents.card import Example
from genesis.agents.registry import Registry
from genesis.errors import NotFound

if TYPE_CHECKING:
    from genesis.plan.evidence import Reader


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of task. `name` is what examples call it; the rest is as in `agents.card.TaskType`."""

    name: str
    agent: str
    type: str
    description: str
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalog:
    """Entries in a fixed order, and example plans that name them. `about` describes an agent as a whole."""

    entries: tuple[Entry, ...]
    examples: tuple[Example, ...] = ()
    about: tuple[tuple[str, str], ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Entry]:
        return {entry.name: entry for entry in self.entries}

    @cached_property
    def by_agent(self) -> dict[str, tuple[Entry, ...]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.agent, []).append(entry)
        return {agent: tuple(entries) for agent, entries in found.items()}

    @cached_property
    def reader(self) -> Reader:
        """The index over this catalog, built when it is first planned with."""
        from genesis.plan.evidence import reader_of

        return reader_of(self)

    def choose(self, agent: str | None, task_type: str | None) -> Entry:
        """The entry of that agent and type; of an agent alone its first, of a type alone its first taker.

        Raises `NotFound`, naming what there is.
        """
        if agent is not None and agent not in self.by_agent:
            raise NotFound(f"agent {agent!r}: not here; there are {', '.join(self.by_agent)}")
        entries = self.by_agent[agent] if agent is not None else self.entries
        for entry in entries:
            if task_type is None or entry.type == task_type:
                return entry
        types = ", ".join(dict.fromkeys(entry.type for entry in entries))
        raise NotFound(f"task type {task_type!r}: {agent or 'no agent'} does not take it; there are {types}")


def of_agents(registry: Registry) -> Catalog:
    """The catalog of a fleet, with every agent's examples."""
    entries = tuple(
        Entry(f"{card.name}.{one.name}", card.name, one.name, one.description, one.needs, one.uses, one.gives)
        for card in registry
        for one in card.task_types
    )
    examples = tuple(example for card in registry for example in card.examples)
    return Catalog(entries, examples, tuple((card.name, f"{card.title}. {card.description}") for card in registry))
