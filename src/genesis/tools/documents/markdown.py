"""Reads Markdown and plain text, line by line.

Not a CommonMark parser: one would read the indented text of an admonition as code and give lines for blocks only; here
every line keeps its number, and whatever is written wrongly still comes out as text.
"""

from __future__ import annotations

import re

from genesis.tools.documents.blocks import Block, Kind, clean_markdown

MAX_BLOCK_CHARS = 20_000

_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})")
_NOTE = re.compile(
    r"^\s*(?:`{3,}|~{3,}|:{3,})\{(?:note|warning|tip|important|admonition|seealso|attention|caution|hint|danger|"
    r"versionadded)\}"
)
_APPARATUS = re.compile(
    r"^\s*(?:`{3,}|~{3,})\{(?:contents|toctree|image|figure|currentmodule|module|index|automodule|include)\}"
)
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:\s+(.*?))?\s*#*\s*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)\s*$")
_ITEM = re.compile(r"^(\s*)(?:([-*+•])|(\d{1,6})[.)])\s+(?=\S)")
_DELIMITER = re.compile(r"^\s*\|?(?:\s*:?-+:?\s*\|)+\s*(?::?-+:?\s*)?\|?\s*$")
_BOLD = re.compile(r"^\s*(?:\*\*|__)([^*_]{2,150})(?:\*\*|__):?\s*$")
_QUESTION = re.compile(r"^\s*(?:(?:Q|F|P)\s?\d{0,3}\s*[:.)]\s*(.{3,300})|([^\W\d_].{3,150}\?))\s*$")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]{1,200}\]:\s+\S")
_ADMONITION = re.compile(r'^\s*(?:!!!|\?\?\?\+?|:::+|///)\s*(?:\{?[\w-]*\}?)?\s*(?:\|\s*|")?([^"]*?)"?\s*$')
_TASK = re.compile(r"^\[[ xX]\]\s+")


def read_markdown(lines: list[str]) -> tuple[str, list[Block]]:
    """The front matter's title (or nothing) and the blocks of a file given as lines."""
    title, at = _front_matter(lines)
    return title, _Reader(lines, at).blocks()


def _front_matter(lines: list[str]) -> tuple[str, int]:
    if not lines or lines[0].strip() != "---":
        return "", 0
    for number in range(1, min(len(lines), 200)):
        if lines[number].strip() in {"---", "..."}:
            titles = [line.partition(":")[2] for line in lines[1:number] if line.startswith("title:")]
            return (titles[0].strip().strip("\"'") if titles else ""), number + 1
    return "", 0


def split_row(line: str) -> tuple[str, ...]:
    """The cells of a table's line; `\\|` is no border."""
    cells = re.split(r"(?<!\\)\|", line.strip())
    if cells and not cells[0].strip():
        cells = cells[1:]
    if cells and not cells[-1].strip():
        cells = cells[:-1]
    return tuple(clean_markdown(cell.strip()) for cell in cells)


