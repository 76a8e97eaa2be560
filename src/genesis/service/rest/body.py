"""Reads what a caller sent, strictly: an unknown field is an error, and every complaint names its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import RequestInvalid

M = TypeVar("M", bound=BaseModel)


async def read(request: Request, model: type[M]) -> M:
    """The JSON body as `model`. Raises `RequestInvalid`, or what the model's own validators raise."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise RequestInvalid("Content-Type: send application/json")
    data = decode(await request.body())
    if not isinstance(data, dict):
        raise RequestInvalid("the body must be a JSON object")
    return validate(data, model)


def decode(body: bytes) -> Any:
    """The JSON in `body`. Raises `RequestInvalid` with the place, never with the text."""
    if not body:
        raise RequestInvalid("the body is empty; send JSON")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestInvalid(f"the body is not JSON (line {error.lineno}, column {error.colno})") from error


def validate(data: Mapping[str, Any], model: type[M]) -> M:
    """`data` as `model`. Raises `RequestInvalid` with every field that is wrong and what is allowed."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RequestInvalid("; ".join(_complaint(one, model) for one in error.errors()[:5])) from error


def _complaint(error: Any, model: type[BaseModel]) -> str:
    field = ".".join(str(part) for part in error["loc"]) or "the body"
    if error["type"] == "extra_forbidden":
        return f"{field}: unknown field; allowed: {', '.join(model.model_fields)}"
    return f"{field}: {error['msg']}"


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body), status_code=status, media_type="application/json", headers=headers)
