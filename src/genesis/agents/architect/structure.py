"""What the shape of a module graph is: cycles and whether they break an import, hot spots, layers, what nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from genesis.tools.map_modules import Import, MapModulesOutput, Module

RUNTIME = frozenset({"top", "conditional", "optional"})
"""Kinds of import that run when the importing module is imported."""
DEFERRED = RUNTIME | {"lazy", "guarded", "main"}

MAX_GROUP = 80  # modules of a tangle in which every first import is played through
MAX_STEPS = 20_000

Graph = Mapping[str, AbstractSet[str]]


@dataclass(frozen=True)
class Break:
    """Importing `first` in a fresh interpreter fails at `statement`: `name` is not bound yet in the module it names.

    `at_start`: `first` is where the program or library is entered, so that nobody gets past it.
    """

    first: str
    statement: Import
    name: str
    at_start: bool


@dataclass(frozen=True)
class Cycle:
    """A tangle: files that all reach each other. `path`: a shortest way round in it, as the imports that make it.

    `broken`: how it fails, if it does. `facade`: only a package's own `__init__` closes it.
    """

    files: tuple[str, ...]
    path: tuple[Import, ...]
    broken: Break | None
    facade: bool


def graph(imports: Iterable[Import], files: AbstractSet[str], kinds: AbstractSet[str]) -> dict[str, set[str]]:
    """Who imports whom among `files`, counting imports of these kinds."""
    edges: dict[str, set[str]] = {file: set() for file in files}
    for one in imports:
        if one.kind in kinds and one.to is not None and one.to in files and one.file in files and one.to != one.file:
            edges[one.file].add(one.to)
    return edges


def tangles(edges: Graph) -> list[tuple[str, ...]]:
    """The strongly connected components of more than one node (Tarjan 1972, without recursion), sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack = set[str]()
    path: list[str] = []
    found: list[tuple[str, ...]] = []
    for root in sorted(edges):
        if root in index:
            continue
        work = [(root, iter(sorted(edges[root])))]
        index[root] = low[root] = len(index)
        path.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    path.append(other)
                    on_stack.add(other)
                    work.append((other, iter(sorted(edges[other]))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = []
                    while True:
                        one = path.pop()
                        on_stack.discard(one)
                        group.append(one)
                        if one == node:
                            break
                    if len(group) > 1:
                        found.append(tuple(sorted(group)))
    return sorted(found)


def entries(mapped: MapModulesOutput, files: AbstractSet[str], scripts: AbstractSet[str]) -> list[str]:
    """Where the code is entered: top-level packages, modules that run as scripts, and those that metadata names."""
    return sorted(
        module.file
        for module in mapped.modules
        if module.file in files
        and (module.main or module.name in scripts or (is_init(module.file) and "." not in module.name))
    )


def cycles(mapped: MapModulesOutput, files: AbstractSet[str], starts: Sequence[str]) -> list[Cycle]:
    """The tangles of imports that run at import time, each with a shortest cycle and whether an import of it fails."""
    edges = graph(mapped.imports, files, RUNTIME)
    statements: dict[tuple[str, str], Import] = {}
    for one in mapped.imports:
        if one.kind in RUNTIME and one.to:
            statements.setdefault((one.file, one.to), one)
    found = []
    for group in tangles(edges):
        ring = shortest(edges, group)
        path = tuple(statements[pair] for pair in zip(ring, [*ring[1:], ring[0]], strict=True))
        inner = {file: {to for to in edges[file] if not is_init(to)} for file in group if not is_init(file)}
        facade = not tangles({file: targets & inner.keys() for file, targets in inner.items()})
        found.append(Cycle(group, path, first_break(mapped, group, starts), facade and any(map(is_init, group))))
    return found


def deferred_tangles(mapped: MapModulesOutput, files: AbstractSet[str]) -> list[tuple[str, ...]]:
    """Tangles that exist only through imports inside functions: the import works, the coupling is there."""
    at_import = {file for group in tangles(graph(mapped.imports, files, RUNTIME)) for file in group}
    return [group for group in tangles(graph(mapped.imports, files, DEFERRED)) if at_import.isdisjoint(group)]


def shortest(edges: Graph, group: Sequence[str]) -> list[str]:
    """A shortest cycle inside a tangle, from its first file in order of name on."""
    inside = set(group)
    best: list[str] = []
    for start in group[:MAX_GROUP]:
        parent = {start: ""}
        queue = [start]
        for node in queue:
            if best and len(queue) > 10_000:
                break
            for other in sorted(edges[node] & inside):
                if other == start:
                    ring = [node]
                    while parent[ring[-1]]:
                        ring.append(parent[ring[-1]])
                    if not best or len(ring) < len(best):
                        best = ring[::-1]
                    break
                if other not in parent:
                    parent[other] = node
                    queue.append(other)
            else:
                continue
            break
        if len(best) == 2:
            break
    return best


def is_init(file: str) -> bool:
    return file.endswith("__init__.py")


def first_break(mapped: MapModulesOutput, group: Sequence[str], starts: Sequence[str]) -> Break | None:
    """Plays the import of each entry, then of each module of a tangle, as in a fresh interpreter; the first that fails.

    Packages come before their modules, as in Python. It fails where a name is taken from a module that is still being
    imported and has not bound it yet. What is guarded, conditional, starred or bound in ways not seen counts as bound.
    """
    if len(group) > MAX_GROUP:
        return None
    modules = {module.file: module for module in mapped.modules}
    by_name = {module.name: module.file for module in mapped.modules if module.role == "code"}
    imports: dict[str, list[Import]] = {}
    for one in mapped.imports:
        if one.kind in RUNTIME and one.to in modules:
            imports.setdefault(one.file, []).append(one)
    for first in (*starts[:MAX_GROUP], *group):
        broken = _play(first, modules, by_name, imports)
        if broken is not None and broken[0].file in group:
            return Break(first, *broken, at_start=first in starts)
    return None


def _play(
    first: str, modules: Mapping[str, Module], by_name: Mapping[str, str], imports: Mapping[str, list[Import]]
) -> tuple[Import, str] | None:
    at: dict[str, int] = {}  # the line at which each module that is being imported now stands
    done = set[str]()
    steps = 0

    def needs(file: str) -> list[str]:
        """The module's packages, outermost first, and the module."""
        parts = modules[file].name.split(".")
        parents = [by_name.get(".".join(parts[:depth])) for depth in range(1, len(parts))]
        return [*(parent for parent in parents if parent and parent != file), file]

    stack: list[tuple[str, list[Import], int]] = []

    def begin(file: str) -> None:
        at[file] = 0
        stack.append((file, sorted(imports.get(file, ()), key=lambda one: one.line), 0))

    for file in needs(first):
        if file not in done:
            begin(file)
        while stack:
            steps += 1
            if steps > MAX_STEPS:
                return None
            here, statements, position = stack.pop()
            if position == len(statements):
                done.add(here)
                del at[here]
                continue
            one = statements[position]
            at[here] = one.line
            assert one.to is not None
            waiting = [other for other in needs(one.to) if other not in done and other not in at]
            if waiting:
                stack.append((here, statements, position))
                begin(waiting[0])
                continue
            if one.kind == "top" and one.names and one.to in at and one.to != here:
                bound = modules[one.to].names
                open_ended = "*" in bound or "__getattr__" in bound
                for name in one.names:
                    if not open_ended and name in bound and bound[name] >= at[one.to]:
                        return one, name
            stack.append((here, statements, position + 1))
    return None


def layers(edges: Graph) -> list[list[str]]:
    """Groups by how far they are from the ground: the first layer depends on nothing inside. Tangles share a layer."""
    group_of = {file: group for group in tangles(edges) for file in group}
    height: dict[str, int] = {}
    stack = [(file, False) for file in sorted(edges, reverse=True)]
    while stack:
        file, ready = stack.pop()
        if file in height:
            continue
        members = group_of.get(file, (file,))
        below = {other for member in members for other in edges[member]} - set(members)
        if ready or all(other in height for other in below):
            level = max((height[other] + 1 for other in below), default=0)
            height.update(dict.fromkeys(members, level))
        else:
            stack.append((file, True))
            stack.extend((other, False) for other in sorted(below) if other not in height)
    found: list[list[str]] = [[] for _ in range(max(height.values(), default=-1) + 1)]
    for file in sorted(height):
        found[height[file]].append(file)
    return found
