"""A real service for each test: real runs, a real server on a free loopback port, agents as files in a folder."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from genesis.agents.registry import Registry
from genesis.cli import compose, serve
from genesis.execute.prepare import Prepared
from genesis.objective import Objective
from genesis.plan.plan import Plan, Refusal
from genesis.route.routed import RoutedPlan
from genesis.route.rules import RuleBook
from genesis.service.app import serving
from genesis.service.parts import Parts
from genesis.settings import Settings
from genesis.telemetry.logs import JsonLines
from genesis.vet.vetting import Vetting
from tests.service import fleet


@dataclass(frozen=True)
class Service:
    """A service that is up. `http` talks to it; `workspace` is a folder under an allowed root."""

    parts: Parts
    http: httpx.AsyncClient
    workspace: Path
    log: io.BytesIO

    @property
    def url(self) -> str:
        return self.parts.url

    async def post(self, description: str, **body: Any) -> httpx.Response:
        return await self.http.post("/task", json={"description": description, **body})

    async def run_ids(self) -> list[str]:
        return [run["task_id"] for run in (await self.http.get("/task")).json()["tasks"]]

    async def until(self, run_id: str, *statuses: str) -> dict[str, Any]:
        """The run, once it is in one of `statuses`."""
        async with asyncio.timeout(30):
            while True:
                run: dict[str, Any] = (await self.http.get(f"/task/{run_id}")).json()
                if run["status"] in statuses:
                    return run
                await asyncio.sleep(0.02)

    def go(self) -> None:
        """Lets the slow agent finish."""
        (self.workspace / "go").touch()


Start = Callable[..., Awaitable[Service]]


def asking(registry: Registry) -> compose.Planning:
    """The service's planner, but for three words: "ask" is answered with a question first, "never" with a refusal, and
    "anybody" goes to the agent echo without its being named."""
    prepare, prepare_plan = compose.planning(registry, RuleBook(None, registry.agents))

    async def ask_first(objective: Objective) -> Prepared:
        if objective.text.startswith("ask") and "\n" not in objective.text:
            plan = Plan(objective=objective, level="heuristic", confidence=0.1, question="Which one?")
            return Prepared(routed=RoutedPlan(plan=plan), vetting=Vetting())
        if objective.text.startswith("never"):
            refusal = Refusal(category="security", message="That is not done here.")
            plan = Plan(objective=objective, level="heuristic", confidence=0.9, refusal=refusal)
            return Prepared(routed=RoutedPlan(plan=plan), vetting=Vetting())
        if objective.text.startswith("anybody"):
            return await prepare(objective.model_copy(update={"agent": "echo"}))
        return await prepare(objective)

    return ask_first, prepare_plan


@asynccontextmanager
async def running(home: Path, workspace: Path, **changes: Any) -> AsyncIterator[Service]:
    """A service over `home`, as long as the block lasts; `changes` replace parts."""
    log = io.BytesIO()
    handler = JsonLines(log)
    settings = Settings(home=home, port=0, workspaces=(workspace.parent,))
    sock = serve.listen(settings.host, 0)
    parts = compose.parts(settings, serve.url(sock), handler, planner=asking)
    parts = dataclasses.replace(parts, **{"drain_s": 0.2, **changes})
    ready = asyncio.Event()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        async with serving(parts) as app:
            server = serve.Server(app, parts.lifecycle, parts.drain_s, ready.set)
            task = asyncio.create_task(server.serve(sockets=[sock]))
            await ready.wait()
            async with httpx.AsyncClient(base_url=parts.url, timeout=30, trust_env=False) as http:
                yield Service(parts, http, workspace, log)
            parts.lifecycle.draining.set()
            server.should_exit = True
            await task
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """`await start(heartbeat_s=0.1, ...)`: a service with those parts."""
    home, workspace = tmp_path / "home", tmp_path / "roots" / "workspace"
    workspace.mkdir(parents=True)
    fleet.write(home)
    async with AsyncExitStack() as stack:

        async def begin(**changes: Any) -> Service:
            return await stack.enter_async_context(running(home, workspace, **changes))

        yield begin


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """One service for all tests of a module that leave it as it was (they run on the module's loop)."""
    base = tmp_path_factory.mktemp("shared")
    home, workspace = base / "home", base / "roots" / "workspace"
    workspace.mkdir(parents=True)
    fleet.write(home)
    async with running(home, workspace) as service:
        yield service


@pytest.fixture
async def service(start: Start) -> Service:
    """A service with its defaults."""
    return await start()
