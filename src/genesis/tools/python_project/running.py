"""One run of a project's tests: which options pytest gets, in the sandbox, a second look at what failed, coverage."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from genesis.finding import NotDone
from genesis.security.code import sandbox
from genesis.security.code.isolation import Kind
from genesis.tools.python_project import installed, measured, plugins, record
from genesis.tools.python_project.blame import blame
from genesis.tools.python_project.environment import Environment
from genesis.tools.python_project.measured import ModuleCoverage
from genesis.tools.python_project.outcomes import Record, fold
from genesis.tools.python_project.project import Project

INSIDE = Path(measured.__file__).parent / "inside"
MEMORY_MB = 3_000
PROCESSES = 256
OUTPUT_BYTES = 100_000
MAX_FILES_AGAIN = 50
USAGE_ERROR = 4
# What a configuration asks of pytest that would hide results, split the run, or measure coverage a second time.
DROPPED = ("--cov", "--no-cov", "--maxfail", "--tb", "--durations", "--junit", "--html", "--color", "--dist", "--pdb")
DROPPED_FLAGS = frozenset({"-x", "--exitfirst", "--lf", "--ff", "--sw", "--stepwise", "-s", "-l", "--showlocals"})
TAKES_VALUE = frozenset({"-n", "--numprocesses", "-r", "--maxfail", "--tb", "--durations", "--cov-report", "--cov"})
CORE = ("--import-mode", "--doctest", "--ignore", "--deselect", "--pyargs", "-m", "-k", "-W")


def kept_options(options: tuple[str, ...]) -> list[str]:
    """Of a configuration's `addopts` those that a run from outside keeps."""
    kept: list[str] = []
    skip = False
    for option in options:
        if skip:
            skip = False
        elif option in TAKES_VALUE:
            skip = True
        elif option.startswith(DROPPED) or option in DROPPED_FLAGS or _is_dropped_short(option):
            continue
        else:
            kept.append(option)
    return kept


def _is_dropped_short(option: str) -> bool:
    return option[:2] in ("-n", "-r", "-v", "-q") and not option.startswith("--")


def core_options(options: list[str]) -> list[str]:
    """Those that pytest has without plugins."""
    kept: list[str] = []
    for at, option in enumerate(options):
        if option.startswith(CORE):
            kept.append(option)
            if option in ("-m", "-k", "-W") and at + 1 < len(options):
                kept.append(options[at + 1])
    return kept


