"""Reads HTML: its tags and texts with their lines, and from them the blocks of a document.

The standard library's parser takes quadratic time on unclosed marks (mended only in later patch releases), html5lib
gives no lines; what is needed here is small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from genesis.tools.documents.blocks import Block, Kind
from genesis.tools.documents.markdown import MAX_BLOCK_CHARS, row

_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:-]{0,40})")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]{1,100})(?:\s{0,20}=\s{0,20}("[^"]*"|'[^']*'|[^\s"'>]{1,4000}))?""")
_RAW = frozenset({"script", "style", "title", "textarea", "noscript", "template", "svg"})
MAX_TAG_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Tag:
    """`<name …>` or, with `closing`, `</name>`; attribute names are lower case, the first of two alike wins."""

    name: str
    line: int
    closing: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """Text between tags with its entities replaced; `within` names the raw element (title, script) that it fills."""

    text: str
    line: int
    within: str = ""


def scan(page: str) -> Iterator[Tag | Text]:
    """The page's tags and texts in order, in linear time whatever it holds; comments and doctypes are left out."""
    at, line = 0, 1
    comments_end = True
    while at < len(page):
        open_at = page.find("<", at)
        if open_at < 0:
            open_at = len(page)
        if open_at > at:
            yield Text(unescape(page[at:open_at]), line)
            line += page.count("\n", at, open_at)
            at = open_at
            continue
        if page.startswith("<!--", at) and comments_end:
            end = page.find("-->", at + 4)
            comments_end = end >= 0  # an end that was not found once is not searched for again
            end = end + 3 if comments_end else at + 4
        elif page.startswith(("<!", "<?"), at):
            end = page.find(">", at, at + MAX_TAG_CHARS) + 1 or at + 2
        elif name := _NAME.match(page, at + 1, at + 50):
            end = _tag_end(page, name.end())
            closing = page[at + 1] == "/"
            tag = Tag(name[1].lower(), line, closing, {} if closing else _attributes(page[name.end() : end - 1]))
            yield tag
            if not closing and tag.name in _RAW and not page.startswith("/>", end - 2):
                line += page.count("\n", at, end)
                at = end
                end = _raw_end(page, tag.name, at)
                yield Text(unescape(page[at:end]), line, within=tag.name)
        else:
            yield Text("<", line)
            end = at + 1
        line += page.count("\n", at, end)
        at = end


def _tag_end(page: str, at: int) -> int:
    quote = ""
    limit = min(len(page), at + MAX_TAG_CHARS)
    while at < limit:
        character = page[at]
        if quote:
            if character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == ">":
            return at + 1
        at += 1
    return limit


def _raw_end(page: str, name: str, at: int) -> int:
    found = re.compile(rf"</{name}[\s>/]", re.IGNORECASE).search(page, at)
    return found.start() if found else len(page)


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        found.setdefault(match[1].lower(), unescape((match[2] or "").strip("\"'")))
    return found


_BLOCKS: dict[str, Kind] = {
    **dict.fromkeys(
        ("p", "dd", "blockquote", "figcaption", "summary", "div", "section", "article", "main"), "paragraph"
    ),
    **dict.fromkeys(("header", "footer", "td", "th", "br", "table", "ul", "ol", "body", "form", "label"), "paragraph"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "dt"), "heading"),
    "li": "item",
    "pre": "code",
}
_SILENT = frozenset({"nav", "head", "button", "select", "aside"})


def read_html(page: str) -> tuple[str, list[Block]]:
    """The page's title and its blocks; navigation, scripts and styles are left out."""
    reader = _Reader()
    for one in scan(page):
        reader.take(one)
    reader.flush()
    return reader.title, reader.found


class _Reader:
    def __init__(self) -> None:
        self.title = ""
        self.found: list[Block] = []
        self.pieces: list[str] = []
        self.begun = 0
        self.kind: Kind = "paragraph"
        self.level = 0
        self.lists: list[int] = []  # the number of each open list's last item; -1: not numbered
        self.silent = 0
        self.cells: list[str] | None = None
        self.row_line = 1
        self.header: tuple[str, ...] = ()
        self.heads = 0

    def take(self, one: Tag | Text) -> None:
        if isinstance(one, Text):
            if one.within == "title" and not self.title:
                self.title = " ".join(one.text.split())
            elif not one.within and not self.silent:
                self._text(one)
            return
        if one.name in _SILENT:
            self.silent = max(0, self.silent - 1) if one.closing else self.silent + 1
            return
        if one.name in {"ul", "ol"}:
            self._list(one)
        elif one.name in {"table", "tr", "td", "th"}:
            self._table(one)
        elif one.name in _BLOCKS and self.cells is None:
            self.flush()
            if not one.closing:
                self._open(one)

    def _open(self, tag: Tag) -> None:
        self.kind = _BLOCKS[tag.name]
        self.level = 6 if tag.name == "dt" else int(tag.name[1]) if self.kind == "heading" else 0
        if tag.name == "li":
            self.level = max(0, len(self.lists) - 1)
            if self.lists and self.lists[-1] >= 0:
                self.lists[-1] += 1

    def _text(self, one: Text) -> None:
        if self.cells is not None:
            if self.cells:
                self.cells[-1] += one.text
            return
        if not self.pieces:
            text = one.text if self.kind == "code" else one.text.lstrip()
            if not text.strip():
                return
            skipped = len(one.text) - len(text)
            self.begun = one.line + one.text.count("\n", 0, skipped)
            self.pieces.append(text)
        else:
            self.pieces.append(one.text)

    def flush(self) -> None:
        text = "".join(self.pieces).rstrip()[:MAX_BLOCK_CHARS]
        self.pieces = []
        if text.strip():
            if self.kind == "code":
                first = len(text) - len(text.lstrip("\n"))
                self.found.append(Block(kind="code", text=text[first:], line=self.begun + first))
            else:
                number = max(0, self.lists[-1]) if self.kind == "item" and self.lists else 0
                self.found.append(Block(kind=self.kind, text=text, line=self.begun, level=self.level, number=number))
        self.kind, self.level = "paragraph", 0

    def _list(self, tag: Tag) -> None:
        if self.cells is not None:
            return
        self.flush()
        if not tag.closing:
            self.lists.append(0 if tag.name == "ol" else -1)
        elif self.lists:
            self.lists.pop()

    def _table(self, tag: Tag) -> None:
        if tag.name in {"table", "tr"}:
            self._end_row()
            if tag.name == "table":
                self.header = ()
            elif not tag.closing:
                self.flush()
                self.cells, self.row_line, self.heads = [], tag.line, 0
        elif not tag.closing and self.cells is not None:
            self.cells.append("")
            self.heads += tag.name == "th"

    def _end_row(self) -> None:
        if self.cells:
            cells = tuple(" ".join(cell.split())[:MAX_BLOCK_CHARS] for cell in self.cells)
            if self.heads == len(cells) and not self.header:
                self.header = cells
            elif any(cells):
                self.found.append(row(self.header, cells, self.row_line))
        self.cells = None
