"""HTML as a tree with the line of every element. What a template engine fills in later is marked, and not judged."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

MAX_CHARS, MAX_DEPTH, MAX_ATTRIBUTES = 400_000, 200, 300
FILLED = "\ue000"
"""Stands for what is not known before the page is served."""

# Each alternative stops where another construct opens: an unclosed one costs no look through the rest of the page.
_CONSTRUCT = re.compile(
    r"\{\{(?:[^{}]|\{[^{}]{0,200}\}){0,800}\}\}|\{%(?:[^%{]|%(?!\})|\{(?!%)){0,800}%\}|\{#(?:[^#{]|#(?!\})|\{(?!#)){0,2000}#\}"
    r"|<%(?:[^%<]|%(?!>)|<(?!%)){0,800}%>|<\?(?:php|=)(?:[^?<]|\?(?!>)|<(?!\?)){0,4000}(?:\?>|\Z)"
)
_TOKEN = re.compile(
    rf"(?P<construct>{_CONSTRUCT.pattern})|(?P<comment><!--)|(?P<raw><(?:script|style|textarea|title)\b)|(?P<open><[a-zA-Z/!])"
    r"|(?P<close>>)|(?P<quote>[\"'])",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(eq=False)
class Element:
    """An element. `written` is False for one that the parser added (a page without <html> has one all the same)."""

    tag: str
    attributes: dict[str, str]
    line: int
    written: bool
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def get(self, name: str) -> str | None:
        """An attribute's value, or None."""
        return self.attributes.get(name)

    @property
    def open_ended(self) -> bool:
        """Whether a template adds attributes that are not known."""
        return any(FILLED in name for name in self.attributes)

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in order."""
        stack = [self]
        while stack:
            current = stack.pop()
            yield current
            stack.extend(one for one in reversed(current.children) if isinstance(one, Element))

    def up(self) -> Iterator[Element]:
        """The elements around it, nearest first."""
        current = self.parent
        while current is not None:
            yield current
            current = current.parent

    def text(self) -> str:
        """The text in it, with `FILLED` where a template puts something."""
        parts: list[str] = []
        stack: list[Element | str] = [self]
        while stack:
            current = stack.pop()
            if isinstance(current, str):
                parts.append(current)
            elif current.tag not in {"script", "style", "template"}:
                stack.extend(reversed(current.children))
        return "".join(parts)


@dataclass
class Page:
    """`whole`: it is a document of its own (it writes <html>), not a piece; `template`: an engine fills it in."""

    root: Element
    whole: bool
    template: bool
    doctype: bool

    @cached_property
    def elements(self) -> list[Element]:
        return list(self.root.walk())

    def all(self, *tags: str) -> list[Element]:
        """The elements with one of these tags, in order."""
        return [one for one in self.elements if one.tag in tags]


def read_page(text: str) -> Page | None:
    """The page, or None when it is longer, deeper or fuller of attributes than any page has to be."""
    if len(text) > MAX_CHARS:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(FILLED, " ")
    template = _CONSTRUCT.search(_without_code(text)) is not None
    text = _masked(text) if template else text
    starts = [0] + [match.end() for match in re.finditer("\n", text)]
    try:
        document, places = _parse(text, starts)
    except _TooMuch:
        return None
    root = _tree(document, places, starts)
    doctype = re.search(r"(?i)<!doctype", text[:2_000]) is not None
    return Page(root, root.tag == "html" and root.written, template, doctype)


def _without_code(text: str) -> str:
    """The text without what is in <pre>, <code> and <script>: a page about a template language is no template."""
    parts: list[str] = []
    position, low = 0, text.lower()
    for match in re.finditer(r"<(pre|code|script)\b", low):
        if match.start() < position:
            continue
        parts.append(text[position : match.start()])
        end = low.find(f"</{match.group(1)}", match.end())
        if end < 0:
            return "".join(parts)
        position = end
    return "".join([*parts, text[position:]])


class _TooMuch(Exception):
    """The parser's time grows with the square of what this page has."""


