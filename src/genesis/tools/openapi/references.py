"""References inside an OpenAPI document: where they are, what they lead to, what nobody refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from genesis.tools.places.yaml_lines import Path

MAX_DEPTH = 60


def mappings_of(value: Any) -> Iterator[Any]:
    """What discriminators map to: names or references, which are no `$ref`."""
    if isinstance(value, dict):
        discriminator = value.get("discriminator")
        if isinstance(discriminator, dict) and isinstance(discriminator.get("mapping"), dict):
            yield from discriminator["mapping"].values()
        for inner in value.values():
            yield from mappings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from mappings_of(inner)


def references_of(value: Any, at: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        target = value.get("$ref")
        if isinstance(target, str) and (not at or at[-1] not in {"properties", "example", "examples", "default"}):
            yield (*at, "$ref"), target
        for key, inner in value.items():
            if key not in {"example", "examples", "x-examples", "default", "enum"}:  # values, not schemas
                yield from references_of(inner, (*at, str(key)))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from references_of(inner, (*at, position))


def resolves(document: dict[str, Any], target: str) -> bool:
    return pointed(document, target) is not None


def pointed(document: Any, target: str) -> Any:
    """What a local reference leads to, or None."""
    if target == "#":
        return document
    if not target.startswith("#/"):
        return document if target[1:] in anchors_of(document) else None
    current = document
    for part in target[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}").replace("%20", " ")
        if isinstance(current, dict):
            current = next((inner for name, inner in current.items() if str(name) == key), None)
        elif isinstance(current, list) and key.isdigit() and int(key) < len(current):
            current = current[int(key)]
        else:
            return None
        if current is None:
            return None
    return current


def anchors_of(value: Any) -> set[str]:
    """The names that JSON Schema lets a reference lead to."""
    found: set[str] = set()
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            found.update(str(current[key]) for key in ("$anchor", "$dynamicAnchor") if key in current)
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)
    return found


def followed(document: dict[str, Any], one: Any) -> dict[str, Any] | None:
    for _ in range(10):
        if not isinstance(one, dict):
            return None
        if not isinstance(one.get("$ref"), str):
            return one
        one = pointed(document, one["$ref"]) if one["$ref"].startswith("#/") else None
    return None


def depth_of(value: Any) -> int:
    deepest = 0
    stack = [(value, 1)]
    while stack:
        current, depth = stack.pop()
        deepest = max(deepest, depth)
        if depth > MAX_DEPTH:
            return depth
        inner = current.values() if isinstance(current, dict) else current if isinstance(current, list) else ()
        stack.extend((one, depth + 1) for one in inner)
    return deepest
