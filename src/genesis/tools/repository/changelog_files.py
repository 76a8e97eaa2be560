"""Finds the newest released version that a changelog names."""

from __future__ import annotations

import re

from genesis.tools.places.text_lines import lines_of

FILE = re.compile(r"(?:changes|changelog|history|news|release[_-]?notes|whatsnew)(?:\.(?:md|rst|txt))?", re.IGNORECASE)
VERSION = re.compile(
    r"(?<![\w.])v?(\d{1,4}\.\d{1,4}(?:\.\d{1,6}){0,2}(?:[-.]?(?:a|b|rc|alpha|beta|dev|post)\.?\d{0,6})?)(?![\w.]*\d)"
)
COMING = re.compile(
    r"unreleased|in development|not (?:yet )?released|\btb[ad]\b|upcoming|\bdev\b|work in progress", re.IGNORECASE
)
MAX_LINES = 2_000


def is_changelog(file: str) -> bool:
    """Whether a path is that of a changelog: at the root, or one folder down (docs/changes.rst)."""
    *folders, last = file.split("/")
    return len(folders) <= 1 and bool(FILE.fullmatch(last)) and (not folders or folders[0].lower() in ("doc", "docs"))


def newest(text: str) -> tuple[int, str] | None:
    """Line and version of the first heading that names a version and is not marked as coming; None without one."""
    lines = lines_of(text)[:MAX_LINES]
    for index, line in enumerate(lines):
        if not _heading(lines, index):
            continue
        version = VERSION.search(line)
        if version and not COMING.search(" ".join([line, *_below(lines, index)])):
            return index + 1, version[1]
    return None


def _heading(lines: list[str], index: int) -> bool:
    line = lines[index].strip()
    if len(line) > 200:
        return False
    if re.match(r"#{1,4}\s", line):
        return True
    under = lines[index + 1].strip() if index + 1 < len(lines) else ""
    return bool(line) and len(under) >= 3 and under[0] in "=-~^*+" and under == under[0] * len(under)


def _below(lines: list[str], index: int) -> list[str]:
    """The first lines under a heading, up to the next one."""
    kept: list[str] = []
    for number in range(index + 1, min(index + 5, len(lines))):
        if number > index + 1 and _heading(lines, number):
            break
        kept.append(lines[number][:200])
    return kept
