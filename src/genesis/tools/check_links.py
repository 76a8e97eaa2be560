"""Checks that relative links in Markdown and reStructuredText lead to files that are there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.places.text_lines import lines_of
from genesis.tools.repository.changelog_files import is_changelog
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.file_roles import role

MAX_LINKS = 50_000
MAX_LINE = 5_000
MARKDOWN = (
    re.compile(
        r"!?\[(?:[^\[\]]|\[[^\[\]]{0,200}\]){0,500}\]\(\s{0,4}<?([^\s()<>]{1,500}(?:\([^\s()]{0,80}\)[^\s()<>]{0,100})?)>?(?:\s[^)]{0,200})?\)"
    ),
    re.compile(r"^ {0,3}\[[^\]^]{1,200}\]:\s{1,8}<?([^\s<>]{1,500})>?"),
    re.compile(r"<(?:a|img|source)\s[^<>]{0,300}?(?:href|src)=[\"']([^\"'<>\s]{1,500})[\"']", re.IGNORECASE),
)
REST = (
    re.compile(r"^\s{0,40}\.\. (?:\|[^|]{1,80}\| )?(?:image|figure|include|literalinclude)::\s{1,8}(\S{1,500})\s*$"),
    re.compile(r"^\s{0,40}\.\. _[^:`]{1,200}:\s{1,8}(\S{1,500})\s*$"),
    re.compile(r"`[^`<>]{1,300}<([^`<>\s]{1,500})>`_{1,2}"),
    re.compile(r":doc:`(?:[^`<>]{1,200}<)?([^`<>\s]{1,300})>?`"),
)
FENCE = re.compile(r"\s{0,12}(`{3,}|~{3,})")
NOT_A_FILE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\?|.*[{}<>*|$\\]|.*%[({]|.*_$|@", re.IGNORECASE)
SOURCES = ("", ".md", ".rst", ".txt", ".html", "/index.md", "/index.rst", "/README.md", "/index.html")


class BrokenLink(Frozen):
    """A link at `file:line` to `target`, which is not there. `anchor` is the link as it is written."""

    file: str
    line: int
    anchor: str
    target: str


class CheckLinksInput(Frozen):
    """Nothing to choose: every document is checked."""


class CheckLinksOutput(Frozen):
    """`links`: how many relative links were checked, in how many `documents`."""

    broken: tuple[BrokenLink, ...]
    links: int
    documents: int


@tool(trust="file", timeout_s=60)
async def check_links(given: CheckLinksInput, context: ToolContext) -> CheckLinksOutput:
    """Checks that relative links in Markdown and reStructuredText lead to files that are there."""
    return await asyncio.to_thread(_check, context.workspace_for("checking links"))


def _check(workspace: Workspace) -> CheckLinksOutput:
    files = {file.name for file in workspace.files}
    folders = {folder for file in files for folder in _above(file)}
    # What the walk leaves out on purpose is not known to be missing.
    unseen = {note.what.rstrip("/") for note in workspace.skipped}
    broken: list[BrokenLink] = []
    documents = links = 0
    for file in sorted(files):
        if not file.lower().endswith((".md", ".markdown", ".rst")) or role(file) in ("test", "vendored"):
            continue
        if is_changelog(file):
            continue  # history may name what is gone
        text = workspace.read_text(file)
        if text is None:
            continue
        documents += 1
        for line, anchor in find_links(file, text):
            if links >= MAX_LINKS:
                break
            target = _target(file, anchor)
            if target is None:
                continue
            links += 1
            if not _is_there(file, target, files, folders, unseen):
                broken.append(BrokenLink(file=file, line=line, anchor=anchor, target=target))
    return CheckLinksOutput(broken=tuple(dict.fromkeys(broken)), links=links, documents=documents)


def find_links(file: str, text: str) -> Iterator[tuple[int, str]]:
    """Line and target of every link to a file in a document; code blocks are left out."""
    markdown = not file.lower().endswith(".rst")
    fence = ""
    for number, line in enumerate(lines_of(text), 1):
        line = line[:MAX_LINE]
        if markdown:
            mark = FENCE.match(line)
            if mark:
                if not fence:
                    fence = mark[1]
                elif mark[1].startswith(fence):
                    fence = ""
                continue
            if fence or line.startswith(("    ", "\t")):
                continue
            line = re.sub(r"(`+)(?!`)[^`]{0,1000}\1(?!`)", lambda found: " " * len(found[0]), line)
        for pattern in MARKDOWN if markdown else REST:
            for found in pattern.finditer(line):
                yield number, found[1]


def _target(file: str, anchor: str) -> str | None:
    """The path that a link means, relative to the workspace; None when it is no link to a file of it."""
    if NOT_A_FILE.match(anchor):
        return None
    path = unquote(re.split(r"[?#]", anchor, maxsplit=1)[0])
    if not path or path.startswith("/") or "\0" in path:
        return None  # a site's root: only its generator knows where that is
    target = normpath(join(dirname(file), path))
    return None if target.startswith("..") else target


def _is_there(file: str, target: str, files: set[str], folders: set[str], unseen: set[str]) -> bool:
    if target in folders or target == "." or any(f"{target}{end}" in files for end in SOURCES):
        return True
    if any(target == one or target.startswith(f"{one}/") or one == "the rest of the files" for one in unseen):
        return True
    last = target.rsplit("/", 1)[-1]
    if last.endswith(".html") or "." not in last:
        # Sites are built from these documents: a page or a bare name may be what the generator will make of them.
        return (role(file) == "docs" and "/" in file) or f"{target.removesuffix('.html')}.md" in files
    return False


def _above(file: str) -> Iterator[str]:
    folder = dirname(file)
    while folder:
        yield folder
        folder = dirname(folder)
