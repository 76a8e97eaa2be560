"""The backend agent: what it builds starts and serves, what it says of documents and schemas is so."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from genesis.errors import NeedsMissing
from tests.agents.conftest import Do, Done
from tests.agents.places import check_places

NOUNS = ["ship", "berth", "recipe", "parcel", "tenant", "violin", "beehive", "meadow", "voucher", "gadget"]
KINDS = {
    "title": "string",
    "price": "number",
    "quantity": "integer",
    "is_open": "boolean",
    "due date": "date",
    "e-mail": "email",
}
SCHEMA_TYPES = {
    "string": "string",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "date": "string",
    "email": "string",
}


def api(done: Done) -> Any:
    return done.result.outputs["api"]


def apply(done: Done, folder: Path) -> None:
    (folder.parent / "changes.patch").write_bytes(done.files["changes.patch"])
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", folder.parent / "changes.patch"], cwd=folder, check=True)


@pytest.mark.parametrize("seed", [2, 9])
async def test_entities_in_words_become_a_schema_a_document_and_a_service_that_serves(
    do: Do, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    parent, child, other = rng.sample(NOUNS, 3)
    fields = {one: rng.sample(list(KINDS), rng.randint(2, 4)) for one in (parent, other)}
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "README.md").write_text("nothing yet\n")
    goal = f"a service for {parent}s, with {', '.join(fields[parent])}; {parent}s have {child}s; "
    goal += f"{other}s have {' and '.join(fields[other])}"
    done = await do("backend", folder, goal, type="backend")

    document = json.loads(done.files["openapi.json"])
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())
    assert set(document["paths"]) == {
        "/health",
        *(f"/{one}s{end}" for one in (parent, child, other) for end in ("", "/{id}")),
    }
    for one in (parent, other):
        properties = document["components"]["schemas"][f"{one.capitalize()}Input"]["properties"]
        assert {name: part["type"] for name, part in properties.items()} == {
            name.replace(" ", "_").replace("-", "_"): SCHEMA_TYPES[KINDS[name]] for name in fields[one]
        }

    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA foreign_keys = ON")
    database.executescript(done.files["schema.sql"].decode())
    columns = {row[1] for row in database.execute(f'PRAGMA table_info("{child}s")')}
    assert columns == {"id", f"{parent}_id"}
    with pytest.raises(sqlite3.IntegrityError):  # nothing refers to what is not there
        database.execute(f'INSERT INTO "{child}s" ("{parent}_id") VALUES (99)')
    with pytest.raises(sqlite3.IntegrityError):  # nothing that is required is left out
        database.execute(f'INSERT INTO "{parent}s" DEFAULT VALUES')
    database.close()

    unproved = [note.why for note in done.result.not_done if note.what == "starting the service"]
    if unproved:
        pytest.skip(f"nothing foreign is run here: {unproved[0]}")
    assert api(done)["started"] is True, done.result.findings
    assert done.result.outputs["code"] == {"patch": "changes.patch", "files": api(done)["files"]}
    apply(done, folder)
    ran = subprocess.run(
        [sys.executable, "-m", "unittest", "discover", "-s", "tests"], cwd=folder, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert (folder / "README.md").read_text() == "nothing yet\n"


async def test_the_service_that_was_handed_over_starts_and_keeps_its_rules(do: Do, tmp_path: Path) -> None:
    """Once more without our driver: a second client, written here, on the port that the service prints."""
    from http.client import HTTPConnection

    folder = tmp_path / "w"
    folder.mkdir()
    done = await do(
        "backend", folder, "a server for users with email (unique) and password; notes with text", type="server"
    )
    apply(done, folder)
    command = [sys.executable, "-m", str(api(done)["package"]), "--port", "0", "--database", str(tmp_path / "d.db")]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])

        def ask(method: str, path: str, body: str | None = None, kind: str = "application/json") -> tuple[int, str]:
            connection = HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(method, path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            return answer.status, text

        try:
            user = json.dumps({"email": "a@b.example", "password": "long enough"})
            status, text = ask("POST", "/users", user)
            assert status == 201 and "password" not in text
            assert ask("POST", "/users", user)[0] == 409
            assert ask("POST", "/users", json.dumps({"email": "no", "password": "short"}))[0] == 400
            assert ask("POST", "/notes", '{"text": ')[0] == 400
            assert ask("POST", "/notes", "text=a+page%27s+form", "application/x-www-form-urlencoded")[0] == 201
            assert json.loads(ask("GET", "/notes")[1])["items"] == [{"id": 1, "text": "a page's form"}]
            assert ask("GET", "/notes?limit=-1")[0] == 400
            assert ask("GET", "/../etc/passwd")[0] == 404
            assert ask("PATCH", "/users/1")[0] in {405, 501}
        finally:
            process.terminate()
    kept = sqlite3.connect(tmp_path / "d.db")
    (password,) = kept.execute("SELECT password FROM users").fetchone()
    kept.close()
    assert password.startswith("scrypt$") and "long enough" not in password


@pytest.mark.parametrize("seed", [4, 5])
async def test_entities_come_from_a_table_of_the_workspace(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    noun = rng.choice(NOUNS)
    rows = [(f"n{i}", rng.randint(1, 9), rng.random() * 10, f"2024-01-{rng.randint(10, 28)}") for i in range(20)]
    text = "label,amount of eggs,depth,seen\n" + "\n".join(f"{a},{b},{c:.3f},{d}" for a, b, c, d in rows) + "\n"
    (tmp_path / f"{noun}s.csv").write_text(text)
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    done = await do("backend", tmp_path, f"make an API document for what is in {noun}s.csv", type="api")
    (entity,) = api(done)["entities"]
    assert entity["name"] == noun
    assert {field["name"]: field["kind"] for field in entity["fields"]} == {
        "label": "string", "amount_of_eggs": "integer", "depth": "number", "seen": "date"
    }  # fmt: skip
    assert api(done)["started"] is None and not any(name.endswith(".py") for name in api(done)["files"])
    assert all(source.file or source.query for source in check_places(done, tmp_path))


async def test_entities_that_an_earlier_task_gave_come_first(do: Do) -> None:
    given: Any = {
        "requirements": {"entities": [{"name": "Seals", "fields": ["name", {"name": "weight", "type": "float"}]}]}
    }
    done = await do("backend", None, "a service for books with title", type="database", inputs=given)
    (entity,) = api(done)["entities"]
    assert (entity["name"], [field["kind"] for field in entity["fields"]]) == ("seal", ["string", "number"])
    given = {"requirements": {"entities": {"whale": ["name", "age: integer"]}, "statements": [{"text": "x"}]}}
    done = await do("backend", None, "the database please", type="database", inputs=given)
    (entity,) = api(done)["entities"]
    assert [(field["name"], field["kind"]) for field in entity["fields"]] == [("name", "string"), ("age", "integer")]


async def test_nothing_is_invented(do: Do, tmp_path: Path) -> None:
    with pytest.raises(NeedsMissing, match="what is to be kept"):
        await do("backend", None, "Build me a backend please", type="backend")
    (tmp_path / "schema.sql").write_text("CREATE TABLE a (id INTEGER PRIMARY KEY);")
    done = await do("backend", tmp_path, "implement the webhook", type="backend")
    assert done.result.summary.startswith("Nothing was built") and "patch" not in api(done)
    done = await do("backend", None, "an OpenAPI file for seals and whales", type="api")
    assert sorted(note.what for note in done.result.not_done) == ["the fields of seal", "the fields of whale"]


def api_document(rng: random.Random, paths: list[str]) -> dict[str, Any]:
    answer = {
        "200": {
            "description": "ok",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
        }
    }
    verbs = {
        path: {"get": {"operationId": f"get{n}", "responses": {**answer, "404": {"description": "no"}}}}
        for n, path in enumerate(paths)
    }
    return {
        "openapi": rng.choice(["3.0.3", "3.1.0"]),
        "info": {"title": "T", "version": "1"},
        "paths": verbs,
        "components": {"schemas": {"Thing": {"type": "object"}}},
    }


@pytest.mark.parametrize("seed", [21, 22, 23])
async def test_faults_in_an_api_document_are_found_where_they_are(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    paths = [f"/p{rng.randint(100, 999)}x{n}" for n in range(4)]
    clean = api_document(rng, paths)
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(clean, sort_keys=False))
    done = await do("backend", tmp_path, "is our api.yaml valid?", type="api")
    assert done.result.findings == () and "no findings" in done.result.summary

    broken = api_document(rng, [*paths, "/lost/{id}"])
    broken["paths"][paths[0]]["get"]["operationId"] = "get1"
    broken["paths"][paths[2]]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] = (
        "#/components/schemas/Gone"
    )
    del broken["paths"][paths[3]]["get"]["responses"]["404"]["description"]
    broken["components"]["schemas"]["Spare"] = {"type": "string"}
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(broken, sort_keys=False))
    done = await do("backend", tmp_path, "check api.yaml", type="api")
    lines = (tmp_path / "api.yaml").read_text().splitlines()
    found = {finding.kind: finding for finding in done.result.findings}
    assert set(found) == {
        "dangling_reference",
        "duplicate_operation_id",
        "path_parameter_mismatch",
        "api_document_invalid",
        "unused_component",
    }
    places = {kind: finding.source for kind, finding in found.items() if finding.source}
    second = [number for number, line in enumerate(lines, 1) if line.strip() == "operationId: get1"][1]
    assert places["duplicate_operation_id"].line == second
    assert "Gone" in str(places["dangling_reference"].excerpt) and "Spare" in str(places["unused_component"].excerpt)
    assert all(source.file or source.query for source in check_places(done, tmp_path))


async def test_an_api_document_is_compared_with_the_code(do: Do, tmp_path: Path) -> None:
    document = api_document(random.Random(1), ["/things", "/things/{id}", "/planned"])
    document["paths"]["/things/{id}"]["parameters"] = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    (tmp_path / "openapi.json").write_text(json.dumps(document, indent=2))
    (tmp_path / "app.py").write_text(
        "from flask import Flask\napp = Flask('x')\n"
        "@app.get('/things')\ndef things(): return []\n"
        "@app.get('/things/<int:number>')\ndef thing(number): return {}\n"
        "@app.post('/secret')\ndef secret(): return {}\n"
    )
    done = await do("backend", tmp_path, "check the API description", type="api")
    found = {(finding.kind, finding.message.split()[0]) for finding in done.result.findings}
    assert found == {("endpoint_not_documented", "/secret"), ("documented_but_not_found", "openapi.json")}
    assert all(source.file or source.query for source in check_places(done, tmp_path))


async def test_references_that_lead_out_are_not_followed(do: Do, tmp_path: Path) -> None:
    document = api_document(random.Random(1), ["/a"])
    document["components"]["schemas"]["Thing"] = {"$ref": "http://127.0.0.1:9/never.json"}
    document["components"]["schemas"]["Other"] = {"$ref": "/etc/passwd"}
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    done = await do("backend", tmp_path, "validate the api", type="api")  # the suite fails on any call out
    assert any("lead out" in note.why for note in done.result.not_done)


TABLES = """CREATE TABLE {a} (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE {b} (
    id BIGINT PRIMARY KEY,
    {a}_id INTEGER NOT NULL REFERENCES {a} (id),{extra}
    label VARCHAR(40) DEFAULT 'x, (y); -- z'
);
{index}
CREATE TABLE {c} (
    {b}_id {kind} REFERENCES {b} (id),
    price {money}
);
CREATE INDEX i2 ON {c} ({b}_id);
"""


@pytest.mark.parametrize("seed", [31, 32])
async def test_a_schema_is_reviewed_as_it_is_written(do: Do, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    a, b, c = rng.sample(NOUNS, 3)
    sound = {
        "extra": "",
        "index": f"CREATE INDEX i1 ON {b} ({a}_id);",
        "kind": "BIGINT PRIMARY KEY",
        "money": "NUMERIC(10, 2)",
    }
    (tmp_path / "schema.sql").write_text(TABLES.format(a=a, b=b, c=c, **sound))
    done = await do("backend", tmp_path, "review the database", type="database")
    assert done.result.findings == () and "3 tables" in done.result.summary
    for key, value, kind in (
        ("index", "", "foreign_key_without_index"),
        ("kind", "BIGINT", "table_without_primary_key"),
        ("kind", "INTEGER PRIMARY KEY", "reference_type_differs"),
        ("money", "DOUBLE PRECISION", "money_as_float"),
        ("extra", f"\n    {c}_id BIGINT,", "reference_without_constraint"),
    ):
        (tmp_path / "schema.sql").write_text(TABLES.format(a=a, b=b, c=c, **{**sound, key: value}))
        done = await do("backend", tmp_path, "review the database", type="database")
        assert [finding.kind for finding in done.result.findings] == [kind], (key, value)
        assert all(source.file or source.query for source in check_places(done, tmp_path))


async def test_sql_inside_python_and_later_migrations_are_read(do: Do, tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(
        '"""Create table and such is prose."""\n\nDDL = """\nCREATE TABLE seal (\n    name TEXT\n);\n"""\n'
    )
    done = await do("backend", tmp_path, "check our tables", type="database")
    (finding,) = done.result.findings
    assert (finding.kind, finding.source.line) == ("table_without_primary_key", 4)  # type: ignore[union-attr]
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_text(
        "CREATE TABLE whale (id INT PRIMARY KEY, seal_id INT REFERENCES seal);"
    )
    (tmp_path / "migrations" / "2.sql").write_text("ALTER TABLE whale DROP COLUMN seal_id; DROP TABLE IF EXISTS gone;")
    done = await do("backend", tmp_path, "check our tables", type="database")
    assert [finding.kind for finding in done.result.findings] == ["table_without_primary_key"]


async def test_hostile_files_are_survived(do: Do, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("openapi: 3.0.0\ninfo: &a {x: *a}\n")
    (tmp_path / "b.json").write_text(
        '{"openapi": "3.0.0", "info": {}, "paths": ' + '{"a":' * 500 + "1" + "}" * 500 + "}"
    )
    (tmp_path / "c.sql").write_text("CREATE TABLE x (" + "a int, " * 20_000)
    (tmp_path / "d.sql").write_bytes(b"\x00\xff")
    (tmp_path / "e.json").write_text(
        '{"openapi": 3, "info": [], "paths": {"/x": {"get": {"parameters": [1], "responses": 2}}}}'
    )
    (tmp_path / "f.csv").symlink_to("/etc/passwd")
    done = await do("backend", tmp_path, "check the api and the sql schema", type="backend")
    assert "1 table of" in done.result.summary
