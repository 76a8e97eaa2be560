"""The drawing is what the graph is: every node once, arrows down but for cycles, nothing overlaps, text stays text."""

from __future__ import annotations

import random
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from genesis.page.graph import Arrow, Node, draw_graph
from genesis.page.layers import arrange, crossings

SVG = "{http://www.w3.org/2000/svg}"


def random_edges(rng: random.Random, names: list[str], count: int, *, acyclic: bool) -> list[tuple[str, str]]:
    edges = [(rng.choice(names), rng.choice(names)) for _ in range(count)]
    return [(min(pair), max(pair)) for pair in edges] if acyclic else edges


@pytest.mark.parametrize("seed", range(5))
def test_an_acyclic_graph_stands_in_layers_of_its_longest_paths(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"n{number:03d}" for number in range(40)]
    edges = [pair for pair in random_edges(rng, names, 70, acyclic=True) if pair[0] != pair[1]]
    layout = arrange(names, edges)
    depth = {name: index for index, layer in enumerate(layout.layers) for name in layer}
    longest = dict.fromkeys(names, 0)
    for name in names:  # names are in topological order, because every edge leads to a larger name
        longest[name] = max((longest[start] + 1 for start, end in edges if end == name), default=0)
    assert {name: depth[name] for name in names} == longest
    assert layout.turned == frozenset()
    for (start, end), via in layout.routes.items():
        rows = [depth[name] for name in (start, *via, end)]
        assert all(lower == upper + 1 for upper, lower in pairwise(rows))


@pytest.mark.parametrize("seed", range(5))
def test_turning_the_edges_that_close_cycles_leaves_none(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"n{number}" for number in range(25)]
    edges = {pair for pair in random_edges(rng, names, 80, acyclic=False) if pair[0] != pair[1]}
    layout = arrange(names, edges)
    depth = {name: index for index, layer in enumerate(layout.layers) for name in layer}
    assert layout.turned
    assert layout.routes.keys() == edges
    for start, end in edges:
        assert (depth[start] > depth[end]) == ((start, end) in layout.turned)


def test_crossings_are_counted_as_by_comparing_every_pair() -> None:
    rng = random.Random(7)
    upper, lower = [f"a{n}" for n in range(12)], [f"b{n}" for n in range(9)]
    steps = list({(rng.choice(upper), rng.choice(lower)) for _ in range(40)})
    at = {name: place for row in (upper, lower) for place, name in enumerate(row)}
    slow = sum(
        (at[a] - at[c]) * (at[b] - at[d]) < 0
        for index, (a, b) in enumerate(steps)
        for c, d in steps[index + 1 :]
    )  # fmt: skip
    assert slow > 0
    assert crossings([upper, lower], steps) == slow


def test_sweeps_uncross_what_can_be_uncrossed() -> None:
    names = [f"{side}{n}" for side in "ab" for n in range(6)]
    edges = [(f"a{n}", f"b{5 - n}") for n in range(6)]
    layout = arrange(names, edges)
    assert crossings([sorted(layer) for layer in layout.layers], edges) == 15
    assert crossings(layout.layers, edges) == 0


@pytest.mark.parametrize("seed", range(3))
def test_every_box_is_drawn_once_and_none_overlaps_another(seed: int) -> None:
    rng = random.Random(seed)
    names = [f"pkg.{'x' * rng.randint(1, 50)}{number}" for number in range(30)]
    edges = random_edges(rng, names, 60, acyclic=False)
    text = draw_graph(
        [Node(name, name) for name in names], [Arrow(*pair) for pair in edges], title="t", description="d"
    )
    root = ElementTree.fromstring(text)
    boxes = [
        (float(box.attrib["x"]), float(box.attrib["y"]), float(box.attrib["width"]), float(box.attrib["height"]))
        for box in root.iter(f"{SVG}rect")
    ]
    assert len(boxes) == len(names)
    for index, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[index + 1 :]:
            apart = x + width <= other_x or other_x + other_width <= x
            assert apart or y + height <= other_y or other_y + other_height <= y
    _, _, right, bottom = map(float, root.attrib["viewBox"].split())
    assert all(x >= 0 and x + width <= right and y + height <= bottom for x, y, width, height in boxes)
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert set(names) <= set(titles)


def test_text_of_others_stays_text() -> None:
    evil = "</text><script>alert(1)</script>&\"'\x00\x1b￾"
    text = draw_graph([Node(evil, evil, evil)], [Arrow(evil, evil, detail=evil)], title=evil, description=evil)
    root = ElementTree.fromstring(text)
    assert {element.tag for element in root.iter()}.isdisjoint({f"{SVG}script", "script"})
    assert root.find(f"{SVG}title").text == "</text><script>alert(1)</script>&\"'���"  # type: ignore[union-attr]


def test_the_drawing_says_what_it_is_to_those_who_cannot_see_it() -> None:
    root = ElementTree.fromstring(draw_graph([Node("a", "a")], [], title="Modules", description="One box."))
    assert root.attrib["role"] == "img"
    told = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert [told[name] for name in root.attrib["aria-labelledby"].split()] == ["Modules", "One box."]


def test_nothing_to_draw_is_a_drawing_and_a_stranger_is_left_out() -> None:
    ElementTree.fromstring(draw_graph([], [], title="none", description="none"))
    root = ElementTree.fromstring(draw_graph([Node("a", "a")], [Arrow("a", "gone")], title="one", description="one"))
    assert len(list(root.iter(f"{SVG}rect"))) == 1
    assert not [path for path in root.iter(f"{SVG}path") if "edge" in path.attrib["class"]]


def test_the_same_graph_gives_the_same_text_and_another_gives_other_ids() -> None:
    nodes, arrows = [Node("a", "a"), Node("b", "b")], [Arrow("a", "b")]
    first = draw_graph(nodes, arrows, title="t", description="d")
    assert first == draw_graph(list(reversed(nodes)), arrows, title="t", description="d").replace(
        _mark(draw_graph(list(reversed(nodes)), arrows, title="t", description="d")), _mark(first)
    )
    assert _mark(first) != _mark(draw_graph(nodes, [], title="t", description="d"))


def _mark(text: str) -> str:
    return ElementTree.fromstring(text).attrib["aria-labelledby"].split()[0][:-1]


def test_a_long_chain_and_a_wide_fan_are_laid_out_without_recursion() -> None:
    chain = [f"c{number:05d}" for number in range(3000)]
    layout = arrange(chain, pairwise(chain))
    assert [layer for layer in layout.layers if len(layer) != 1] == []
    assert len(layout.layers) == 3000
