"""Where a value comes from, as far as the code shows it: never further."""

from __future__ import annotations

from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.security.workspace import Workspace
from genesis.tools.tool import ToolContext
from genesis.tools.trace_inputs import TraceInputsInput, TraceInputsOutput, trace_inputs


async def traced(root: Path, files: dict[str, str]) -> TraceInputsOutput:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    context = ToolContext(workspace=Workspace(root), scratch=root, key="k", clock=SystemClock())
    return await trace_inputs.run(TraceInputsInput(files=tuple(sorted(files)), ask={}), context)


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("eval('1 + 1')", set()),
        ("eval(a)", {"parameter"}),
        ("b = a.strip(); eval(b)", {"parameter"}),
        ("b = [a]; b.append('x'); eval(''.join(b))", {"parameter"}),
        ("eval(int(a))", set()),
        ("eval(str(len(a)))", set()),
        ("eval(open(a).read())", {"file"}),
        ("eval(input())", {"operator"}),
        ("import sys; eval(sys.argv[1])", {"operator"}),
        ("import os; eval(os.environ['X'])", {"operator"}),
        ("eval(request.args['x'])", {"request"}),
        ("eval(self.request.GET.get('x'))", {"request"}),
        ("eval(a if a else 'x')", {"parameter"}),
        ("x = 1\n    for x in a: eval(x)", {"parameter"}),
        ("eval('%s' % 1)", set()),
        ("eval(unknown())", {"unknown"}),
        ("a = a; eval(a)", {"parameter"}),
    ],
)
async def test_the_origin_of_a_value(tmp_path: Path, body: str, kinds: set[str]) -> None:
    out = await traced(tmp_path, {"m.py": f"def f(a):\n    {body}\n"})
    assert {fill.kind for sink in out.sinks for fill in sink.fills} == kinds


async def test_a_request_is_followed_through_callers_and_the_way_is_told(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/web.py": "from app import work\n\ndef view(request):\n    work.outer(name='x', text=request.body)\n",
        "app/work.py": "from app.low import inner as go\n\ndef outer(name, text):\n    go(name, text.decode())\n",
        "app/low.py": "def inner(n, t):\n    eval(t)\n    eval(n)\n",
    }
    out = await traced(tmp_path, files)
    by_line = {sink.line: sink.fills for sink in out.sinks}
    (first,), (second,) = by_line[2], by_line[3]
    assert first.kind == "request" and [(step.file, step.line) for step in first.way] == [
        ("app/work.py", 4),
        ("app/web.py", 4),
    ]
    assert second.kind == "parameter" and second.way == ()


@pytest.mark.parametrize(
    "caller",
    [
        "def view(request):\n    return inner(request.body)\n",  # another function of that name, not imported
        "from other import inner\n\n\ndef view(request):\n    return inner(request.body)\n",
        "def view(request, thing):\n    return thing.inner(request.body)\n",  # nobody knows whose method it is
        "from low import inner\n\n\ndef view(request):\n    return inner(*request.body)\n",
        "from low import inner\n\n\ndef view(request):\n    return inner(len(request.body))\n",
    ],
)
async def test_a_call_that_is_not_surely_meant_is_not_followed(tmp_path: Path, caller: str) -> None:
    out = await traced(tmp_path, {"low.py": "def inner(t):\n    eval(t)\n", "web.py": caller})
    assert [fill.kind for sink in out.sinks for fill in sink.fills] == ["parameter"]


async def test_functions_that_call_each_other_end(tmp_path: Path) -> None:
    text = "def a(x):\n    b(x)\n    eval(x)\n\n\ndef b(x):\n    a(x)\n"
    out = await traced(tmp_path, {"m.py": text})
    assert [fill.kind for sink in out.sinks for fill in sink.fills] == ["parameter"]


@pytest.mark.parametrize(
    ("statement", "places"),
    [
        ("f\"SELECT a FROM t WHERE n = '{x}'\"", {"quoted"}),
        ("f\"SELECT a FROM t WHERE n LIKE '%{x}%'\"", {"quoted"}),
        ("f'SELECT a FROM t WHERE n = {x}'", {"value"}),
        ("f'SELECT a FROM t WHERE n IN ({x})'", {"value"}),
        ("f'INSERT INTO t VALUES (1, {x})'", {"value"}),
        ("f'SELECT {x} FROM t'", {"name"}),
        ("'SELECT a FROM ' + x", {"name"}),
        ("x", {"whole"}),
        ("'SELECT a FROM t WHERE n = ' + ', '.join('?' for _ in x)", set()),
    ],
)
async def test_where_in_a_statement_a_value_goes(tmp_path: Path, statement: str, places: set[str]) -> None:
    out = await traced(tmp_path, {"m.py": f"def f(db, x):\n    db.execute({statement})\n"})
    assert {fill.place for sink in out.sinks for fill in sink.fills} == places


async def test_a_statement_put_together_in_steps_is_one(tmp_path: Path) -> None:
    text = (
        "def f(db, x):\n    columns = 'a, b'\n    sql = f'SELECT {columns} FROM t'\n    if x:\n"
        '        sql += " WHERE n = \'" + x + "\'"\n    db.execute(sql)\n'
    )
    out = await traced(tmp_path, {"m.py": text})
    (sink,) = out.sinks
    assert (sink.line, [(fill.place, fill.kind, fill.what) for fill in sink.fills]) == (
        6,
        [("quoted", "parameter", "x")],
    )
