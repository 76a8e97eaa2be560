"""All 15 agents do work for the official A2A client, each found by its card alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from a2a.client import ClientConfig, ClientFactory
from a2a.types.a2a_pb2 import Message, Part, Role, SendMessageRequest, Task, TaskState

from genesis.cli.background import background
from genesis.settings import load

FILES = {
    "pyproject.toml": '[project]\nname = "kiosk"\nversion = "1.2.0"\ndependencies = []\n',
    "CHANGELOG.md": "# Changelog\n\n## 1.2.0\n\n- Sells postcards.\n\n## 1.1.0\n\n- Opens on Sundays.\n",
    "README.md": "# Kiosk\n\nKiosk sells newspapers and postcards at the station.\n\n## Features\n\n- Opens at six.\n",
    "docs/returns.md": "# Returns\n\nA postcard can be returned within 14 days with its receipt.\n",
    "docs/requirements.md": "# Requirements\n\nThe kiosk must open at six. Staff shall count the till every evening.\n",
    "kiosk/__init__.py": '__version__ = "1.2.0"\n',
    "kiosk/till.py": "def total(prices: list[int]) -> int:\n    return sum(prices)\n",
    "tests/test_till.py": "from kiosk.till import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
    "site/index.html": "<!doctype html><html lang=en><head><title>Kiosk</title></head><body><h1>Hi</h1></body></html>",
    "sales.csv": "month,item,revenue\n2026-01,papers,100\n2026-02,papers,120\n2026-03,cards,90\n",
    "leads.csv": "name,company,email,employees,visits\nAnn,Acme,a@acme.example,40,9\nBo,Bolt,b@bolt.example,3,1\n",
}
ASKED = {
    "analytics": "Which item sells best?",
    "architect": "Map the modules",
    "backend": "Design an API for books: a book has a title, an isbn and a price",
    "builder": "Write a package called greeter with a function greet(name: str) -> str",
    "deploy": "Write the release plan",
    "finance": "Unit economics: price 49 EUR a month, churn 3 % a month, CAC 120 EUR",
    "frontend": "Build a sign-up page with name and e-mail",
    "marketing": "Write a launch brief",
    "monitoring": "Plan what should be measured",
    "qa": "Run the tests",
    "research": "What do the documents say about returns?",
    "sales": "Score the leads",
    "security": "Audit the code",
    "spec": "Extract the requirements",
    "support": "Can a postcard be returned?",
}
TYPES = {"deploy": "release", "monitoring": "observability"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    root = tmp_path_factory.mktemp("fifteen")
    for name, text in FILES.items():
        file = root / "kiosk" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    environment = {"GENESIS_HOME": str(root / "home"), "GENESIS_PORT": "0", "GENESIS_WORKSPACES": str(root)}
    with background(load(environment), environment) as url:
        yield url, root / "kiosk"


async def test_every_agent_is_asked_something() -> None:
    from genesis.agents import registry

    assert set(ASKED) == set(registry.load().agents)


@pytest.mark.parametrize("agent", ASKED)
async def test_the_agent_does_its_work(place: tuple[str, Path], agent: str) -> None:
    url, workspace = place
    async with httpx.AsyncClient(timeout=100, trust_env=False) as http:
        config = ClientConfig(streaming=False, httpx_client=http, supported_protocol_bindings=["JSONRPC"])
        client = await ClientFactory(config).create_from_url(f"{url}/agents/{agent}")
        request = SendMessageRequest(
            message=Message(message_id=f"ask-{agent}", role=Role.ROLE_USER, parts=[Part(text=ASKED[agent])])
        )
        metadata = {"workspace": str(workspace)} | ({"task_type": TYPES[agent]} if agent in TYPES else {})
        request.metadata.update(metadata)
        [answer] = [response async for response in client.send_message(request)]
        task: Task = answer.task
        said = "".join(part.text for part in task.status.message.parts)
        assert task.status.state == TaskState.TASK_STATE_COMPLETED, said
        assert len(said) > 10
        run = (await http.get(f"{url}/task/{task.id}")).json()
        assert [(one["agent"], one["status"]) for one in run["tasks"]] == [(agent, "done")]
