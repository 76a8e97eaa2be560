"""What a document consists of, whatever its format: blocks, each knowing the line on which it begins."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from genesis.frozen import Frozen

Kind = Literal["heading", "paragraph", "item", "row", "code", "end"]


class Block(Frozen):
    """A piece of a document.

    `text` has its markup removed and keeps its line breaks, so that the line of any character of it is `line` plus the
    breaks before it. `level`: a heading's depth (1 is the top; 7 and more are definitions), an item's indent.
    `number`: an ordered item's own number, 0 for the others. `cells`: a row's, with `header` naming them where the
    table does. `end` closes headings of its level and deeper (a definition's text is over).
    """

    kind: Kind
    text: str
    line: Annotated[int, Field(ge=1)]
    level: int = 0
    number: int = 0
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


class Document(Frozen):
    """A file that was read. `role` tells guides from changelogs and licences, which answer few questions."""

    name: str
    title: str
    language: str
    role: Literal["guide", "changelog", "licence"]
    blocks: tuple[Block, ...]


_MARKDOWN_INLINE = (
    (re.compile(r"!\[([^\[\]\n]{0,300})\](?:\([^)\n]{0,1000}\)|\[[^\]\n]{0,200}\])"), r"\1"),
    (re.compile(r"\[([^\[\]]{0,400})\](?:\([^)\n]{0,1000}\)|\[[^\]\n]{0,200}\])"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^>\s]{1,500})>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>\n]{0,500}>"), ""),
    (re.compile(r"(\*\*|__)(?=\S)([^*_\n]{1,500}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])[*](?=[^\s*])([^*\n]{1,500}?)(?<=\S)[*](?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]{1,500}?)(?<=\S)_(?![\w_])"), r"\1"),
    (re.compile(r"\{[\w:.+-]{1,40}\}(?=`)"), ""),
    (re.compile(r"(`+)([^`\n]{1,500})\1"), r"\2"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>-])"), r"\1"),
)
_REST_INLINE = (
    (re.compile(r"``([^`]{1,500}?)``"), r"\1"),
    (re.compile(r":[\w:+.-]{1,60}:`!?~?([^`<]{1,300}?)\s*<[^`>]{1,500}>`"), r"\1"),
    (re.compile(r":[\w:+.-]{1,60}:`[!~]?([^`]{1,500})`"), r"\1"),
    (re.compile(r"`([^`<]{1,300}?)\s*<[^`>]{1,500}>`__?"), r"\1"),
    (re.compile(r"`([^`]{1,500})`__?"), r"\1"),
    (re.compile(r"\*\*(?=\S)([^*\n]{1,500}?)(?<=\S)\*\*"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,500}?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]{1,500})`"), r"\1"),
    (re.compile(r"(?<![\w_])([A-Za-z]\w{0,60}[A-Za-z0-9])_(?=[\s.,;:)]|$)"), r"\1"),
    (re.compile(r"\s?\[#?\w{1,30}\]_"), ""),
    (re.compile(r"\\([\\*`|_ ])"), r"\1"),
)


def clean_markdown(text: str) -> str:
    """The text without Markdown's inline markup and HTML tags, with every line break where it was."""
    return _clean(text, _MARKDOWN_INLINE)


def clean_rest(text: str) -> str:
    """The text without reStructuredText's inline markup, with every line break where it was."""
    return _clean(text, _REST_INLINE)


def _clean(text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, replacement in rules:

        def put(match: re.Match[str], replacement: str = replacement) -> str:
            new = match.expand(replacement)
            return new + "\n" * (match.group().count("\n") - new.count("\n"))

        text = pattern.sub(put, text)
    return text
