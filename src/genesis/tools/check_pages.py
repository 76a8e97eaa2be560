"""Checks the HTML of the workspace: structure, accessibility, links."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import unquote

from pydantic import Field

from genesis.finding import Finding, NotDone, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.pages.checks import HEADINGS, Flaw, flaws
from genesis.tools.pages.html import FILLED, Page, read_page
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.tool import ToolContext, tool

PAGES = (".html", ".htm", ".xhtml", ".jinja", ".jinja2", ".j2", ".ejs", ".erb", ".hbs", ".mustache", ".twig")
ASIDE = frozenset({"tests", "test", "testing", "testdata", "fixtures", "vendor", "third_party", "node_modules"})
MAX_PAGES, MAX_CHARS = 400, 15_000_000
_ELSEWHERE = re.compile(r"(?i)^(?:[a-z][a-z0-9+.-]*:|//)")


class CheckPagesInput(Frozen):
    """`files`: which pages (empty: all that lie outside tests)."""

    files: Annotated[tuple[str, ...], Field(max_length=MAX_PAGES)] = ()


class CheckedPage(Frozen):
    """`whole`: a document of its own; `template`: filled in when it is served. `source` is its title or first line."""

    file: str
    whole: bool
    template: bool
    title: str
    headings: int
    fields: int
    links: int
    source: Source


class CheckPagesOutput(Frozen):
    pages: tuple[CheckedPage, ...]
    findings: tuple[Finding, ...]
    links_checked: int
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=240)
async def check_pages(given: CheckPagesInput, context: ToolContext) -> CheckPagesOutput:
    """Checks HTML pages for structure, accessibility, and links and anchors that lead nowhere."""
    return await asyncio.to_thread(_check, given, context.workspace_for("checking pages"))


def _check(given: CheckPagesInput, workspace: Workspace) -> CheckPagesOutput:
    not_done: list[NotDone] = []
    pages: dict[str, Page] = {}
    texts: dict[str, list[str]] = {}
    for name in _chosen(given, workspace, not_done):
        text = workspace.read_text(name)
        if text is None or "<" not in text:
            continue
        page = read_page(text)
        if page is None:
            not_done.append(NotDone(what=name, why="longer, deeper or fuller of attributes than is read"))
            continue
        pages[name] = page
        texts[name] = lines_of(text)
    findings: list[Finding] = []
    for name, page in pages.items():
        findings += [_finding(flaw, name, texts[name]) for flaw in flaws(page)]
    linked, checked = _links(pages, texts, workspace, not_done)
    templates = sum(page.template for page in pages.values())
    if templates:
        why = "what an engine fills in is known only when they are served"
        not_done.append(NotDone(what=f"links, ids and outlines of {templates} templates", why=why))
    return CheckPagesOutput(
        pages=tuple(_summary(name, page, texts[name]) for name, page in pages.items()),
        findings=tuple(findings + linked),
        links_checked=checked,
        not_done=tuple(not_done),
    )


def _chosen(given: CheckPagesInput, workspace: Workspace, not_done: list[NotDone]) -> list[str]:
    all_of_them = [file for file in workspace.files if file.name.lower().endswith(PAGES)]
    if given.files:
        return [file.name for file in all_of_them if file.name in given.files]
    kept = [file for file in all_of_them if not ASIDE & set(PurePosixPath(file.name.lower()).parts[:-1])]
    if len(kept) < len(all_of_them):
        aside = len(all_of_them) - len(kept)
        not_done.append(NotDone(what=f"{aside} pages in tests and vendored code", why="name one to have it checked"))
    total = 0
    chosen: list[str] = []
    for file in kept:
        total += file.size
        if len(chosen) >= MAX_PAGES or total > MAX_CHARS:
            left = len(kept) - len(chosen)
            why = f"at most {MAX_PAGES} pages and {MAX_CHARS:,} characters are read"
            not_done.append(NotDone(what=f"{left} of {len(kept)} pages", why=why))
            break
        chosen.append(file.name)
    return chosen


def _finding(flaw: Flaw, name: str, lines: list[str]) -> Finding:
    return Finding(
        kind=flaw.kind,
        severity=flaw.severity,
        message=flaw.message,
        source=place_in(name, flaw.line, lines),
        remedy=flaw.remedy,
    )


def _summary(name: str, page: Page, lines: list[str]) -> CheckedPage:
    title = next((one for one in page.all("title")), None)
    words = " ".join(title.text().replace(FILLED, "").split())[:120] if title is not None else ""
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    return CheckedPage(
        file=name,
        whole=page.whole,
        template=page.template,
        title=words,
        headings=len(page.all(*HEADINGS)),
        fields=len(page.all("input", "select", "textarea")),
        links=len(page.all("a")),
        source=place_in(name, title.line if title is not None and words else first, lines),
    )


def _links(
    pages: dict[str, Page], texts: dict[str, list[str]], workspace: Workspace, not_done: list[NotDone]
) -> tuple[list[Finding], int]:
    """Relative links of whole, static pages: the file must be there, and the anchor in it."""
    names = {file.name for file in workspace.files}
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    anchors: dict[str, set[str]] = {}
    findings: list[Finding] = []
    left: Counter[str] = Counter()
    checked = 0
    for name, page in pages.items():
        if page.template or not page.whole:
            continue
        base = any(one.get("href") for one in page.all("base"))
        for element in page.elements:
            attribute = {"a": "href", "area": "href", "link": "href", "img": "src", "script": "src"}.get(element.tag)
            target = (element.get(attribute) or "").strip() if attribute else ""
            if (
                not target
                or _ELSEWHERE.match(target)
                or (element.tag == "link" and "canonical" in (element.get("rel") or ""))
            ):
                continue
            if "node_modules/" in target:
                left["into node_modules"] += 1
                continue
            if base or target.startswith("/"):
                left["with a base" if base else "from the root of the site"] += 1
                continue
            checked += 1
            problem = _problem(name, target, names, folders, pages, anchors)
            if problem:
                kind, message = problem
                source = place_in(name, element.line, texts[name])
                findings.append(
                    Finding(
                        kind=kind,
                        severity="medium" if kind == "broken_link" else "low",
                        message=message,
                        source=source,
                        remedy="Correct it, or put there what it names.",
                    )
                )
    for what, count in sorted(left.items()):
        not_done.append(NotDone(what=f"{count} links {what}", why="they are known only where the site is installed"))
    return findings, checked


def _problem(
    name: str,
    target: str,
    names: set[str],
    folders: set[str],
    pages: dict[str, Page],
    anchors: dict[str, set[str]],
) -> tuple[str, str] | None:
    path, _, anchor = target.partition("#")
    path = unquote(path.partition("?")[0])
    file = name
    if path:
        parts: list[str] = list(PurePosixPath(name).parts[:-1])
        for part in path.split("/"):
            if part == ".." and parts:
                parts.pop()
            elif part == "..":
                return None  # leads out of what was given
            elif part not in {"", "."}:
                parts.append(part)
        file = "/".join(parts)
        if file not in names and (file in folders or file in {"", "."}):
            index = f"{file}/index.html".lstrip("/")
            if index not in names:
                return ("broken_link", f"{target[:80]} is a folder without index.html") if path.endswith("/") else None
            file = index
        if file not in names:
            return "broken_link", f"{target[:80]} leads to a file that is not there"
    if not anchor or anchor in {"top", "!"} or file not in pages or pages[file].template:
        return None
    if file not in anchors:
        anchors[file] = {one.get(key) or "" for one in pages[file].elements for key in ("id", "name")}
    wanted = unquote(anchor)
    if wanted in anchors[file] or anchor in anchors[file] or wanted.startswith((":~:", "/", "!")):
        return None
    return "broken_anchor", f"{target[:80]} names a place that {file} does not have"
