"""ASGI middleware: no answer that is JSON, no event and no error carries a secret, whoever wrote it.

What is stored was redacted before it was stored. This is for what never is: errors that quote a request, plans that
are only shown, answers of A2A that repeat what came in.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from genesis.security.redact.redactor import Redactor

EVENTS = "text/event-stream"


class Redacted:
    """Goes over whole JSON bodies, and over each event of a stream (which leaves the service in one piece)."""

    def __init__(self, app: ASGIApp, redactor: Redactor) -> None:
        self.app = app
        self.redactor = redactor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body: list[bytes] = []
        kind = ""

        async def redacted(message: Message) -> None:
            nonlocal start, kind
            if message["type"] == "http.response.start":
                kind = MutableHeaders(scope=message).get("content-type", "").partition(";")[0].strip().lower()
                if _is_json(kind):
                    start = message  # its length is not known before its body is
                else:
                    await send(message)
            elif message["type"] != "http.response.body" or (start is None and kind != EVENTS):
                await send(message)
            elif kind == EVENTS:
                await send({**message, "body": await self._events(message.get("body", b""))})
            else:
                body.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await self._send_json(send, start, b"".join(body))

        await self.app(scope, receive, redacted)

    async def _send_json(self, send: Send, start: Message | None, whole: bytes) -> None:
        assert start is not None
        told = await self.redactor.redact_json_aside(whole) if whole else whole
        if told is not whole:
            MutableHeaders(scope=start)["content-length"] = str(len(told))
        await send(start)
        await send({"type": "http.response.body", "body": told})

    async def _events(self, chunk: bytes) -> bytes:
        return b"\n".join(
            [
                b"data: " + await self.redactor.redact_json_aside(line[6:]) if line.startswith(b"data: {") else line
                for line in chunk.split(b"\n")
            ]
        )


def _is_json(kind: str) -> bool:
    return kind.startswith("application/") and kind.endswith("json")
