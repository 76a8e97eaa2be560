"""Reads reStructuredText, line by line, with the directives that Sphinx documents use.

docutils refuses what it has no role or directive for, and the documents of a foreign project use its own ones.
"""

from __future__ import annotations

import itertools
import re

from genesis.tools.documents.blocks import Block, Kind, clean_rest
from genesis.tools.documents.markdown import MAX_BLOCK_CHARS, row

_UNDERLINE = re.compile(r"^([=\-~^\"'`#*+:.<>_!$%&(),/;?@\[\]\\{}|])\1{2,}\s*$")
_DIRECTIVE = re.compile(r"^(\s*)\.\.\s+(?:\|[^|]{1,100}\|\s+)?([\w:.+-]{1,60}?)::(?:\s+(.*))?$")
_COMMENT = re.compile(r"^(\s*)\.\.(?:\s|$)")
_OPTION = re.compile(r"^\s*:[\w -]{1,60}:")
_ITEM = re.compile(r"^(\s*)(?:([-*+•])|\(?(\d{1,6}|#)[.)])\s+(?=\S)")
_SIMPLE_TABLE = re.compile(r"^\s*=+(?:\s+=+)+\s*$")
_GRID_TABLE = re.compile(r"^\s*\+[-=+]+\+\s*$")

_CODE = {"code", "code-block", "sourcecode", "prompt", "console", "ipython", "doctest", "testcode", "highlight-code"}
_CHANGES = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_SKIPPED = {
    *(
        "image",
        "figure",
        "toctree",
        "index",
        "module",
        "currentmodule",
        "automodule",
        "autofunction",
        "autoclass",
        "raw",
    ),
    *("automethod", "autodata", "autoattribute", "autoexception", "contents", "include", "literalinclude", "highlight"),
    *("meta", "default-role", "role", "testsetup", "testcleanup", "testoutput", "sectionauthor", "py:module", "click"),
    *("py:currentmodule", "only-html", "graphviz", "math", "example", "rst-class", "replace", "date", "autosummary"),
}
_DEFINITIONS = {
    *("function", "class", "method", "attribute", "data", "exception", "option", "confval", "setting", "envvar"),
    *("decorator", "staticmethod", "classmethod", "property", "program", "cmdoption", "django-admin", "templatetag"),
    *("templatefilter", "fieldlookup", "globalvar", "fixture", "describe", "object", "type"),
    *("admonition", "topic", "sidebar"),
}
_CONTAINERS = {"tab", "tabs", "group-tab", "container", "list-table", "csv-table", "rubric", "only"}
_DEPTH = 7  # definitions lie below every section heading


def looks_like_rest(text: str) -> bool:
    """Whether a .txt file is reStructuredText: directives, or paragraphs that end in two colons and headings."""
    head = text[:40_000]
    if re.search(r"(?m)^\s{0,8}\.\. [\w:-]{1,60}::", head) or re.search(r"(?m)^\.\. _[^:\n]{1,80}:", head):
        return True
    return bool(re.search(r"(?m)\w::\s*$", head)) and bool(re.search(r"(?m)^([=~^-])\1{3,}\s*$", head))


