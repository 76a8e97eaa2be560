"""Draws a directed graph as a self-contained SVG: escaped text, title and description for those who cannot see it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Literal

from genesis.page.layers import Layout, arrange

Tone = Literal["plain", "soft", "alarm"]

CHARACTER = 7.3  # width in px of one character of the 12 px monospace that the style names
NODE_HEIGHT, LAYER_GAP, NODE_GAP, MARGIN = 30.0, 56.0, 18.0, 16.0
MAX_LABEL = 40


@dataclass(frozen=True)
class Node:
    """A box. `detail` is shown when it is pointed at."""

    id: str
    label: str
    detail: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Arrow:
    """An arrow from `start` to `end`, node ids. Soft ones are dashed, alarming ones red and thick."""

    start: str
    end: str
    tone: Tone = "plain"
    detail: str = ""


STYLE = """
text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1b1f24}
rect{fill:#fff;stroke:#57606a}rect.soft{fill:#f3f4f6;stroke-dasharray:4 3}rect.alarm{fill:#ffebe9;stroke:#b3261e}
path.edge{fill:none;stroke:#8c959f}path.soft{stroke-dasharray:4 3}path.alarm{stroke:#b3261e;stroke-width:2}
path.head{fill:#8c959f}path.head.alarm{fill:#b3261e}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#161b22;stroke:#8c959f}rect.soft{fill:#21262d}
rect.alarm{fill:#4a1512;stroke:#ff8a80}path.alarm{stroke:#ff8a80}path.head.alarm{fill:#ff8a80}}
""".replace("\n", "")


def draw_graph(nodes: Sequence[Node], arrows: Sequence[Arrow], *, title: str, description: str) -> str:
    """The drawing as one `<svg>` element that stands alone or inside a page. Same input, same text.

    Every string given is shown as text, never as markup. Arrows to nodes that are not given are left out.
    """
    layout = arrange((node.id for node in nodes), ((arrow.start, arrow.end) for arrow in arrows))
    by_id = {node.id: node for node in nodes}
    widths = {node.id: _width(node.label) for node in nodes}
    centres = _centres(layout, widths)
    width = max((x + widths.get(name, 0.0) / 2 for name, (x, _) in centres.items()), default=0.0) + MARGIN
    height = max((y for _, y in centres.values()), default=0.0) + NODE_HEIGHT / 2 + MARGIN
    # Ids must differ between drawings on one page, and be the same when the drawing is made again.
    mark = "g" + hashlib.sha256(repr((title, description, nodes, arrows)).encode()).hexdigest()[:8]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{mark}t {mark}d" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}">',
        f'<title id="{mark}t">{_text(title)}</title><desc id="{mark}d">{_text(description)}</desc>',
        f"<style>{STYLE}</style><defs>",
        *(
            f'<marker id="{mark}{tone}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
            f'markerUnits="userSpaceOnUse" orient="auto"><path class="head {tone}" d="M0 0L8 4L0 8z"/></marker>'
            for tone in ("plain", "soft", "alarm")
        ),
        "</defs>",
    ]
    drawn = set[tuple[str, str]]()
    for arrow in arrows:
        pair = (arrow.start, arrow.end)
        if pair in layout.routes and pair not in drawn:
            drawn.add(pair)
            parts.append(_edge(arrow, layout, centres, mark))
    boxes = [_box(by_id[name], widths[name], centres[name]) for name in sorted(by_id)]
    return "\n".join([*parts, *boxes, "</svg>"]) + "\n"


def _width(label: str) -> float:
    return min(len(label), MAX_LABEL) * CHARACTER + 20


def _centres(layout: Layout, widths: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The centre of every node and waypoint: each is drawn towards its neighbours, none overlaps the next."""
    near: dict[str, list[str]] = {}
    for (start, end), via in layout.routes.items():
        chain = [start, *via, end]
        for one, two in pairwise(chain):
            near.setdefault(one, []).append(two)
            near.setdefault(two, []).append(one)
    x: dict[str, float] = {}
    for layer in layout.layers:
        right = 0.0
        for name in layer:
            half = widths.get(name, 4.0) / 2
            x[name] = right + half
            right += 2 * half + NODE_GAP
    row = {name: index for index, layer in enumerate(layout.layers) for name in layer}
    for turn in range(6):
        rows = layout.layers if turn % 2 == 0 else tuple(reversed(layout.layers))
        for layer in rows:
            step = -1 if turn % 2 == 0 else 1
            pulled = []
            for name in layer:
                beside = [x[other] for other in near.get(name, ()) if (row[other] - row[name]) * step > 0]
                pulled.append(sum(beside) / len(beside) if beside else x[name])
            _spread(layer, pulled, widths, x)
    left = min((x[name] - widths.get(name, 4.0) / 2 for name in x), default=0.0)
    return {
        name: (x[name] - left + MARGIN, MARGIN + NODE_HEIGHT / 2 + index * (NODE_HEIGHT + LAYER_GAP))
        for index, layer in enumerate(layout.layers)
        for name in layer
    }


def _spread(layer: Sequence[str], pulled: Sequence[float], widths: dict[str, float], x: dict[str, float]) -> None:
    """Puts a layer as near to where it is pulled as order and width allow: halfway between the two greedy packings."""
    gaps = [(widths.get(one, 4.0) + widths.get(two, 4.0)) / 2 + NODE_GAP for one, two in pairwise(layer)]
    to_right = list(pulled)
    for index, gap in enumerate(gaps):
        to_right[index + 1] = max(to_right[index + 1], to_right[index] + gap)
    to_left = list(pulled)
    for index in reversed(range(len(gaps))):
        to_left[index] = min(to_left[index], to_left[index + 1] - gaps[index])
    for name, right, left in zip(layer, to_right, to_left, strict=True):
        x[name] = (right + left) / 2


def _edge(arrow: Arrow, layout: Layout, centres: dict[str, tuple[float, float]], mark: str) -> str:
    via = layout.routes[arrow.start, arrow.end]
    up = (arrow.start, arrow.end) in layout.turned
    half = -NODE_HEIGHT / 2 if up else NODE_HEIGHT / 2
    (x, y), (to_x, to_y) = centres[arrow.start], centres[arrow.end]
    points = [(x, y + half), *(centres[name] for name in via), (to_x, to_y - half)]
    path = f"M{_n(points[0][0])} {_n(points[0][1])}"
    for (from_x, from_y), (next_x, next_y) in pairwise(points):
        middle = (from_y + next_y) / 2
        path += f"C{_n(from_x)} {_n(middle)} {_n(next_x)} {_n(middle)} {_n(next_x)} {_n(next_y)}"
    detail = arrow.detail or f"{arrow.start} → {arrow.end}"
    return (
        f'<path class="edge {arrow.tone}" d="{path}" marker-end="url(#{mark}{arrow.tone})">'
        f"<title>{_text(detail)}</title></path>"
    )


def _box(node: Node, width: float, centre: tuple[float, float]) -> str:
    label = node.label if len(node.label) <= MAX_LABEL else node.label[: MAX_LABEL - 1] + "…"
    x, y = centre
    return (
        f'<g><title>{_text(node.detail or node.label)}</title><rect class="{node.tone}" x="{_n(x - width / 2)}" '
        f'y="{_n(y - NODE_HEIGHT / 2)}" width="{_n(width)}" height="{_n(NODE_HEIGHT)}" rx="5"/>'
        f'<text x="{_n(x)}" y="{_n(y + 4)}" text-anchor="middle">{_text(label)}</text></g>'
    )


def _text(text: str) -> str:
    """Escaped, and without the characters that XML 1.0 does not allow."""
    return escape(
        "".join(
            c if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff") else "\ufffd"
            for c in text
        )
    )


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