class Run:
    """One copy, run at most twice (a second time without the settings that this pytest does not know)."""

    def __init__(
        self,
        seconds: float,
        test_seconds: float,
        scratch: Path,
        box: Path,
        copy: Path,
        found: Project,
        chosen: Environment,
        files: tuple[str, ...],
    ) -> None:
        self.limit, self.test_limit = seconds, test_seconds
        self.box, self.copy, self.project, self.chosen, self.files = box, copy, found, chosen, files
        self.installed = scratch / "installed"
        self.data = box / "coverage"
        self.settings = self.installed / "coverage.ini"
        self.isolation: Kind | None = None
        self.options: list[str] = []
        self.more: list[str] = []
        self.plugins = None if chosen.own else plugins.wanted(found, copy, files)
        self.seconds = 0.0
        installed.stand_in(found, copy, self.installed, chosen.python)
        self.data.mkdir()
        self.settings.write_text(measured.settings(found, copy, self.data / "data"))

    async def look_again(self, first: Record) -> None:
        """Runs the files of failed tests once more, without measuring and, where it holds, in bubblewrap alone.

        What fails twice is a failure. sandlock is not invisible (it refuses names that are not UTF-8), tracing slows
        down, and some tests are left to chance: what passes now must not be called a failure of the code.
        """
        doubtful = {one.test for one in first.outcomes if one.collected and one.status in ("failed", "too_long")}
        files = list(dict.fromkeys(one.file for one in first.outcomes if one.test in doubtful))
        if not doubtful or len(files) > MAX_FILES_AGAIN:
            return
        kind: Kind | None = None if await sandbox.unfit("bubblewrap") else "bubblewrap"
        before = self.isolation
        second, _ = await self._attempt("again.jsonl", self.options, tuple(files), self.more, measure=False, kind=kind)
        again = {one.test: one for one in second.outcomes}
        after, self.isolation = self.isolation, before
        how = f"failed under {before} with coverage measured, and passed under {after} when its file ran again"
        for at, one in enumerate(first.outcomes):
            if one.test in doubtful and (other := again.get(one.test)) is not None:
                if one.status == "too_long":
                    first.outcomes[at] = other
                elif other.status == "passed":
                    first.outcomes[at] = replace(one, status="unsteady", what=how)

    async def tests(self, paths: tuple[str, ...], notes: list[NotDone]) -> Record:
        self.options = kept_options(self.project.pytest.addopts)
        result, said = await self._attempt("first.jsonl", self.options, paths)
        outside = result.crash is not None and not any(one.frames for one in result.crash)  # a plugin, not a conftest
        if (result.exit_code == USAGE_ERROR and result.crash is None) or outside:
            self.options = core_options(self.options)
            empty = self.installed / "pytest.ini"
            empty.write_text("[pytest]\n")
            self.more = ["-c", str(empty), "-o", f"python_files={' '.join(self.project.pytest.python_files)}"]
            if not self.project.pytest.python_files:
                self.more = self.more[:2]
            paths = paths or self.project.pytest.testpaths
            notes.append(
                NotDone(
                    what="pytest with the workspace's own settings",
                    why=f"it refused them ({said}); the tests ran without",
                )
            )
            result, said = await self._attempt("second.jsonl", self.options, paths, self.more)
        if not result.outcomes:
            notes.append(self._nothing(result, said))
        if result.outcomes and not result.complete:
            ran = len(result.outcomes)
            of = f" of {result.collected}" if result.collected else ""
            notes.append(NotDone(what="the rest of the tests", why=f"the run ended after {ran}{of} ({said})"))
        await self.look_again(result)
        return result

    def _nothing(self, result: Record, said: str) -> NotDone:
        if result.crash:
            found = blame(result.crash, "", self.project, frozenset(self.files))
            inner = next((one for one in result.crash if not one.module.startswith("_pytest")), result.crash[0])
            place = next((f" at {file}:{line}" for file, line, _ in reversed(inner.frames)), "")
            why = f"could not run: needs {found.what}" if found.kind == "needs" else f"{inner.type}: {inner.message}"
            return NotDone(what="the tests", why=f"{why[:300]}{place}")
        if result.exit_code == 5:
            return NotDone(what="the tests", why="pytest collected none")
        return NotDone(what="the tests", why=f"pytest could not run them ({said})")

    async def _attempt(
        self,
        name: str,
        options: list[str],
        paths: tuple[str, ...],
        more: Sequence[str] = (),
        *,
        measure: bool = True,
        kind: Kind | None = None,
    ) -> tuple[Record, str]:
        results = self.box / name
        arguments = ["-p", "no:cacheprovider", "--continue-on-collection-errors", "--tb=no", "-q"]
        arguments.append(f"--rootdir={self.copy}")
        # These say only that this pytest is not the one that the project knows; with `error` they would end the run.
        for warning in ("PytestConfigWarning", "PytestUnknownMarkWarning", "PytestDeprecationWarning"):
            arguments += ["-W", f"default::pytest.{warning}"]
        arguments += [part for name in self.plugins or () for part in ("-p", name)]
        arguments += ["-o", f"addopts={shlex.join(options)}", *more, *paths]
        order = {
            "workspace": str(self.copy),
            "results": str(results),
            "arguments": arguments,
            "coverage": str(self.data / "report.json"),
            "test_seconds": self.test_limit,
            "session_seconds": self.limit,
        }
        ran = await self._sandboxed(
            [str(INSIDE / "genesis_recorder.py"), json.dumps(order)],
            # room for the last test and for coverage to be written; the recorder stops by itself before
            self.limit + self.test_limit + 15,
            {"COVERAGE_PROCESS_START": str(self.settings)} if measure else {},
            kind,
        )
        self.isolation, self.seconds = ran.isolation, self.seconds + ran.seconds
        result = await asyncio.to_thread(lambda: fold(record.read(results), self.project, frozenset(self.files)))
        if ran.timed_out:
            said = f"{self.limit:g} s were over"
        elif ran.exit_code is not None and ran.exit_code > 128:
            said = f"ended by signal {ran.exit_code - 128}, as when memory or processes run out"
        elif result.exit_code is not None and result.outcomes:
            said = f"{self.limit:g} s were over"
        else:
            said = _last_line(ran.stderr) or _last_line(ran.stdout) or f"exit {ran.exit_code}"
            said = said.replace(f"{self.copy}/", "")
        return result, said

    async def coverage(self) -> tuple[ModuleCoverage, ...] | None:
        """What the first complete run measured, or None."""
        return await asyncio.to_thread(measured.read, self.box, f"{self.data.name}/report.json")

    async def _sandboxed(
        self, arguments: list[str], seconds: float, variables: dict[str, str], kind: Kind | None = None
    ) -> sandbox.Ran:
        lent = [self.chosen.lent] if self.chosen.lent else []
        roots = [self.copy / root for root in self.project.roots]
        return await sandbox.run(
            [str(self.chosen.python), *arguments],
            folder=self.box,
            readable=[INSIDE, self.installed, *self.chosen.readable, *lent],
            seconds=seconds,
            memory_mb=MEMORY_MB,
            processes=PROCESSES,
            output_bytes=OUTPUT_BYTES,
            kind=kind,
            environment={
                "PYTHONPATH": ":".join(str(path) for path in (INSIDE, self.installed, *roots, *lent)),
                "PATH": f"{self.installed}/bin:{self.chosen.python.parent}:/usr/local/bin:/usr/bin:/bin",
                "PYTHONHASHSEED": "0",
                "PY_COLORS": "0",
                **({} if self.plugins is None else {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
                **variables,
            },
        )


def _last_line(output: bytes) -> str:
    lines = [line.strip() for line in output.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
