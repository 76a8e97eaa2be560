"""Secrets planted in objectives, files and requests of a real service: afterwards no place that keeps, tells or shows
anything may hold one. The secrets are made anew by each test run."""

from __future__ import annotations

import base64
import random
import signal
import sqlite3
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Box, Up
from tests.security.redact.texts import characters, password, private_key
from tests.service import fleet

QUOTER = """
import logging
from genesis.agents.result import Result
from genesis.finding import Fact, Finding, Source
from genesis.errors import RequestInvalid

async def work(task, tools):
    log = logging.getLogger("agents.quoter")
    bare = tools.workspace.read_text("bare.txt").strip()  # what nothing but the name of its key says is a secret
    names = [file.name for file in tools.workspace.files if file.name != "bare.txt"]
    quoted = {name: tools.workspace.read_text(name) for name in names}
    text = "\\n".join(quoted.values())
    environment = dict(line.split("=", 1) for line in quoted["app.env"].splitlines())
    log.warning("read %s", text, extra={"files": quoted, "session": {"password": bare}, "environment": environment})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("could not")
    if "fail" in task.goal:
        raise RequestInvalid(f"{task.goal}: {text}")
    if "break" in task.goal:
        raise RuntimeError(text)
    made = (
        tools.artifact("quoted.md", "text/markdown", text),
        tools.artifact("quoted.json", "application/json", __import__("json").dumps(quoted)),
        tools.artifact("large.txt", "text/plain", text * 400),
    )
    source = Source(file="app.env", line=1, excerpt=quoted["app.env"].splitlines()[0])
    facts = tuple(Fact(text=line, sources=(source,)) for line in [text, *quoted["app.env"].splitlines()])
    return Result(summary=f"{task.goal} {text[:2000]}", facts=facts, artifacts=made, next_steps=(text[:900],),
                  outputs={"answer": text, "password": bare, "big": text * 300})
"""
CARD = """
name: quoter
title: Quoter
description: Quotes the files of its workspace.
task_types:
  - name: quote
    description: Quotes.
    gives: [answer]
examples:
  - request: Please quote something
    plan:
      quoter.quote: []
"""


@dataclass
class Planted:
    """What must not be found, by what it is, and the files and sentences that it is in."""

    secrets: dict[str, str]
    files: dict[str, str]
    objective: str


def plant(rng: random.Random) -> Planted:
    key = private_key(rng, rng.choice(["RSA ", "EC ", "OPENSSH ", ""]))
    made = {
        "provider token": "ghp_" + characters(rng, 36),
        "access key": "AKIA" + characters(rng, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        "password of a line": password(rng),
        "password of an address": password(rng).replace("#", "-"),
        "password of a sentence": password(rng),
        "api key": characters(rng, 32),
        "bearer": characters(rng, 40),
        "bare": password(rng),
    }
    env = (
        f"DB_PASSWORD={made['password of a line']}\nAWS_ACCESS_KEY_ID={made['access key']}\n"
        f"SERVICE_API_KEY={made['api key']}\n"
    )
    notes = (
        f"# Notes\n\n    curl -H 'Authorization: Bearer {made['bearer']}' https://example.org\n\n"
        f"postgresql://app:{made['password of an address']}@db.internal:5432/app\n\n{key}\n\n"
        f"token {made['provider token']}\n"
    )
    objective = (
        f"Quote the files. The password is {made['password of a sentence']}, the token {made['provider token']}, "
        f"and postgresql://app:{made['password of an address']}@db.internal/app "
        f"with password: {made['password of a line']}"
    )
    lines = {f"key line {n}": line for n, line in enumerate(key.splitlines()[1:-1])}
    return Planted(made | lines, {"app.env": env, "notes.md": notes, "bare.txt": made["bare"] + "\n"}, objective)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "home", tmp_path / "roots")
    made.root.mkdir()
    fleet.write(made.home)
    folder = made.home / "agents" / "quoter"
    folder.mkdir()
    (folder / "agent.yaml").write_text(CARD.lstrip())
    (folder / "work.py").write_text(textwrap.dedent(QUOTER))
    yield made
    for up in made.started:
        if up.process.poll() is None:
            up.process.kill()
        up.wait()


def workspace(box: Box, planted: Planted) -> Path:
    folder = box.root / "shop"
    folder.mkdir()
    for name, text in planted.files.items():
        (folder / name).write_text(text)
    return folder


