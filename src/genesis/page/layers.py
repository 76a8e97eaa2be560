"""Lays a directed graph out in layers: longest path, then barycentre sweeps (Sugiyama, Tagawa and Toda 1981).

Pure functions from names and edges to places; nothing here knows of SVG. Linear but for the sweeps, which are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 12
MAX_WAYPOINTS = 5_000
"""Long edges get a waypoint in every layer that they cross; past this many they are drawn straight."""

Edge = tuple[str, str]


@dataclass(frozen=True)
class Layout:
    """`layers`: the nodes of each layer, top first, left to right. `routes`: per edge, the waypoints it passes.

    A waypoint is in `layers` too; it is not one of the nodes that were given. `turned`: the edges that point up,
    because they close a cycle.
    """

    layers: tuple[tuple[str, ...], ...]
    routes: Mapping[Edge, tuple[str, ...]]
    turned: frozenset[Edge]


def arrange(nodes: Iterable[str], edges: Iterable[Edge]) -> Layout:
    """Places every node in a layer below all that lead to it, in an order with few crossings.

    Edges to nodes that are not there, loops and doubles are left out. Same input, same layout.
    """
    names = sorted(set(nodes))
    wanted = sorted({(a, b) for a, b in edges if a != b and a in set(names) and b in set(names)})
    turned = _closing(names, wanted)
    down = [(b, a) if (a, b) in turned else (a, b) for a, b in wanted]
    depth = _depths(names, down)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
        layers[depth[name]].append(name)
    routes: dict[Edge, tuple[str, ...]] = {}
    steps: list[Edge] = []
    waypoints = 0
    for (start, end), (upper, lower) in zip(wanted, down, strict=True):
        between = range(depth[upper] + 1, depth[lower])
        waypoints += len(between)
        # The unit separator cannot be typed into a name, so that a waypoint never collides with a node.
        via = [f"{start}\x1f{end}\x1f{layer}" for layer in between] if waypoints <= MAX_WAYPOINTS else []
        for name, layer in zip(via, between, strict=False):
            layers[layer].append(name)
        chain = [upper, *via, lower]
        steps.extend(pairwise(chain))
        routes[start, end] = tuple(reversed(via)) if (start, end) in turned else tuple(via)
    return Layout(tuple(tuple(layer) for layer in _sweep(layers, steps)), routes, turned)


def _closing(names: Sequence[str], edges: Sequence[Edge]) -> frozenset[Edge]:
    """The edges that a depth-first walk finds to lead back to where it is: without them there is no cycle."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        after[start].append(end)
    closing: set[Edge] = set()
    open_, done = set[str](), set[str]()
    for root in names:
        if root in done:
            continue
        open_.add(root)
        stack = [(root, iter(after[root]))]
        while stack:
            name, rest = stack[-1]
            for other in rest:
                if other in open_:
                    closing.add((name, other))
                elif other not in done:
                    open_.add(other)
                    stack.append((other, iter(after[other])))
                    break
            else:
                stack.pop()
                open_.discard(name)
                done.add(name)
    return frozenset(closing)


def _depths(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Longest path from a source, by Kahn's algorithm; `edges` has no cycle."""
    depth = dict.fromkeys(names, 0)
    waiting = dict.fromkeys(names, 0)
    after: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        after[start].append(end)
        waiting[end] += 1
    ready = [name for name in names if waiting[name] == 0]
    for name in ready:
        for other in after[name]:
            depth[other] = depth[name] + 1  # taken in order of depth, so that the last to come is the deepest
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)
    return depth


def _sweep(layers: list[list[str]], steps: Sequence[Edge]) -> list[list[str]]:
    """Orders each layer by the mean place of its neighbours above, then below, and keeps the best order seen."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for start, end in steps:
        below.setdefault(start, []).append(end)
        above.setdefault(end, []).append(start)
    best, fewest = [list(layer) for layer in layers], crossings(layers, steps)
    current = [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        downwards = sweep % 2 == 0
        neighbours = above if downwards else below
        for index in range(len(current)) if downwards else reversed(range(len(current))):
            fixed = index - 1 if downwards else index + 1
            if not 0 <= fixed < len(current):
                continue
            place = {name: at for at, name in enumerate(current[fixed])}
            own = {name: at for at, name in enumerate(current[index])}

            def mean(
                name: str,
                place: dict[str, int] = place,
                own: dict[str, int] = own,
                neighbours: dict[str, list[str]] = neighbours,
            ) -> float:
                near = [place[other] for other in neighbours.get(name, ()) if other in place]
                return sum(near) / len(near) if near else float(own[name])

            current[index].sort(key=lambda name: (mean(name), own[name]))
        now = crossings(current, steps)
        if now < fewest:
            best, fewest = [list(layer) for layer in current], now
    return best


def crossings(layers: Sequence[Sequence[str]], steps: Iterable[Edge]) -> int:
    """How many pairs of steps between neighbouring layers cross (counted by a Fenwick tree, O(n log n)).

    >>> crossings([["a", "b"], ["c", "d"]], [("a", "d"), ("b", "c")])
    1
    """
    at = {name: (layer, place) for layer, names in enumerate(layers) for place, name in enumerate(names)}
    pairs: dict[int, list[tuple[int, int]]] = {}
    for start, end in steps:
        if at[end][0] == at[start][0] + 1:
            pairs.setdefault(at[start][0], []).append((at[start][1], at[end][1]))
    total = 0
    for above, found in pairs.items():
        found.sort()
        size = len(layers[above + 1])
        tree = [0] * (size + 1)
        for seen, (_, to) in enumerate(found):
            at_most, slot = 0, to + 1
            while slot:
                at_most += tree[slot]
                slot &= slot - 1
            total += seen - at_most
            slot = to + 1
            while slot <= size:
                tree[slot] += 1
                slot += slot & -slot
    return total
