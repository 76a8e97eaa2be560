"""Writes the files of a small service from entities: program, schema, interface, tests."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

from pydantic import Field as Constrained

from genesis.frozen import Frozen
from genesis.tools.entities.entity import Entity, Identifier, plural
from genesis.tools.tool import ToolContext, tool

TEMPLATE = Path(__file__).with_name("service_template")


TESTS = '''"""Drives the application without a network: python -m unittest discover -s tests"""

import io
import json
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from PACKAGE.app import Application
from PACKAGE.entities import ENTITIES


class ServiceTest(unittest.TestCase):
    def setUp(self) -> None:
        self.application = Application(":memory:")
        self.addCleanup(self.application.db.close)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = b"" if body is None else json.dumps(body).encode()
        environ: dict[str, Any] = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(data))}
        seen: list[str] = []
        environ["wsgi.input"] = io.BytesIO(data)
        parts = self.application(environ, lambda status, headers: seen.append(status))
        text = b"".join(parts)
        return int(seen[0].split()[0]), json.loads(text) if text else None

    def test_it_is_healthy(self) -> None:
        self.assertEqual(self.ask("GET", "/health"), (200, {"status": "ok"}))

    def test_every_entity_starts_empty_and_is_described(self) -> None:
        paths = self.ask("GET", "/openapi.json")[1]["paths"]
        for path in ENTITIES:
            self.assertEqual(self.ask("GET", f"/{path}"), (200, {"items": []}))
            self.assertIn(f"/{path}/{{id}}", paths)

    def test_what_is_required_is_asked_for(self) -> None:
        for path, entity in ENTITIES.items():
            status, answer = self.ask("POST", f"/{path}", {})
            required = [field.name for field in entity.fields if field.required]
            self.assertEqual(status, 400 if required else 201)
            for name in required[:20]:
                self.assertIn(f"{name}: is required", answer["error"])

    def test_what_is_not_there_is_not_found(self) -> None:
        for path in [*(f"/{one}/1" for one in ENTITIES), "/", "/nothing", "/nothing/1"]:
            self.assertEqual(self.ask("GET", path)[0], 404)


if __name__ == "__main__":
    unittest.main()
'''


class ScaffoldServiceInput(Frozen):
    """`package`: the name of the Python package; `document` and `sql`: openapi.json and schema.sql of the same
    entities."""

    package: Identifier
    entities: Annotated[tuple[Entity, ...], Constrained(min_length=1, max_length=40)]
    document: str
    sql: str


class ScaffoldServiceOutput(Frozen):
    """Contents by file name, relative to the workspace."""

    files: dict[str, str]


@tool(trust="tool", timeout_s=20)
async def scaffold_service(given: ScaffoldServiceInput, context: ToolContext) -> ScaffoldServiceOutput:
    """Writes a service on the standard library that starts with `python -m PACKAGE`, and tests for it."""
    return ScaffoldServiceOutput(files=await asyncio.to_thread(_files, given))


def _files(given: ScaffoldServiceInput) -> dict[str, str]:
    copied = {
        f"{given.package}/{name}": (TEMPLATE / name).read_text(encoding="utf-8").replace("  # noqa: T201", "")
        for name in ("__init__.py", "__main__.py", "app.py")
    }
    copied[f"{given.package}/__main__.py"] = copied[f"{given.package}/__main__.py"].replace("PACKAGE", given.package)
    head = (TEMPLATE / "entities.py").read_text(encoding="utf-8").partition("ENTITIES: ")[0]
    return {
        **copied,
        f"{given.package}/entities.py": head + _entities(given.entities),
        f"{given.package}/schema.sql": given.sql,
        f"{given.package}/openapi.json": given.document,
        f"tests/test_{given.package}.py": TESTS.replace("PACKAGE", given.package),
    }


def _entities(entities: tuple[Entity, ...]) -> str:
    lines = ["ENTITIES: dict[str, Entity] = {"]
    for entity in entities:
        lines += [f'    "{entity.table}": Entity(', "        fields=("]
        for field in entity.fields:
            named = [f'"{field.name}"', f'"{field.kind}"', str(field.required)]
            named += [f'references="{plural(field.references)}"'] if field.references else []
            named += ["hidden=True"] if field.hidden else []
            lines.append(f"            Field({', '.join(named)}),")
        lines.append("        ),")
        lines += [f"        {name}='{sql}'," for name, sql in _statements(entity).items()]
        lines.append("    ),")
    return "\n".join([*lines, "}", '"""By path."""', ""])


def _statements(entity: Entity) -> dict[str, str]:
    """The five statements. Every name in them is an `Identifier`, so nothing of theirs can leave its quotes."""
    names = [f'"{field.name}"' for field in entity.fields]
    values = f"({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})" if names else "DEFAULT VALUES"
    sets = ", ".join(f"{name} = ?" for name in names) or "id = id"
    texts = {
        "listing": "SELECT * FROM TABLE ORDER BY id LIMIT ? OFFSET ?",
        "reading": "SELECT * FROM TABLE WHERE id = ?",
        "creating": "INSERT INTO TABLE VALUES",
        "replacing": "UPDATE TABLE SET SETS WHERE id = ?",
        "deleting": "DELETE FROM TABLE WHERE id = ?",
    }
    replaced = {"TABLE": f'"{entity.table}"', "VALUES": values, "SETS": sets}
    return {
        name: re.sub(r"\b(?:TABLE|VALUES|SETS)\b", lambda match: replaced[match.group()], text)
        for name, text in texts.items()
    }
