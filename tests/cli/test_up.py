"""`genesis up`: one process per home and port, no lost run, an orderly end, logs that all parse."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import time
from collections.abc import Callable

import pytest

from tests.cli.conftest import Box

Eventually = Callable[[Callable[[], bool]], None]


def test_a_202_survives_a_kill(box: Box, eventually: Eventually) -> None:
    first = box.up()
    accepted = [
        first.http.post("/task", json={"description": f"Say {n}", "agent": "echo", "task_id": f"run-{n}"})
        for n in range(5)
    ]
    assert first.end(signal.SIGKILL) == -signal.SIGKILL  # right after the last 202
    assert [answer.status_code for answer in accepted] == [202] * 5
    second = box.up()
    for number in range(5):
        eventually(lambda n=number: second.http.get(f"/task/run-{n}").json()["status"] == "completed")  # type: ignore[misc]
        assert second.http.get(f"/task/run-{number}").json()["summary"] == f"You said: Say {number}"


def test_an_approval_that_is_waited_for_survives_a_kill(box: Box, eventually: Eventually) -> None:
    first = box.up()
    first.http.post("/task", json={"description": "Put it out", "agent": "publisher", "task_id": "run-1"})
    eventually(lambda: first.http.get("/task/run-1").json()["status"] == "input_required")
    first.end(signal.SIGKILL)
    second = box.up()
    assert second.http.get("/task/run-1").json()["waiting_for"] == ["t1"]
    assert box.call("runs", "approve", "run-1", "--target", second.url).returncode == 0
    eventually(lambda: second.http.get("/task/run-1").json()["status"] == "completed")
    assert (box.home / "published").read_text() == "run-1\n"


def test_a_second_process_on_the_home_is_refused_and_told_of_the_first(box: Box) -> None:
    first = box.up()
    second = box.call("up", "--port", "0")
    assert second.returncode == 1
    assert str(first.process.pid) in second.stderr
    assert first.url in second.stderr
    assert "Traceback" not in second.stderr
    assert first.http.get("/livez").status_code == 200
    first.end(signal.SIGKILL)
    assert box.up().http.get("/livez").status_code == 200  # the lock went with the process


def test_a_port_that_is_taken_is_said_to_be_and_by_whom(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = box.call("up", "--port", str(port))
    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "--port" in refused.stderr
    if os.uname().sysname == "Linux":
        assert str(os.getpid()) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (box.home / "genesis.db").exists()


def test_sigterm_lets_what_is_under_way_end(box: Box, eventually: Eventually) -> None:
    workspace = box.root / "w"
    workspace.mkdir()
    first = box.up()
    body = {"description": "Wait", "agent": "slow", "task_id": "run-1", "workspace": str(workspace)}
    first.http.post("/task", json=body)
    eventually(lambda: first.http.get("/task/run-1").json()["status"] == "working")
    with first.http.stream("GET", "/task/run-1/events") as stream:
        lines = stream.iter_lines()
        next(lines)
        first.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        (workspace / "go").touch()
        rest = list(lines)  # the stream ends by itself
    assert ": the service is restarting" in rest
    assert first.wait() == 0
    events = [json.loads(line) for line in first.log.read_text().splitlines()]
    assert not [event for event in events if event["level"] in {"error", "critical"}]
    with sqlite3.connect(box.home / "genesis.db") as database:  # done by the first, before it went
        assert database.execute("SELECT status FROM genesis_runs").fetchall() == [("completed",)]
    database.close()


def test_every_line_on_stderr_is_json_also_that_of_a_crash(box: Box, eventually: Eventually) -> None:
    up = box.up()
    for body in ({"description": "Say it", "agent": "echo"}, {"description": "Break", "agent": "broken"}, {}):
        up.http.post("/task", json=body)
    trace = up.http.post("/task", json={"description": "Hi", "agent": "echo", "wait_s": 20}).json()["correlation_id"]
    with socket.create_connection(("127.0.0.1", int(up.url.rpartition(":")[2]))) as raw:
        raw.sendall(b"this is no HTTP\r\n\r\n")
        raw.recv(1000)
    up.end(signal.SIGTERM)
    lines = [json.loads(line) for line in up.log.read_text().splitlines()]
    assert len(lines) > 5
    for line in lines:
        assert {"time", "level", "logger", "message", "correlation_id"} <= line.keys()
    assert {"uvicorn.error", "genesis.request", "agents.echo"} <= {line["logger"] for line in lines}
    assert [line["logger"] for line in lines if line["correlation_id"] == trace] == ["agents.echo", "genesis.request"]


@pytest.mark.parametrize("profile", ["staging", "production"])
def test_other_profiles_do_not_start_without_a_key_and_loopback(box: Box, profile: str) -> None:
    refused = box.call("up", "--port", "0", "--profile", profile)
    assert (refused.returncode, "GENESIS_ADMIN_KEY" in refused.stderr) == (1, True)
    open_ = box.call("up", "--port", "0", "--profile", profile, "--host", "0.0.0.0", GENESIS_ADMIN_KEY="k" * 20)
    assert (open_.returncode, "loopback" in open_.stderr) == (1, True)
    assert not (box.home / "genesis.db").exists()
    up = box.up("--profile", profile, GENESIS_ADMIN_KEY="k" * 20)
    assert up.http.get("/health").json()["profile"] == profile
    assert up.http.get("/logs", params={"correlation_id": "a" * 32}).status_code == 401


def test_in_dev_the_key_in_the_home_turns_the_switch(box: Box) -> None:
    up = box.up()
    file = box.home / "admin.key"
    assert file.stat().st_mode & 0o777 == 0o600
    headers = {"authorization": f"Bearer {file.read_text().strip()}"}
    assert up.http.put("/switches/emergency_shutdown", json={"on": True}, headers=headers).status_code == 200
    assert up.http.post("/task", json={"description": "Hi", "agent": "echo"}).status_code == 503
    up.end(signal.SIGKILL)
    again = box.up()  # persisted
    assert again.http.post("/task", json={"description": "Hi", "agent": "echo"}).status_code == 503


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("agents/echo/agent.yaml", "name: echo\ntitle: E\ncolour: red\n", r"agent\.yaml:3: colour: unknown key"),
        ("agents/echo/agent.yaml", "name: [", r"agent\.yaml:\d: not valid YAML"),
        ("genesis.yaml", "port: eighty\n", r"genesis\.yaml:1: port"),
        ("genesis.yaml", "colour: red\n", r"genesis\.yaml:1: colour: unknown key; allowed: .*port"),
    ],
)
def test_a_file_with_an_error_is_named_with_line_and_field(box: Box, name: str, content: str, says: str) -> None:
    (box.home / name).write_text(content)
    refused = box.call("up", "--port", "0")
    assert refused.returncode == 1
    assert re.search(says, refused.stderr), refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (box.home / "genesis.db").exists()


def test_a_home_that_cannot_be_written(box: Box) -> None:
    (box.root / "file").touch()
    refused = box.call("up", "--port", "0", "--home", str(box.root / "file" / "home"))
    assert refused.returncode == 1
    assert re.search(r"GENESIS_HOME .*file/home: cannot be written", refused.stderr), refused.stderr
    assert "Traceback" not in refused.stderr
