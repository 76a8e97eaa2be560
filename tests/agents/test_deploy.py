"""The deploy agent: plans from the workspace's own files, refusals, pipelines and unit files, a real smoke suite."""

from __future__ import annotations

import json
import random
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from genesis.errors import Conflict, NeedsMissing
from tests.agents.conftest import Do, Done
from tests.agents.loopback import serve
from tests.agents.places import check_places

GOOD: dict[str, Any] = {
    "test_report": {"verdict": "pass", "passed": 12, "failed": 0, "failures": []},
    "security_report": {"blocking": 0, "worst": []},
}

WORST = {"kind": "sql_injection", "severity": "high", "file": "a.py", "line": 3}


def deployment(done: Done) -> Any:
    return done.result.outputs["deployment"]


def project(folder: Path, rng: random.Random) -> tuple[str, str, list[str]]:
    """A small project with a random name, version and changes; what it is, for the oracle."""
    name = rng.choice(["tide", "plum", "wren"]) + str(rng.randint(1, 99))
    version = f"{rng.randint(0, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}"
    changes = [f"Change {rng.randint(1000, 9999)}" for _ in range(rng.randint(1, 4))]
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text("")
    (folder / name / "__main__.py").write_text("print('hello')\n")
    port = rng.randint(2000, 9000)
    (folder / name / "app.py").write_text(f'HOST = "127.0.0.1"\nPORT = {port}\nROUTES = {{"/healthz": healthz}}\n')
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text("import pytest\n\n\ndef test_it():\n    assert True\n")
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["x"]\n\n[project]\nversion = "{version}"\nname = "{name}"\n'
        'requires-python = ">=3.12"\n\n[tool.ruff]\nline-length = 100\n'
    )
    log = "\n".join(f"- {change}" for change in changes)
    (folder / "CHANGELOG.md").write_text(f"# Changelog\n\n## {version} - 2024-01-01\n\n{log}\n\n## 0.0.1\n\n- Old\n")
    return name, version, changes


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_plan_is_made_of_what_the_workspace_says(do: Do, tmp_path: Path, seed: int) -> None:
    name, version, changes = project(tmp_path / "w", random.Random(seed))
    done = await do("deploy", tmp_path / "w", "Write the release plan", type="release", inputs=GOOD)
    page = done.files["release-plan.md"].decode()
    assert f"{name} {version}" in page and all(change in page for change in changes) and "Old" not in page
    assert "[x] tests: pass (12 tests pass)" in page and "python -m pytest" in page and "ruff check" in page
    plan = yaml.safe_load(done.files["rollout-plan.yaml"])
    assert [step["setWeight"] for step in plan["spec"]["steps"]] == [0, 14.3, 28.6, 42.9, 57.1, 71.4, 85.7, 100]
    assert [step["afterHours"] for step in plan["spec"]["steps"]] == [24 * day for day in range(8)]
    assert plan["spec"]["analysis"]["noData"] == "hold" and plan["metadata"]["name"] == f"{name}-{version}"
    check_places(done, tmp_path / "w")
    (tmp_path / "w" / "CHANGELOG.md").unlink()
    without = await do("deploy", tmp_path / "w", "Write the release plan", type="release")
    assert not any(change in without.files["release-plan.md"].decode() for change in changes)
    assert any("no changelog" in note.why for note in without.result.not_done)


@pytest.mark.parametrize(
    ("words", "shares", "hours"),
    [
        ("Roll 2.7.1 out to five percent of users first, then wait for my OK", [0, 5, 100], None),
        ("roll out 2.7.1 to 10/50/100 % of users over 3 days", [0, 10, 50, 100], 72),
        ("gradual rollout of 2.7.1 over two days", [0, 14.3, 28.6, 42.9, 57.1, 71.4, 85.7, 100], 48),
        ("release plan for 2.7.1, our SLO is 99.9 %", [0, 14.3, 28.6, 42.9, 57.1, 71.4, 85.7, 100], 168),
    ],
)
async def test_a_rollout_is_as_it_was_worded(do: Do, words: str, shares: list[float], hours: float | None) -> None:
    done = await do("deploy", None, words, type="release")
    assert deployment(done)["version"] == "2.7.1"
    assert [step["share"] for step in deployment(done)["steps"]] == shares
    steps = yaml.safe_load(done.files["rollout-plan.yaml"])["spec"]["steps"]
    assert hours is None or steps[-1]["afterHours"] == hours
    assert ("approval" in steps[-1]) == ("OK" in words)