class _Reader:
    def __init__(self, lines: list[str], at: int) -> None:
        self.lines = lines
        self.at = at
        self.found: list[Block] = []
        self.pending: list[str] = []
        self.begun = 0
        self.kind: Kind = "paragraph"
        self.level = 0
        self.number = 0
        self.note = ""

    def blocks(self) -> list[Block]:
        while self.at < len(self.lines):
            self.at = self._step(self.at)
        self._flush()
        return self.found

    def _flush(self) -> None:
        text = "\n".join(self.pending)[:MAX_BLOCK_CHARS]
        self.pending = []
        if not text.strip():
            return
        alone = "\n" not in text and self.kind == "paragraph"
        bold, asked = (_BOLD.match(text), _QUESTION.match(text)) if alone else (None, None)
        if bold or asked:
            # FAQ pages often set their questions as bold or bare lines: they head what follows.
            heading = bold[1] if bold else str(asked and (asked[1] or asked[2]))
            self.found.append(Block(kind="heading", text=clean_markdown(heading), line=self.begun, level=6))
            return
        self.found.append(
            Block(kind=self.kind, text=clean_markdown(text), line=self.begun, level=self.level, number=self.number)
        )

    def _begin(self, kind: Kind, text: str, at: int, level: int = 0, number: int = 0) -> None:
        self._flush()
        self.pending, self.begun, self.kind, self.level, self.number = [text], at + 1, kind, level, number

    def _step(self, at: int) -> int:
        line = self.lines[at][:MAX_BLOCK_CHARS]
        if not line.strip():
            self._flush()
            return at + 1
        if fence := _FENCE.match(line):
            if _NOTE.match(line):  # MyST: a note is set as a fence, and is text
                self.note = fence[2]
                return at + 1
            if self.note and line.strip() == self.note:
                self.note = ""
                return at + 1
            return self._code(at, fence[2])
        if line.lstrip().startswith("<!--"):
            return self._comment(at)
        if atx := _ATX.match(line):
            self._flush()
            self.found.append(Block(kind="heading", text=_heading(atx[2] or ""), line=at + 1, level=len(atx[1])))
            return at + 1
        if (under := _SETEXT.match(line)) and len(self.pending) == 1 and self.kind == "paragraph":
            text, self.pending = self.pending[0], []
            self.found.append(Block(kind="heading", text=_heading(text), line=at, level=1 if under[1][0] == "=" else 2))
            return at + 1
        if "|" in line and at + 1 < len(self.lines) and _DELIMITER.match(self.lines[at + 1][:MAX_BLOCK_CHARS]):
            return self._table(at)
        if item := _ITEM.match(line):
            text = _TASK.sub("", line[item.end() :])
            self._begin("item", text, at, level=len(item[1].expandtabs(4)) // 2, number=int(item[3] or 0))
            return at + 1
        if admonition := _ADMONITION.match(line) if line.lstrip()[:3] in {"!!!", "???", ":::", "///"} else None:
            self._begin("paragraph", admonition[1], at)
            return at + 1
        if _SETEXT.match(line) or set(line.strip()) <= {"*", "-", "_", " "}:
            self._flush()
            return at + 1
        if _REFERENCE.match(line):
            self._flush()
            return at + 1
        if not self.pending and line.startswith(("    ", "\t")) and self._code_may_stand_here():
            return self._indented(at)
        text = line.strip().lstrip(">").strip() if line.lstrip().startswith(">") else line.strip()
        if self.pending:
            self.pending.append(text)
        else:
            self._begin("paragraph", text, at)
        return at + 1

    def _code_may_stand_here(self) -> bool:
        last = self.found[-1] if self.found else None
        return (
            last is None or last.kind in {"heading", "code"} or (last.kind == "paragraph" and last.text.endswith(":"))
        )

    def _code(self, at: int, fence: str) -> int:
        self._flush()
        end = at + 1
        while end < len(self.lines) and not self.lines[end].strip().startswith(fence):
            end += 1
        if not _APPARATUS.match(self.lines[at]):
            self._add_code(at + 1, end)
        return end + 1

    def _indented(self, at: int) -> int:
        end = at
        while end < len(self.lines) and (self.lines[end].startswith(("    ", "\t")) or not self.lines[end].strip()):
            end += 1
        self._add_code(at, end)
        return end

    def _add_code(self, at: int, end: int) -> None:
        while at < end and not self.lines[at].strip():
            at += 1
        text = "\n".join(self.lines[at:end]).rstrip()[:MAX_BLOCK_CHARS]
        if text:
            self.found.append(Block(kind="code", text=text, line=at + 1))

    def _comment(self, at: int) -> int:
        self._flush()
        for end in range(at, len(self.lines)):
            if "-->" in self.lines[end]:
                return end + 1
        return at + 1  # never closed: a stray mark, not a comment of the whole file

    def _table(self, at: int) -> int:
        self._flush()
        header = split_row(self.lines[at][:MAX_BLOCK_CHARS])
        end = at + 2
        while end < len(self.lines) and "|" in self.lines[end]:
            cells = split_row(self.lines[end][:MAX_BLOCK_CHARS])
            self.found.append(row(header, cells, end + 1))
            end += 1
        return end


def _heading(text: str) -> str:
    return clean_markdown(re.sub(r"\s*\{[#.:][^}]{0,200}\}\s*$", "", text.strip()))


def row(header: tuple[str, ...], cells: tuple[str, ...], line: int) -> Block:
    """A table's row as text that can be read alone: each cell with the name of its column."""
    named = [
        f"{header[index]}: {cell}" if index < len(header) and header[index] else cell
        for index, cell in enumerate(cells)
        if cell
    ]
    return Block(kind="row", text="; ".join(named), line=line, cells=cells, header=header)
