"""Checks what search engines look at in HTML and Markdown pages: title, description, headings, images, canonical."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from typing import Annotated

from pydantic import Field

from genesis.finding import NotDone, Severity
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.documents.library import decode, lies_aside, role_of, split_lines
from genesis.tools.pages.head import Page, read_page
from genesis.tools.tool import ToolContext, tool

TITLE_CHARS = 65
DESCRIPTION_CHARS = (50, 160)
"""About what result pages show; beyond it is cut. Not a rule of any search engine."""
MAX_PAGES = 2_000
_SITE = re.compile(r"(?i)(^|/)(content|pages|blog|site|www|public|_posts|posts|website)/")
_SITE_FILE = re.compile(
    r"(?i)^(mkdocs\.ya?ml|_config\.yml|docusaurus\.config\.\w+|hugo\.toml|config\.toml|"
    r"astro\.config\.\w+|gatsby-config\.\w+)$"
)


class GivenPage(Frozen):
    """A page that an earlier task made."""

    name: str
    text: Annotated[str, Field(max_length=2_000_000)]


class CheckSeoInput(Frozen):
    """`pages`: to be checked besides the workspace's."""

    pages: Annotated[tuple[GivenPage, ...], Field(max_length=200)] = ()


class SeoFault(Frozen):
    """A fault with its place. `line` is where it shows, or 1 for something that is not there."""

    kind: str
    severity: Severity
    message: str
    remedy: str
    file: str
    line: int
    excerpt: str


class CheckSeoOutput(Frozen):
    """The faults by file and line; `pages`: what was checked."""

    faults: tuple[SeoFault, ...]
    pages: tuple[str, ...]
    left_out: tuple[NotDone, ...]


@tool(trust="file", timeout_s=60)
async def check_seo(given: CheckSeoInput, context: ToolContext) -> CheckSeoOutput:
    """Checks title, description, headings, image texts, duplicate titles and canonical links of pages."""
    return await asyncio.to_thread(_check, given, context.workspace)


def _check(given: CheckSeoInput, workspace: Workspace | None) -> CheckSeoOutput:
    texts, left_out = _texts(workspace)
    texts |= {one.name: one.text for one in given.pages}
    pages: list[Page] = []
    pieces = 0
    for name, text in sorted(texts.items()):
        page = None if "{%" in text and "%}" in text else read_page(name, text)
        if page is None:
            pieces += 1
        else:
            pages.append(page)
    if pieces:
        left_out.append(NotDone(what=f"{pieces} HTML files", why="templates or pieces of pages, not pages"))
    described = any(page.description for page in pages if page.kind == "markdown")
    faults = [fault for page in pages for fault in _faults(page, described, several=len(pages) > 1)] + _repeated(pages)
    lines = {page.name: split_lines(texts[page.name]) for page in pages}
    placed = [one.model_copy(update={"excerpt": lines[one.file][one.line - 1].strip()[:200].strip()}) for one in faults]
    placed.sort(key=lambda one: (one.file, one.line, one.kind))
    return CheckSeoOutput(faults=tuple(placed), pages=tuple(page.name for page in pages), left_out=tuple(left_out))


def _texts(workspace: Workspace | None) -> tuple[dict[str, str], list[NotDone]]:
    """The HTML pages, and the Markdown ones that a site is made of (or all, when nothing else is there)."""
    if workspace is None:
        return {}, []
    names = [file.name for file in workspace.files]
    html = [name for name in names if name.lower().endswith((".html", ".htm")) and not lies_aside(name)]
    markdown = [
        name for name in names if name.lower().endswith(".md") and not lies_aside(name) and role_of(name) == "guide"
    ]
    if not any(_SITE_FILE.match(name) for name in names):
        markdown = [name for name in markdown if _SITE.search(name)] if html else markdown
    texts: dict[str, str] = {}
    left_out = []
    for name in sorted((*html, *markdown)):
        if len(texts) == MAX_PAGES:
            left_out.append(NotDone(what="the other pages", why=f"over the limit of {MAX_PAGES:,}"))
            break
        data = workspace.read_bytes(name)
        text = decode(data) if data is not None else None
        if text is None:
            left_out.append(NotDone(what=name, why=f"binary, unreadable or over {workspace.max_file_bytes:,} bytes"))
        else:
            texts[name] = text
    return texts, left_out


