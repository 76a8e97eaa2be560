"""What search engines look at first in a page, each with its line: title, description, headings, images, links."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from genesis.frozen import Frozen
from genesis.tools.documents.library import split_lines
from genesis.tools.documents.markdown import read_markdown
from genesis.tools.documents.markup import Tag, scan


class Place(Frozen):
    """A text of a page and its line."""

    text: str
    line: int
    level: int = 0


class Page(Frozen):
    """What was found; None: the page has none. `images` are those without an alternative text."""

    name: str
    kind: str
    title: Place | None = None
    description: Place | None = None
    headings: tuple[Place, ...] = ()
    images: tuple[Place, ...] = ()
    canonical: tuple[Place, ...] = ()
    noindex: Place | None = None
    language: bool = True
    viewport: bool = True


_HEADING = re.compile(r"^h[1-6]$")
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\(([^)\n]{0,1000})\)")
MAX_PLACES = 2_000


def read_page(name: str, text: str) -> Page | None:
    """The page, or None for HTML that is only a piece of one (no html, head or body)."""
    if PurePosixPath(name).suffix.lower() in {".html", ".htm", ".xhtml"}:
        return _html(name, text)
    return _markdown(name, text)


def _html(name: str, text: str) -> Page | None:
    title = description = noindex = None
    headings: list[Place] = []
    images: list[Place] = []
    canonical: list[Place] = []
    whole = language = viewport = False
    inside: Tag | None = None
    gathered: list[str] = []
    for one in scan(text):
        if not isinstance(one, Tag):
            if one.within == "title" and title is None:
                title = Place(text=" ".join(one.text.split()), line=one.line)
            elif inside is not None and not one.within:
                gathered.append(one.text)
            continue
        if _HEADING.match(one.name):
            if inside is not None and (one.closing or len(headings) < MAX_PLACES):
                headings.append(
                    Place(text=" ".join("".join(gathered).split()), line=inside.line, level=int(inside.name[1]))
                )
            inside, gathered = (None if one.closing else one), []
            continue
        if one.closing:
            continue
        given = one.attributes
        if one.name in {"html", "head", "body"}:
            whole = True
            language = language or bool(given.get("lang"))
        elif one.name == "meta":
            called, content = given.get("name", "").lower(), given.get("content", "")
            if called == "description" and description is None:
                description = Place(text=" ".join(content.split()), line=one.line)
            elif called == "viewport":
                viewport = True
            elif called in {"robots", "googlebot"} and "noindex" in content.lower():
                noindex = Place(text=content, line=one.line)
        elif one.name == "link" and "canonical" in given.get("rel", "").lower().split():
            canonical.append(Place(text=given.get("href", ""), line=one.line))
        elif one.name == "img" and len(images) < MAX_PLACES:
            hidden = given.get("aria-hidden") == "true" or given.get("role") in {"presentation", "none"}
            if "alt" not in given and not hidden:
                images.append(Place(text=given.get("src", "")[:200], line=one.line))
            if inside is not None:
                gathered.append(given.get("alt", ""))
    if not whole:
        return None
    return Page(
        name=name,
        kind="html",
        title=title,
        description=description,
        headings=tuple(headings),
        images=tuple(images),
        canonical=tuple(canonical),
        noindex=noindex,
        language=language,
        viewport=viewport,
    )


def _markdown(name: str, text: str) -> Page:
    lines = split_lines(text)
    _, blocks = read_markdown(lines)
    matter = _front_matter(lines)
    headings = tuple(
        Place(text=" ".join(block.text.split()), line=block.line, level=block.level)
        for block in blocks
        if block.kind == "heading" and lines[block.line - 1].lstrip().startswith("#") | (block.level <= 2)
    )
    title = matter.get("title") or next((one for one in headings if one.level == 1), None)
    if "title" in matter:  # the site's generator makes the first heading of it
        headings = (matter["title"].model_copy(update={"level": 1}), *(one for one in headings if one.level > 1))
    images: list[Place] = []
    code = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith(("```", "~~~")):
            code = not code
        if not code and len(images) < MAX_PLACES:
            images += [
                Place(text=found[2][:200], line=number)
                for found in _IMAGE.finditer(line[:20_000])
                if not found[1].strip()
            ]
    return Page(
        name=name,
        kind="markdown",
        title=title,
        description=matter.get("description"),
        headings=headings,
        images=tuple(images),
    )


def _front_matter(lines: list[str]) -> dict[str, Place]:
    if not lines or lines[0].strip() != "---":
        return {}
    found: dict[str, Place] = {}
    for number, line in enumerate(lines[1:200], 2):
        if line.strip() in {"---", "..."}:
            return found
        key, colon, value = line.partition(":")
        if colon and key.strip() == key and value.strip():
            found.setdefault(key.lower(), Place(text=value.strip().strip("\"'"), line=number))
    return {}
