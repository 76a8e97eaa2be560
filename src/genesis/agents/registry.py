"""One registry of agents serves planner, router, vetting and service: what is not here cannot be named."""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from genesis.agents.card import AgentCard, TaskType
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import FileInvalid, NotFound
from genesis.tools import tool
from genesis.yamlfile import read_yaml

BUILT_IN = Path(__file__).parent

Work = Callable[[Assignment, Toolbox], Awaitable[Result]]


@dataclass(frozen=True)
class Agent:
    """A card, and the folder in which `work.py` lies."""

    card: AgentCard
    folder: Path

    @cached_property
    def work(self) -> Work:
        """The agent's function, imported when it is first needed. Raises `FileInvalid` when the file has none."""
        file = self.folder / "work.py"
        built_in = self.folder.parent == BUILT_IN
        name = f"genesis.agents.{self.folder.name}.work" if built_in else f"genesis_user_agent_{self.folder.name}"
        if built_in:
            module = importlib.import_module(name)
        else:
            spec = importlib.util.spec_from_file_location(name, file)
            if spec is None or spec.loader is None or not file.exists():
                raise FileInvalid(f"{file}: not there; an agent without `url` needs it")
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        work = getattr(module, "work", None)
        if not callable(work):
            raise FileInvalid(f"{file}: defines no `async def work(task, tools)`")
        found: Work = work
        return found


@dataclass(frozen=True)
class Registry:
    """The agents by name, in order of name."""

    agents: Mapping[str, Agent]

    def __len__(self) -> int:
        return len(self.agents)

    def __iter__(self) -> Iterator[AgentCard]:
        return (agent.card for agent in self.agents.values())

    def __contains__(self, name: object) -> bool:
        return name in self.agents

    def get(self, name: str) -> Agent:
        """The agent of that name. Raises `NotFound`, naming those that are there."""
        try:
            return self.agents[name]
        except KeyError:
            raise NotFound(f"agent {name!r}: not here; there are {', '.join(self.agents)}") from None

    @cached_property
    def task_types(self) -> dict[str, dict[str, TaskType]]:
        """Task types by name, each with the agents that take it."""
        types: dict[str, dict[str, TaskType]] = {}
        for card in self:
            for one in card.task_types:
                types.setdefault(one.name, {})[card.name] = one
        return types

    def effects(self, agent: str, task_type: str) -> bool:
        """Whether a task of that type at that agent changes something outside."""
        one = self.get(agent).card.task_type(task_type)
        return one is not None and one.effects


def load(*folders: Path) -> Registry:
    """The built-in agents, and those in `folders` (GENESIS_HOME/agents).

    Raises `FileInvalid` with file, line and field; a name that is taken is refused, so that no file of a user's
    silently replaces a vetted agent.
    """
    agents: dict[str, Agent] = {}
    for root in (BUILT_IN, *folders):
        for file in sorted(root.glob("*/agent.yaml")):
            card = read_yaml(file, AgentCard)
            if card.name != file.parent.name:
                raise FileInvalid(f"{file}:1: name: is {card.name!r}, but the folder is {file.parent.name!r}")
            if card.name in agents:
                raise FileInvalid(f"{file}:1: name: {card.name!r} is taken by {agents[card.name].folder}/agent.yaml")
            for name in card.tools:
                try:
                    tool.find(name)
                except NotFound as error:
                    raise FileInvalid(f"{file}: tools: {error.message}") from error
            agents[card.name] = Agent(card, file.parent)
    registry = Registry(dict(sorted(agents.items())))
    _check_examples(registry)
    return registry


def _check_examples(registry: Registry) -> None:
    for name, agent in registry.agents.items():
        for example in agent.card.examples:
            for step in example.plan:
                who, _, what = step.partition("#")[0].partition(".")
                if who not in registry or registry.get(who).card.task_type(what) is None:
                    raise FileInvalid(
                        f"{agent.folder}/agent.yaml: examples: {example.request!r} names {step!r}, "
                        f"but {name}'s fleet has no such agent and task type"
                    )
