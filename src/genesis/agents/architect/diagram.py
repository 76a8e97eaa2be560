"""Draws the modules of a repository, or its packages when there are too many modules for one page."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from genesis.agents.architect.structure import DEFERRED, RUNTIME, Cycle
from genesis.page.graph import Arrow, Node, draw_graph
from genesis.tools.map_modules import MapModulesOutput

MAX_BOXES = 45
DENSE = 2  # arrows per box; where there are more, those that others imply are not drawn


def groups(names: dict[str, str]) -> dict[str, str]:
    """A box for each file: its module while there are few, else the deepest package level that fits on a page."""
    deepest = max((name.count(".") + 1 for name in names.values()), default=1)
    for depth in range(deepest, 0, -1):
        boxes = {file: ".".join(name.split(".")[:depth]) for file, name in names.items()}
        if len(set(boxes.values())) <= MAX_BOXES:
            return boxes
    return {file: name.split(".")[0] for file, name in names.items()}


def draw(
    mapped: MapModulesOutput, names: dict[str, str], files: AbstractSet[str], cycles: Sequence[Cycle], title: str
) -> str:
    """The diagram as SVG. Arrows point from who imports to what is imported; red ones are part of a cycle."""
    boxes = groups({file: names[file] for file in files})
    counted: dict[tuple[str, str], int] = {}
    firm = set[tuple[str, str]]()
    for one in mapped.imports:
        if one.file in files and one.to in files and one.kind in DEFERRED and one.to is not None:
            pair = boxes[one.file], boxes[one.to]
            if pair[0] != pair[1]:
                counted[pair] = counted.get(pair, 0) + 1
                if one.kind in RUNTIME:
                    firm.add(pair)
    in_cycle = {
        (boxes[one.file], boxes[one.to]) for cycle in cycles for one in cycle.path if one.to and not cycle.facade
    }
    tangled = {box for pair in in_cycle for box in pair if pair[0] != pair[1]}
    lines = dict.fromkeys(boxes.values(), 0)
    held = dict.fromkeys(lines, 0)
    for module in mapped.modules:
        if module.file in boxes:
            lines[boxes[module.file]] += module.code_lines
            held[boxes[module.file]] += 1
    nodes = [
        Node(
            box, box, f"{box}: {held[box]} modules, {lines[box]} lines of code", "alarm" if box in tangled else "plain"
        )
        for box in sorted(lines)
    ]
    arrows = [
        Arrow(
            start, end,
            "alarm" if (start, end) in in_cycle else "plain" if (start, end) in firm else "soft",
            f"{start} imports {end} ({counted[start, end]} times)",
        )
        for start, end in sorted(counted)
    ]  # fmt: skip
    left_out = (
        _implied({(arrow.start, arrow.end) for arrow in arrows}, in_cycle)
        if len(arrows) > DENSE * len(nodes)
        else set()
    )
    arrows = [arrow for arrow in arrows if (arrow.start, arrow.end) not in left_out]
    description = (
        f"{len(nodes)} boxes, {len(arrows)} arrows from importer to imported. "
        f"Dashed: imported inside functions only. Red: part of an import cycle ({len(in_cycle)})."
        + f" {len(left_out)} more imports are not drawn: a way of other arrows leads to the same box."
        * bool(left_out)
    )
    return draw_graph(nodes, arrows, title=title, description=description)


def _implied(edges: AbstractSet[tuple[str, str]], kept: AbstractSet[tuple[str, str]]) -> set[tuple[str, str]]:
    """Edges that can go without any box being reached by fewer; those of `kept` stay."""
    after: dict[str, set[str]] = {}
    for start, end in edges:
        after.setdefault(start, set()).add(end)
    gone: set[tuple[str, str]] = set()
    for start, end in sorted(edges - kept):
        after[start].discard(end)
        seen, waiting = {start}, [start]
        while waiting and end not in seen:
            new = after.get(waiting.pop(), set()) - seen
            seen |= new
            waiting.extend(new)
        if end in seen:
            gone.add((start, end))
        else:
            after[start].add(end)
    return gone
