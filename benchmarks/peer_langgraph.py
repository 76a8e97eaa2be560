# mypy: ignore-errors
"""LangGraph with its SQLite saver, in a process of its own: reads the name of a shape, prints the milliseconds.

Run by engine.py with the interpreter of a virtual environment that has the packages of the dependency group `peers`.
"""

from __future__ import annotations

import asyncio
import operator
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any, TypedDict

from shapes import SHAPES

# This folder has a `requests` of its own, which is not the one that LangGraph imports.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

import aiosqlite  # noqa: E402
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver  # noqa: E402
from langgraph.graph import END, START, StateGraph  # noqa: E402


class Done(TypedDict):
    done: Annotated[list[int], operator.add]


def compiled(name: str, saver: AsyncSqliteSaver) -> Any:
    before, seconds = SHAPES[name]
    graph = StateGraph(Done)

    def node(number: int) -> Any:
        async def work(state: Done) -> Done:
            if seconds[number]:
                await asyncio.sleep(seconds[number])
            return {"done": [number]}

        return work

    last = set(range(len(before)))
    for number, first in enumerate(before):
        graph.add_node(f"n{number}", node(number))
        last.difference_update(first)
        if first:
            graph.add_edge([f"n{one}" for one in first], f"n{number}")
        else:
            graph.add_edge(START, f"n{number}")
    for number in last:
        graph.add_edge(f"n{number}", END)
    return graph.compile(checkpointer=saver)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with aiosqlite.connect(Path(folder) / "langgraph.db") as connection:
            saver = AsyncSqliteSaver(connection)
            await saver.setup()
            graphs = {name: compiled(name, saver) for name in SHAPES}
            pragmas = []
            for pragma in ("journal_mode", "synchronous"):
                async with connection.execute(f"PRAGMA {pragma}") as cursor:
                    pragmas.append(str((await cursor.fetchone())[0]))
            print(" ".join(pragmas), flush=True)
            for round_, line in enumerate(sys.stdin):
                name = line.strip()
                config = {"configurable": {"thread_id": str(round_)}, "recursion_limit": 10_000}
                began = time.perf_counter()
                state = await graphs[name].ainvoke({"done": []}, config, durability="sync")
                took = time.perf_counter() - began
                if sorted(state["done"]) != list(range(len(SHAPES[name][0]))):
                    raise SystemExit(f"{name}: a node is missing")
                print(took * 1000, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