def leaked(where: str, data: bytes | str, planted: Planted) -> list[str]:
    """What of the planted is in `data`, as it is or in base64."""
    raw = data.encode() if isinstance(data, str) else data
    found = []
    for name, secret in planted.secrets.items():
        if secret.encode() in raw or base64.b64encode(secret.encode()).rstrip(b"=")[:-1] in raw:
            found.append(f"{where}: {name}")
    return found


def kept(box: Box, planted: Planted) -> list[str]:
    """What is in any file of the home, and in the log."""
    found = []
    read = 0
    for path in sorted(box.home.rglob("*")):
        if path.is_file() and "uploads" not in path.parts:  # what was sent, for the work itself
            read += 1
            found += leaked(str(path.relative_to(box.home)), path.read_bytes(), planted)
    assert read > 5, "there was hardly a file to look into"
    for up in box.started:
        found += leaked(up.log.name, up.log.read_bytes(), planted)
    return found


def shown(up: Up, run: str, planted: Planted) -> list[str]:
    """What the service tells of a run in any way."""
    view = up.http.get(f"/task/{run}").json()
    paths = [
        f"/task/{run}",
        f"/task/{run}/events",
        "/task",
        "/metrics",
        f"/logs?correlation_id={view['correlation_id']}",
    ]
    paths += [f"/task/{run}/report?format={kind}" for kind in ("md", "html", "json")]
    paths += [artifact["url"] for artifact in view["artifacts"]]
    found = []
    for path in paths:
        answer = up.http.get(path)
        assert answer.status_code in (200, 409), (path, answer.text)  # 409: a run that failed has no report
        found += leaked(path, answer.content, planted)
    return found


def rpc(up: Up, method: str, params: dict[str, Any]) -> httpx.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return up.http.post("/", json=body, headers={"A2A-Version": "1.0"})


def ended(up: Up, run: str, status: str = "completed") -> None:
    for _ in up.http.get(f"/task/{run}/events").iter_lines():
        pass
    view = up.http.get(f"/task/{run}").json()
    assert view["status"] == status, view


def test_no_secret_gets_out(box: Box) -> None:
    planted = plant(random.Random())
    folder = workspace(box, planted)
    up = box.up()
    found: list[str] = []
    # REST, with the agent quoting what it read; then failing, and breaking, with it.
    for goal, status in (("", "completed"), ("fail ", "failed"), ("break ", "failed")):
        asked = {"description": goal + planted.objective, "agent": "quoter", "workspace": str(folder)}
        answer = up.http.post("/task", json=asked)
        found += leaked("POST /task", answer.content, planted)
        run = answer.json()["task_id"]
        ended(up, run, status)
        found += shown(up, run, planted)
    # A2A, and everything that it tells.
    message = {"messageId": "m1", "role": "ROLE_USER", "parts": [{"text": planted.objective}]}
    for method, params in (
        ("SendMessage", {"message": message, "metadata": {"agent": "echo"}}),
        ("SendStreamingMessage", {"message": message | {"messageId": "m2"}}),
        ("ListTasks", {"includeArtifacts": True, "historyLength": 10}),
        ("GetTask", {"id": planted.secrets["provider token"]}),
    ):
        answer = rpc(up, method, params)
        assert answer.status_code == 200 and answer.content, (method, answer.text)
        found += leaked(f"A2A {method}", answer.content, planted)
    # Errors that quote what came in, and a plan that is only shown.
    token, words = planted.secrets["provider token"], planted.objective
    requests: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
        ("GET", f"/task/{token}", None),
        ("GET", f"/{token}?api_key={planted.secrets['api key']}", None),
        ("POST", "/task", {"description": words, "agent": token}),
        ("POST", "/task", {"description": words, "task_id": token}),
        ("POST", "/task", {"description": words, token: 1}),
        ("POST", "/task", {"description": words, "workspace": f"/{token}"}),
        ("POST", "/plan", {"description": words}),
        ("POST", "/code/check", {"code": f"import os\npassword = '{planted.secrets['bare']}'\n{words}"}),
    )
    for method, path, body in requests:
        answer = up.http.request(method, path, json=body)
        found += leaked(f"{method} {path[:6]}: {answer.status_code}", answer.content, planted)
    # The command line: through the service, and with one of its own.
    for arguments in (["--json"], []):
        done = box.call(
            "run", planted.objective, "--agent", "quoter", "--workspace", str(folder), *arguments, "--target", up.url
        )
        assert done.returncode == 0, done.stderr
        found += leaked(f"run {arguments}", done.stdout + done.stderr, planted)
    found += kept(box, planted)  # with the write-ahead log as it is while the service runs
    assert (box.home / "genesis.db-wal").exists()
    assert up.http.get("/metrics").text.count("genesis_redactions_total{") > 5
    up.end(signal.SIGTERM)
    done = box.call("run", planted.objective, "--agent", "quoter", "--workspace", str(folder))
    assert done.returncode == 0, done.stderr
    found += leaked("run in process", done.stdout + done.stderr, planted)
    found += kept(box, planted)
    assert found == []


