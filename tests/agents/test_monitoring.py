"""The monitoring agent against real servers, real tables and real code, with figures computed here a second time."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from genesis.errors import NeedsMissing
from tests.agents.conftest import Do, Done
from tests.agents.loopback import serve
from tests.agents.places import check_places


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def needs(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is not installed; CI installs the Debian package prometheus")
        pytest.skip(f"needs {program} (Debian package prometheus)")
    return path


def report(done: Done) -> Any:
    return done.result.outputs["monitoring_report"]


@pytest.mark.parametrize(
    ("status", "body", "health"),
    [
        (200, '{"status": "ok"}', "healthy"),
        (200, '{"status": "degraded"}', "unhealthy"),
        (200, '{"status": "purple"}', "unknown"),
        (503, "down for a while", "unhealthy"),
        (401, "who are you", "unknown"),
    ],
)
async def test_what_an_address_answers_decides_its_health(do: Do, status: int, body: str, health: str) -> None:
    kind = "application/json" if body.startswith("{") else "text/plain"
    with serve({"/health": (status, kind, body)}) as server:
        done = await do("monitoring", None, f"Is {server.url}/health all right?", type="monitor")
        assert report(done)["health"] == [{"url": f"{server.url}/health", "health": health}]
        assert server.asked == ["/health"] * 3
    assert bool(done.result.findings) == (health != "healthy")


async def test_nothing_there_is_unknown_and_never_healthy(do: Do) -> None:
    done = await do("monitoring", None, f"check http://127.0.0.1:{free_port()}/health", type="monitor")
    assert [finding.kind for finding in done.result.findings] == ["service_unreachable"]
    assert "healthy" not in done.result.summary.replace("unhealthy", "")
    assert "unknown" in done.result.summary


async def test_an_address_without_path_is_asked_for_its_health(do: Do) -> None:
    with serve({"/healthz": (200, "text/plain", "fine")}) as server:
        done = await do("monitoring", None, f"is {server.url} up", type="monitor")
        assert server.asked[:2] == ["/health", "/healthz"]
        assert f"{server.url}/healthz is healthy" in done.result.summary


async def test_a_redirect_elsewhere_is_not_followed(do: Do) -> None:
    with serve({"/health": (200, "text/plain", "ok")}) as other:
        pages = {"/a/health": (302, "location", f"{other.url}/health"), "/b/health": (302, "location", "/c")}
        with serve({**pages, "/c": (200, "text/plain", "ok")}) as server:
            done = await do("monitoring", None, f"{server.url}/a/health and {server.url}/b/health", type="monitor")
            states = [one["health"] for one in report(done)["health"]]
            assert states == ["unknown", "healthy"]
        assert other.asked == []


async def test_a_file_may_only_name_health_checks_of_this_machine(do: Do, tmp_path: Path) -> None:
    with serve({"/healthz": (200, "text/plain", "ok"), "/shutdown": (200, "text/plain", "gone")}) as server:
        folder = tmp_path / "w"
        folder.mkdir()
        (folder / "app.yaml").write_text(
            f"probe: {server.url}/healthz\nstop: {server.url}/shutdown\nelse: http://far.example.com/health\n"
        )
        done = await do("monitoring", folder, "watch it", type="monitor")
        assert set(server.asked) == {"/healthz"}
    assert any("far.example.com" in note.what for note in done.result.not_done)
    check_places(done, folder)


def table(rng: random.Random, minutes: int) -> tuple[str, list[tuple[int, int]]]:
    """A CSV with a row a minute, its columns in any order, and what is in it."""
    start = datetime(2024, 3, rng.randint(1, 20), tzinfo=UTC)
    rows = []
    for _ in range(minutes):
        total = rng.randint(50, 500)
        rows.append((total, rng.randint(0, total // 20)))
    names = [
        rng.choice(["timestamp", "time", "minute"]),
        rng.choice(["requests", "total", "count"]),
        rng.choice(["errors", "failed"]),
    ]
    order = rng.sample(range(3), 3)
    lines = [",".join(names[i] for i in order)]
    for number, (total, bad) in enumerate(rows):
        cells = [(start + timedelta(minutes=number)).isoformat(), str(total), str(bad)]
        lines.append(",".join(cells[i] for i in order))
    return "\n".join(lines) + "\n", rows


@pytest.mark.parametrize("seed", [3, 11])
async def test_levels_and_burn_rates_are_those_computed_here(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    text, rows = table(rng, rng.randint(400, 500))
    target = rng.choice([0.95, 0.99, 0.995])
    name = f"counts{rng.randint(1, 99)}.csv"
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / name).write_text(text)
    done = await do(
        "monitoring", tmp_path / "w", f"SLO is {target * 100:g} %, how much budget is left?", type="metrics"
    )
    total, bad = sum(t for t, _ in rows), sum(b for _, b in rows)
    (level,) = report(done)["service_levels"]
    assert level["total"] == total and level["bad"] == bad
    assert level["budget_left"] == pytest.approx(1 - (bad / total) / (1 - target))
    for minutes, word in ((5, "5m"), (30, "30m"), (60, "1h"), (120, "2h"), (360, "6h")):
        recent = rows[-minutes:]
        burn = (sum(b for _, b in recent) / sum(t for t, _ in recent)) / (1 - target)
        expected = f"over the last {word} the budget burns at {burn:.2f}."
        assert any(fact.text.endswith(expected) for fact in done.result.facts), expected
    assert any(note.what.endswith("over 1d") and "covers only" in note.why for note in done.result.not_done)
    check_places(done, tmp_path / "w")


async def test_without_a_target_no_budget_is_claimed(do: Do, tmp_path: Path) -> None:
    text, _ = table(random.Random(5), 30)
    (tmp_path / "c.csv").write_text(text)
    done = await do("monitoring", tmp_path, "how available were we", type="metrics")
    assert not any("budget" in fact.text for fact in done.result.facts)
    assert any("no target" in note.why for note in done.result.not_done)
    (tmp_path / "slo.md").write_text("# Goals\n\nOur SLO for orders is 97.5 %.\n")
    done = await do("monitoring", tmp_path, "how available were we", type="metrics")
    assert any("97.5 %" in fact.text and fact.sources[0].line == 3 for fact in done.result.facts)


async def test_a_month_that_is_named_is_the_one_that_is_measured(do: Do, tmp_path: Path) -> None:
    lines = ["date,requests,errors"]
    lines += [f"2024-02-{day:02d},1000,500" for day in range(1, 29)] + [
        f"2024-03-{day:02d},1000,1" for day in range(1, 32)
    ]
    lines += [f"2024-04-{day:02d},1000,700" for day in range(1, 12)]
    (tmp_path / "days.csv").write_text("\n".join(lines))
    done = await do("monitoring", tmp_path, "error budget left for March 2024 with an SLO of 99 %?", type="metrics")
    assert "90.0 % of the error budget is left" in done.result.summary
    done = await do("monitoring", tmp_path, "error budget left for June 2024 with an SLO of 99 %?", type="metrics")
    assert "unknown" in done.result.summary


async def test_a_burst_of_errors_at_the_end_burns_and_pages(do: Do, tmp_path: Path) -> None:
    start = datetime(2024, 5, 1, tzinfo=UTC)
    rows = [
        {"time": (start + timedelta(minutes=n)).isoformat(), "total": 100, "good": 60 if n >= 120 else 100}
        for n in range(180)
    ]
    (tmp_path / "counts.json").write_text(json.dumps(rows, indent=1))
    done = await do("monitoring", tmp_path, "burn rate against 99 %", type="metrics")
    kinds = {finding.kind: finding.severity for finding in done.result.findings}
    assert kinds == {"error_budget_spent": "high", "error_budget_burning": "high"}
    check_places(done, tmp_path)


CODE = """from prometheus_client import Counter, Gauge, Histogram
{counter} = Counter("{base}_requests", "requests", ["route", "status"])
{gauge} = Gauge("{base}_{thing}_depth", "waiting")
TIMES = Histogram("{base}_request_duration_seconds", "time")
"""


@pytest.mark.parametrize("seed", [7, 8])
async def test_rules_read_the_metrics_of_the_code_and_promtool_takes_them(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    base, thing = rng.choice(["shop", "tides"]) + str(rng.randint(1, 9)), rng.choice(["parcel", "queue", "inbox"])
    limit, held, slow = rng.randint(10, 900), rng.randint(2, 50), rng.randint(100, 900)
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "metrics.py").write_text(CODE.format(base=base, thing=thing, counter="SEEN", gauge="WAITING"))
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{base}-service"\nversion = "1"\n')
    goal = (
        f"Alert me when the {thing} depth is above {limit} for {held} minutes, or when p99 latency exceeds {slow} ms."
    )
    goal += " Our SLO is 99.5 %."
    done = await do("monitoring", folder, goal, type="alerting")
    rules = {
        rule["alert"]: rule
        for group in yaml.safe_load(done.files["alert-rules.yml"])["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }
    expressions = {name: rule["expr"] for name, rule in rules.items()}
    assert f"{base}_{thing}_depth > {limit}" in expressions.values()
    assert next(rule for rule in rules.values() if "depth" in rule["expr"])["for"] == f"{held}m"
    quantile = (
        f"histogram_quantile(0.99, sum by (le) (rate({base}_request_duration_seconds_bucket[5m]))) > {slow / 1000:g}"
    )
    assert quantile in expressions.values()
    assert sum("Burn" in name for name in rules) == 4 and "0.005" in "".join(expressions.values())
    assert f'{base}_requests_total{{status=~"5.."}}' in done.files["alert-rules.yml"].decode()
    check_places(done, folder)
    (tmp_path / "rules.yml").write_bytes(done.files["alert-rules.yml"])
    ran = subprocess.run([needs("promtool"), "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


async def test_a_limit_on_something_unmeasured_is_refused_not_invented(do: Do, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print(1)\n")
    done = await do("monitoring", tmp_path, "alert when the coffee level is below 3", type="alerting")
    assert "coffee" not in done.files["alert-rules.yml"].decode()
    assert any("coffee" in note.what for note in done.result.not_done)


async def test_rules_that_prometheus_would_refuse_are_found(do: Do, tmp_path: Path) -> None:
    good = {"alert": "Fine", "expr": "up == 0", "labels": {"severity": "page"}, "annotations": {"summary": "down"}}
    bad = {"alert": "Broken", "expr": "sum(rate(x[5m])", "for": "5 minutes"}
    content = {"groups": [{"name": "g", "rules": [good, bad, {"alert": "Mute", "expr": "up == 1"}]}]}
    (tmp_path / "r.yml").write_text(yaml.safe_dump(content, sort_keys=False))
    done = await do("monitoring", tmp_path, "look at our alert rules", type="alerting")
    found = sorted((finding.kind, finding.message.partition(":")[0]) for finding in done.result.findings)
    assert found == [
        ("alert_without_severity", "Mute"),
        ("alert_without_summary", "Mute"),
        ("rule_invalid", "Broken"),
        ("rule_invalid", "Broken"),
    ]
    check_places(done, tmp_path)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_plan_lists_each_endpoint_job_and_call_and_what_is_missing(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    paths = [f"/{rng.choice('abc')}{n}" for n in range(rng.randint(3, 8))]
    measured = rng.sample(paths, 2)
    lines = ["import requests", "from flask import Flask", "from prometheus_client import Counter", "app = Flask('x')",
             "SEEN = Counter('seen', 'seen', ['status'])"]  # fmt: skip
    at = {}
    for number, path in enumerate(paths):
        lines += [f"@app.get('{path}')", f"def page{number}():"]
        at[path] = len(lines)
        lines += ["    SEEN.labels(status='200').inc()"] if path in measured else []
        lines += ["    return requests.get('http://x/')" if number == 0 else "    return ''"]
    (tmp_path / "app.py").write_text("\n".join(lines) + "\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_app.py").write_text("@app.get('/never')\ndef x(): ...\n")
    done = await do("monitoring", tmp_path, "what should be measured here?", type="observability")
    answered = {fact.text.split()[1]: fact.sources[0].line for fact in done.result.facts if "answered by" in fact.text}
    assert answered == at
    plan = report(done)["observability"]
    assert plan["not_measured"] == len(paths) - 2 and plan["outgoing"] == 1 and plan["metrics"] == ["seen_total"]
    kinds = {finding.kind for finding in done.result.findings}
    assert kinds == {"endpoints_not_measured", "no_health_endpoint", "nothing_logged", "call_without_timeout"}
    check_places(done, tmp_path)


async def test_what_cannot_be_known_is_said_first(do: Do, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    done = await do("monitoring", tmp_path, "is it up, and how much error budget is left?", type="monitor")
    first, second, *_ = done.result.summary.split("; ")
    assert "healthy is unknown" in first and "error budget are unknown" in second
    assert done.result.findings == ()


async def test_with_nothing_to_look_at_it_says_what_it_needs(do: Do) -> None:
    with pytest.raises(NeedsMissing, match="name an address"):
        await do("monitoring", None, "Is everything fine?", type="monitor")


async def test_hostile_files_are_survived(do: Do, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\x00\x01binary")
    (tmp_path / "b.py").write_text("x = (" + "(" * 5000)
    (tmp_path / "c.csv").write_text("time,total,errors\n" + "9" * 100_000 + ",1,2\n2024-01-01,x,y\n")
    (tmp_path / "d.yml").write_text("groups: &a [*a]\nalert: 1\n")
    (tmp_path / "e.py").write_bytes("# caf\xe9\n".encode("latin-1"))
    (tmp_path / "f.csv").symlink_to("/etc/passwd")
    done = await do("monitoring", tmp_path, "observability, SLO, alert rules please", type="monitor")
    assert report(done)["alert_rules"] == ["ServiceDown"]


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A real Prometheus over figures that are written here: 200 good and 3 bad requests a minute, for five hours."""
    program, promtool = needs("prometheus"), needs("promtool")
    folder = tmp_path_factory.mktemp("prometheus")
    now = int(time.time())
    lines = ["# TYPE http_requests counter"]
    for status, each in (("200", 197), ("500", 3)):
        lines += [f'http_requests_total{{status="{status}"}} {each * n} {now - 18000 + 60 * n}' for n in range(300)]
    (folder / "metrics").write_text("\n".join([*lines, "# EOF"]) + "\n")
    (folder / "config.yml").write_text("scrape_configs: []\n")
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", folder / "metrics", folder / "data"],
        check=True, capture_output=True,
    )  # fmt: skip
    port = free_port()
    command = [program, f"--config.file={folder / 'config.yml'}", f"--storage.tsdb.path={folder / 'data'}",
               f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y"]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            for _ in range(200):
                try:
                    with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1) as answer:
                        if answer.status == 200:
                            break
                except OSError:
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


async def test_levels_come_from_a_real_prometheus(do: Do, prometheus: str) -> None:
    goal = f"Prometheus is at {prometheus}: burn rate against an SLO of 99 %,"
    goal += " `sum(http_requests_total) by (status)` and `vector(0) / 0`"
    done = await do("monitoring", None, goal, type="metrics")
    (level,) = report(done)["service_levels"]
    assert level["good_share"] == pytest.approx(197 / 200, abs=1e-6)
    assert any("over the last 1h the budget burns at 1.50." in fact.text for fact in done.result.facts)
    assert any('for status="500"' in fact.text for fact in done.result.facts)
    assert any(note.what == "`vector(0) / 0`" and "only NaN" in note.why for note in done.result.not_done)
    assert all(source.query or source.formula for fact in done.result.facts for source in fact.sources)
    assert any(note.what.startswith("which targets are up") for note in done.result.not_done)  # none is scraped


async def test_a_prometheus_that_is_away_leaves_everything_unknown(do: Do) -> None:
    done = await do(
        "monitoring", None, f"metrics from prometheus http://127.0.0.1:{free_port()} please", type="metrics"
    )
    assert "unknown" in done.result.summary and done.result.facts == ()
