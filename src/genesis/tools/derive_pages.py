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
from genesis.tools.entities.entity import identifier
from genesis.tools.forms.schemas import Derived, from_documents, from_entities
from genesis.tools.forms.words import asks_for_site, forms_in, language_of, site_in
from genesis.tools.pages.markdown import page_of
from genesis.tools.places.place import place
from genesis.tools.places.text_lines import lines_of
from genesis.tools.tool import ToolContext, tool
from genesis.tools.write_pages import Language, PageText, Section

MAX_PAGES = 40


class DerivePagesInput(Frozen):
    """`words`: what was asked, most particular first. `api`, `content`: what earlier tasks gave under these names;
    `papers`: the Markdown that they wrote, by file name."""

    words: Annotated[tuple[str, ...], Constrained(max_length=4)] = ()
    api: JsonValue = None
    content: JsonValue = None
    papers: dict[str, str] = Constrained(default_factory=dict)


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
        found += from_entities(given.api)
    if (
        workspace is not None
        and not found
        and re.search(r"(?i)\bapi\b|openapi|swagger|schema|endpoint|entit|\bforms?\b", text)
    ):
        found += from_documents(workspace, not_done)
    if not any(one.page.sections for one in found):
        found += _from_papers(given.papers)
    if workspace is not None and not any(one.page.sections for one in found):
        found += _from_markdown(workspace, text, whole=not found and asks_for_site(text))
    if found and name and found[0].page.sections and not isinstance(given.content, dict):
        told = {"title": name, **({"description": description, "lead": description} if description else {})}
        found[0] = found[0].model_copy(update={"page": found[0].page.model_copy(update=told)})
    if not found and (name or description):
        page = PageText(file="index.html", title=name or "Home", description=description or "", lead=description or "")
        found.append(Derived(page=page, source=Source(query=text[:500])))
        why = "none is given: write it down in a Markdown file, or ask for copy first"
        not_done.append(NotDone(what="the text of the page", why=why))
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


def _from_papers(papers: dict[str, str]) -> list[Derived]:
    """Pages from what earlier tasks wrote: a report, an answer."""
    found = []
    for position, (name, content) in enumerate(sorted(papers.items())):
        stem = "index" if position == 0 else identifier(PurePosixPath(name).stem).replace("_", "-")[:50] or "page"
        page = page_of(content, f"{stem}.html", PurePosixPath(name).stem)
        if page is not None:
            found.append(Derived(page=page, source=Source(query=f"{name} of the task before")))
    return found


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
