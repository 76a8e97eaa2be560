"""Small charts as SVG: bars, a line over time, a histogram. No script, no outside reference, every text escaped."""

from __future__ import annotations

import math
from typing import Annotated, Literal
from xml.sax.saxutils import escape

from pydantic import Field, model_validator

from genesis.frozen import Frozen
from genesis.tools.tool import ToolContext, tool

WIDTH = 720
INK, FAINT, BAR = "#1c2733", "#d5dce4", "#2f6f9f"


class DrawChartInput(Frozen):
    """`labels` and `values` belong together, in the order drawn; `note` is a line below (what the data are)."""

    kind: Literal["bar", "line", "histogram"]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    labels: Annotated[tuple[str, ...], Field(min_length=1, max_length=2000)]
    values: Annotated[tuple[float, ...], Field(min_length=1, max_length=2000)]
    note: Annotated[str, Field(max_length=300)] = ""

    @model_validator(mode="after")
    def _paired(self) -> DrawChartInput:
        if len(self.labels) != len(self.values):
            raise ValueError(f"{len(self.labels)} labels for {len(self.values)} values")
        return self


class DrawChartOutput(Frozen):
    """An SVG document."""

    svg: str


@tool(trust="tool", timeout_s=10)
async def draw_chart(given: DrawChartInput, context: ToolContext) -> DrawChartOutput:
    """Draws a bar chart, a line over time or a histogram as an SVG document that screen readers can read out."""
    body, height = _bars(given) if given.kind == "bar" else _plot(given)
    pairs = [f"{label}: {_short(value)}" for label, value in zip(given.labels, given.values, strict=True)]
    described = "; ".join(pairs[:50]) + ("; ..." if len(pairs) > 50 else "")
    note = _text(12, height + 14, given.note, size=11) if given.note else ""
    height += 24 if given.note else 4
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="{_clean(given.title)}" font-family="system-ui, sans-serif" fill="{INK}">'
        f"<title>{_clean(given.title)}</title><desc>{_clean(described)}</desc>"
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f"{_text(12, 22, given.title, size=15, bold=True)}{body}{note}</svg>\n"
    )
    return DrawChartOutput(svg=svg)


def _bars(given: DrawChartInput) -> tuple[str, int]:
    low, high = min(0.0, *given.values), max(0.0, *given.values)
    left, right = 190, 110
    scale = (WIDTH - left - right) / ((high - low) or 1)
    zero = left - low * scale
    parts = []
    for place, (label, value) in enumerate(zip(given.labels, given.values, strict=True)):
        y = 40 + place * 24
        x = min(zero, zero + value * scale)
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{max(abs(value) * scale, 0.5):.1f}" height="16" fill="{BAR}"/>')
        parts.append(_text(left - 8, y + 13, label if len(label) <= 26 else f"{label[:25]}…", anchor="end"))
        parts.append(_text(max(zero, zero + value * scale) + 6, y + 13, _short(value)))
    bottom = 40 + len(given.values) * 24
    parts.append(f'<line x1="{zero:.1f}" y1="36" x2="{zero:.1f}" y2="{bottom}" stroke="{INK}"/>')
    return "".join(parts), bottom + 8


def _plot(given: DrawChartInput) -> tuple[str, int]:
    low, high = min(given.values), max(given.values)
    if given.kind == "histogram" or (low > 0 and low < high / 2):
        low = min(0.0, low)
    left, top, width, height = 90, 44, WIDTH - 120, 210
    span = (high - low) or 1.0
    parts = []
    for tick in _ticks(low, high):
        y = top + height - (tick - low) / span * height
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + width}" y2="{y:.1f}" stroke="{FAINT}"/>')
        parts.append(_text(left - 8, y + 4, _short(tick), anchor="end", size=11))
    step = width / len(given.values)
    spots = [
        (left + (place + 0.5) * step, top + height - (value - low) / span * height)
        for place, value in enumerate(given.values)
    ]
    if given.kind == "line":
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{BAR}" stroke-width="2"/>')
        if len(spots) <= 60:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{BAR}"/>' for x, y in spots]
    else:
        for x, y in spots:
            parts.append(
                f'<rect x="{x - step / 2 + 0.5:.1f}" y="{y:.1f}" width="{max(step - 1, 0.5):.1f}" '
                f'height="{max(top + height - y, 0):.1f}" fill="{BAR}"/>'
            )
    every = math.ceil(len(given.labels) / 8)
    for place in range(0, len(given.labels), every):
        parts.append(_text(spots[place][0], top + height + 16, given.labels[place][:16], anchor="middle", size=11))
    return "".join(parts), top + height + 26


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers from `low` to `high`."""
    if high <= low:
        return [low]
    rough = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first = math.ceil(low / step)
    return [place * step for place in range(first, math.floor(high / step) + 1)]


def _short(value: float) -> str:
    """A number as an axis has room for it.

    >>> [_short(v) for v in (0.0, 0.125, 12.5, 1234.0, 2500000.0)]
    ['0', '0.125', '12.5', '1,234', '2.5 M']
    """
    for size, name in ((1e12, " T"), (1e9, " bn"), (1e6, " M")):
        if abs(value) >= size:
            return f"{value / size:.4g}{name}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _text(x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight}>{_clean(text)}</text>'


def _clean(text: str) -> str:
    """Escaped, and without the characters that XML does not allow."""
    return escape("".join(c if c.isprintable() else " " for c in text), {'"': "&quot;"})
