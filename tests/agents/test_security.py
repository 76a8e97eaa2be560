"""Security against oracles that planted what is to be found, and against secrets that nobody may see again."""

from __future__ import annotations

import json
import random
import string
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genesis.agents.result import Result
from genesis.errors import NeedsMissing
from genesis.finding import BLOCKING

from .conftest import Do, Done
from .repositories import assert_quoted, word, write

GOAL = "Is this repository safe to release?"


def places(result: Result) -> set[tuple[str, str | None, int | None]]:
    return {(one.kind, one.source.file, one.source.line) for one in result.findings if one.source}


def token(rng: random.Random, size: int = 12) -> str:
    """Text that nobody has used for anything: letters and digits, at least three of each."""
    fixed = rng.choices(string.ascii_lowercase, k=3) + rng.choices(string.digits, k=3)
    mixed = fixed + rng.choices(string.ascii_letters + string.digits, k=size - 6)
    rng.shuffle(mixed)
    return "".join(mixed)


WEAK: dict[str, Callable[[random.Random, str], list[str]]] = {
    "sql_injection": lambda rng, name: [
        f"def {name}(db, wanted):",
        rng.choice(
            [
                "    return db.execute(f\"SELECT * FROM book WHERE title = '{wanted}'\")",
                "    return db.execute(\"SELECT * FROM book WHERE title = '%s'\" % wanted)",
                "    return db.execute(\"SELECT * FROM book WHERE title = '{}'\".format(wanted))",
                '    return db.execute("SELECT * FROM book WHERE title = \'" + wanted + "\'")',
            ]
        ),
    ],
    "shell_injection": lambda rng, name: [
        f"def {name}(host):",
        rng.choice(
            [
                "    return subprocess.run(f'ping -c 1 {host}', shell=True)",
                "    return os.system('ping -c 1 ' + host)",
                "    return subprocess.check_output('ping -c 1 %s' % host, shell=True)",
                "    return subprocess.run(['sh', '-c', f'ping -c 1 {host}'])",
            ]
        ),
    ],
    "unsafe_deserialization": lambda rng, name: [
        f"def {name}(data):",
        rng.choice(["    return pickle.loads(data)", "    return yaml.load(data, Loader=yaml.Loader)"]),
    ],
    "weak_hash": lambda rng, name: [
        f"def {name}(password):",
        f"    return hashlib.{rng.choice(['md5', 'sha1'])}(password.encode()).hexdigest()",
    ],
    "certificate_not_verified": lambda rng, name: [
        f"def {name}(url):",
        "    return requests.get(url, timeout=3, verify=False)",
    ],
    "weak_random": lambda rng, name: [
        f"def {name}():",
        f"    reset_token = str(random.randint({rng.randint(0, 9)}, 99999999))",
        "    return reset_token",
    ],
    "hard_coded_secret": lambda rng, name: [
        f"# how {name} signs",
        f'{name.upper()}_{rng.choice(["SECRET", "PASSWORD"])} = "{token(rng)}"',
    ],
}
HEAD = [
    "import hashlib",
    "import os",
    "import pickle",
    "import random",
    "import subprocess",
    "",
    "import requests",
    "import yaml",
    "",
]
SOUND = [
    ["def {0}(db, wanted):", '    return db.execute("SELECT * FROM book WHERE title = ?", (wanted,))'],
    ["def {0}(host):", "    return subprocess.run(['ping', '-c', '1', host], check=True)"],
    ["def {0}(data):", "    return yaml.safe_load(data)"],
    ["def {0}(path):", "    return hashlib.sha256(path.read_bytes()).hexdigest()"],
    ["def {0}(items):", "    return random.choice(items)"],
    ["{0}_SECRET = os.environ['{0}_SECRET']"],
    [
        "def {0}(db, ids):",
        "    marks = ', '.join('?' for _ in ids)",
        "    return db.execute(f'SELECT * FROM book WHERE id IN ({{marks}})', ids)",
    ],
]


