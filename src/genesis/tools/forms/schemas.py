"""Forms from what a service takes: the entities of an earlier task, or OpenAPI documents of the workspace."""

from __future__ import annotations

import re
from typing import Any

from genesis.finding import NotDone, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.entities.entity import Field, Kind, identifier, plural
from genesis.tools.openapi.document import operations_of
from genesis.tools.places import yaml_lines
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.write_pages import Choice, Form, PageText, label

KINDS = frozenset({"string", "text", "integer", "number", "boolean", "date", "datetime", "email", "url", "password"})
FORMATS: dict[str, Kind] = {
    **{"email": "email", "uri": "url", "url": "url", "date": "date", "date-time": "datetime", "password": "password"},
}


class Derived(Frozen):
    """A page and where it comes from."""

    page: PageText
    source: Source


def from_entities(api: dict[str, Any]) -> list[Derived]:
    """A form for each entity that an earlier task built; it is sent where the service takes it."""
    found = []
    for entity in api.get("entities") or []:
        if not isinstance(entity, dict) or not (name := identifier(str(entity.get("name")))):
            continue
        fields: list[Field] = []
        for one in entity.get("fields") or []:
            field = identifier(str(one.get("name"))) if isinstance(one, dict) else ""
            kind = one.get("kind") if isinstance(one, dict) and one.get("kind") in KINDS else "string"
            if field:
                fields.append(
                    Field.model_validate({"name": field, "kind": kind, "required": one.get("required") is not False})
                )
        if fields:
            table = identifier(str(entity.get("table") or plural(name)))
            form = Form(action=f"/{table}", fields=tuple(fields), submit="Save")
            page = PageText(file=f"{name.replace('_', '-')}.html", title=f"New {label(name).lower()}", form=form)
            found.append(Derived(page=page, source=Source(query=f"POST /{table}")))
    return found


def from_documents(workspace: Workspace, not_done: list[NotDone]) -> list[Derived]:
    """A form for each operation of the workspace's OpenAPI documents that takes an object."""
    found: list[Derived] = []
    for file in workspace.files:
        if not file.name.lower().endswith((".yaml", ".yml", ".json")) or file.size > 1_000_000:
            continue
        text = workspace.read_text(file.name)
        if text is None or not re.search(r"[\"']?openapi[\"']?\s*:", text[:20_000]):
            continue
        try:
            content, at = yaml_lines.load(text)
        except yaml_lines.NotReadable as error:
            not_done.append(NotDone(what=file.name, why=str(error)))
            continue
        if not isinstance(content, dict):
            continue
        lines = lines_of(text)
        for path, verb, operation in operations_of(content):
            fields = _body_fields(content, operation) if verb == "post" and "{" not in path else []
            if fields:
                title = str(operation.get("summary") or operation.get("operationId") or f"New {path.strip('/')}")[:100]
                name = identifier(path).replace("_", "-")[:50] or "form"
                form = Form(action=re.sub(r"[\s\"<>]", "", path)[:500] or "/", fields=tuple(fields))
                source = place_in(file.name, yaml_lines.line_of(at, ("paths", path, verb)), lines)
                found.append(
                    Derived(page=PageText(file=f"{name}.html", title=title.rstrip("."), form=form), source=source)
                )
    return found


def _body_fields(document: dict[str, Any], operation: dict[str, Any]) -> list[Field | Choice]:
    body = _followed(document, operation.get("requestBody"))
    content = body.get("content") if isinstance(body, dict) else None
    media = next((one for one in content.values() if isinstance(one, dict)), {}) if isinstance(content, dict) else {}
    schema = _followed(document, media.get("schema"))
    parts = [_followed(document, one) for one in schema.get("allOf") or [schema]]
    fields: list[Field | Choice] = []
    for part in parts:
        required = part.get("required") if isinstance(part.get("required"), list) else []
        properties = part.get("properties")
        for name, inner in (properties if isinstance(properties, dict) else {}).items():
            known, inner = identifier(str(name)), _followed(document, inner)
            if not known or inner.get("readOnly") or len(fields) >= 60 or known in {_name(one) for one in fields}:
                continue
            kinds = inner.get("type")
            kind = next((one for one in kinds if one != "null"), "string") if isinstance(kinds, list) else kinds
            if kind in {"object", "array"}:
                continue
            field = Field(name=known, kind=_kind(str(kind), inner), required=name in (required or []))
            options = [str(one)[:100] for one in inner.get("enum") or [] if isinstance(one, str | int)]
            fields.append(Choice(field=field, options=tuple(options[:100])) if options else field)
    return fields


def _kind(kind: str, schema: dict[str, Any]) -> Kind:
    if kind in {"integer", "number", "boolean"}:
        return kind  # type: ignore[return-value]
    longest = schema.get("maxLength")
    return FORMATS.get(str(schema.get("format")), "text" if isinstance(longest, int) and longest > 500 else "string")


def _followed(document: dict[str, Any], one: Any) -> dict[str, Any]:
    for _ in range(10):
        target = one.get("$ref") if isinstance(one, dict) else None
        if not isinstance(target, str) or not target.startswith("#/"):
            break
        one = document
        for part in target[2:].split("/"):
            one = one.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(one, dict) else None
    return one if isinstance(one, dict) else {}


def _name(one: Field | Choice) -> str:
    return one.field.name if isinstance(one, Choice) else one.name
