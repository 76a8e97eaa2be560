"""build: lints and formats a copy, builds wheel and source distribution, says what is wrong with either."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from genesis.agents.builder.change import handed_over
from genesis.agents.change import earlier
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.finding import Artifact, Fact, Finding, NotDone, Severity, Source
from genesis.tools.build_package import BuildPackageInput, BuildPackageOutput, build_package
from genesis.tools.lint_code import Diagnostic, LintCodeInput, LintCodeOutput, lint_code

MAX_FINDINGS = 40
# What is a defect whoever wrote the style guide; other rules are counted only.
_SEVERITY: dict[str, Severity] = {
    "F821": "high",  # undefined name
    "F822": "medium",  # undefined name in __all__
    "F823": "high",  # local variable used before assignment
    "F702": "high",
    "F701": "high",
    "F706": "high",
    "F811": "medium",  # defined again, so the first is lost
    "F601": "medium",
    "F502": "high",
    "F507": "high",
    "F632": "medium",  # `is` with a literal
    "F402": "medium",
    "F841": "low",
    "F401": "low",
    "F403": "low",
    "F405": "low",
    "F541": "low",
}


async def build(task: Assignment, tools: Toolbox) -> Result:
    """Builds the workspace, or the code of earlier tasks."""
    patches = earlier(task, tools)
    linted = await tools.call(lint_code, LintCodeInput(patches=patches))
    fixed = (*patches, linted.patch) if linted.patch else patches
    built = await tools.call(build_package, BuildPackageInput(patches=fixed))
    if linted.checked == 0 and built.backend is None:
        return Result(
            summary="There is nothing to build here: no Python file and no build backend.",
            not_done=(NotDone(what="a build", why="only Python projects are built; none is here"),),
            outputs=handed_over(tools, "", ())[1],
        )
    proven = False if built.broken or built.errors else True if built.built else None
    made, outputs = handed_over(tools, linted.patch, linted.files, proven=proven)
    return Result(
        summary=_summary(linted, built),
        facts=tuple(_facts(linted, built)),
        findings=(*_broken(built), *_failed(built), *_lint(linted), *_missing(built)),
        not_done=tuple(_not_done(linted, built)),
        next_steps=("Apply changes.patch: it holds only fixes that change no behaviour.",) if linted.patch else (),
        artifacts=(*made, *_distributions(built, tools)),
        outputs=outputs,
    )


def _summary(linted: LintCodeOutput, built: BuildPackageOutput) -> str:
    what = f"{built.name or 'The project'} {built.version or ''}".strip()
    if built.built:
        text = f"{what} builds: {', '.join(one.name for one in built.built)}"
    elif built.errors:
        text = f"{what} does not build: {built.errors[0].splitlines()[0][:200]}"
    elif built.broken:
        text = f"{what} was not built, and {len(built.broken)} of its files are not valid Python"
    else:
        text = f"{what} was not built; {built.compiled} files byte-compile"
    mended = sum(linted.fixed.values())
    if mended or linted.formatted:
        text += f"; the patch mends {mended} lint findings and formats {linted.formatted} files"
    return text + "."


def _facts(linted: LintCodeOutput, built: BuildPackageOutput) -> list[Fact]:
    compiled = Source(query=f"byte-compiling every .py file, {built.environment}, in the sandbox ({built.isolation})")
    text = f"{built.compiled} of {built.compiled + len(built.broken)} Python files compile."
    found = [Fact(text=text, sources=(compiled,))]
    for one in built.built:
        source = Source(
            query=f"{built.backend} build_{one.kind}, {built.environment}, in the sandbox ({built.isolation})"
        )
        inside = f" with {len(one.files)} files" if one.files else ""
        found.append(Fact(text=f"{one.kind}: {one.name}, {one.size:,} bytes{inside}.", sources=(source,)))
    rules = ", ".join(linted.rules) or "the project's own rules"
    checked = Source(query=f"{linted.ruff} check ({rules}) over {linted.checked} files")
    if linted.fixed:
        listed = ", ".join(f"{count} x {rule}" for rule, count in linted.fixed.items())
        found.append(Fact(text=f"Mended by safe fixes: {listed}.", sources=(checked,)))
    counts = Counter(one.rule for one in linted.diagnostics if one.rule not in _SEVERITY)
    if counts:
        listed = ", ".join(f"{count} x {rule}" for rule, count in sorted(counts.items()))
        found.append(Fact(text=f"Left of the project's own rules: {listed}.", sources=(checked,)))
    if not linted.diagnostics and not linted.fixed:
        found.append(Fact(text=f"The linter finds nothing in {linted.checked} files.", sources=(checked,)))
    if linted.unformatted:
        text = f"{linted.unformatted} files are not in the formatter's style; they were left as they are."
        found.append(Fact(text=text, sources=(Source(query=f"{linted.ruff} format --check"),)))
    return found


def _broken(built: BuildPackageOutput) -> list[Finding]:
    return [
        Finding(
            kind="syntax_error",
            severity="high",
            message=f"{one.file} is not valid Python: {one.message}",
            source=Source(file=one.file, line=one.line, excerpt=one.excerpt),
            remedy="Mend the line; nothing that imports this file works.",
        )
        for one in built.broken[:MAX_FINDINGS]
    ]


def _failed(built: BuildPackageOutput) -> list[Finding]:
    return [
        Finding(
            kind="build_failure",
            severity="high",
            message=error[:600],
            source=Source(query=f"{built.backend} in the sandbox ({built.isolation})"),
            remedy="Build it by hand with `python -m build` and mend what the backend names.",
        )
        for error in built.errors
    ]


def _lint(linted: LintCodeOutput) -> list[Finding]:
    """What is left of the rules that are right for everybody; the rest is taste, and only counted."""
    defects = [one for one in linted.diagnostics if one.rule in _SEVERITY]
    return [_defect(one) for one in defects[:MAX_FINDINGS]]


def _defect(one: Diagnostic) -> Finding:
    return Finding(
        kind="lint_defect",
        severity=_SEVERITY[one.rule],
        message=f"{one.rule}: {one.message}",
        source=Source(file=one.file, line=one.line, excerpt=one.excerpt),
        remedy="Mend it by hand: no fix that is safe by itself is known.",
    )


def _missing(built: BuildPackageOutput) -> list[Finding]:
    """Modules of the project's packages that the wheel does not have: what works here and not where it is installed."""
    wheel = next((one for one in built.built if one.kind == "wheel"), None)
    if wheel is None:
        return []
    return [
        Finding(
            kind="not_in_wheel",
            severity="high",
            message=f"{file} is not in {wheel.name}: it will be missing where the package is installed.",
            source=Source(file=file),
            remedy="Add its package to what the build backend includes.",
        )
        for module, file in built.modules
        if module not in wheel.files
    ][:MAX_FINDINGS]


def _not_done(linted: LintCodeOutput, built: BuildPackageOutput) -> list[NotDone]:
    notes = [NotDone(what="a wheel and a source distribution", why=built.why)] if built.why else []
    if linted.refused:
        why = f"ruff refused them ({linted.refused}); it looked with its own for what is certain"
        notes.append(NotDone(what="linting with the project's own settings", why=why))
    return notes


def _distributions(built: BuildPackageOutput, tools: Toolbox) -> tuple[Artifact, ...]:
    media = {"wheel": "application/zip", "sdist": "application/gzip"}
    return tuple(
        tools.artifact(one.name.replace("+", "_")[:128], media[one.kind], Path(one.path).read_bytes())
        for one in built.built
    )
