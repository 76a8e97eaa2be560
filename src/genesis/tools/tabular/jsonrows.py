"""Records in JSON: a list of objects, an object that holds one such list, columns by name, or an object per line."""

from __future__ import annotations

import json
from collections.abc import Sequence

MAX_NESTING = 3
MAX_COLUMNS = 500


def records(text: str, *, by_line: bool) -> tuple[str, list[dict[str, str]], list[int | None]] | None:
    """How the records are kept, the records with every cell as text, and their lines (None where there are none).

    None when the text is JSON but no table. Raises `ValueError` (a JSONDecodeError names the line) for broken JSON,
    and `RecursionError` for JSON nested beyond all sense.
    """
    if by_line:
        found: list[dict[str, str]] = []
        lines: list[int | None] = []
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                one = json.loads(line)
                if not isinstance(one, dict):
                    return None
                found.append(_flat(one))
                lines.append(number)
        return ("an object per line", found, lines) if found else None
    found_list, place = _list_in(json.loads(text))
    if found_list is None:
        return None
    return place, [_flat(one) for one in found_list], [None] * len(found_list)


def _list_in(whole: object) -> tuple[list[dict[str, object]] | None, str]:
    if objects := _objects(whole):
        return objects, "a list of objects"
    if isinstance(whole, dict):
        lists = [(key, value) for key, value in whole.items() if _objects(value)]
        if len(lists) == 1:
            return _objects(lists[0][1]), f'the list "{str(lists[0][0])[:60]}"'
        sizes = {len(value) for value in whole.values() if isinstance(value, list)}
        if len(whole) > 1 and len(sizes) == 1 and all(isinstance(value, list) for value in whole.values()):
            columns = list(whole)
            return [
                dict(zip(columns, row, strict=True)) for row in zip(*whole.values(), strict=True)
            ], "a list per column"
    return None, ""


def _objects(value: object) -> list[dict[str, object]] | None:
    if isinstance(value, list) and len(value) >= 2 and all(isinstance(one, dict) for one in value):
        return value
    return None


def _flat(record: dict[str, object], before: str = "", nesting: int = 1) -> dict[str, str]:
    """Nested objects as `outer.inner`; lists, and what is nested deeper, as JSON text."""
    cells: dict[str, str] = {}
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and value and nesting < MAX_NESTING:
            cells.update(_flat(value, f"{name}.", nesting + 1))
        else:
            cells[name] = _cell(value)
    return cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def column_names(rows: Sequence[dict[str, str]]) -> list[str]:
    """The names that occur, in order of first appearance."""
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return list(names)
