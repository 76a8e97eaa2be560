"""What comes out of a run: events while it goes, the report, the files."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from genesis.errors import Conflict, NotFound, RequestInvalid
from genesis.execute.run import TERMINAL
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts, ReportFormat
from genesis.service.rest.view import artifacts
from genesis.service.routing import Answer, Operation, Parameter
from genesis.service.sse import last_event_id, stream

MEDIA: dict[ReportFormat, str] = {"md": "text/markdown", "html": "text/html", "json": "application/json"}
# What agents made is a stranger's work to a browser: never sniffed, never run, never framed.
_INERT = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
_PAGE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
}


class Outcome:
    """The handlers of `/task/{id}/events`, `/report` and `/artifacts/{name}`."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.runs = OwnRuns(parts.runs)

    def operations(self) -> list[Operation]:
        after = (
            Parameter("Last-Event-ID", "Only events after this one.", {"type": "integer"}, where="header"),
            Parameter("after", "The same, where headers cannot be set.", {"type": "integer"}),
        )
        kind = Parameter("format", "Instead of the Accept header.", {"type": "string", "enum": list(MEDIA)})
        task = Parameter("task", "Which task's file, when several made one of this name.", {"type": "string"})
        return [
            Operation("GET", "/task/{id}/events", self.events, "Follow a run",
                      {200: Answer("Server-sent events.", media_types=("text/event-stream",))}, parameters=after),
            Operation("GET", "/task/{id}/report", self.report, "The report of a run that ended",
                      {200: Answer("The report.", media_types=tuple(MEDIA.values()))}, parameters=(kind,)),
            Operation("GET", "/task/{id}/artifacts/{name}", self.artifact, "A file that a task made",
                      {200: Answer("Its bytes.", media_types=("*/*",))}, parameters=(task,)),
        ]  # fmt: skip

    async def events(self, request: Request) -> Response:
        after = last_event_id(request)
        run = await self.runs.get(request.path_params["id"])
        return stream(self.parts, run.id, after)

    async def report(self, request: Request) -> Response:
        kind = _format(request)
        run = await self.runs.get(request.path_params["id"])
        if run.status not in TERMINAL:
            raise NotFound(
                f"run {run.id} is {run.status}; its report is made when it ends, /task/{run.id}/events says when"
            )
        told = await asyncio.to_thread(self.parts.render, run, kind)  # it redacts
        return Response(told, media_type=MEDIA[kind], headers={**_PAGE, "Vary": "Accept"})

    async def artifact(self, request: Request) -> Response:
        run = await self.runs.get(request.path_params["id"])
        name, task = request.path_params["name"], request.query_params.get("task")
        found = [(by, one) for by, one in artifacts(run) if one.name == name and task in {None, by}]
        if not found:
            raise NotFound(f"artifact {name[:128]!r}: run {run.id} has none of this name")
        if len({one.sha256 for _, one in found}) > 1:
            makers = ", ".join(by for by, _ in found)
            raise Conflict(f"artifact {name!r}: tasks {makers} each made one; add ?task=")
        one = found[0][1]
        return Response(
            self.parts.artifacts.read(one),
            media_type=one.media_type,
            headers={**_INERT, "Content-Disposition": f'attachment; filename="{one.name}"', "ETag": f'"{one.sha256}"'},
        )


def _format(request: Request) -> ReportFormat:
    asked = request.query_params.get("format")
    if asked is not None:
        for kind in MEDIA:
            if kind == asked:
                return kind
        raise RequestInvalid(f"format: one of {', '.join(MEDIA)}")
    ranked: list[tuple[float, ReportFormat]] = [(0.0, "md")]
    for part in request.headers.get("accept", "").split(","):
        media, *options = (piece.strip().lower() for piece in part.split(";"))
        weight = next((option[2:] for option in options if option.startswith("q=")), "1")
        for kind, own in MEDIA.items():
            if media == own:
                try:
                    ranked.append((float(weight), kind))
                except ValueError:
                    raise RequestInvalid("Accept: q is a number from 0 to 1") from None
    return max(ranked, key=lambda pair: pair[0])[1]
