"""One registry of agents serves planner, router, vetting and service: what is not here cannot be named."""

from __future__ import annotations

import importlib.util
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from genesis.agents.card import AgentCard, TaskType
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import FileInvalid, NotFound
from genesis.objective import Objective, Permission
from genesis.tools import tool
from genesis.yamlfile import line_of, read_yaml

BUILT_IN = Path(__file__).parent

Work = Callable[[Assignment, Toolbox], Awaitable[Result]]


@dataclass(frozen=True)
class Agent:
    """A card and its file: `NAME/agent.yaml` with `work.py` beside it, or, with `url`, `NAME.yaml`.

    `private`: a remote agent may be at a loopback or private address.
    """

    card: AgentCard
    file: Path
    private: bool = False

    @cached_property
    def work(self) -> Work:
        """The agent's function, imported when it is first needed. Raises `FileInvalid` when the file has none."""
        if self.card.url is not None:
            from genesis.agents.remote import remote

            return remote(self.card, private=self.private)
        file = self.file.with_name("work.py")
        if self.file.parent.parent == BUILT_IN:
            module: object = importlib.import_module(f"genesis.agents.{self.file.parent.name}.work")
        else:
            module = _import(file, f"genesis_user_agent_{self.file.parent.name}")
        work = getattr(module, "work", None)
        if not inspect.iscoroutinefunction(work):
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

    def effects(self, agent: str, task_type: str, asks_for: frozenset[Permission] = frozenset()) -> bool:
        """Whether a task of that type at that agent changes something outside, given what the objective asks for."""
        one = self.get(agent).card.task_type(task_type)
        return one is not None and (one.effects or not asks_for.isdisjoint(one.may))

    def granted(self, agent: str, task_type: str, objective: Objective) -> bool:
        """Whether all effects that the task has were allowed by who gave the objective."""
        one = self.get(agent).card.task_type(task_type)
        return (
            one is not None and not one.effects and objective.asks_for.intersection(one.may) <= {*objective.permissions}
        )


def load(*folders: Path, private: bool = False) -> Registry:
    """The built-in agents, and those in `folders` (GENESIS_HOME/agents). `private`: see `Agent`.

    Raises `FileInvalid` with file, line and field of the first error.
    """
    registry, errors = read(*folders, private=private)
    if errors:
        raise errors[0]
    return registry


def read(*folders: Path, private: bool = False) -> tuple[Registry, list[FileInvalid]]:
    """The agents whose files are right, and what is wrong with the others, each with file, line and field.

    A name that is taken is refused, so that no file of a user's silently replaces a vetted agent.
    """
    agents: dict[str, Agent] = {}
    errors: list[FileInvalid] = []
    for root in (BUILT_IN, *folders):
        for file in sorted([*root.glob("*/agent.yaml"), *root.glob("*.yaml")]):
            try:
                card = read_yaml(file, AgentCard)
                _check(card, file, agents)
            except FileInvalid as error:
                errors.append(error)
            else:
                agents[card.name] = Agent(card, file, private)
    registry = Registry(dict(sorted(agents.items())))
    return registry, errors + [error for agent in agents.values() for error in _wrong_examples(agent, registry)]


def _check(card: AgentCard, file: Path, agents: Mapping[str, Agent]) -> None:
    """What concerns the file and its neighbours. Raises `FileInvalid`."""
    own = file.parent.name if file.name == "agent.yaml" else file.stem
    if card.name != own:
        raise FileInvalid(f"{file}:{line_of(file, 'name')}: name: is {card.name!r}, but the file is {own!r}'s")
    if card.name in agents:
        taken = agents[card.name].file
        raise FileInvalid(f"{file}:{line_of(file, 'name')}: name: {card.name!r} is taken by {taken}")
    if card.url is None and file.name != "agent.yaml":
        raise FileInvalid(f"{file}:1: url: is missing; an agent without is a folder with agent.yaml and work.py")
    for number, name in enumerate(card.tools):
        try:
            tool.find(name)
        except NotFound as error:
            raise FileInvalid(f"{file}:{line_of(file, 'tools', number)}: tools.{number}: {error.message}") from error


def _wrong_examples(agent: Agent, registry: Registry) -> Iterator[FileInvalid]:
    for number, example in enumerate(agent.card.examples):
        for step in example.plan:
            who, _, what = step.partition("#")[0].partition(".")
            if who not in registry or registry.get(who).card.task_type(what) is None:
                line = line_of(agent.file, "examples", number, "plan", step)
                yield FileInvalid(
                    f"{agent.file}:{line}: examples.{number}.plan: {step!r}: the fleet has no such agent and task type"
                )


def _import(file: Path, name: str) -> object:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.exists():
        raise FileInvalid(f"{file}: not there; an agent without `url` needs it")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise FileInvalid(f"{file}:{error.lineno or 1}: not Python: {error.msg}") from error
    except Exception as error:
        last = error.__traceback__
        line = 1
        while last is not None:
            if last.tb_frame.f_code.co_filename == str(file):
                line = last.tb_lineno
            last = last.tb_next
        raise FileInvalid(f"{file}:{line}: cannot be imported: {type(error).__name__}: {error}") from error
    return module