async def test_a_good_version_is_put_out_with_what_earlier_tasks_changed(do: Do, tmp_path: Path) -> None:
    name, version, changes = project(tmp_path / "w", random.Random(7))
    patch = b"--- /dev/null\n+++ b/extra.txt\n@@ -0,0 +1 @@\n+extra\n"
    done = await do("deploy", tmp_path / "w", "deploy it", type="deploy", inputs=GOOD, outbox=tmp_path / "out",
                    artifacts={"changes.patch": patch})  # fmt: skip
    folder = tmp_path / "out" / f"{name}-{version}"
    assert deployment(done)["released"] is True and done.result.findings == ()
    with tarfile.open(folder / f"{name}-{version}.tar.gz") as tar:
        extra = tar.extractfile(f"{name}-{version}/extra.txt")
        assert extra is not None and extra.read() == b"extra\n"
    assert all(change in (folder / "RELEASE.md").read_text() for change in changes)
    assert not (tmp_path / "w" / "extra.txt").exists()
    again = await do("deploy", tmp_path / "w", "deploy it", type="deploy", inputs=GOOD, outbox=tmp_path / "out",
                     artifacts={"changes.patch": patch})  # fmt: skip
    assert "was out already" in again.result.summary
    with pytest.raises(Conflict, match="other content"):
        await do("deploy", tmp_path / "w", "deploy it", type="deploy", inputs=GOOD, outbox=tmp_path / "out")


@pytest.mark.parametrize(
    ("inputs", "gate", "named"),
    [
        ({"test_report": {"verdict": "fail", "failed": 1, "failures": [{"test": "test_pay"}]}}, "tests", "test_pay"),
        ({"test_report": {"verdict": "unknown", "passed": 0, "failed": 0}}, "tests", "does not say"),
        ({"test_report": {"verdict": "pass", "passed": 3, "failed": 2}}, "tests", "2 tests fail"),
        (
            {"security_report": {"blocking": 1, "worst": [WORST]}},
            "security",
            "sql_injection in a.py:3",
        ),
        ({"security_report": {"findings": {}}}, "security", "does not say"),
    ],
)  # fmt: skip
async def test_what_was_reported_against_it_keeps_a_version_in(
    do: Do, tmp_path: Path, inputs: dict[str, Any], gate: str, named: str
) -> None:
    project(tmp_path / "w", random.Random(3))
    done = await do(
        "deploy", tmp_path / "w", "ship it", type="deploy", inputs={**GOOD, **inputs}, outbox=tmp_path / "out"
    )
    assert deployment(done)["released"] is False and deployment(done)["blocked_by"] == [gate]
    assert done.result.summary.startswith("refused") and named in done.result.summary
    assert not (tmp_path / "out").exists() and "publish_release" not in done.calls


async def test_a_version_that_the_workspace_does_not_have_is_refused(do: Do, tmp_path: Path) -> None:
    project(tmp_path / "w", random.Random(3))
    done = await do("deploy", tmp_path / "w", "deploy 77.1.2 now", type="deploy", inputs=GOOD, outbox=tmp_path / "out")
    assert deployment(done)["blocked_by"] == ["version"] and not (tmp_path / "out").exists()
    assert [finding.kind for finding in done.result.findings][:1] == ["version_mismatch"]
    check_places(done, tmp_path / "w")


async def test_deploy_says_what_it_needs(do: Do, tmp_path: Path) -> None:
    with pytest.raises(NeedsMissing, match="workspace"):
        await do("deploy", None, "deploy 1.2.3", type="deploy", outbox=tmp_path / "out")
    (tmp_path / "w").mkdir()
    with pytest.raises(NeedsMissing, match="its number"):
        await do("deploy", tmp_path / "w", "deploy it", type="deploy", outbox=tmp_path / "out")
    project(tmp_path / "p", random.Random(1))
    with pytest.raises(NeedsMissing, match="releases folder"):
        await do("deploy", tmp_path / "p", "deploy it", type="deploy")


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ("for GitHub Actions", ".github/workflows/ci.yml"), ("for GitLab", ".gitlab-ci.yml"),
        ("on CircleCI", ".circleci/config.yml"), ("for woodpecker", ".woodpecker.yml"), ("for Jenkins", "Jenkinsfile"),
        ("for azure", "azure-pipelines.yml"), ("please", ".ci/run"),
    ],
)  # fmt: skip
async def test_a_pipeline_runs_what_the_project_has(do: Do, tmp_path: Path, words: str, file: str) -> None:
    folder = tmp_path / "w"
    project(folder, random.Random(5))
    done = await do("deploy", folder, f"write a pipeline {words}", type="cicd")
    assert deployment(done)["pipeline"] == file
    (tmp_path / "p").write_bytes(done.files["changes.patch"])
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", tmp_path / "p"], cwd=folder, check=True)
    text = (folder / file).read_text()
    for command in ("ruff check .", "python -m pytest", "python -m build"):
        assert command in text
    if file == ".github/workflows/ci.yml":
        content = yaml.safe_load(text)
        assert content["jobs"]["checks"]["strategy"]["matrix"]["python"] == ["3.12"]
        assert content[True] == {"push": {"branches": ["main"]}, "pull_request": None}
    if file == ".ci/run":
        assert (folder / file).stat().st_mode & 0o100
        subprocess.run(["sh", "-n", folder / file], check=True)
    check_places(done, folder)
    (folder / "tests" / "test_it.py").unlink()
    without = await do("deploy", folder, f"write a pipeline {words}", type="cicd")
    assert b"pytest" not in without.files["changes.patch"]
    assert deployment(without)["pipeline"] != file  # the one that is there stays


