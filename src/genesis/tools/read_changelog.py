"""Reads the changelog: its topmost sections, with what stands under each."""

from __future__ import annotations

import asyncio
import re

from genesis.finding import Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.tool import ToolContext, tool

_NAME = re.compile(
    r"(?i)(?:^|/)(?:changelog|changes|history|news|releases?|release[-_]notes)(?:\.(?:md|rst|txt|markdown))?$"
)
_VERSION = r"v?(\d{1,6}(?:\.\d{1,6}){1,3}(?:[-.]?(?:a|b|rc|alpha|beta|dev|post)\.?\d{0,6})?)"
_HEADING = re.compile(
    rf"(?i)^\s*(?:#{{1,4}}\s*)?(?:[A-Za-z][\w.-]{{0,30}}\s+)?(?:version\s+|release\s+)?\[?(?:{_VERSION}|(unreleased|upcoming|next))\]?"
    r"(?:\s*(?:[-\u2013\u2014:(@,]|released).{0,250})?\s*$"
)
_UNDERLINE = re.compile(r"^\s*(?:=+|-+|~+|\^+|\*+)\s*$")
MAX_SECTIONS, MAX_ENTRIES = 5, 200


class ReadChangelogInput(Frozen):
    """Nothing to choose: the changelog nearest to the top is read."""


class Entry(Frozen):
    text: str
    source: Source


class Section(Frozen):
    """`version` is None for what is not released yet."""

    version: str | None
    heading: Source
    entries: tuple[Entry, ...]


class ReadChangelogOutput(Frozen):
    """`file` is None when there is no changelog, `sections` is empty when it has no headings that name versions."""

    file: str | None
    sections: tuple[Section, ...] = ()


@tool(trust="file", timeout_s=20)
async def read_changelog(given: ReadChangelogInput, context: ToolContext) -> ReadChangelogOutput:
    """Reads the topmost sections of the workspace's changelog."""
    return await asyncio.to_thread(_read, context.workspace_for("reading a changelog"))


def _read(workspace: Workspace) -> ReadChangelogOutput:
    names = sorted(
        (file.name for file in workspace.files if _NAME.search(file.name)), key=lambda name: (name.count("/"), name)
    )
    for name in names:
        text = workspace.read_text(name)
        if text is not None:
            sections = _sections(name, lines_of(text[:500_000]))
            if sections:
                return ReadChangelogOutput(file=name, sections=tuple(sections))
    return ReadChangelogOutput(file=names[0] if names else None)


def _sections(name: str, lines: list[str]) -> list[Section]:
    heads: list[tuple[int, str | None]] = []
    for number, line in enumerate(lines, 1):
        match = _HEADING.match(line[:400])
        underlined = (
            number < len(lines) and _UNDERLINE.match(lines[number]) is not None and len(lines[number].strip()) > 2
        )
        if match and (line.lstrip().startswith("#") or underlined):
            heads.append((number, match.group(1)))
            if len(heads) > MAX_SECTIONS:
                break
    found = []
    for position, (number, version) in enumerate(heads[:MAX_SECTIONS]):
        end = heads[position + 1][0] - 1 if position + 1 < len(heads) else min(len(lines), number + 1_000)
        entries = _entries(name, lines, number + 1, end)
        found.append(Section(version=version, heading=place_in(name, number, lines), entries=tuple(entries)))
    return found


def _entries(name: str, lines: list[str], begin: int, end: int) -> list[Entry]:
    """The points of a section, each with its first line; indented lines belong to the point before."""
    found: list[tuple[int, list[str]]] = []
    for number in range(begin, end + 1):
        line = lines[number - 1]
        point = re.match(r"^(\s{0,3})(?:[-*+\u2022]|\d{1,3}[.)])\s+(.*)$", line)
        if point:
            found.append((number, [point.group(2)]))
        elif found and line.strip() and line[:1] in {" ", "\t"}:
            found[-1][1].append(line.strip())
    return [
        Entry(text=" ".join(" ".join(parts).split())[:400], source=place_in(name, number, lines))
        for number, parts in found[:MAX_ENTRIES]
    ]
