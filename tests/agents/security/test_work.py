"""What security hands over, what it looks at, and what no workspace can make it do."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from genesis.errors import NeedsMissing
from genesis.finding import BLOCKING
from tests.agents.conftest import Do
from tests.agents.repositories import write
from tests.agents.security.planted import GOAL, places, random_program, token


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
