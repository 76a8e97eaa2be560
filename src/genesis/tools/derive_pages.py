"""What pages are to be made, from words, an API, copy of an earlier task, or documents of the workspace."""

from __future__ import annotations

import asyncio
import re
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import Field as Constrained

from genesis.finding import NotDone, Source
from genesis.frozen import Frozen, JsonValue
from genesis.security.workspace import Workspace
from genesis.tools import yaml_lines
from genesis.tools.api_document import operations_of
from genesis.tools.entities import Field, Kind, identifier, plural
from genesis.tools.form_words import asks_for_page, forms_in, language_of, site_in
from genesis.tools.page_markdown import page_of
from genesis.tools.place import lines_of, place, place_in
from genesis.tools.tool import ToolContext, tool
from genesis.tools.write_pages import Choice, Form, Language, PageText, Section, label

KINDS = frozenset({"string", "text", "integer", "number", "boolean", "date", "datetime", "email", "url", "password"})
FORMATS: dict[str, Kind] = {
    **{"email": "email", "uri": "url", "url": "url", "date": "date", "date-time": "datetime", "password": "password"},
}
MAX_PAGES = 40


class DerivePagesInput(Frozen):
    """`words`: what was asked, most particular first. `api`, `content`: what earlier tasks gave under these names."""

    words: Annotated[tuple[str, ...], Constrained(max_length=4)] = ()
    api: JsonValue = None
    content: JsonValue = None


class Derived(Frozen):
    """A page and where it comes from."""

    page: PageText
    source: Source


class DerivePagesOutput(Frozen):
    """`site`: its name; `usual`: forms whose usual fields were taken, for nobody named any."""

    site: str
    language: Language
    pages: tuple[Derived, ...]
    usual: tuple[str, ...] = ()
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=60)
async def derive_pages(given: DerivePagesInput, context: ToolContext) -> DerivePagesOutput:
    """Finds the pages and forms that are asked for, and what is to stand on them."""
    return await asyncio.to_thread(_derive, given, context.workspace)


def _derive(given: DerivePagesInput, workspace: Workspace | None) -> DerivePagesOutput:
    not_done: list[NotDone] = []
    text = " ".join(given.words)
    stated = [site_in(words) for words in given.words]
    name, description = next((one for one in stated if any(one)), (None, None))
    found: list[Derived] = []
    usual: tuple[str, ...] = ()
    if isinstance(given.content, dict):
        found += _from_content(given.content)
        name = name or _text(given.content.get("name"))
    for words in given.words:
        asked = forms_in(words)
        if asked.pages or asked.nameless:
            usual = asked.usual
            found += [Derived(page=page, source=Source(query=words[:500])) for page in asked.pages]
            for title in asked.nameless:
                why = "none are named: say, for example, `form with name, e-mail and date`"
                not_done.append(NotDone(what=f"the fields of the form {title!r}", why=why))
            break
    if isinstance(given.api, dict):
        found += _from_entities(given.api)
    if (
        workspace is not None
        and not found
        and re.search(r"(?i)\bapi\b|openapi|swagger|schema|endpoint|entit|\bforms?\b", text)
    ):
        found += _from_documents(workspace, not_done)
    if workspace is not None and (not found or not any(one.page.sections for one in found)):
        found += _from_markdown(workspace, text, whole=not found and asks_for_page(text))
    if not found and asks_for_page(text) and (name or description):
        page = PageText(file="index.html", title=name or "Home", description=description or "", lead=description or "")
        found.append(Derived(page=page, source=Source(query=text[:500])))
        not_done.append(
            NotDone(
                what="the text of the page",
                why="none is given: write it down in a Markdown file, or ask for copy first",
            )
        )
    kept = list({one.page.file: one for one in reversed(found)}.values())[::-1][:MAX_PAGES]
    return DerivePagesOutput(
        site=name or (kept[0].page.title if kept else "Site"),
        language=language_of(" ".join([*given.words, *(_prose(one.page) for one in kept)])[:5_000]),
        pages=tuple(kept),
        usual=usual,
        not_done=tuple(not_done),
    )


def _from_content(content: dict[str, Any]) -> list[Derived]:
    """The index page from copy: {"title", "description", "tagline", "sections": [{"heading", "lines": [{"text"}]}]}."""
    sections = []
    for one in content.get("sections") or []:
        if isinstance(one, dict):
            lines = [
                _text(line.get("text")) if isinstance(line, dict) else _text(line) for line in one.get("lines") or []
            ]
            points = tuple(line for line in lines if line)
            short = len(points) > 1 and all(len(point) < 200 for point in points)
            heading = _text(one.get("heading")) or ""
            sections.append(
                Section(heading=heading, points=points) if short else Section(heading=heading, paragraphs=points)
            )
    title = _text(content.get("name")) or _text(content.get("title"))
    if not title or not sections:
        return []
    page = PageText(
        file="index.html",
        title=title,
        description=_text(content.get("description")) or "",
        lead=_text(content.get("tagline")) or "",
        sections=tuple(sections),
    )
    return [Derived(page=page, source=Source(query="content of the task before"))]


def _from_entities(api: dict[str, Any]) -> list[Derived]:
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


def _from_documents(workspace: Workspace, not_done: list[NotDone]) -> list[Derived]:
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


def _from_markdown(workspace: Workspace, text: str, *, whole: bool) -> list[Derived]:
    """Pages from the Markdown files that the words name; with `whole` from those that lie at the top."""
    names = [file.name for file in workspace.files if file.name.lower().endswith((".md", ".markdown"))]
    chosen = [name for name in names if name.rpartition("/")[2] in text]
    if not chosen and whole:
        aside = re.compile(r"(?i)change|history|license|contributing|code_of_conduct|security|todo")
        chosen = [name for name in names if "/" not in name and not aside.search(name)]
        chosen.sort(key=lambda name: (not re.match(r"(?i)(?:index|readme)\.", name), name))
    found = []
    for position, name in enumerate(chosen[:MAX_PAGES]):
        content = workspace.read_text(name)
        if content is None:
            continue
        first = position == 0
        stem = "index" if first else identifier(PurePosixPath(name).stem).replace("_", "-") or f"page-{position}"
        page = page_of(content, f"{stem[:50]}.html", PurePosixPath(name).stem)
        if page is not None:
            lines = lines_of(content)
            line = next(number for number, one in enumerate(lines, 1) if one.strip())
            found.append(Derived(page=page, source=place(name, line, lines[line - 1])))
    return found


def _prose(page: PageText) -> str:
    return " ".join(
        [page.title, page.lead, *(text for section in page.sections for text in (section.heading, *section.paragraphs))]
    )


def _text(value: object) -> str | None:
    return " ".join(value.split())[:2_000] if isinstance(value, str) and value.strip() else None
