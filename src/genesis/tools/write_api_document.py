"""Writes entities as an OpenAPI 3.1 document, and hands it over only when the validator has taken it."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from pydantic import Field as Constrained

from genesis.errors import RequestInvalid
from genesis.frozen import Frozen, JsonValue
from genesis.tools.entities.entity import Entity, Field, plural
from genesis.tools.tool import ToolContext, tool
from genesis.tools.write_sql_schema import MAX_STRING, MAX_TEXT

_KINDS: dict[str, dict[str, JsonValue]] = {
    "string": {"type": "string", "minLength": 1, "maxLength": MAX_STRING},
    "text": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "email": {"type": "string", "format": "email", "maxLength": MAX_STRING},
    "url": {"type": "string", "format": "uri", "maxLength": MAX_STRING},
    "password": {"type": "string", "format": "password", "minLength": 8, "maxLength": MAX_STRING},
}


class WriteApiDocumentInput(Frozen):
    title: Annotated[str, Constrained(min_length=1, max_length=200)]
    entities: Annotated[tuple[Entity, ...], Constrained(min_length=1, max_length=40)]


class WriteApiDocumentOutput(Frozen):
    """`text`: the document as JSON."""

    text: str
    paths: tuple[str, ...]
    operations: int


@tool(trust="tool", timeout_s=30)
async def write_api_document(given: WriteApiDocumentInput, context: ToolContext) -> WriteApiDocumentOutput:
    """Writes an OpenAPI 3.1 document with five operations for every entity, and validates it.

    Raises `RequestInvalid` when the validator refuses it.
    """
    return await asyncio.to_thread(_write, given)


def _write(given: WriteApiDocumentInput) -> WriteApiDocumentOutput:
    document = document_of(given.title, given.entities)
    _validate(document)
    operations = sum(len([verb for verb in path if verb != "parameters"]) for path in document["paths"].values())
    return WriteApiDocumentOutput(
        text=json.dumps(document, indent=2) + "\n", paths=tuple(document["paths"]), operations=operations
    )


def _validate(document: dict[str, Any]) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    problem = next(OpenAPIV31SpecValidator(document).iter_errors(), None)
    if problem is not None:
        raise RequestInvalid(f"the API document would be refused: {str(problem)[:300]}")


def document_of(title: str, entities: tuple[Entity, ...]) -> dict[str, Any]:
    """The document as data."""
    error = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    schemas: dict[str, Any] = {"Error": error}
    paths: dict[str, Any] = {
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether the service and its database answer",
                "responses": {"200": {"description": "It does", "content": _json({"type": "object"})}},
            }
        }
    }
    for entity in entities:
        name = _camel(entity.name)
        schemas[name] = _shown(entity)
        schemas[f"{name}Input"] = _input(entity)
        paths[f"/{entity.table}"] = _collection(entity, name)
        paths[f"/{entity.table}/{{id}}"] = _item(entity, name)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "0.1.0"},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _collection(entity: Entity, name: str) -> dict[str, Any]:
    many = _words(entity.table)
    items = {"type": "array", "items": _ref(name)}
    page = {"type": "object", "required": ["items"], "properties": {"items": items}}
    return {
        "get": {
            "operationId": f"list{_camel(entity.table)}",
            "summary": f"Lists {many}",
            "parameters": [
                _query("limit", "At most this many", {"type": "integer", "minimum": 0, "maximum": 500, "default": 100}),
                _query("offset", "Passes over this many", {"type": "integer", "minimum": 0, "default": 0}),
            ],
            "responses": {
                "200": {"description": many.capitalize(), "content": _json(page)},
                "400": _error("A bad number"),
            },
        },
        "post": {
            "operationId": f"create{name}",
            "summary": f"Adds one of the {many}",
            "requestBody": {"required": True, "content": _json(_ref(f"{name}Input"))},
            "responses": {"201": {"description": "As it was kept", "content": _json(_ref(name))}, **_refusals()},
        },
    }


def _item(entity: Entity, name: str) -> dict[str, Any]:
    one = _words(entity.name)
    found = {"200": {"description": f"The {one}", "content": _json(_ref(name))}}
    missing = {"404": _error(f"No such {one}")}
    return {
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "integer", "format": "int64", "minimum": 0},
            }
        ],
        "get": {"operationId": f"get{name}", "summary": f"Reads the {one}", "responses": {**found, **missing}},
        "put": {
            "operationId": f"replace{name}",
            "summary": f"Replaces the {one}",
            "requestBody": {"required": True, "content": _json(_ref(f"{name}Input"))},
            "responses": {**found, **missing, **_refusals()},
        },
        "delete": {
            "operationId": f"delete{name}",
            "summary": f"Removes the {one}",
            "responses": {"204": {"description": "It is gone"}, **missing, "409": _error("Something refers to it")},
        },
    }


def _input(entity: Entity) -> dict[str, Any]:
    written: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _property(field) for field in entity.fields},
        "additionalProperties": False,
    }
    required = [field.name for field in entity.fields if field.required]
    return {**written, "required": required} if required else written


def _shown(entity: Entity) -> dict[str, Any]:
    own = {"id": {"type": "integer", "format": "int64", "readOnly": True}}
    visible = [field for field in entity.fields if not field.hidden]
    properties = {**own, **{field.name: _property(field) for field in visible}}
    return {"type": "object", "properties": properties, "required": list(properties)}


def _property(field: Field) -> dict[str, Any]:
    found = dict(_KINDS[field.kind])
    if not field.required:
        found["type"] = [found["type"], "null"]
    if field.references:
        found["description"] = f"The id of one of the {_words(plural(field.references))}"
    if field.hidden:
        found["writeOnly"] = True
    return found


def _refusals() -> dict[str, Any]:
    return {"400": _error("A field is missing or wrong"), "409": _error("It breaks a rule of the data")}


def _error(description: str) -> dict[str, Any]:
    return {"description": description, "content": _json(_ref("Error"))}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _words(name: str) -> str:
    return name.replace("_", " ")
