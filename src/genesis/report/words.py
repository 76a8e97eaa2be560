"""How figures are said in every form of a report."""

from __future__ import annotations

from collections.abc import Mapping

from genesis.finding import SEVERITIES, Severity


def duration(seconds: float | None) -> str:
    """Seconds for people.

    >>> duration(0.0042), duration(12.3), duration(754.0), duration(None)
    ('4 ms', '12.3 s', '12 min 34 s', 'not finished')
    """
    if seconds is None:
        return "not finished"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def cost(usd: float | None) -> str:
    """
    >>> cost(0.0), cost(0.0123), cost(None)
    ('0', '$0.0123', 'unknown')
    """
    if usd is None:
        return "unknown"
    return "0" if usd == 0 else f"${usd:.4f}"


def counted(counts: Mapping[Severity, int]) -> str:
    """
    >>> counted({"low": 2, "high": 1}), counted({})
    ('1 high, 2 low', 'no findings')
    """
    return ", ".join(f"{counts[one]} {one}" for one in SEVERITIES if counts.get(one)) or "no findings"


def one_line(text: str, limit: int) -> str:
    """The text with its white space folded, cut at `limit` characters.

    >>> one_line("a\\n  b", 10), one_line("abcdef", 4)
    ('a b', 'abc…')
    """
    folded = " ".join(text.split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"