def test_the_search_finds_what_is_there(box: Box) -> None:
    """The tripwire itself: what it searches does hold what agents write, and would hold a secret that got out."""
    planted = plant(random.Random())
    mark = "zq" + characters(random.Random(), 12)  # nobody would call it a secret
    planted.secrets = {"mark": mark}
    folder = workspace(box, planted)
    (folder / "notes.md").write_text(f"the word is {mark}\n")
    up = box.up()
    run = up.http.post(
        "/task", json={"description": f"Quote {mark}", "agent": "quoter", "workspace": str(folder)}
    ).json()
    ended(up, run["task_id"])
    where = " ".join([*shown(up, run["task_id"], planted), *kept(box, planted)])
    for sink in ("genesis.db", "log-0.jsonl", "artifacts/", "/events", "report?format=md", "report?format=html",
                 "report?format=json", "/logs"):  # fmt: skip
        assert sink in where, sink


def test_a_run_goes_on_after_a_kill_with_what_is_stored(box: Box) -> None:
    planted = plant(random.Random())
    folder = workspace(box, planted)
    up = box.up()
    body = {"description": planted.objective, "agent": "slow", "workspace": str(folder), "task_id": "r1"}
    assert up.http.post("/task", json=body).status_code == 202
    same = up.http.post("/task", json=body)  # the same objective is the same run, though it is not stored as it came
    assert same.status_code in (200, 202), same.text
    other = up.http.post("/task", json=body | {"description": planted.objective + "x"})
    assert other.status_code == 409
    up.end(signal.SIGKILL)
    again = box.up()
    (folder / "go").touch()
    ended(again, "r1")
    with sqlite3.connect(box.home / "genesis.db") as connection:
        [(stored,)] = connection.execute("SELECT objective FROM genesis_runs WHERE id = 'r1'")
    assert "[REDACTED:github_pat:" in stored and "[REDACTED:postgres_dsn:" in stored
    assert again.http.post("/task", json=body).status_code in (200, 202)  # the key of the tags outlives the process
    assert kept(box, planted) == []


def test_what_the_service_was_started_with_is_told_nowhere(box: Box) -> None:
    """Values that nothing but the environment of the process says are secret."""
    rng = random.Random()
    words = "copper lantern " + characters(rng, 6)  # quoted alone it is a sentence
    environment = {"SHOP_PASSWORD": words, "ORDERS_DSN": f"redis://:{characters(rng, 20)}@cache:6379/0"}
    up = box.up(**environment)
    secret = environment["ORDERS_DSN"].split("@")[0].removeprefix("redis://:")
    card = (box.home / "card.key").read_text().splitlines()[1]
    planted = Planted({"words": words, "address": secret, "key": card}, {"app.env": f"{words}\n{secret}\n{card}\n"}, "")
    planted.files |= {"bare.txt": "plain\n"}
    folder = workspace(box, planted)
    (folder / "app.env").rename(folder / "said.txt")
    (folder / "app.env").write_text("PORT=80\n")
    objective = f"Quote {words} and {secret} and {card}"
    answer = up.http.post("/task", json={"description": objective, "agent": "quoter", "workspace": str(folder)})
    ended(up, answer.json()["task_id"])
    stored = [path for path in box.home.rglob("*") if path.is_file() and path.name != "card.key"]
    found = [
        f"{path}: {name}"
        for path in stored
        for name, one in planted.secrets.items()
        if one.encode() in path.read_bytes()
    ]
    assert found + shown(up, answer.json()["task_id"], planted) + leaked("answer", answer.content, planted) == []
    assert b"[REDACTED:registered:" in (box.home / "genesis.db-wal").read_bytes()


def test_the_key_of_the_tags_is_its_owners_alone(box: Box) -> None:
    up = box.up()
    file = box.home / "redaction.key"
    assert file.stat().st_mode & 0o777 == 0o600 and len(file.read_text().strip()) >= 32
    up.end(signal.SIGTERM)
    file.chmod(0o644)
    refused = box.call("up", "--port", "0")
    assert refused.returncode == 1 and "redaction.key" in refused.stderr and "chmod 600" in refused.stderr