def _faults(page: Page, described: bool, *, several: bool) -> list[SeoFault]:
    found: list[SeoFault] = []

    def fault(kind: str, severity: Severity, message: str, remedy: str, line: int = 1) -> None:
        found.append(
            SeoFault(
                kind=kind, severity=severity, message=message, remedy=remedy, file=page.name, line=line, excerpt=""
            )
        )

    if page.title is None or not page.title.text:
        fault("missing_title", "medium", "The page has no title.", "Give it one that says what only this page holds.")
    elif len(page.title.text) > TITLE_CHARS:
        message = f"The title has {len(page.title.text)} characters; results show about {TITLE_CHARS}."
        fault("long_title", "low", message, "Put what matters first, and shorten it.", page.title.line)
    least, most = DESCRIPTION_CHARS
    if page.kind == "html" or described:
        if page.description is None or not page.description.text:
            severity: Severity = "medium" if page.kind == "html" else "low"
            fault(
                "missing_description",
                severity,
                "The page has no description.",
                "Say in 50 to 160 characters what it offers.",
            )
        elif not least <= len(page.description.text) <= most:
            size = len(page.description.text)
            message = f"The description has {size} characters; {least} to {most} are shown whole and say enough."
            fault("description_length", "low", message, "Shorten or extend it.", page.description.line)
    _headings(page, fault_with=fault)
    for image in page.images:
        fault(
            "image_without_text",
            "medium",
            f"The image {image.text or '(no source)'} has no alternative text.",
            'Describe what it shows; write alt="" if it only decorates.',
            image.line,
        )
    if page.noindex is not None:
        fault(
            "not_indexed",
            "medium",
            "The page asks search engines to leave it out (noindex).",
            "Remove it, unless the page is not to be found.",
            page.noindex.line,
        )
    if page.kind == "html":
        if len(page.canonical) > 1:
            fault(
                "several_canonical",
                "medium",
                "The page names several canonical addresses.",
                "Keep one.",
                page.canonical[1].line,
            )
        elif not page.canonical and several:
            fault(
                "missing_canonical",
                "info",
                "The page names no canonical address.",
                "Add one if it can be reached at several addresses.",
            )
        elif page.canonical and not page.canonical[0].text.lower().startswith(("http://", "https://")):
            fault(
                "relative_canonical",
                "low",
                f"The canonical address {page.canonical[0].text!r} is not absolute.",
                "Write it with scheme and host.",
                page.canonical[0].line,
            )
        if not page.language:
            fault("missing_language", "low", "The page does not say its language.", "Add lang to <html>.")
        if not page.viewport:
            fault(
                "missing_viewport",
                "low",
                "The page sets no viewport, so phones show it small.",
                "Add the viewport meta tag.",
            )
    return found


def _headings(page: Page, *, fault_with: object) -> None:
    assert callable(fault_with)
    tops = [one for one in page.headings if one.level == 1]
    if not tops:
        fault_with(
            "missing_heading", "medium", "The page has no main heading (level 1).", "Give it one that says its subject."
        )
    for one in tops[1:4]:
        fault_with(
            "several_headings", "low", f"A further heading of level 1: “{one.text[:80]}”.", "Make it level 2.", one.line
        )
    last = 0
    for one in page.headings:
        if not one.text:
            fault_with(
                "empty_heading", "low", f"An empty heading of level {one.level}.", "Fill or remove it.", one.line
            )
        if last and one.level > last + 1:
            message = f"The heading “{one.text[:80]}” jumps from level {last} to {one.level}."
            fault_with("heading_jump", "low", message, "Do not leave out a level.", one.line)
        last = one.level


def _repeated(pages: list[Page]) -> list[SeoFault]:
    found = []
    for kind, severity in (("title", "medium"), ("description", "low")):
        groups: dict[str, list[Page]] = defaultdict(list)
        for page in pages:
            place = page.title if kind == "title" else page.description
            if place is not None and place.text:
                groups[place.text.lower()].append(page)
        for same in groups.values():
            for page in same[1:]:
                place = page.title if kind == "title" else page.description
                assert place is not None
                found.append(
                    SeoFault(
                        kind=f"duplicate_{kind}",
                        severity="medium" if severity == "medium" else "low",
                        message=f"The {kind} “{place.text[:80]}” is also that of {same[0].name}.",
                        remedy="Say what only this page holds.",
                        file=page.name,
                        line=place.line,
                        excerpt="",
                    )
                )
    return found
