"""CSV on the way out: no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a cell a formula, in its plain and its full-width form."""
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def safe_cell(value: object) -> str:
    """The cell's text, with an apostrophe before what a spreadsheet would run. A negative number stays a number.

    Source: OWASP, "CSV Injection".

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("-12.5"), safe_cell("-cmd"), safe_cell(" =1"), safe_cell("\\t=1")
    ("'=HYPERLINK(1)", '-12.5', "'-cmd", "' =1", "'\\t=1")
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != datetime.min.time() else value.date().isoformat()
    if isinstance(value, int | float | Decimal):
        return str(value)
    text = str(value).replace("\0", "")
    bare = text.lstrip()
    if bare[:1] in FORMULA and not _NUMBER.fullmatch(text):
        return "'" + text
    return text if text[:1] not in ("\t", "\r", "\n") else "'" + text


def to_csv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV text, comma-separated, every cell safe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in names])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()
