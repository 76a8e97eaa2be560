"""Builds the ASGI app from its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from genesis.security.edge.body import MAX_BODY_BYTES, BodyLimit
from genesis.security.edge.browser import BrowserHeaders
from genesis.security.edge.credentials import Credentials
from genesis.security.edge.origin import SameOrigin
from genesis.service import access, uploads
from genesis.service.a2a import MAX_BODY_BYTES as MAX_MESSAGE_BYTES
from genesis.service.a2a import Doors, takes_files
from genesis.service.correlate import Correlate
from genesis.service.failures import Failures
from genesis.service.observe import Observe
from genesis.service.openapi import document
from genesis.service.parts import Parts
from genesis.service.redacted import Redacted
from genesis.service.rest.agents import Agents
from genesis.service.rest.body import json_response
from genesis.service.rest.code import Code
from genesis.service.rest.operate import Operate
from genesis.service.rest.outcome import Outcome
from genesis.service.rest.plan import Plans
from genesis.service.rest.steering import Steering
from genesis.service.rest.tasks import Tasks
from genesis.service.routing import Answer, Operation, Targets, routes


def operations(parts: Parts, doors: Doors) -> list[Operation]:
    """Everything that is served."""
    table = [
        *Tasks(parts).operations(),
        *Steering(parts).operations(),
        *Outcome(parts).operations(),
        *Plans(parts).operations(),
        *Code(parts.checker).operations(),
        *Agents(parts).operations(),
        *Operate(parts).operations(),
        *doors.operations(),
    ]

    async def openapi(request: Request) -> Response:
        return json_response(described)

    table.append(Operation("GET", "/openapi.json", openapi, "This document", {200: Answer("OpenAPI 3.1.")}))
    described = document(table)
    return table


@asynccontextmanager
async def serving(parts: Parts) -> AsyncIterator[ASGIApp]:
    """The app, with its runs started; they are stopped, after what is under way has had its time, at the end.

    Not in an ASGI lifespan: there, an error of starting (the home is in use) would come out as the server's own.
    Raises `HomeInUse`, `StorageFailed`.
    """
    doors = Doors(parts)
    await parts.runs.start(parts.url)
    parts.lifecycle.started.set()
    sweeping = asyncio.create_task(uploads.keep_swept(parts))
    try:
        yield build(parts, doors)
    finally:
        parts.lifecycle.draining.set()
        sweeping.cancel()
        await asyncio.wait([sweeping])
        await parts.runs.stop(parts.drain_s)
        await doors.close()
        await parts.checker.close()


def build(parts: Parts, doors: Doors) -> ASGIApp:
    """The routes, and around them from the inside out: body limit, target, access, origin, error shape, redaction,
    browser's headers, measurement, correlation."""
    router = Router(routes(operations(parts, doors)), redirect_slashes=False, default=_nothing_here)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = served  # with it, Starlette's routes raise for a wrong method instead of answering plain text
        try:
            await router(scope, receive, send)
        except HTTPException:
            await access.anybody(Request(scope))  # what is not served is nobody's business who has no key
            raise

    def limit(path: str) -> int:
        return MAX_MESSAGE_BYTES if takes_files(path) or path == "/task" else MAX_BODY_BYTES

    app: ASGIApp = BodyLimit(served, limit)
    app = Targets(app)
    credentials = Credentials(parts.admin_key, parts.keys, parts.tokens, keyless=parts.profile == "dev")
    app = access.Access(app, credentials, parts.limits, parts.clock.monotonic)
    app = SameOrigin(app, parts.hosts)
    app = Failures(app)
    app = Redacted(app, parts.redactor)
    app = BrowserHeaders(app, secure=parts.url.startswith("https://"))
    app = Observe(app, parts.metrics, parts.clock)
    return Correlate(app, parts.bits)


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    raise HTTPException(404)
