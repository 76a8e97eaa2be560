"""The allow-list check of agent-written code, before the sandbox; a workspace's own code goes straight to the sandbox.

It is a filter, not a wall: what passes still runs in the sandbox. It refuses what reaches for files, processes, the
network, imports by name or the interpreter's insides, whatever way it is spelled.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection

from genesis.finding import Finding, Source
from genesis.security.code.endless import endless
from genesis.security.code.names import Names

MAX_BYTES = 20_000
MAX_NODES = 6_000
MAX_DEPTH = 60
MAX_DIGITS = 400
MAX_FINDINGS = 50
# PEP 263. A file in another encoding is other code than the text that is parsed here: in UTF-7 a comment can end early.
_CODING = re.compile(r"(?:[^\r\n]*(?:\r\n?|\n))?[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)")


def check(source: str | bytes, *, own_modules: Collection[str] = (), name: str = "code.py") -> tuple[Finding, ...]:
    """What in `source` is not allowed; empty when all of it is. Never raises for any input.

    `own_modules`: top-level modules that are part of the same code and checked with it. `name` is the file's name in
    the findings. Linear in the size of the source, which is refused beyond 20 kB, 6,000 nodes or a depth of 60.
    """
    text, refused = _text(source)
    if refused is None:
        refused = _shape(text)
    if refused is not None:
        return (_finding(refused, 1, text, name),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a foreign "invalid escape sequence" is no warning of ours
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) and error.lineno else 1
        return (_finding(f"not Python: {getattr(error, 'msg', type(error).__name__)}", line, text, name),)
    nodes = _flatten(tree)
    if nodes is None:
        return (_finding(f"more than {MAX_NODES:,} nodes or deeper than {MAX_DEPTH}", 1, text, name),)
    found: dict[tuple[int, str], Finding] = {}
    names = Names(nodes, frozenset(own_modules)).refused()
    for line, message in (*names, *endless(nodes)):
        found.setdefault((line, message), _finding(message, line, text, name))
        if len(found) == MAX_FINDINGS:
            break
    return tuple(found[key] for key in sorted(found))


def gave_up(why: str, source: str, name: str) -> Finding:
    """The finding on code that could not be checked to the end: what is not known to be allowed is not."""
    return _finding(why, 1, source, name)


def _text(source: str | bytes) -> tuple[str, str | None]:
    size = len(source) if isinstance(source, bytes) else len(source.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        return "", f"{size:,} bytes; at most {MAX_BYTES:,} are read"
    try:
        text = source.decode() if isinstance(source, bytes) else source
        text.encode()
    except UnicodeError:
        return "", "not UTF-8 text"
    if "\0" in text:
        return text, "holds a zero byte"
    declared = _CODING.match(text)
    if declared is not None and declared[1].lower().replace("_", "-") not in {"utf-8", "utf8"}:
        return text, f"declares the encoding {declared[1][:40]!r}; only UTF-8 is read"
    return text, None


def _shape(text: str) -> str | None:
    """Refuses before parsing what makes the parser itself slow or deep. Brackets in strings count too: few have 60."""
    depth = digits = signs = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        digits = digits + 1 if character.isalnum() or character == "_" else 0
        signs = signs + 1 if character in "+-~" else signs if character.isspace() else 0
        if depth > MAX_DEPTH or signs > MAX_DEPTH:
            return f"nested deeper than {MAX_DEPTH}"
        if digits > MAX_DIGITS:
            return f"a word or number of more than {MAX_DIGITS} characters"
    return None


def _flatten(tree: ast.Module) -> list[tuple[ast.AST, ast.AST]] | None:
    """Every node with its parent, or None when there are too many or one lies too deep. No recursion."""
    nodes: list[tuple[ast.AST, ast.AST]] = []
    waiting: list[tuple[ast.AST, ast.AST, int]] = [(tree, tree, 0)]
    while waiting:
        node, parent, depth = waiting.pop()
        nodes.append((node, parent))
        if depth > MAX_DEPTH or len(nodes) > MAX_NODES:
            return None
        waiting.extend((child, node, depth + 1) for child in ast.iter_child_nodes(node))
    return nodes


def _finding(message: str, line: int, text: str, name: str) -> Finding:
    lines = text.splitlines()
    excerpt = lines[line - 1].strip()[:200] if 0 < line <= len(lines) else None
    return Finding(
        kind="code_not_allowed",
        severity="high",
        message=f"{name}:{line}: {message}",
        source=Source(file=name, line=line, excerpt=excerpt),
        remedy="Write it with the modules and names that are allowed, or hand the work to a tool.",
    )