def read_rest(lines: list[str]) -> list[Block]:
    """The blocks of a file given as lines."""
    return _Reader([line.expandtabs(8)[:MAX_BLOCK_CHARS] for line in lines]).blocks()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.found: list[Block] = []
        self.styles: list[str] = []
        self.scopes: list[int] = []  # indents of the definitions that are open

    def blocks(self) -> list[Block]:
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            if not line.strip():
                at += 1
                continue
            while self.scopes and _indent(line) <= self.scopes[-1]:
                self.scopes.pop()
                self.found.append(Block(kind="end", text="", line=at + 1, level=_DEPTH + len(self.scopes)))
            at = self._step(at, line)
        return self.found

    def _line(self, at: int) -> str:
        return self.lines[at] if at < len(self.lines) else ""

    def _block_end(self, at: int, indent: int) -> int:
        """Where what is indented deeper than `indent` ends."""
        while at < len(self.lines) and (not self.lines[at].strip() or _indent(self.lines[at]) > indent):
            at += 1
        return at

    def _step(self, at: int, line: str) -> int:
        if directive := _DIRECTIVE.match(line):
            return self._directive(at, directive)
        if _COMMENT.match(line):
            return self._block_end(at + 1, _indent(line))
        if _SIMPLE_TABLE.match(line):
            return self._simple_table(at)
        if _GRID_TABLE.match(line):
            return self._grid_table(at)
        if _UNDERLINE.match(line):
            over = self._line(at + 1).strip() and _UNDERLINE.match(self._line(at + 2))
            if over and self._line(at + 2)[0] == line[0]:
                return self._heading(at + 1, "over" + line[0], at + 3)
            return at + 1
        under = self._line(at + 1)
        if _UNDERLINE.match(under) and len(under.strip()) >= min(len(line.strip()), 3) and _indent(line) == 0:
            return self._heading(at, under[0], at + 2)
        if line.lstrip().startswith(">>>"):
            return self._code(at, self._paragraph_end(at))
        return self._text(at, line)

    def _heading(self, at: int, style: str, following: int) -> int:
        if style not in self.styles:
            self.styles.append(style)
        level = min(self.styles.index(style) + 1, _DEPTH - 1)
        self.found.append(Block(kind="heading", text=clean_rest(self.lines[at].strip()), line=at + 1, level=level))
        return following

    def _directive(self, at: int, match: re.Match[str]) -> int:
        indent, name, argument = len(match[1]), match[2].lower(), (match[3] or "").strip()
        short = name.rpartition(":")[2]
        end = self._block_end(at + 1, indent)
        if name in _SKIPPED or short in _SKIPPED:
            return end
        start = at + 1
        while start < end and _OPTION.match(self.lines[start]):
            start += 1
        if short in _CODE:
            return self._code(start, end)
        if short in _DEFINITIONS:
            self.found.append(
                Block(kind="heading", text=clean_rest(argument), line=at + 1, level=_DEPTH + len(self.scopes))
            )
            self.scopes.append(indent)
            return start
        if argument and short not in _CONTAINERS:
            text = f"{_CHANGES[short]} {argument}" if short in _CHANGES else argument
            while start < end and self.lines[start].strip():
                text += "\n" + self.lines[start].strip()
                start += 1
            self.found.append(Block(kind="paragraph", text=clean_rest(text), line=at + 1))
        return start  # its content is read as what it is

    def _code(self, at: int, end: int) -> int:
        first, last = at, end
        while first < last and not self.lines[first].strip():
            first += 1
        while last > first and not self.lines[last - 1].strip():
            last -= 1
        if first < last:
            text = "\n".join(self.lines[first:last])[:MAX_BLOCK_CHARS]
            self.found.append(Block(kind="code", text=text, line=first + 1))
        return max(end, at + 1)

    def _paragraph_end(self, at: int) -> int:
        while at < len(self.lines) and self.lines[at].strip():
            at += 1
        return at

    def _text(self, at: int, line: str) -> int:
        item = _ITEM.match(line)
        indent = _indent(line)
        inner = item.end() if item else indent
        following = self._line(at + 1)
        if not item and following.strip() and _indent(following) > indent and not line.endswith(("::", ",")):
            return self._definition(at, indent)
        end = at + 1
        while end < len(self.lines) and self.lines[end].strip():
            nested = _ITEM.match(self.lines[end])
            if nested and (item or _indent(self.lines[end]) != indent):
                break
            if _DIRECTIVE.match(self.lines[end]) or (item and _indent(self.lines[end]) < min(inner, indent + 1)):
                break
            end += 1
        pieces = [line[item.end() :] if item else line.strip(), *(one.strip() for one in self.lines[at + 1 : end])]
        text = "\n".join(pieces)
        literal = text.endswith("::")
        if literal:
            text = text[:-1] if text != "::" else ""
        text = clean_rest(text)[:MAX_BLOCK_CHARS]
        if text.strip(" :"):
            number = (
                int(item[3]) if item and item[3] and item[3] != "#" else self._next_number() if item and item[3] else 0
            )
            kind: Kind = "item" if item else "paragraph"
            self.found.append(Block(kind=kind, text=text, line=at + 1, level=indent // 2 if item else 0, number=number))
        return self._code(end, self._block_end(end, indent)) if literal else end

    def _definition(self, at: int, indent: int) -> int:
        """A term, and the first paragraph of its definition set deeper on the lines below."""
        end = at + 1
        while end < len(self.lines) and self.lines[end].strip() and _indent(self.lines[end]) > indent:
            end += 1
        pieces = [self.lines[at].strip().rstrip(":") + ":", *(one.strip() for one in self.lines[at + 1 : end])]
        literal = pieces[-1].endswith("::")
        text = clean_rest("\n".join(pieces).removesuffix(":") if literal else "\n".join(pieces))[:MAX_BLOCK_CHARS]
        self.found.append(Block(kind="paragraph", text=text, line=at + 1))
        return self._code(end, self._block_end(end, indent + 1)) if literal else end

    def _next_number(self) -> int:
        last = self.found[-1] if self.found else None
        return last.number + 1 if last and last.kind == "item" else 1

    def _simple_table(self, at: int) -> int:
        borders = [(match.start(), match.end()) for match in re.finditer("=+", self.lines[at])]
        columns = [
            (start, borders[index + 1][0] if index + 1 < len(borders) else None)
            for index, (start, _) in enumerate(borders)
        ]
        rows: list[tuple[int, list[str]]] = []
        header: tuple[str, ...] = ()
        end = at + 1
        while end < len(self.lines):
            line = self.lines[end]
            if _SIMPLE_TABLE.match(line):
                after = self._line(end + 1)
                if not header and rows and after.strip() and not _SIMPLE_TABLE.match(after):
                    header, rows = (
                        tuple(" ".join(parts) for parts in zip(*(cells for _, cells in rows), strict=True)),
                        [],
                    )
                    end += 1
                    continue
                end += 1
                break
            if line.strip():
                cells = [clean_rest(line[start:stop].strip()) for start, stop in columns]
                if cells[0] or not rows:
                    rows.append((end + 1, cells))
                else:
                    rows[-1] = (
                        rows[-1][0],
                        [f"{old} {new}".strip() for old, new in zip(rows[-1][1], cells, strict=True)],
                    )
            end += 1
        header = tuple(cell.strip() for cell in header)
        self.found.extend(row(header, tuple(cells), line) for line, cells in rows)
        return end

    def _grid_table(self, at: int) -> int:
        header: tuple[str, ...] = ()
        current: list[str] = []
        begun = at + 2
        end = at + 1
        while end < len(self.lines) and self.lines[end].lstrip().startswith(("|", "+")):
            line = self.lines[end].strip()
            if line.startswith("+"):
                if current:
                    cells = tuple(clean_rest(cell) for cell in current)
                    if "=" in line and not header:
                        header = cells
                    else:
                        self.found.append(row(header, cells, begun))
                current, begun = [], end + 2
            else:
                pieces = [piece.strip() for piece in line.strip("|").split("|")]
                pairs = itertools.zip_longest(current, pieces, fillvalue="")
                current = [f"{old} {new}".strip() for old, new in pairs]
            end += 1
        return end
