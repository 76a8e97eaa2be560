"""The report over the bookshop follows its defects: where they are, when they move, when they are gone.

The whole path, with its real parts: plan, route, vet, durable run, three agents, report.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from genesis.agents import registry
from genesis.agents.toolbox import ArtifactStore
from genesis.clock import SystemClock
from genesis.execute.prepare import preparer
from genesis.execute.runs import Runs
from genesis.finding import BLOCKING
from genesis.objective import Objective
from genesis.report.build import report
from genesis.report.report import RunReport
from tests.bookshop.defects import DEFECTS, Defect, copy, places_of, repair_all
from tests.bookshop.scramble import scramble

Ask = Callable[[Path], Awaitable[RunReport]]
FLEET = registry.load()
KINDS = {defect.kind for defect in DEFECTS}


@pytest.fixture
async def ask(tmp_path: Path) -> Ask:
    async def asked(workspace: Path) -> RunReport:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        store = ArtifactStore(home / "artifacts")
        runs = Runs(home / "genesis.db", FLEET, preparer(FLEET), store, SystemClock(), random.Random(1))
        await runs.start()
        try:
            objective = Objective(text="Is this repository ready to be released?", workspace=str(workspace))
            run = await runs.wait((await runs.submit(objective)).id, 100)
            return report(run, FLEET)
        finally:
            await runs.stop(0)

    return asked


def reported(made: RunReport, defect: Defect, root: Path) -> bool:
    places = places_of(root, defect)
    return any(
        finding.kind == defect.kind
        and finding.source is not None
        and any(finding.source.file == file and line in (None, finding.source.line) for file, line in places)
        for finding in made.findings
    )


def counts(made: RunReport) -> dict[str, int]:
    return {kind: sum(finding.kind == kind for finding in made.findings) for kind in KINDS}


async def test_every_defect_is_reported_where_it_is(ask: Ask, tmp_path: Path) -> None:
    root = copy(tmp_path / "shop")
    made = await ask(root)
    assert made.status == "completed"
    assert made.answer.startswith("No: ")
    assert [defect.kind for defect in DEFECTS if not reported(made, defect, root)] == []
    assert {task.agent for task in made.tasks} == {"architect", "qa", "security"}


async def test_the_repaired_shop_comes_out_clean(ask: Ask, tmp_path: Path) -> None:
    root = copy(tmp_path / "shop")
    repair_all(root)
    made = await ask(root)
    assert [finding for finding in made.findings if finding.severity in BLOCKING | {"medium"}] == []
    assert counts(made) == dict.fromkeys(KINDS, 0)
    assert made.answer.startswith("Yes, as far as architect, qa, security could look")


@pytest.mark.parametrize("seed", [11, 12])
async def test_the_report_follows_defects_that_move_and_forgets_those_that_are_gone(
    ask: Ask, tmp_path: Path, seed: int
) -> None:
    root = copy(tmp_path / "elsewhere")
    now = scramble(root, random.Random(seed))
    assert now.removed
    assert now.defects
    made = await ask(root)
    assert [defect.kind for defect in now.defects if not reported(made, defect, root)] == []
    assert {kind: counts(made)[kind] for kind in {defect.kind for defect in now.removed}} == dict.fromkeys(
        {defect.kind for defect in now.removed}, 0
    )


def test_nothing_in_the_product_knows_the_example() -> None:
    source = Path(registry.__file__).parents[1]
    knowing = [
        path.name
        for path in source.rglob("*")
        if path.suffix in {".py", ".yaml", ".j2", ".json"} and "bookshop" in path.read_text(encoding="utf-8").lower()
    ]
    assert knowing == []