WORKFLOW = """name: x
on: [{trigger}]
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{{{ github.event.pull_request.head.sha }}}}
      - run: {run}
"""


@pytest.mark.parametrize(
    ("trigger", "run", "kinds"),
    [
        ("pull_request", "pytest", []),
        ("pull_request", "echo hi", ["pipeline_without_tests"]),
        ("pull_request_target", "pytest", ["untrusted_checkout"]),
        ("pull_request", 'pytest && echo "${{ github.event.issue.title }}"', ["command_from_event"]),
    ],
)
async def test_a_pipeline_that_is_there_is_reviewed(
    do: Do, tmp_path: Path, trigger: str, run: str, kinds: list[str]
) -> None:
    project(tmp_path, random.Random(5))
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text(WORKFLOW.format(trigger=trigger, run=run))
    done = await do("deploy", tmp_path, "is our pipeline fine?", type="cicd")
    assert [finding.kind for finding in done.result.findings] == kinds
    check_places(done, tmp_path)


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_a_service_needs_comes_from_its_own_files(do: Do, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "w"
    name, _, _ = project(folder, random.Random(seed))
    port = (folder / name / "app.py").read_text().split("PORT = ")[1].split("\n")[0]
    done = await do(
        "deploy", folder, "make it run in containers and as a systemd unit, with compose", type="infrastructure"
    )
    (tmp_path / "p").write_bytes(done.files["changes.patch"])
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", tmp_path / "p"], cwd=folder, check=True)
    lines = (folder / "Dockerfile").read_text().splitlines()
    assert (
        lines[0] == "FROM python:3.12-slim"
        and f"EXPOSE {port}" in lines
        and lines[-1] == f'CMD ["python", "-m", "{name}"]'
    )
    assert next(line for line in lines if line.startswith("USER")) == "USER 10001:10001"
    assert any("/healthz" in line for line in lines if line.startswith("HEALTHCHECK"))
    compose = yaml.safe_load((folder / "compose.yaml").read_text())
    assert compose["services"][name]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"ExecStart=/opt/{name}/.venv/bin/python -m {name}\n" in (folder / f"{name}.service").read_text()
    assert [finding.kind for finding in done.result.findings] == ["listens_on_loopback"]
    check_places(done, folder)
    again = await do("deploy", folder, "check the Dockerfile and compose file", type="infrastructure")
    assert "changes.patch" not in again.files and [one.kind for one in again.result.findings] == []


async def test_container_files_that_are_there_are_reviewed(do: Do, tmp_path: Path) -> None:
    word = random.Random(8).randbytes(9).hex()
    (tmp_path / "Dockerfile").write_text(f"FROM python:latest AS build\nFROM python\nENV API_TOKEN={word}\nCMD x\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  a:\n    image: x\n    privileged: true\n    volumes:\n      - /var/run/docker.sock:/s\n"
    )
    done = await do("deploy", tmp_path, "look at our docker and compose files", type="infrastructure")
    found = sorted((one.kind, one.source.line) for one in done.result.findings if one.source)
    assert found == [
        ("container_engine_mounted", 6), ("container_privileged", 4), ("container_runs_as_root", 2),
        ("image_not_pinned", 1), ("image_not_pinned", 2), ("secret_in_image", 3),
    ]  # fmt: skip
    assert word not in done.result.model_dump_json()
    check_places(done, tmp_path)


async def test_a_smoke_suite_tells_what_holds_what_does_not_and_what_is_unknown(do: Do) -> None:
    pages = {
        "/health": (200, "text/plain", "ok"),
        "/old": (410, "text/plain", "gone"),
        "/broken": (500, "text/plain", ""),
    }
    with serve(pages) as server:
        goal = f"smoke test {server.url}: /health 200, /old should answer 410, /broken -> 200"
        done = await do("deploy", None, goal, type="infrastructure")
        checks = {one["url"].removeprefix(server.url): one["verdict"] for one in deployment(done)["smoke"]["checks"]}
        assert checks == {"/health": "pass", "/old": "pass", "/broken": "fail"}
        assert sorted(server.asked) == ["/broken", "/health", "/old"]
        url = server.url
    gone = await do("deploy", None, f"smoke test {url}: /health 200", type="infrastructure")
    assert [one["verdict"] for one in deployment(gone)["smoke"]["checks"]] == ["unknown"]
    assert deployment(gone)["smoke"]["passed"] is False and "0 of 1" in gone.result.summary


async def test_hostile_files_are_survived(do: Do, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\nname = ")
    (tmp_path / "package.json").write_text("[" * 10_000)
    (tmp_path / "CHANGELOG.md").write_text("## 1.0\n" * 20_000 + "x" * 100_000)
    (tmp_path / "Dockerfile").write_bytes(b"\x00FROM")
    (tmp_path / "setup.py").symlink_to("/etc/passwd")
    (tmp_path / "VERSION").write_text("../../evil\n")
    done = await do("deploy", tmp_path, "release plan for 1.0", type="release")
    assert deployment(done)["version"] == "1.0"
    assert {note.what for note in done.result.not_done} >= {"pyproject.toml", "package.json"}
    assert json.dumps(deployment(done))
