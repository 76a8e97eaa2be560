"""`/openapi.json`, made of the route table: what is not served is not in it, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from genesis import __version__
from genesis.errors import Category
from genesis.service.access import PUBLIC, TABLE
from genesis.service.routing import Answer, Operation

_REF = "#/components/schemas/{model}"


class ErrorBody(BaseModel):
    """What went wrong, and what to do."""

    code: str
    category: Category
    message: str
    correlation_id: str
    retry_after: float | None = None


class Error(BaseModel):
    """The one shape of errors."""

    error: ErrorBody


def document(operations: Iterable[Operation]) -> dict[str, object]:
    """The OpenAPI 3.1 document of `operations`."""
    documented = [one for one in operations if one.documented]
    modes: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [(Error, "serialization")]
    for one in documented:
        if one.body is not None:
            modes.append((one.body, "validation"))
        modes += [(answer.model, "serialization") for answer in one.answers.values() if answer.model is not None]
    names, schemas = models_json_schema(list(dict.fromkeys(modes)), ref_template=_REF)
    paths: dict[str, dict[str, object]] = {}
    for one in documented:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Genesis",
            "version": __version__,
            "description": "Runs fleets of agents. The A2A doors are described by /.well-known/agent-card.json.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a JWT of the issuer."},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
        "security": [{"bearer": []}, {"key": []}],
    }


def _operation(one: Operation, names: Mapping[Any, Mapping[str, Any]]) -> dict[str, object]:
    parameters: list[dict[str, object]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", one.path)
    ]
    parameters += [
        {"name": p.name, "in": p.where, "required": p.required, "description": p.description, "schema": dict(p.schema)}
        for p in one.parameters
    ]
    body: dict[str, object] = {
        "operationId": f"{one.method.lower()}{re.sub(r'[^a-z0-9]+', '_', one.path.lower()).rstrip('_')}",
        "summary": one.summary,
        "responses": {
            **{str(status): _answer(answer, names) for status, answer in one.answers.items()},
            "default": {
                "description": "An error.",
                "content": {"application/json": {"schema": dict(names[(Error, "serialization")])}},
            },
        },
    }
    if parameters:
        body["parameters"] = parameters
    if one.body is not None:
        schema = dict(names[(one.body, "validation")])
        body["requestBody"] = {"required": not one.bare, "content": {"application/json": {"schema": schema}}}
    rights = TABLE[f"{one.method} {one.path}"]
    if rights is PUBLIC:
        body["security"] = []
    elif rights:
        body["description"] = f"Needs scope {' or '.join(rights)}; of keyless callers in profile dev, only admin."
    return body


def _answer(answer: Answer, names: Mapping[Any, Mapping[str, Any]]) -> dict[str, object]:
    schema = {} if answer.model is None else dict(names[(answer.model, "serialization")])
    return {
        "description": answer.description,
        "content": {media: {"schema": schema} if schema else {} for media in answer.media_types},
    }
