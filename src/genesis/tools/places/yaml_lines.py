"""A stranger's YAML or JSON as data, with the line of every key and item."""

from __future__ import annotations

import json
from typing import Any

from genesis.yamlfile import too_deep

Path = tuple[str | int, ...]

MAX_NODES = 200_000


class NotReadable(ValueError):
    """The text is neither YAML nor JSON that can be read; the message says where."""


def load(text: str) -> tuple[Any, dict[Path, int]]:
    """The first document's content, and the line of each path of keys and positions. Raises `NotReadable`.

    Only the safe loader is used. A file with more than `MAX_NODES` nodes (counted through aliases) is refused, so that
    a small file that refers to itself many times cannot blow up.
    """
    import yaml

    if too_deep(text):
        raise NotReadable("nested too deep")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        if not loader.check_node():
            return None, {}
        node = loader.get_node()
        lines = _lines(node)
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        try:  # JSON with tabs is no YAML
            return json.loads(text), {}
        except (ValueError, RecursionError):
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise NotReadable(f"line {line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:  # `!!bool x`
        raise NotReadable("not YAML that can be read") from error
    finally:
        loader.dispose()


def line_of(lines: dict[Path, int], at: Path) -> int:
    """The line of a path, or of the nearest one above it that is known."""
    while at and at not in lines:
        at = at[:-1]
    return lines.get(at, 1)


def _lines(node: object) -> dict[Path, int]:
    import yaml

    lines: dict[Path, int] = {}
    stack: list[tuple[object, Path]] = [(node, ())]
    visited = 0
    while stack:
        current, path = stack.pop()
        assert isinstance(current, yaml.Node)
        visited += 1
        if visited > MAX_NODES or len(path) > 200:
            raise NotReadable(f"more than {MAX_NODES:,} nodes")
        lines.setdefault(path, current.start_mark.line + 1)
        if isinstance(current, yaml.MappingNode):
            for key, value in current.value:
                inner = (*path, str(key.value))
                lines[inner] = key.start_mark.line + 1
                stack.append((value, inner))
        elif isinstance(current, yaml.SequenceNode):
            stack.extend((value, (*path, position)) for position, value in enumerate(current.value))
    return lines