def random_program(rng: random.Random, root: Path) -> set[tuple[str, str, int]]:
    """A program with weak and sound functions in random order; returns kind, file and line of the weak ones."""
    taken: set[str] = set()
    planted: set[tuple[str, str, int]] = set()
    kinds = [kind for kind in WEAK for _ in range(2)]
    rng.shuffle(kinds)
    names = [word(rng, taken) for _ in range(rng.randint(3, 5))]
    texts = {f"{names[0]}/{name}.py": list(HEAD) for name in names[1:]}
    for kind in kinds:
        file = rng.choice(sorted(texts))
        for _ in range(rng.randint(0, 2)):
            sound = rng.choice(SOUND)
            texts[file] += [line.format(word(rng, taken)) for line in sound] + [""] * rng.randint(1, 3)
        lines = WEAK[kind](rng, word(rng, taken))
        planted.add((kind, file, len(texts[file]) + 2))
        texts[file] += [*lines, ""]
    write(root, {file: "\n".join(lines) + "\n" for file, lines in texts.items()})
    return planted


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


ALPHANUMERIC = string.ascii_letters + string.digits
PROVIDERS = {
    "github_token": ("ghp_", ALPHANUMERIC, 36),
    "gitlab_token": ("glpat-", ALPHANUMERIC, 20),
    "aws_access_key": ("AKIA", string.ascii_uppercase + "234567", 16),
    "stripe_key": ("sk_live_", ALPHANUMERIC, 24),
    "google_api_key": ("AIza", ALPHANUMERIC, 35),
    "npm_token": ("npm_", ALPHANUMERIC, 36),
    "digitalocean_token": ("dop_v1_", "0123456789abcdef", 64),
    "slack_token": ("xoxb-", string.digits, 12),
    "anthropic_key": ("sk-ant-api03-", ALPHANUMERIC, 95),
    "sendgrid_key": ("SG.", ALPHANUMERIC, 22),
}


def provider_secret(rng: random.Random, kind: str) -> str:
    prefix, alphabet, size = PROVIDERS[kind]
    made = prefix + "".join(rng.choices(alphabet, k=size))
    if kind == "slack_token":
        made += "-" + "".join(rng.choices(ALPHANUMERIC, k=24))
    if kind == "sendgrid_key":
        made += "." + "".join(rng.choices(ALPHANUMERIC, k=43))
    return made


def everything(done: Done) -> str:
    return done.result.model_dump_json() + "".join(data.decode() for data in done.files.values())


