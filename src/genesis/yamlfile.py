"""Reads a YAML file of ours or of the user's into a frozen type; every complaint has file, line and field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from genesis.errors import FileInvalid

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

MAX_YAML_BYTES = 1_000_000
MAX_NESTING = 100

M = TypeVar("M", bound="BaseModel")


def read_yaml(path: Path, model: type[M]) -> M:
    """The file's content as `model`. Raises `FileInvalid` with file, line, field and what is allowed.

    The safe loader alone is used, aliases are refused (they can blow a small file up), and so is a key given twice.
    """
    try:
        size = path.stat().st_size
        if size > MAX_YAML_BYTES:
            raise FileInvalid(f"{path}: {size:,} bytes; at most {MAX_YAML_BYTES:,} are read")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise FileInvalid(f"{path}: not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise FileInvalid(f"{path}: cannot be read ({error.strerror})") from error
    return parse_yaml(text, model, name=str(path))


def parse_yaml(text: str, model: type[M], *, name: str) -> M:
    """Like `read_yaml`, for text that is already at hand; `name` stands for the file in messages."""
    import yaml
    from pydantic import ValidationError

    try:
        if too_deep(text):
            raise FileInvalid(f"{name}: nested deeper than {MAX_NESTING}")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        lines: dict[tuple[str | int, ...], int] = {}
        try:
            if loader.check_node():
                node = loader.get_node()
                _walk(node, (), lines, name)
                data = loader.construct_document(node)
            else:
                data = {}
            if loader.check_node():
                raise FileInvalid(f"{name}: holds more than one YAML document; one is allowed")
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileInvalid(f"{name}:{line}: not valid YAML: {error.problem}") from error
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
    ) as error:  # `!!bool x`, no date, no text
        raise FileInvalid(f"{name}: not valid YAML") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        complaints = "; ".join(_complaint(one, lines, name, model) for one in error.errors()[:5])
        raise FileInvalid(complaints) from error


def too_deep(text: str) -> bool:
    """Whether YAML nests deeper than `MAX_NESTING`. To be asked before it is loaded: libyaml's binding builds nodes by
    recursion in C, and 100 kB of "[" end the process. Its events come without recursion."""
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_NESTING:
                return True
    except (yaml.YAMLError, ValueError):
        pass  # loading it comes to the same place, and says so
    return False


def line_of(path: Path, *field: str | int) -> int:
    """The line on which a field of a YAML file begins, or the nearest that is there above it; for complaints about
    what a file says that its type alone cannot make."""
    import yaml

    lines: dict[tuple[str | int, ...], int] = {}
    _walk(yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader), (), lines, str(path))
    while field and field not in lines:
        field = field[:-1]
    return lines.get(field, 1)


def _walk(node: object, at: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int], name: str) -> None:
    import yaml

    stack: list[tuple[object, tuple[str | int, ...]]] = [(node, at)]
    seen: set[int] = set()
    while stack:
        current, path = stack.pop()
        assert isinstance(current, yaml.Node)
        if not isinstance(current, yaml.ScalarNode):
            if id(current) in seen:
                raise FileInvalid(f"{name}:{current.start_mark.line + 1}: aliases are not allowed; write it out")
            seen.add(id(current))
        lines.setdefault(path, current.start_mark.line + 1)
        if isinstance(current, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in current.value:
                word = str(key.value)
                if word in keys:
                    raise FileInvalid(f"{name}:{key.start_mark.line + 1}: `{word}` is given twice")
                keys.add(word)
                lines[(*path, word)] = key.start_mark.line + 1
                stack.append((value, (*path, word)))
        elif isinstance(current, yaml.SequenceNode):
            stack.extend((value, (*path, index)) for index, value in enumerate(current.value))


def _complaint(error: ErrorDetails, lines: dict[tuple[str | int, ...], int], name: str, model: type[BaseModel]) -> str:
    place = tuple(error["loc"])
    known = place
    while known and known not in lines:
        known = known[:-1]
    line = lines.get(known, 1)
    field = ".".join(str(part) for part in place) or "the file"
    message = error["msg"]
    if error["type"] == "extra_forbidden":
        message = f"unknown key; allowed: {', '.join(_allowed(model, place[:-1]))}"
    return f"{name}:{line}: {field}: {message}"


def _allowed(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The keys that `model` allows at `place`, followed through nested models."""
    import typing

    from pydantic import BaseModel

    current: type[BaseModel] = model
    for part in place:
        if isinstance(part, int) or part not in current.model_fields:
            continue
        pending: list[object] = [current.model_fields[part].annotation]
        while pending:
            candidate = pending.pop()
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                current = candidate
                break
            pending.extend(typing.get_args(candidate))
    return list(current.model_fields)