def _parse(text: str, starts: list[int]) -> tuple[Any, dict[Any, int]]:
    """The root of the tree, and where each element that is written begins."""
    import html5lib
    from html5lib.treebuilders import getTreeBuilder

    etree: Any = getTreeBuilder("etree")
    places: dict[Any, int] = {}

    class Builder(etree):  # type: ignore[misc]
        def createElement(self, token: dict[str, Any]) -> Any:
            return self._placed(super().createElement(token), token)

        def insertElementNormal(self, token: dict[str, Any]) -> Any:
            return self._placed(super().insertElementNormal(token), token)

        def _placed(self, element: Any, token: dict[str, Any]) -> Any:
            if len(self.openElements) > MAX_DEPTH:
                raise _TooMuch
            if "place" in token:
                places[element._element] = token["place"]
            return element

    class Parser(html5lib.HTMLParser):  # type: ignore[misc]
        html_at: int | None = None

        def reset(self) -> None:
            super().reset()
            tokenizer, emit, name = self.tokenizer, self.tokenizer.emitCurrentToken, self.tokenizer.attributeNameState

            def emit_with_place() -> None:
                token = tokenizer.currentToken
                line, column = tokenizer.stream.position()
                token["place"] = _begin(text, starts[min(line, len(starts)) - 1] + column, str(token["name"]))
                if token["name"].lower() == "html" and self.html_at is None:
                    self.html_at = token["place"]
                emit()

            def name_of_attribute() -> Any:
                if len(tokenizer.currentToken["data"]) > MAX_ATTRIBUTES:
                    raise _TooMuch
                return name()

            tokenizer.emitCurrentToken, tokenizer.attributeNameState = emit_with_place, name_of_attribute

    parser = Parser(tree=Builder, namespaceHTMLElements=False)
    document = parser.parse(text)
    if parser.html_at is not None:  # the root is made before its tag is read
        places[document] = parser.html_at
    return document, places


def _begin(text: str, end: int, name: str) -> int:
    """Where the tag begins that ends at `end`: the parser knows only its end."""
    for size in (200, 2_000, 20_000):
        begin = max(0, end - size)
        found = text[begin:end].lower().rfind(f"<{name}")
        if found >= 0:
            return begin + found
    return max(0, end - 1)


def _tree(document: Any, places: dict[Any, int], starts: list[int]) -> Element:
    def make(node: Any, parent: Element | None) -> Element:
        place = places.get(node)
        line = bisect_right(starts, place) if place is not None else parent.line if parent else 1
        attributes = {str(name): str(value) for name, value in node.attrib.items()}
        return Element(str(node.tag).lower(), attributes, line, place is not None, parent)

    root = make(document, None)
    stack = [(document, root)]
    while stack:
        node, element = stack.pop()
        if node.text:
            element.children.append(node.text)
        for child in node:
            if isinstance(child.tag, str):
                inner = make(child, element)
                element.children.append(inner)
                stack.append((child, inner))
            elif FILLED in (child.text or ""):  # a comment that stands for a template's text
                element.children.append(FILLED)
            if child.tail:
                element.children.append(child.tail)
    return root


def _masked(text: str) -> str:
    """The text with every construct of a template replaced, on the same lines: by a comment between tags, where it may
    stand anywhere, and by `FILLED` within tags."""
    parts: list[str] = []
    position = 0
    in_tag, quote, raw, pending = False, "", "", ""
    while position < len(text):
        match = _TOKEN.search(text, position)
        if match is None:
            break
        parts.append(text[position : match.start()])
        position, kind, found = match.end(), match.lastgroup, match.group()
        if kind == "construct":
            parts.append(_stand_in(found, between=not in_tag and not raw))
        elif kind == "comment" and not in_tag and not raw:
            end = text.find("-->", position)
            end = len(text) if end < 0 else end + 3
            parts.append(found + text[position:end])
            position = end
        else:
            parts.append(found)
            if kind in {"open", "raw"} and not in_tag:
                if raw and not text.startswith(f"</{raw}", match.start()):
                    continue
                in_tag, quote = True, ""
                raw = found[1:].lower() if kind == "raw" and not raw else ""
                pending = raw
            elif kind == "close" and in_tag and not quote:
                in_tag, raw = False, pending
            elif kind == "quote" and in_tag and quote in {"", found}:
                quote = "" if quote else found
    parts.append(text[position:])
    return "".join(parts)


def _stand_in(construct: str, *, between: bool) -> str:
    if construct.startswith("{#"):  # a remark of the template's, which leaves nothing
        return re.sub(r"[^\n]", " ", construct)
    if between and len(construct) >= 8:
        return "<!--" + re.sub(r"[^\n]", FILLED, construct[4:-3]) + "-->"
    return re.sub(r"[^\n]", FILLED, construct)
