"""The generated part of THIRD_PARTY.md; what is around it is written by hand."""

from __future__ import annotations

from collections.abc import Iterable

from genesis.errors import FileInvalid
from notices.licences import duty, notice
from notices.lock import ROOT, Pin

FILE = ROOT / "THIRD_PARTY.md"
BEGIN, END = "<!-- made by `make sbom`: begin -->\n", "<!-- made by `make sbom`: end -->\n"


def page(pins: Iterable[Pin], text: str) -> str:
    """`text` with the table of `pins` between its two marks. Raises `FileInvalid` when it has not exactly one pair."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end or BEGIN in tail or END in tail:
        raise FileInvalid(f"{FILE}: the lines {BEGIN!r} and {END!r} must each stand there once")
    return f"{head}{BEGIN}{_table(tuple(pins))}{END}{tail}"


def _table(pins: tuple[Pin, ...]) -> str:
    rows = ["| name | version | licence | project |", "|---|---|---|---|"]
    for pin in pins:
        told = notice(pin)
        mark = "" if duty(told.licence) == "permissive" else f" ({duty(told.licence)})"
        where = f"<{told.project}>" if told.project else "not named"
        rows.append(f"| {pin.name} | {pin.version} | {told.licence}{mark} | {where} |")
    return "\n".join(rows) + "\n"
