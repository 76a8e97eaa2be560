"""Security against oracles that planted what is to be found, and what each weighs."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from genesis.finding import BLOCKING
from tests.agents.conftest import Do
from tests.agents.repositories import assert_quoted, write
from tests.agents.security.planted import GOAL, places, random_program


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_was_planted_is_found_where_it_is_and_nothing_else(do: Do, tmp_path: Path, seed: int) -> None:
    root = tmp_path / "w"
    planted = random_program(random.Random(seed), root)
    done = await do("security", root, GOAL)
    assert places(done.result) == planted
    assert_quoted(done.result, root)
    said = done.result.outputs["security_report"]
    assert isinstance(said, dict)
    assert said["blocking"] == sum(one.severity in BLOCKING for one in done.result.findings)


async def test_taking_a_weakness_away_takes_its_finding_away(do: Do, tmp_path: Path) -> None:
    root = tmp_path / "w"
    planted = random_program(random.Random(4), root)
    kind, file, line = min(planted)
    lines = (root / file).read_text().split("\n")
    lines[line - 1] = "    return None"
    (root / file).write_text("\n".join(lines))
    done = await do("security", root, GOAL)
    assert places(done.result) == planted - {(kind, file, line)}


LOADS = "unsafe_deserialization"
APP = "from flask import Flask, request\n\nfrom shop import store\n\napp = Flask(__name__)\n\n\n"


@pytest.mark.parametrize(
    ("app", "store", "severity"),
    [
        (
            "@app.post('/find')\ndef find():\n    return store.find(request.form['q'])\n",
            "def find(q):\n    return db.execute(f\"SELECT * FROM t WHERE n = '{q}'\")\n",
            "critical",
        ),
        (
            "@app.get('/find/<q>')\ndef find(q):\n    return store.find(q)\n",
            "def find(q):\n    return inner(q.strip())\n\n\ndef inner(n):\n    s = 'SELECT * FROM t WHERE n = ' + n\n"
            "    return db.execute(s)\n",
            "critical",
        ),
        (
            "@app.get('/find')\ndef find():\n    return store.find(request.args['by'])\n",
            "def find(by):\n    return db.execute(f'SELECT * FROM t ORDER BY {by}')\n",
            "high",
        ),
        (
            "@app.get('/find')\ndef find():\n    return store.find(int(request.args['n']))\n",
            "def find(n):\n    return db.execute(f'SELECT * FROM t WHERE n = {n}')\n",
            "medium",
        ),
        (
            "@app.get('/find')\ndef find():\n    return store.find('x')\n",
            "def find(n: int):\n    return db.execute(f'SELECT * FROM t LIMIT {n}')\n",
            None,
        ),
        (
            "@app.get('/find')\ndef find():\n    return store.find(request.args['q'])\n",
            "def find(q):\n    return db.execute('SELECT * FROM t WHERE n = ?', (q,))\n",
            None,
        ),
        (
            "@app.get('/find')\ndef find():\n    return store.find(request.args['q'])\n",
            "TABLE = 't'\n\n\ndef find(q):\n    return db.execute(f'SELECT * FROM {TABLE} WHERE n = ?', (q,))\n",
            None,
        ),
    ],
    ids=["value", "two calls away", "name", "made a number by the caller", "a number", "parameter", "constant"],
)
async def test_sql_weighs_what_reaches_it(do: Do, tmp_path: Path, app: str, store: str, severity: str | None) -> None:
    root = write(tmp_path / "w", {"shop/__init__.py": "", "shop/web.py": APP + app, "shop/store.py": store})
    done = await do("security", root, GOAL)
    assert [one.severity for one in done.result.findings if one.kind == "sql_injection"] == (
        [severity] if severity else []
    )


@pytest.mark.parametrize(
    ("code", "kind", "severity"),
    [
        ("import pickle\ndef view(request):\n    return pickle.loads(request.body)\n", LOADS, "critical"),
        ("import pickle\ndef load(path):\n    return pickle.load(open(path, 'rb'))\n", LOADS, "low"),
        ("import pickle\ndef copy(value):\n    return pickle.loads(pickle.dumps(value))\n", LOADS, None),
        ("import subprocess\ndef sh(line):\n    return subprocess.run(line, shell=True)\n", "shell_injection", "low"),
        ("import subprocess\n\nsubprocess.run('ls | wc -l', shell=True)\n", "shell_injection", None),
        (
            "import shlex\nimport subprocess\ndef view(request):\n"
            "    subprocess.run(f\"ls {shlex.quote(request.args['d'])}\", shell=True)\n",
            "shell_injection", None,
        ),
        ("def view(request):\n    return eval(request.GET['sum'])\n", "code_injection", "critical"),
        ("def run(text):\n    exec(text)\n", "code_injection", None),
        ("import hashlib\ndef etag(body):\n    return hashlib.md5(body).hexdigest()\n", "weak_hash", None),
        (
            "import hashlib\nclass MD5Hasher:\n    def encode(self, password):\n        return hashlib.md5(password)\n",
            "weak_hash", "low",
        ),
        ("import random\ndef draw(tokens):\n    token = random.choice(tokens)\n", "weak_random", None),
        ("import flask\n\napp = flask.Flask('x')\ndef start():\n    app.run(debug=True)\n", "debug_enabled", "high"),
        (
            "import flask\n\napp = flask.Flask('x')\n\nif __name__ == '__main__':\n    app.run(debug=True)\n",
            "debug_enabled", "medium",
        ),
        ("NAME = 'a\u200fb'\n", "bidirectional_text", None),
        ("NAME = 'a\u202eb'\n", "bidirectional_text", "high"),
        ("assert 1 == 1\nimport subprocess\nsubprocess.run(['ls'])\n", "assert_used", None),
    ],
)  # fmt: skip
async def test_each_kind_weighs_as_it_should(
    do: Do, tmp_path: Path, code: str, kind: str, severity: str | None
) -> None:
    done = await do("security", write(tmp_path / "w", {"app/main.py": code}), GOAL)
    assert [(one.kind, one.severity) for one in done.result.findings] == ([(kind, severity)] if severity else [])


async def test_tests_weigh_less_and_what_was_accepted_blocks_nothing(do: Do, tmp_path: Path) -> None:
    code = "import subprocess\n\n\ndef view(request):\n    subprocess.run(request.args['c'], shell=True){}\n"
    plain = await do("security", write(tmp_path / "a", {"app.py": code.format("")}), GOAL)
    accepted = await do("security", write(tmp_path / "b", {"app.py": code.format("  # nosec B602")}), GOAL)
    tested = await do("security", write(tmp_path / "c", {"tests/test_app.py": code.format("")}), GOAL)
    assert [one.severity for one in plain.result.findings] == ["critical"]
    assert [(one.severity, "accepted" in one.message) for one in accepted.result.findings] == [("medium", True)]
    assert tested.result.findings == ()
    shown = await do("security", write(tmp_path / "d", {"examples/app.py": code.format("")}), GOAL)
    assert [one.severity for one in shown.result.findings] == ["medium"]
    log = json.loads(accepted.files["security.sarif"])
    assert log["runs"][0]["results"][0]["suppressions"] == [
        {"kind": "inSource", "justification": "marked with # nosec"}
    ]
