"""Charts are documents that hold what they were given, and nothing that runs."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.tools.draw_chart import DrawChartInput, draw_chart
from genesis.tools.tabular.export import to_csv
from genesis.tools.tool import ToolContext

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("kind", ["bar", "line", "histogram"])
@pytest.mark.parametrize("values", [(1.0, -2.0, 3.5), (0.0,), (5.0, 5.0), (1e12, 1e-9, -1e12)])
async def test_every_chart_is_xml_with_title_and_values(tmp_path: Path, kind: str, values: tuple[float, ...]) -> None:
    labels = tuple(f'<script>alert({i})</script> & "x" \x07' for i, _ in enumerate(values))
    given = DrawChartInput.model_validate({"kind": kind, "title": "A < B & 'C'", "labels": labels, "values": values})
    context = ToolContext(workspace=None, scratch=tmp_path, key="k", clock=SystemClock())
    root = ElementTree.fromstring((await draw_chart.run(given, context)).svg)
    assert root.findtext(f"{SVG}title") == "A < B & 'C'"
    described = root.findtext(f"{SVG}desc") or ""
    assert described.count("<script>") == len(values)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "rect", "text", "line", "polyline", "circle"
    }  # fmt: skip
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]


async def test_bars_are_as_long_as_their_values(tmp_path: Path) -> None:
    given = DrawChartInput(kind="bar", title="t", labels=("a", "b", "c"), values=(10.0, 20.0, 5.0))
    context = ToolContext(workspace=None, scratch=tmp_path, key="k", clock=SystemClock())
    root = ElementTree.fromstring((await draw_chart.run(given, context)).svg)
    widths = [float(bar.attrib["width"]) for bar in root.iter(f"{SVG}rect")][1:]
    assert [round(width / widths[2], 1) for width in widths] == [2.0, 4.0, 1.0]


def test_no_cell_of_an_export_is_a_formula() -> None:
    hostile = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1", "-12.5", "plain", None, -3]
    lines = to_csv(["=head"], [[cell] for cell in hostile]).splitlines()
    assert lines[0] == "'=head"
    body = to_csv(["h"], [[cell] for cell in hostile]).split("\n")[1:]
    assert "-12.5" in body and "-3" in body and "plain" in body
    for line in body:
        bare = line.lstrip('"')
        assert bare[:1] not in ("=", "+", "@", "\t", "\r", "\uff1d") and (bare[:1] != "-" or float(bare) < 0)
