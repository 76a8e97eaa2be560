"""Runs pytest inside the sandbox and writes down what happens, one JSON object a line, as it happens.

`python genesis_recorder.py ORDER`: ORDER is JSON with `workspace`, `results` (the file to append to), `arguments`,
`coverage` (the report to write), `test_seconds` and `session_seconds`. Written as it happens, so that a suite that is
killed still tells what it did. It imports nothing but pytest, coverage and the standard library, and must work with any
pytest since 6 on any Python since 3.8.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

MAX_MESSAGE = 2000
MAX_CHAIN = 8


class TestTookTooLong(BaseException):
    """A BaseException, so that a test's own `except Exception` does not swallow it."""


class Recorder:
    def __init__(self, order: dict[str, Any]) -> None:
        self.workspace = os.path.realpath(order["workspace"]) + "/"
        self.results = open(order["results"], "a", encoding="utf-8")  # noqa: SIM115, PTH123  (for as long as it runs)
        self.test_seconds = order["test_seconds"]
        self.end = time.monotonic() + order["session_seconds"]
        self.raised: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def write(self, **event: object) -> None:
        self.results.write(json.dumps(event) + "\n")
        self.results.flush()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.write(event="start", pytest=pytest.__version__, python=sys.version.split()[0])

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.write(event="collected", count=len(session.items))

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self.write(event="begin", test=nodeid, file=location[0], line=(location[1] or 0) + 1)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
        ours = signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
        if ours:
            signal.signal(signal.SIGALRM, self.too_long)
            signal.setitimer(signal.ITIMER_REAL, self.test_seconds)
        try:
            yield
        finally:
            if ours:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
        if time.monotonic() > self.end and nextitem is not None:
            item.session.shouldstop = "out of time"
            self.write(event="out_of_time")

    def too_long(self, *_: object) -> None:
        raise TestTookTooLong(f"the test took longer than {self.test_seconds:g} s")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        if call.excinfo is not None:
            self.raised[item.nodeid, call.when] = self.describe(call.excinfo.value)
        yield

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        if isinstance(report, pytest.CollectReport):  # tests are described above
            self.raised[node.nodeid, "collect"] = self.describe(call.excinfo.value)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        raised = self.raised.pop((report.nodeid, report.when), None)
        self.write(
            event="phase",
            test=report.nodeid,
            file=report.location[0],
            line=(report.location[1] or 0) + 1,
            when=report.when,
            outcome=report.outcome,
            seconds=round(report.duration, 3),
            xfail=hasattr(report, "wasxfail"),
            skipped=self.skip(report),
            raised=raised if report.outcome == "failed" else None,
            text=str(report.longrepr)[:MAX_MESSAGE] if report.outcome == "failed" and raised is None else None,
        )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self.write(
                event="collect",
                node=report.nodeid,
                outcome=report.outcome,
                skipped=self.skip(report),
                raised=self.raised.pop((report.nodeid, "collect"), None),
                text=str(report.longrepr)[:MAX_MESSAGE] if report.outcome == "failed" else None,
            )

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.write(event="end", exit=int(exitstatus))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_load_initial_conftests(self) -> Iterator[None]:
        outcome: Any = yield
        try:
            outcome.get_result()
        except BaseException as error:  # a conftest that cannot be imported ends pytest before there is a session
            self.write(event="crash", raised=self.describe(error))
            raise

    def skip(self, report: Any) -> dict[str, Any] | None:
        place = report.longrepr
        if report.outcome != "skipped" or not (isinstance(place, tuple) and len(place) == 3):
            return None
        reason = str(place[2])
        return {
            "file": self.inside(str(place[0])),
            "line": place[1],
            "reason": reason[len("Skipped: ") :][:300] if reason.startswith("Skipped: ") else reason[:300],
        }

    def inside(self, path: str) -> str | None:
        """The path below the workspace, or None."""
        if path.startswith("<"):  # <frozen importlib._bootstrap>, <string>
            return None
        path = os.path.realpath(path)
        if not path.startswith(self.workspace) or "/site-packages/" in path:
            return None
        return path[len(self.workspace) :]

    def describe(self, error: BaseException) -> list[dict[str, Any]]:
        """An exception and what it came from, innermost last."""
        chain: list[dict[str, Any]] = []
        seen: set[int] = set()
        waiting: list[tuple[BaseException, str]] = [(error, "raised")]
        while waiting and len(chain) < MAX_CHAIN:
            error, link = waiting.pop(0)
            if id(error) in seen:
                continue
            seen.add(id(error))
            chain.append(self.one(error, link))
            waiting += [
                (inner, "group")
                for inner in list(getattr(error, "exceptions", None) or ())[:3]
                if isinstance(inner, BaseException)
            ]
            cause = getattr(error, "cause", None)
            if isinstance(cause, BaseException):  # ConftestImportFailure
                waiting.append((cause, "cause"))
            if error.__cause__ is not None:
                waiting.append((error.__cause__, "cause"))
            elif error.__context__ is not None and not error.__suppress_context__:
                waiting.append((error.__context__, "context"))
        return chain

    def one(self, error: BaseException, link: str) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)[-200:]
        own = [(self.inside(frame.filename), frame.lineno, frame.name) for frame in frames]
        own = [frame for frame in own if frame[0] is not None]
        try:
            message = str(error)
        except Exception as broken:
            message = f"(its text could not be made: {type(broken).__name__})"
        found: dict[str, Any] = {
            "link": link,
            "type": type(error).__qualname__,
            "module": type(error).__module__,
            "bases": [base.__name__ for base in type(error).__mro__[1:10]],
            "message": message[:MAX_MESSAGE],
            "frames": own[-30:],
            "last": [(frame.filename.rpartition("/")[2], frame.name) for frame in frames[-4:]],
        }
        for name in ("errno", "filename", "name", "path", "lineno", "argname"):
            value = getattr(error, name, None)
            if isinstance(value, (int, str)):
                found[name] = value[:500] if isinstance(value, str) else value
        if found.get("filename"):
            found["own_file"] = self.inside(found["filename"])
        return found


def main() -> None:
    order = json.loads(sys.argv[1])
    os.chdir(order["workspace"])
    sys.argv[:] = ["pytest", *order["arguments"]]
    recorder = Recorder(order)
    try:
        code = int(pytest.main(order["arguments"], plugins=[recorder]))
    except BaseException as error:
        recorder.write(event="crash", raised=recorder.describe(error))
        raise
    recorder.write(event="exit", code=code)
    report_coverage(order)
    sys.exit(code)


def report_coverage(order: dict[str, Any]) -> None:
    """Joins what this process and those it started measured, and writes the JSON report."""
    if not os.environ.get("COVERAGE_PROCESS_START"):
        return
    try:
        import coverage
    except ImportError:
        return
    current = coverage.Coverage.current()
    if current is not None:
        current.stop()
        current.save()
    os.chdir(order["workspace"])
    whole = coverage.Coverage(config_file=os.environ["COVERAGE_PROCESS_START"])
    try:
        whole.combine([order["coverage"].rpartition("/")[0]], keep=True)
        whole.json_report(outfile=order["coverage"], ignore_errors=True)
    except coverage.CoverageException:  # no data: nothing of the project was imported, and there is no report
        return


if __name__ == "__main__":
    main()
