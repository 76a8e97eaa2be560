"""What package files say about a product: name, description, licence, links."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from genesis.tools.product.facts import ProductFact, Role

FILES = ("pyproject.toml", "package.json", "Cargo.toml", "composer.json")


def facts_of_metadata(file: str, text: str) -> list[ProductFact]:
    """The facts of a package file; nothing when it cannot be read as what it is named."""
    try:
        data = tomllib.loads(text) if file.endswith(".toml") else json.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return []
    if not isinstance(data, dict):
        return []
    project = data.get("project") or data.get("package") or data.get("tool", {}).get("poetry") or data
    if file.endswith(".json"):
        project = data
    if not isinstance(project, dict):
        return []
    lines = text.split("\n")
    found: list[ProductFact] = []

    def add(role: Role, value: Any, key: str) -> None:
        if isinstance(value, dict):
            value = value.get("text") or value.get("name")
        if isinstance(value, str) and value.strip():
            line = _line(lines, key, value)
            text = " ".join(value.split())[:300]
            found.append(
                ProductFact(role=role, text=text, file=file, line=line, excerpt=lines[line - 1].strip()[:200].strip())
            )

    add("name", project.get("name"), "name")
    add("tagline", project.get("description"), "description")
    add("licence", project.get("license"), "license")
    add("link", project.get("homepage"), "homepage")
    urls = project.get("urls")
    for name, address in sorted(urls.items()) if isinstance(urls, dict) else []:
        add("link", address, name)
    return found


def _line(lines: list[str], key: str, value: str) -> int:
    """The line that has both the key and the value's beginning, else the key's first, else 1."""
    start = value.strip().split("\n")[0][:30]
    named = re.compile(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*[=:]")
    at = [number for number, line in enumerate(lines, 1) if named.match(line)]
    return next((number for number in at if start in lines[number - 1]), at[0] if at else 1)
