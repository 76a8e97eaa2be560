"""Runs a workspace's tests, and what earlier tasks changed, in the sandbox; reports failures with their cause lines.

Gives `test_report`: {"verdict": "pass" | "fail" | "unknown", "passed", "failed", "skipped", "not_run": counts,
"coverage_percent": figure or null, "failures": [{"test", "file", "line", "message"}], "untested": [files],
"isolation": the sandbox's kind or null}. `unknown`: nothing ran, or not enough of it.
"""

from __future__ import annotations

import re
from collections import Counter

from genesis.agents.change import earlier
from genesis.agents.qa import told
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing, SandboxUnavailable
from genesis.finding import Artifact, Fact, Finding, NotDone, Source
from genesis.frozen import JsonValue
from genesis.tools.install_requirements import (
    InstallRequirementsInput,
    InstallRequirementsOutput,
    install_requirements,
)
from genesis.tools.run_tests import RunTestsInput, RunTestsOutput, TestCase, run_tests
from genesis.tools.tabular.export import to_csv

MAX_LISTED = 200
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{3,80}")


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Tests the workspace, with the patches of earlier tasks applied to the copy."""
    patches, notes = earlier(task, tools), list[NotDone]()
    if tools.workspace is None and not patches:
        made = ", ".join(sorted({"page", "api"} & task.inputs.keys()))
        raise NeedsMissing(
            f"testing needs a workspace or code from an earlier task{f' ({made} alone has no tests)' if made else ''}: "
            "give the run a workspace, or let the builder write code and tests first"
        )
    built = None
    if "install" in task.permissions and tools.workspace is not None:
        built = await tools.call(install_requirements, InstallRequirementsInput())
        notes += built.not_done
    environment = built.folder if built else None
    try:
        output = await tools.call(run_tests, RunTestsInput(patches=patches, environment=environment))
    except SandboxUnavailable as error:
        return Result(
            summary="No test was run: foreign code runs only in a kernel sandbox, and there is none here.",
            not_done=(*notes, NotDone(what="the tests", why=error.message)),
            outputs={"test_report": {"verdict": "unknown", "isolation": None}},
        )
    before = None
    if patches and tools.workspace is not None and output.ran is not None:
        before = await tools.call(run_tests, RunTestsInput(environment=environment))
    failed = [case for case in output.cases if case.status in ("failed", "too_long")]
    counts = Counter(str(case.status) for case in output.cases)
    facts = told.facts(output)
    if built is not None and built.folder is not None:
        facts += [_installed(built)]
    if before is not None:
        facts += _compared(before, output)
    asked = _asked(task, output)
    findings = told.failures(failed, output) + told.untested(output)
    return Result(
        summary=_summary(output, counts, asked),
        facts=tuple(facts),
        findings=tuple(findings),
        not_done=(*notes, *told.not_run(output), *output.not_done, *_skipped_files(tools)),
        next_steps=_next_steps(findings, counts, output),
        artifacts=_artifacts(output, tools),
        outputs={"test_report": _report(output, failed, counts)},
    )


def _installed(built: InstallRequirementsOutput) -> Fact:
    sources = [Source(file=file, line=line or None, excerpt=text[:200]) for text, file, line in built.asked[:20]]
    text = f"For this run {len(built.installed)} packages were installed as wheels: {', '.join(built.installed)}."
    return Fact(text=text, sources=(Source(query="pip install --only-binary :all:"), *sources))


def _summary(output: RunTestsOutput, counts: Counter[str], asked: list[TestCase]) -> str:
    if output.ran is None:
        others = f" ({len(output.not_done)} kinds of tests in other languages were not run)" if output.not_done else ""
        return f"There are no Python tests here, so nothing was tested{others}."
    failing = counts["failed"] + counts["too_long"]
    ran = failing + counts["passed"]
    if ran == 0:
        why = next((note.why for note in output.not_done if note.what == "the tests"), "none gave a result")
        missing = next((case.what for case in output.cases if case.status == "needs"), None)
        return f"No test could run: {f'needs {missing}' if missing else why.removeprefix('could not run: ')}."
    parts = [
        f"{failing} of {ran} tests {'fails' if failing == 1 else 'fail'}"
        if failing
        else f"All {ran} tests that ran pass"
        if ran > 1
        else "The one test that ran passes"
    ]
    if asked:
        bad = sum(case.status != "passed" for case in asked)
        parts.insert(
            0, f"Of the {len(asked)} tests that were asked about {bad or 'none'} {'fails' if bad == 1 else 'fail'}"
        )
    if left := counts["needs"] + counts["blocked"] + counts["unsteady"]:
        parts.append(f"{left} could not be judged")
    if output.coverage and (percent := told.percent(output)) is not None:
        parts.append(f"{percent} % of {sum(one.statements for one in output.coverage)} statements are covered")
    if output.untested:
        parts.append(f"{len(output.untested)} {'module is' if len(output.untested) == 1 else 'modules are'} untested")
    if not output.complete:
        parts.append("the run was cut short")
    return "; ".join(parts) + f" (sandbox: {output.isolation})."


def _asked(task: Assignment, output: RunTestsOutput) -> list[TestCase]:
    """The tests that the goal names."""
    words = set(_WORD.findall(f"{task.goal} {task.objective}"))
    return [case for case in output.cases if case.function.rpartition("::")[2] in words and case.collected]


def _compared(before: RunTestsOutput, after: RunTestsOutput) -> list[Fact]:
    was = {case.test: case.status for case in before.cases}
    mended = [case.test for case in after.cases if case.status == "passed" and was.get(case.test) == "failed"]
    broken = [case.test for case in after.cases if case.status == "failed" and was.get(case.test) == "passed"]
    source = told.run_source(after)
    facts = [
        Fact(
            text=f"With the change {len(mended)} tests pass that failed, {len(broken)} fail that passed.",
            sources=(source,),
        )
    ]
    facts += [
        Fact(text=f"{test} passed before the change and fails with it.", sources=(source,)) for test in broken[:20]
    ]
    facts += [
        Fact(text=f"{test} failed before the change and passes with it.", sources=(source,)) for test in mended[:20]
    ]
    return facts


def _skipped_files(tools: Toolbox) -> list[NotDone]:
    """What was not copied; large files are copied, so only what the workspace itself refuses is named."""
    return (
        [] if tools.workspace is None else [note for note in tools.workspace.skipped if "larger than" not in note.why]
    )


def _next_steps(findings: list[Finding], counts: Counter[str], output: RunTestsOutput) -> tuple[str, ...]:
    steps = []
    if any(finding.severity == "high" for finding in findings):
        steps.append("Mend the failing tests before anything else is built on this state.")
    if counts["needs"]:
        steps.append(
            "Give the workspace a .venv with what its tests need, or run again with --install: what it declares is "
            "then installed for the run, in a throwaway environment."
        )
    if output.untested:
        steps.append(f"Write a first test for {output.untested[0][0]}.")
    return tuple(steps)


def _artifacts(output: RunTestsOutput, tools: Toolbox) -> tuple[Artifact, ...]:
    made = []
    if output.cases:
        rows = [(case.test, case.status, case.file, case.line, case.message or case.what) for case in output.cases]
        made.append(tools.artifact("tests.csv", "text/csv", to_csv(("test", "status", "file", "line", "why"), rows)))
    if output.coverage:
        measured = [(one.file, one.statements, one.covered) for one in output.coverage]
        made.append(tools.artifact("coverage.csv", "text/csv", to_csv(("file", "statements", "covered"), measured)))
    return tuple(made)


def _report(output: RunTestsOutput, failed: list[TestCase], counts: Counter[str]) -> JsonValue:
    ran = counts["passed"] + len(failed)
    unknown = ran == 0 or not output.complete or counts["needs"] > 0
    return {
        "verdict": "fail" if failed else "unknown" if unknown else "pass",
        "passed": counts["passed"],
        "failed": len(failed),
        "skipped": counts["skipped"],
        "not_run": counts["needs"] + counts["blocked"] + counts["unsteady"],
        "coverage_percent": told.percent(output),
        "failures": [
            {
                "test": case.test,
                "file": (case.cause or (case.file, case.line))[0],
                "line": (case.cause or (case.file, case.line))[1],
                "message": told.said(case),
            }
            for case in failed[:MAX_LISTED]
        ],
        "untested": [file for file, _ in output.untested[:MAX_LISTED]],
        "isolation": output.isolation,
    }
