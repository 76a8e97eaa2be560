"""What a tool is: a typed function, pydantic in and out, with its limits, trust label and whether it has effects.

A tool lives in `genesis/tools/<name>.py` as the one function decorated there:

    @tool(trust="file", timeout_s=30)
    async def count_lines(given: CountLinesInput, context: ToolContext) -> CountLinesOutput:
        "Counts the lines of the workspace's text files."
"""

from __future__ import annotations

import importlib
import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from genesis.clock import Clock
from genesis.errors import NeedsMissing, NotFound
from genesis.frozen import Frozen
from genesis.objective import Permission, Trust
from genesis.security.workspace import Workspace

I = TypeVar("I", bound=Frozen)  # noqa: E741  (the input type; O is the output type)
O = TypeVar("O", bound=Frozen)  # noqa: E741


@dataclass(frozen=True)
class ToolContext:
    """What a call of a tool may touch, and nothing else.

    `workspace` is read-only; `scratch` is an empty folder of this attempt, writable, removed afterwards;
    `key` is the attempt's idempotency key: an effect done twice under one key must be one effect. `outbox` is the only
    folder under which an effect may place files; None where nobody allowed any. `private`: loopback and private
    addresses may be asked (profile `dev`). `hosts`: beside this machine, those that the gate let this call connect to.
    """

    workspace: Workspace | None
    scratch: Path
    key: str
    clock: Clock
    outbox: Path | None = None
    hosts: frozenset[str] = frozenset()
    private: bool = True

    def workspace_for(self, doing: str) -> Workspace:
        """The workspace. Raises `NeedsMissing` where there is none; its message begins with `doing`."""
        if self.workspace is None:
            raise NeedsMissing(f"{doing} needs a workspace: name a folder")
        return self.workspace


@dataclass(frozen=True)
class Tool(Generic[I, O]):
    """`effects`: it changes something outside its scratch folder. `trust`: the label of what it returns. `permission`:
    what must have been asked for and approved before it may be called. Parameters that say where an effect goes or what
    is run are marked in the input type (security/sensitive.py)."""

    name: str
    description: str
    input: type[I]
    output: type[O]
    run: Callable[[I, ToolContext], Awaitable[O]]
    effects: bool
    trust: Trust
    timeout_s: float
    permission: Permission | None = None

    def schema(self) -> dict[str, Any]:
        """The JSON Schemas of input and output."""
        return {"input": self.input.model_json_schema(), "output": self.output.model_json_schema()}


def tool(
    *, trust: Trust, timeout_s: float, effects: bool = False, permission: Permission | None = None
) -> Callable[[Callable[[I, ToolContext], Awaitable[O]]], Tool[I, O]]:
    """Makes a tool of an async function `(input, context) -> output`; name, types and description are its own."""

    def make(run: Callable[[I, ToolContext], Awaitable[O]]) -> Tool[I, O]:
        hints = typing.get_type_hints(run)
        given = next(name for name in hints if name != "return")
        name = getattr(run, "__name__", "")
        return Tool(
            name=name,
            description=(run.__doc__ or "").strip().split("\n\n")[0],
            input=hints[given],
            output=hints["return"],
            run=run,
            effects=effects,
            trust=trust,
            timeout_s=timeout_s,
            permission=permission,
        )

    return make


@cache
def find(name: str) -> Tool[Any, Any]:
    """The tool of that name. Raises `NotFound`: planner, router and vetting can only name what is here."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        raise NotFound(f"tool {name!r}: not a tool's name")
    try:
        module = importlib.import_module(f"genesis.tools.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"genesis.tools.{name}":
            raise
        raise NotFound(f"tool {name}: there is no such tool in genesis/tools/") from error
    found = getattr(module, name, None)
    if not isinstance(found, Tool):
        raise NotFound(f"tool {name}: genesis/tools/{name}.py defines no tool of that name")
    return found