@pytest.mark.parametrize("seed", [1, 2])
async def test_secrets_are_found_and_never_said(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    hidden: dict[tuple[str, int], str] = {}
    files: dict[str, str] = {}
    for number, kind in enumerate(PROVIDERS):
        secret = provider_secret(rng, kind)
        line = rng.randint(1, 9)
        wrap = rng.choice(['client = Client("{}")', "# old: {}", "URL = 'https://example.org/?key={}'"])
        files[f"app/m{number}.py"] = "\n" * (line - 1) + wrap.format(secret) + "\n"
        hidden[f"app/m{number}.py", line] = secret
    password, session = token(rng, 14), token(rng, 30)
    files["config/settings.yaml"] = f"database:\n  host: db\n  password: {password}\n"
    hidden["config/settings.yaml", 3] = password
    files["web/app.js"] = f'const options = {{ apiKey: "{session}", retries: 3 }};\n'
    hidden["web/app.js", 1] = session
    body = "\n".join("".join(rng.choices(ALPHANUMERIC + "+/", k=64)) for _ in range(12))
    dashes = "-" * 5
    files["deploy/id_rsa"] = f"{dashes}BEGIN RSA PRIVATE KEY{dashes}\n{body}\n{dashes}END RSA PRIVATE KEY{dashes}\n"
    hidden["deploy/id_rsa", 2] = body.split("\n")[3]
    done = await do("security", write(tmp_path / "w", files), GOAL)
    secrets = [one for one in done.result.findings if one.kind == "hard_coded_secret"]
    found = {(one.source.file, one.source.line) for one in secrets if one.source}
    key_line = {place for place in found if place[0] == "deploy/id_rsa"}
    assert found - key_line == set(hidden) - {("deploy/id_rsa", 2)}
    assert len(key_line) == 1
    assert {one.severity for one in secrets} <= BLOCKING
    said = everything(done)
    for secret in hidden.values():
        assert secret not in said
        assert secret[-12:] not in said and secret[8:20] not in said
    assert_quoted(done.result, tmp_path / "w")


async def test_a_secret_beside_another_weakness_is_masked_there_too(do: Do, tmp_path: Path) -> None:
    secret = token(random.Random(9), 20)
    code = f"import hashlib\nhashed = hashlib.md5(password); password = '{secret}'\n"
    done = await do("security", write(tmp_path / "w", {"app.py": code}), GOAL)
    assert {one.kind for one in done.result.findings} == {"weak_hash", "hard_coded_secret"}
    assert secret not in everything(done)
    assert "[REDACTED:password]" in everything(done)


async def test_sarif_has_the_shape_that_the_standard_asks_for(do: Do, tmp_path: Path) -> None:
    root = tmp_path / "w"
    random_program(random.Random(5), root)
    done = await do("security", root, GOAL)
    log: dict[str, Any] = json.loads(done.files["security.sarif"])
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] and len({rule["id"] for rule in rules}) == len(rules)
    results = run["results"]
    assert len(results) >= len(done.result.findings) > 0
    for result in results:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"} and result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert (root / place["artifactLocation"]["uri"]).is_file() and place["region"]["startLine"] >= 1
    blocking = sum(one.severity in BLOCKING for one in done.result.findings)
    assert sum(result["level"] == "error" for result in results) == blocking


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "flask==3.0.0\nrequests\n"}, [("medium", 2)]),
        ({"requirements.txt": "flask==3.0.0\nrequests>=2,<3  # fine\n"}, [("low", 2)]),
        ({"requirements.txt": "flask==3.0.0 \\\n  --hash=sha256:00\n-r base.txt\n--index-url x\n"}, []),
        ({"requirements.txt": "requests\n-c constraints.txt\n", "constraints.txt": "requests==2.32.0\n"}, []),
        ({"requirements.txt": "requests\n", "poetry.lock": ""}, []),
        ({"requirements-dev.txt": "pytest\n", "docs/requirements.txt": "sphinx\n"}, []),
        ({"pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["requests>=2"]\n'}, []),
        ({"requirements.in": "requests\n", "requirements.txt": "requests==2.32.0\n"}, []),
        ({"requirements.txt": "git+https://example.org/a/b.git@main#egg=b\n"}, [("medium", 1)]),
        ({"requirements.txt": f"git+https://example.org/a/b.git@{'0a1b2c3d' * 5}#egg=b\n"}, []),
        ({"package.json": '{"private": true,\n "dependencies": {\n  "left": "^1.0.0"}}'}, [("medium", 3)]),
        ({"package.json": '{"private": true,\n "dependencies": {"left": "^1.0.0"}}', "package-lock.json": "{}"}, []),
    ],
)
async def test_pins_are_asked_where_an_installation_is_made(
    do: Do, tmp_path: Path, files: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    done = await do("security", write(tmp_path / "w", files), GOAL)
    assert [(one.kind, one.severity, one.source.line) for one in done.result.findings if one.source] == [
        ("unpinned_dependency", severity, line) for severity, line in expected
    ]


async def test_a_change_is_looked_at_as_it_will_be(do: Do, tmp_path: Path) -> None:
    before = write(tmp_path / "w", {"app.py": "def view(request):\n    return request.args['q']\n"})
    after = write(tmp_path / "a", {"app.py": "def view(request):\n    return eval(request.args['q'])\n"})
    patch = subprocess.run(
        ["git", "diff", "--no-index", "--no-prefix", str(before / "app.py"), str(after / "app.py")], capture_output=True
    ).stdout.decode()
    patch = patch.replace(str(before).lstrip("/") + "/", "a/").replace(str(after).lstrip("/") + "/", "b/")
    patch = patch.replace(f"{before}/", "a/").replace(f"{after}/", "b/")
    untouched = await do("security", before, GOAL)
    changed = await do("security", before, GOAL, inputs={"code": {}}, artifacts={"changes.patch": patch.encode()})
    assert untouched.result.findings == ()
    assert places(changed.result) == {("code_injection", "app.py", 2)}
    assert (before / "app.py").read_text().count("eval") == 0
    misfit = await do("security", after, GOAL, inputs={"code": {}}, artifacts={"changes.patch": patch.encode()})
    assert "changes.patch" in {one.what for one in misfit.result.not_done}


async def test_what_a_task_made_is_looked_at_without_a_workspace(do: Do, tmp_path: Path) -> None:
    secret = token(random.Random(2), 20)
    page = f"<script>const apiKey = '{secret}';</script>\n".encode()
    done = await do("security", None, GOAL, inputs={"page": {}}, artifacts={"index.html": page})
    assert places(done.result) == {("hard_coded_secret", "index.html", 1)}
    with pytest.raises(NeedsMissing, match="something to look at"):
        await do("security", None, GOAL)


async def test_nothing_of_the_workspace_is_run_or_obeyed(
    do: Do, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "ran"
    touch = f"open({str(trap)!r}, 'w').close()\n"
    files = dict.fromkeys(("bandit.py", "ast.py", "json.py", "sitecustomize.py", "genesis.py", "setup.py"), touch)
    files["bad.py"] = "def view(request):\n    return eval(request.args['q'])\n"
    files[".bandit"] = "[bandit]\nskips = B307\nexclude = /\n"
    files["pyproject.toml"] = '[tool.bandit]\nskips = ["B307"]\n'
    root = write(tmp_path / "w", files)
    monkeypatch.chdir(root)  # where people stand when they start it: Python would import from here first
    done = await do("security", root, GOAL)
    assert not trap.exists()
    assert ("code_injection", "bad.py", 2) in places(done.result)


async def test_hostile_files_are_survived_and_said(do: Do, tmp_path: Path) -> None:
    root = write(
        tmp_path / "w",
        {
            "deep.py": "x = " + "-" * 200_000 + "1\n",
            "broken.py": "def (:\n",
            "chain.py": "s = ''\n" + "".join(f"s = s + t{n} + s\n" for n in range(300)) + "db.execute('select ' + s)\n",
            "flood.txt": "password=" * 100_000 + "\n" + "key: '" * 50_000,
            "ok.py": "import pickle\n\n\ndef view(request):\n    return pickle.loads(request.data)\n",
        },
    )
    (root / "binary.py").write_bytes(b"\0\1\2" * 1000)
    (root / "utf16.txt").write_bytes("password: hidden".encode("utf-16"))
    (root / "link.py").symlink_to("/etc/passwd")
    done = await do("security", root, GOAL)
    assert ("unsafe_deserialization", "ok.py", 5) in places(done.result)
    assert {"deep.py", "broken.py", "link.py"} <= {one.what for one in done.result.not_done}


async def test_what_was_not_looked_at_is_said(do: Do, tmp_path: Path) -> None:
    done = await do("security", write(tmp_path / "w", {"web/app.js": "eval(location.hash)\n"}), GOAL)
    missing = {one.what for one in done.result.not_done}
    assert "known vulnerabilities of the dependencies" in missing
    assert "static analysis of 1 JavaScript files" in missing
    assert done.result.summary.endswith("nothing found.")
