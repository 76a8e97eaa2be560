"""Which of a workspace's files are documents, and reading them within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from genesis.finding import NotDone
from genesis.security.workspace import Workspace
from genesis.tools.documents.blocks import Block, Document
from genesis.tools.documents.markdown import read_markdown
from genesis.tools.documents.markup import read_html
from genesis.tools.documents.rest import looks_like_rest, read_rest
from genesis.tools.documents.words import guess_language

MAX_DOCUMENTS = 5_000
MAX_CHARS = 20_000_000
"""Of all documents together: about seven seconds of reading. What lies beyond is said to be left out."""

_MARKDOWN = frozenset({".md", ".markdown", ".mdx", ".mdown"})
_PAGES = frozenset({".html", ".htm", ".xhtml"})
SUFFIXES = _MARKDOWN | _PAGES | {".rst", ".txt", ".text"}
_UNREADABLE = frozenset({".pdf", ".docx", ".doc", ".odt", ".rtf", ".pptx", ".ppt", ".epub", ".xlsx", ".adoc"})
_BARE = re.compile(
    r"(?i)^(readme|faq|changelog|changes|news|history|install|usage|licen[cs]e|copying|contributing|help)$"
)
_NO_DOCUMENT = re.compile(
    r"(?i)(^|/)(requirements[^/]*|constraints[^/]*|robots|humans|cmakelists|top_level|sources|entry_points|manifest|"
    r"dependency_links|installed-files|wordlist|spelling[^/]*|package-list)\.txt$"
)
_ASIDE = re.compile(
    r"(?i)^(tests?|testing|testdata|fixtures?|vendor|_vendor|third[_-]party|locale|templates|_templates|_build)$"
)
_DOCS = re.compile(r"(?i)^(docs?|documentation|guides?|manual|handbook|help|content)$")
_CHANGELOG = re.compile(
    r"(?i)(^|/)(change(s|log)|news|history|whats?-?new|releases?(-?notes?)?|upgrad(e|ing)|deprecations?)"
    r"([-_.]?v?\d[\d.x]*)?(/|$)"
)
_LICENCE = re.compile(r"(?i)(^|/)(licen[cs]es?|copying|notice|authors|contributors|code[-_]of[-_]conduct)([^/]*)(/|$)")


@dataclass(frozen=True)
class Library:
    """The documents that were read, in order of name, with the raw lines of each; and what was left out, and why."""

    documents: tuple[Document, ...]
    lines: dict[str, list[str]]
    left_out: tuple[NotDone, ...]

    def excerpt(self, name: str, line: int) -> str:
        """What really stands at a line, without the space around it, at most 200 characters."""
        return self.lines[name][line - 1].strip()[:200].strip()


def decode(data: bytes) -> str | None:
    """The text of a file, or None when it is binary. What is no UTF-8 is taken for Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def split_lines(text: str) -> list[str]:
    """The lines as an editor counts them (form feeds and the like end none)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_document(name: str, text: str) -> Document:
    """A document from its text, by the suffix of its name."""
    suffix = PurePosixPath(name).suffix.lower()
    title = ""
    blocks: list[Block]
    if suffix in _PAGES:
        title, blocks = read_html(text)
    elif suffix == ".rst" or (suffix not in _MARKDOWN and looks_like_rest(text)):
        blocks = read_rest(split_lines(text))
    else:
        title, blocks = read_markdown(split_lines(text))
    first = next((block.text for block in blocks if block.kind == "heading" and block.level <= 2), "")
    stem = PurePosixPath(name).stem.replace("_", " ").replace("-", " ")
    title = " ".join((title or first or stem).split())[:200]
    prose = " ".join(block.text for block in blocks if block.kind in {"paragraph", "item", "heading"})
    return Document(
        name=name, title=title, language=guess_language(prose[:20_000]), role=role_of(name), blocks=tuple(blocks)
    )


def role_of(name: str) -> Literal["guide", "changelog", "licence"]:
    """What a document is for, by its name."""
    stem = name.rsplit(".", 1)[0] if "." in name.rpartition("/")[2] else name
    return "changelog" if _CHANGELOG.search(stem) else "licence" if _LICENCE.search(stem) else "guide"


def is_document(name: str) -> bool:
    """Whether a file is meant to be read by people: by its suffix, or a bare name such as README."""
    path = PurePosixPath(name)
    known = path.suffix.lower() in SUFFIXES or (not path.suffix and _BARE.match(path.name) is not None)
    return known and not _NO_DOCUMENT.search(name)


def open_library(workspace: Workspace, *, only: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> Library:
    """Reads the workspace's documents: those named in `only` if any are, never those in `without`.

    Documents below test, fixture, template and vendor folders are left out when there are others.
    """
    left_out: list[NotDone] = []
    names = [file.name for file in workspace.files if is_document(file.name) and file.name not in without]
    if only:
        names = [name for name in names if name in only]
    else:
        proper = [name for name in names if not lies_aside(name)]
        if proper and len(proper) < len(names):
            aside = len(names) - len(proper)
            left_out.append(
                NotDone(
                    what=f"{aside} text files", why="lie under test, template, locale or vendor folders: no documents"
                )
            )
        names = proper or names
    foreign = [file.name for file in workspace.files if PurePosixPath(file.name).suffix.lower() in _UNREADABLE]
    foreign = [name for name in foreign if not only or name in only]
    if foreign:
        what = foreign[0] if len(foreign) == 1 else f"{foreign[0]} and {len(foreign) - 1} more such files"
        left_out.append(NotDone(what=what, why="only Markdown, reST, text and HTML are read; export it to one of them"))
    documents, lines, chars, templates = [], {}, 0, 0
    for count, name in enumerate(names):
        if count >= MAX_DOCUMENTS or chars >= MAX_CHARS:
            why = f"over the limit of {MAX_DOCUMENTS:,} documents or {MAX_CHARS:,} characters"
            left_out.append(NotDone(what=f"{len(names) - count} documents after {name}", why=why))
            break
        data = workspace.read_bytes(name)
        text = decode(data) if data is not None else None
        if text is None:
            why = f"binary, unreadable or over {workspace.max_file_bytes:,} bytes"
            left_out.append(NotDone(what=name, why=why))
            continue
        chars += len(text)
        if PurePosixPath(name).suffix.lower() in _PAGES and _is_template(text):
            templates += 1
            continue
        documents.append(read_document(name, text))
        lines[name] = split_lines(text)
    if templates:
        left_out.append(NotDone(what=f"{templates} HTML files", why="page templates, not pages"))
    return Library(tuple(documents), lines, tuple(left_out[:50]))


def lies_aside(name: str) -> bool:
    """Below a test or template folder that is not itself a chapter of the documentation ("docs/testing/")."""
    for folder in name.split("/")[:-1]:
        if _DOCS.match(folder):
            return False
        if _ASIDE.match(folder):
            return True
    return False


def _is_template(page: str) -> bool:
    return "{%" in page and "%}" in page
