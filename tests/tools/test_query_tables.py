"""The database reaches nothing but the tables it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from genesis.clock import SystemClock
from genesis.errors import RequestInvalid
from genesis.security.workspace import Workspace
from genesis.tools.query_tables import QueryTablesInput, query_tables
from genesis.tools.tool import ToolContext


def context(folder: Path) -> ToolContext:
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    return ToolContext(workspace=Workspace(folder), scratch=scratch, key="k", clock=SystemClock())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "ws"
    made.mkdir()
    (made / "x.csv").write_text('a,"he said ""hi""; DROP"\n1,x\n2,y\n')
    return made


async def test_names_that_look_like_sql_are_only_names(folder: Path) -> None:
    query = 'SELECT "he said ""hi""; DROP", _line FROM "x.csv" ORDER BY a'
    out = await query_tables.run(QueryTablesInput(files=("x.csv",), queries=(query,)), context(folder))
    assert out.answers[0].rows == (("x", 2), ("y", 3))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/hostname.csv'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('https://127.0.0.1/x.csv')",
        "COPY (SELECT 1) TO '/tmp/out.csv'",
        "ATTACH '/tmp/x.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "CREATE TABLE t AS SELECT 1",
        'DROP TABLE "x.csv"',
        "SELECT 1; SELECT 2",
        "",
        "SELECT nonsense FROM",
    ],
)
async def test_only_a_select_over_the_given_tables_is_answered(folder: Path, query: str) -> None:
    with pytest.raises(RequestInvalid):
        await query_tables.run(QueryTablesInput(files=("x.csv",), queries=(query,)), context(folder))


async def test_a_query_without_end_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from genesis.errors import DeadlineExceeded
    from genesis.tools.tabular import database

    monkeypatch.setattr(database, "QUERY_S", 0.3)
    query = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3"
    with pytest.raises(DeadlineExceeded):
        await query_tables.run(QueryTablesInput(files=("x.csv",), queries=(query,)), context(folder))
