"""Reads what a caller sent, strictly: an unknown field is an error, and every complaint names its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import RequestInvalid
from genesis.security.edge.body import check_depth, load_json

M = TypeVar("M", bound=BaseModel)


class ContentTypeNotSupported(RequestInvalid):
    """The body is labelled as something else than JSON (RFC 9110, 15.5.16)."""

    code = "CONTENT_TYPE_NOT_SUPPORTED"
    http_status = 415


async def read(request: Request, model: type[M]) -> M:
    """The JSON body as `model`. Raises what `json_of` does, `RequestInvalid`, and what the model's validators do."""
    data = await json_of(request)
    check_depth(data)
    if not isinstance(data, dict):
        raise RequestInvalid("the body must be a JSON object")
    return validate(data, model)


async def json_of(request: Request) -> Any:
    """The JSON of the body, however deep (see `check_depth`).

    Raises `ContentTypeNotSupported`, `BodyTooLarge`; `RequestInvalid` with the place, never with the text.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise ContentTypeNotSupported("Content-Type: send application/json")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ContentTypeNotSupported("Content-Encoding: send the body as it is, not compressed")
    body = await request.body()
    if not body:
        raise RequestInvalid("the body is empty; send JSON")
    return load_json(body)


def validate(data: Mapping[str, Any], model: type[M]) -> M:
    """`data` as `model`. Raises `RequestInvalid` with every field that is wrong and what is allowed."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RequestInvalid("; ".join(_complaint(one, model) for one in error.errors()[:5])) from error


def _complaint(error: Any, model: type[BaseModel]) -> str:
    field = ".".join(str(part)[:100] for part in error["loc"]) or "the body"
    if error["type"] == "extra_forbidden":
        return f"{field}: unknown field; allowed: {', '.join(model.model_fields)}"
    return f"{field}: {error['msg']}"


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(body), status_code=status, media_type="application/json", headers=headers)
