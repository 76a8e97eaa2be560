"""The files in which a Python project declares things, as data. Nothing here raises for what a file holds.

What cannot be parsed is an empty table, and its name goes into `unreadable` where a caller keeps one.
"""

from __future__ import annotations

import ast
import configparser
import tomllib
from pathlib import Path
from typing import Any

MAX_CONFIG_BYTES = 500_000


def toml(path: Path, unreadable: list[str]) -> dict[str, Any]:
    text = read_text(path)
    try:
        return tomllib.loads(text) if text else {}
    except (tomllib.TOMLDecodeError, RecursionError):
        unreadable.append(path.name)
        return {}


def ini(path: Path, unreadable: list[str]) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(path) or "")
    except configparser.Error:
        unreadable.append(path.name)
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def read_text(path: Path) -> str | None:
    """The text of a file; None when it is absent, a link or too large."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_CONFIG_BYTES:
            return None
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def strings(value: object) -> dict[str, str]:
    return {str(key): one for key, one in mapping(value).items() if isinstance(one, str)}


def text_of(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def setup_call(path: Path) -> dict[str, Any]:
    """What `setup.py` gives `setup(...)` in plain constants; a "" key says that there is a file that parses."""
    text = read_text(path)
    if text is None:
        return {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    said: dict[str, Any] = {"": True}  # that there is one at all
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None)) == "setup":
            for keyword in node.keywords:
                if keyword.arg and isinstance(keyword.value, ast.Constant | ast.List | ast.Tuple):
                    try:
                        said[keyword.arg] = ast.literal_eval(keyword.value)
                    except (ValueError, TypeError, RecursionError, MemoryError):
                        continue  # no constant (or `[{[]: 1}]`): only running it would tell
    return said


def pkg_info(path: Path) -> dict[str, str]:
    """The fields of a PKG-INFO, without the description."""
    head = (read_text(path) or "").split("\n\n", 1)[0]
    return {key: value.strip() for key, _, value in (line.partition(":") for line in head.splitlines()) if value}
