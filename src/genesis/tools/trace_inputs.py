"""Traces what Python code hands to SQL, shell, pickle and eval back to where it comes from, running none of it."""

from __future__ import annotations

import asyncio
from typing import Literal

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.isolated import read_files


class Step(Frozen):
    """A call on the way from a request, nearest to the interpreter first."""

    file: str
    line: int


class Fill(Frozen):
    """A value that goes into interpreted text: where in it, from what kind of place, and by which calls."""

    place: Literal["quoted", "value", "name", "whole"]
    kind: Literal["request", "parameter", "operator", "file", "unknown"]
    what: str
    way: tuple[Step, ...]


class Interpreted(Frozen):
    """A place where text is interpreted. `built`: it is put together here; `call`: by what, "" if that is elsewhere."""

    family: Literal["sql_injection", "shell_injection", "unsafe_deserialization", "code_injection"]
    file: str
    line: int
    end_line: int
    call: str
    function: str
    built: bool
    fills: tuple[Fill, ...]


class Surroundings(Frozen):
    """Words around a call: names in it, its function and class, what it is assigned to; `main`: under `__main__`."""

    inside: tuple[str, ...] = ()
    function: str = ""
    owner: str = ""
    targets: tuple[str, ...] = ()
    main: bool = False


class TraceInputsInput(Frozen):
    """`files` are the program: calls are followed among them. `ask`: lines of which the surroundings are wanted."""

    files: tuple[str, ...]
    ask: dict[str, tuple[int, ...]]


class TraceInputsOutput(Frozen):
    """`around[file][line]` for each line that was asked for and holds a call."""

    sinks: tuple[Interpreted, ...]
    around: dict[str, dict[int, Surroundings]]
    not_read: tuple[NotDone, ...]


@tool(trust="file", timeout_s=300)
async def trace_inputs(given: TraceInputsInput, context: ToolContext) -> TraceInputsOutput:
    """Traces what Python code hands to SQL, shell, pickle and eval back to where it comes from.

    Raises `WorkspaceRefused` for a file elsewhere, `NotFound` for one that is not there.
    """
    workspace = context.workspace_for("tracing inputs")
    await asyncio.to_thread(lambda: [workspace.path(file) for file in given.files])
    reading = await read_files("genesis.tools.python.trace", workspace.root, given.files)
    sinks: list[Interpreted] = []
    around: dict[str, dict[int, Surroundings]] = {}
    not_read = [NotDone(what=file, why=why) for file, why in reading.failed.items()]
    for file in given.files:
        said = reading.found.get(file, {})
        if "error" in said:
            not_read.append(NotDone(what=file, why=said["error"]))
        for one in said.get("sinks", ()):
            fills = [
                Fill(
                    place=fill["place"],
                    kind=fill["kind"],
                    what=fill["what"][:80],
                    way=tuple(Step(file=at, line=line) for at, line in fill["way"]),
                )
                for fill in one.pop("fills")
            ]
            sinks.append(Interpreted(file=file, fills=tuple(fills), **one))
        wanted = set(given.ask.get(file, ()))
        found = {
            int(line): Surroundings(**words) for line, words in said.get("around", {}).items() if int(line) in wanted
        }
        if found:
            around[file] = found
    return TraceInputsOutput(sinks=tuple(sinks), around=around, not_read=tuple(not_read))
