"""Runs a workspace's Python tests in the sandbox, on a copy, and says of each test what came of it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from pathlib import Path

from pydantic import Field

from genesis.errors import Forbidden
from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.code import left
from genesis.tools.python_project import environment, other_languages, project
from genesis.tools.python_project.measured import ModuleCoverage
from genesis.tools.python_project.outcomes import Outcome, Status
from genesis.tools.python_project.project import Project
from genesis.tools.python_project.running import Run
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy

_ABSENT = re.compile(
    r"(?i)could not import|no module named|not installed|requires?\b|not available|missing|unable to import"
)
MAX_SOURCE_BYTES = 5_000_000
USUAL = ("tests", "test", "testing")


class RunTestsInput(Frozen):
    """`patches` (unified diffs) are applied to the copy first; `paths` limits the run; times are of the wall clock.

    `environment`: one that `install_requirements` built in this attempt.
    """

    patches: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    environment: str | None = None
    seconds: float = Field(default=300, gt=0, le=1500)
    test_seconds: float = Field(default=60, gt=0, le=600)


class TestCase(Frozen):
    """What came of one test; see `genesis.tools.python_project.outcomes.Outcome`."""

    __test__ = False  # pytest must not take it for a test of ours

    test: str
    file: str
    line: int
    status: Status
    seconds: float
    what: str
    exception: str
    message: str
    cause: tuple[str, int] | None
    collected: bool

    @property
    def function(self) -> str:
        """The node id without parameters."""
        return self.test.partition("[")[0]


class RunTestsOutput(Frozen):
    """`ran` is None when there was nothing to run. `coverage` is None when it could not be measured.

    `untested` are modules that no test enters, each with the line of its first definition: empty also when that cannot
    be said, because tests could not run. `excerpts` has the text of the lines that cases point at, by "file:line", as
    they were in the copy that ran.
    """

    ran: str | None
    isolation: str | None
    environment: str | None
    cases: tuple[TestCase, ...] = ()
    complete: bool = True
    seconds: float = 0.0
    coverage: tuple[ModuleCoverage, ...] | None = None
    untested: tuple[tuple[str, int], ...] = ()
    excerpts: dict[str, str] = Field(default_factory=dict)
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=1600)
async def run_tests(given: RunTestsInput, context: ToolContext) -> RunTestsOutput:
    """Runs the workspace's tests in the sandbox and reads results and coverage."""
    box = context.scratch / "box"
    copy = box / "workspace"
    files = await asyncio.to_thread(working_copy, context, copy, given.patches)
    found = await asyncio.to_thread(project.read, copy)
    notes = [*other_languages.find(copy, files)]
    notes += [NotDone(what=f"the settings in {name}", why="the file could not be parsed") for name in found.unreadable]
    paths = given.paths or _paths(found, files)
    if paths is None:
        return RunTestsOutput(ran=None, isolation=None, environment=None, not_done=tuple(notes))
    root = context.workspace.root if context.workspace else copy
    built = Path(given.environment) if given.environment else None
    if built is not None and not built.resolve().is_relative_to(context.scratch.parent.resolve()):
        raise Forbidden(f"environment {built}: was not built in this attempt")
    chosen = await asyncio.to_thread(environment.choose, root, context.scratch, built)
    if chosen.refused:
        notes.append(NotDone(what="the workspace's own environment", why=chosen.refused))
    run = Run(given.seconds, given.test_seconds, context.scratch, box, copy, found, chosen, files)
    result = await run.tests(paths, notes)
    modules = await run.coverage() if result.outcomes else None
    if modules is None and found.packages and any(one.status == "passed" for one in result.outcomes):
        notes.append(NotDone(what="coverage", why="no data came out of the run"))
    notes += _outside(files, paths, found)
    blind = sum(_might_enter(one) for one in result.outcomes)
    if modules and (blind or not result.complete):
        why = (
            f"{blind} tests gave no result, or skip for want of something, and might"
            if blind
            else "the run was cut short"
        )
        notes.append(NotDone(what="which modules no test enters", why=why))
        untested = []
    else:
        untested = [one.file for one in modules or () if one.untested]
    places = await asyncio.to_thread(lambda: [(file, _first_definition(box, copy, file)) for file in untested])
    excerpts = await asyncio.to_thread(_excerpts, box, copy, result.outcomes, places)
    return RunTestsOutput(
        ran=f"pytest {result.pytest or '(did not start)'} on Python {result.python or chosen.version}",
        isolation=run.isolation,
        environment=str(chosen),
        cases=tuple(TestCase(**asdict(one)) for one in result.outcomes),
        complete=result.complete,
        seconds=run.seconds,
        coverage=modules,
        untested=tuple(places),
        excerpts=excerpts,
        not_done=tuple(notes),
    )


def _paths(found: Project, files: tuple[str, ...]) -> tuple[str, ...] | None:
    """What pytest is told to collect: () leaves it to the configuration; None when there is no test at all."""
    tests = [name for name in files if project.is_test_file(name)]
    if (
        found.pytest.testpaths
        or found.pytest.python_files
        or any(one.startswith("--doctest") for one in found.pytest.addopts)
    ):
        return ()
    if not tests:
        return None
    usual = [name for name in USUAL if any(one.startswith(f"{name}/") for one in tests)]
    in_packages = [path for path in found.packages.values() if any(one.startswith(f"{path}/") for one in tests)]
    top = [one for one in tests if "/" not in one]
    return (*usual, *in_packages, *top)


def _outside(files: tuple[str, ...], paths: tuple[str, ...], found: Project) -> list[NotDone]:
    """Test files that the run did not look at."""
    looked = paths or found.pytest.testpaths
    if not looked:
        return []
    left = [
        name
        for name in files
        if project.is_test_file(name)
        and name.rpartition("/")[2].startswith("test_")
        and not any(name == path or name.startswith(f"{path.strip('./')}/") for path in looked)
    ]
    if not left:
        return []
    why = f"they lie outside of {', '.join(looked)}, which is what {found.pytest.file or 'this run'} names"
    return [NotDone(what=f"{len(left)} more test files ({left[0]} among them)", why=why)]


def _might_enter(one: Outcome) -> bool:
    """Whether a test that did not run might, elsewhere, enter what nothing enters here."""
    return one.status in ("needs", "blocked", "too_long") or (
        one.status == "skipped" and bool(_ABSENT.search(one.what))
    )


def _lines(box: Path, copy: Path, file: str) -> list[str]:
    """Of a file of the copy as the tests left it; none when they put a link or a pipe there."""
    text = left.read(box, f"{copy.name}/{file}", MAX_SOURCE_BYTES) if not file.startswith("/") else None
    return text.decode(errors="replace").splitlines() if text is not None else []


def _first_definition(box: Path, copy: Path, file: str) -> int:
    lines = _lines(box, copy, file)
    found = (at for at, line in enumerate(lines, 1) if line.lstrip().startswith(("def ", "async def ", "class ")))
    return next(found, 1)


def _excerpts(box: Path, copy: Path, outcomes: list[Outcome], more: list[tuple[str, int]]) -> dict[str, str]:
    places = {*more} | {(one.file, one.line) for one in outcomes if one.status != "passed" or one.seconds >= 1}
    places |= {one.cause for one in outcomes if one.cause}
    found: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    for file, line in sorted(places):
        if file not in texts:
            texts[file] = _lines(box, copy, file)
        if 0 < line <= len(texts[file]):
            found[f"{file}:{line}"] = texts[file][line - 1].strip()[:200]
    return found
