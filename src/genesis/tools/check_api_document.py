"""Checks the OpenAPI documents of the workspace: against the specification, in themselves, and against the code."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

from pydantic import Field

from genesis.finding import Finding, NotDone, Severity, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.instrumentation.seen import Endpoint, look
from genesis.tools.openapi.document import MAX_BYTES, Issue, issues_of, operations_of
from genesis.tools.places import yaml_lines
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.python.modules import is_aside, modules
from genesis.tools.tool import ToolContext, tool

SEVERITY: dict[str, Severity] = {
    "api_document_invalid": "high",
    "dangling_reference": "high",
    "duplicate_operation_id": "high",
    "path_parameter_mismatch": "high",
    "no_authentication_declared": "medium",
    "endpoint_not_documented": "medium",
    "documented_but_not_found": "medium",
    "plain_http_server": "low",
    "unused_component": "low",
    "no_error_response": "low",
    "no_operation_id": "low",
}

_NAMES_ITSELF = re.compile(r"(?m)^(?:openapi|swagger)\s*:|[\"'](?:openapi|swagger)[\"']\s*:")


class CheckApiDocumentInput(Frozen):
    """`files`: which documents (empty: all that lie outside tests and examples)."""

    files: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class Document(Frozen):
    """A document that was checked. `version`: of the specification it claims to follow."""

    file: str
    version: str
    title: str
    paths: tuple[str, ...]
    operations: int
    source: Source


class CheckApiDocumentOutput(Frozen):
    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=120)
async def check_api_document(given: CheckApiDocumentInput, context: ToolContext) -> CheckApiDocumentOutput:
    """Validates OpenAPI documents and compares them with the endpoints in the code."""
    return await asyncio.to_thread(_check, given, context.workspace_for("checking an API document"))


def _check(given: CheckApiDocumentInput, workspace: Workspace) -> CheckApiDocumentOutput:
    documents: list[Document] = []
    findings: list[Finding] = []
    not_done: list[NotDone] = []
    aside = 0
    for file in workspace.files:
        name = file.name
        if (given.files and name not in given.files) or not name.lower().endswith((".yaml", ".yml", ".json")):
            continue
        text = workspace.read_text(name) if file.size <= MAX_BYTES else None
        if text is None or not _NAMES_ITSELF.search(text[:20_000]):
            continue
        try:
            content, at = yaml_lines.load(text)
        except yaml_lines.NotReadable as error:
            not_done.append(NotDone(what=name, why=str(error)))
            continue
        if not isinstance(content, dict) or not ("openapi" in content or "swagger" in content) or "info" not in content:
            continue
        if is_aside(name) and not given.files:
            aside += 1
            continue
        lines = lines_of(text)
        issues, unread = issues_of(content)
        not_done += [NotDone(what=f"{what} of {name}", why=why) for what, why in unread]
        findings += [_finding(issue, name, at, lines) for issue in issues]
        operations = operations_of(content)
        version_at = yaml_lines.line_of(at, ("openapi" if "openapi" in content else "swagger",))
        documents.append(
            Document(
                file=name,
                version=str(content.get("openapi", content.get("swagger")))[:20],
                title=str(content["info"].get("title", ""))[:200] if isinstance(content["info"], dict) else "",
                paths=tuple(dict.fromkeys(path for path, _, _ in operations)),
                operations=len(operations),
                source=place_in(name, version_at, lines),
            )
        )
    if aside:
        not_done.append(NotDone(what=f"{aside} API documents in tests and examples", why="name one to have it checked"))
    if documents:
        findings += _drift(workspace, documents, not_done)
    return CheckApiDocumentOutput(documents=tuple(documents), findings=tuple(findings), not_done=tuple(not_done))


def _finding(issue: Issue, name: str, at: dict[yaml_lines.Path, int], lines: list[str]) -> Finding:
    line = yaml_lines.line_of(at, issue.at)
    return Finding(
        kind=issue.kind,
        severity=SEVERITY[issue.kind],
        message=issue.message,
        source=place_in(name, line, lines),
        remedy=issue.remedy,
    )


def _drift(workspace: Workspace, documents: list[Document], not_done: list[NotDone]) -> list[Finding]:
    """Endpoints of the code that no document knows, when a document is plainly about this code."""
    endpoints = [endpoint for module in modules(workspace, not_done) for endpoint in look(module).endpoints]
    described = {_shape(path) for document in documents for path in document.paths}
    built = {_shape(endpoint.path): endpoint for endpoint in reversed(endpoints)}
    shared = described & set(built)
    if not built or len(shared) * 2 < len(described):
        if built:
            why = "fewer than half of the documented paths are in the code that is understood here"
            not_done.append(NotDone(what="comparing the API documents with the code", why=why))
        return []
    found = [
        Finding(
            kind="endpoint_not_documented",
            severity=SEVERITY["endpoint_not_documented"],
            message=f"{built[shape].path} is answered by the code but is in no API document",
            source=built[shape].source,
            remedy="Describe it, or remove it.",
        )
        for shape in sorted(set(built) - described)
        if not _is_internal(built[shape])
    ]
    missing = [(document, path) for document in documents for path in document.paths if _shape(path) not in built]
    found += [
        Finding(
            kind="documented_but_not_found",
            severity=SEVERITY["documented_but_not_found"],
            message=f"{document.file} describes {path}, which the code does not answer",
            source=document.source,
            remedy="Build it, or take it out of the document.",
        )
        for document, path in missing
    ]
    return found


def _shape(path: str) -> str:
    """A path with its parameters' names taken out: `/books/<int:isbn>` and `/books/{id}` are one."""
    return re.sub(r"\{[^}]*\}|<[^>]*>|:\w+", "{}", path).rstrip("/") or "/"


def _is_internal(endpoint: Endpoint) -> bool:
    return (
        bool(re.search(r"static|openapi|docs|redoc|favicon|robots|metrics|health", endpoint.path))
        or endpoint.path == "/"
    )
