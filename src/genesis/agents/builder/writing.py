"""implement, code: scaffolds what follows from the statements, runs its tests, names what needs a model."""

from __future__ import annotations

import re
from collections.abc import Mapping

from genesis.agents.builder.change import handed_over
from genesis.agents.change import earlier
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Fact, Finding, NotDone, Source
from genesis.frozen import JsonValue
from genesis.tools.run_tests import RunTestsInput, RunTestsOutput, run_tests
from genesis.tools.scaffold_code import ScaffoldCodeInput, ScaffoldCodeOutput, Stated, scaffold_code

_DEMANDS = re.compile(
    r"\b(?:must|should|shall|has to|have to|needs? to|when|whenever|if|unless|only|never|always|at most)\b",
    re.IGNORECASE,
)

_MARKED = {"function": "; it raises NotImplementedError", "command": "; it raises NotImplementedError"}
_END = re.compile(r"(?<!e\.g\.)(?<!i\.e\.)(?<=[.!?;])\s+(?=[A-Za-z`\"'(])")


async def write(task: Assignment, tools: Toolbox) -> Result:
    """Raises `NeedsMissing` when nothing at all follows from the statements without a model."""
    stated, entities = _stated(task)
    patches = earlier(task, tools)
    try:
        made = await tools.call(scaffold_code, ScaffoldCodeInput(statements=stated, entities=entities, patches=patches))
    except NeedsMissing as error:
        raise NeedsMissing(f"{task.goal[:200]}: {error.message}") from error
    tested = None
    if made.tests:
        given = RunTestsInput(patches=(*patches, made.patch), paths=made.tests)
        tested = await tools.call(run_tests, given)
    open_parts = [part for part in made.parts if part.open]
    proven = (
        None
        if tested is None
        else all(case.status in ("passed", "xfailed") for case in tested.cases) and bool(tested.cases)
    )
    artifacts, outputs = handed_over(
        tools, made.patch, made.files, tests=made.tests, open_parts=[part.name for part in open_parts], proven=proven
    )
    return Result(
        summary=_summary(made, tested),
        facts=tuple(_facts(made, stated, tested)),
        findings=tuple(_findings(made, tested)),
        not_done=tuple(_not_done(made, stated, tested)),
        next_steps=_next_steps(made),
        artifacts=artifacts,
        outputs=outputs,
    )


def _stated(task: Assignment) -> tuple[tuple[Stated, ...], dict[str, tuple[str, ...]]]:
    """Statements of an earlier specification, then the sentences of the objective."""
    found: list[Stated] = []
    given = task.inputs.get("requirements")
    entities: dict[str, tuple[str, ...]] = {}
    if isinstance(given, dict):
        found += [
            Stated(text=str(one["text"])[:2000], id=str(one.get("id") or ""))
            for one in _list(given.get("statements"))
            if isinstance(one, dict) and isinstance(one.get("text"), str)
        ]
        named = given.get("entities")
        if isinstance(named, Mapping):
            entities = {str(name): tuple(str(one) for one in _list(fields)) for name, fields in named.items()}
    known = {" ".join(one.text.split()) for one in found}
    text = task.objective if task.goal in task.objective else f"{task.goal}\n{task.objective}"
    found += [Stated(text=one) for one in sentences(text) if " ".join(one.split()) not in known]
    return tuple(found), entities


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def sentences(text: str) -> list[str]:
    """Lines and sentences; a prompt of Python (`>>>`) keeps the line that answers it."""
    joined = re.sub(r"(?m)^(\s*>>> .+)\n(?=\s*\S)", "\\1\u2028", text)
    found: list[str] = []
    for line in joined.split("\n"):
        line = line.replace("\u2028", "\n").strip()
        found += [line] if ">>>" in line else [one.strip() for one in _END.split(line)]
    return [one for one in found if any(character.isalnum() for character in one)]


def _source(stated: tuple[Stated, ...], at: int | None) -> Source:
    if at is None:
        return Source(query="the statements of the task, taken together")
    one = stated[at]
    return Source(query=f"{f'requirement {one.id}' if one.id else 'the objective'}: {' '.join(one.text.split())[:300]}")


def _facts(made: ScaffoldCodeOutput, stated: tuple[Stated, ...], tested: RunTestsOutput | None) -> list[Fact]:
    found: list[Fact] = []
    for part in made.parts:
        state = f"left open ({part.open})" if part.open else f"written ({part.detail})"
        text = f"The {part.kind} {part.name} is {state}."
        found.append(Fact(text=text, sources=(_source(stated, part.statement),)))
    if made.assumed:
        listed = ", ".join(made.assumed)
        source = Source(formula="type from the field's name, where no type was said")
        found.append(Fact(text=f"Assumed types: {listed}.", sources=(source,)))
    if tested is not None and tested.ran:
        passed = sum(case.status == "passed" for case in tested.cases)
        waiting = sum(case.status == "xfailed" for case in tested.cases)
        text = f"{passed} of {len(tested.cases)} generated tests pass in the sandbox"
        text += f"; {waiting} wait for what is not written." if waiting else "."
        found.append(Fact(text=text, sources=(Source(query=f"{tested.ran} in the sandbox ({tested.isolation})"),)))
    return found


def _findings(made: ScaffoldCodeOutput, tested: RunTestsOutput | None) -> list[Finding]:
    found: list[Finding] = [
        Finding(
            kind="contradictory_rules",
            severity="medium",
            message=f"No value keeps all the rules that are stated for {name}.",
            source=Source(query=f"the rules stated for {name}"),
            remedy="Say which of the rules holds.",
        )
        for name in made.contradictory
    ]
    if tested is None:
        return found
    return found + [
        Finding(
            kind="generated_test_failure",
            severity="high",
            message=f"{case.test} fails on the generated code: {case.message or case.exception}",
            source=Source(file=case.file, line=case.line, excerpt=tested.excerpts.get(f"{case.file}:{case.line}")),
            remedy="Do not apply the patch as it is.",
        )
        for case in tested.cases
        if case.status in ("failed", "too_long")
    ]


def _not_done(made: ScaffoldCodeOutput, stated: tuple[Stated, ...], tested: RunTestsOutput | None) -> list[NotDone]:
    notes = [
        NotDone(what=f"{part.kind} {part.name}", why=f"needs a model: {part.open}{_MARKED.get(part.kind, '')}")
        for part in made.parts
        if part.open
    ]
    for at in made.unused:
        one = stated[at]
        if one.id or _DEMANDS.search(one.text):
            what = f"{one.id}: {one.text}" if one.id else one.text
            notes.append(
                NotDone(what=" ".join(what.split())[:300], why="needs a model: no code follows from it by rule")
            )
    notes += [NotDone(what=name, why="it is already there, and was left as it is") for name in made.kept]
    if tested is not None:
        notes += [note for note in tested.not_done if note.what in ("the tests", "the rest of the tests")]
    return notes


def _summary(made: ScaffoldCodeOutput, tested: RunTestsOutput | None) -> str:
    written = [part for part in made.parts if not part.open]
    open_parts = [part for part in made.parts if part.open]
    counts = ", ".join(
        f"{count} {kind if count == 1 else many}"
        for kind, many in (("entity", "entities"), ("function", "functions"), ("option", "options"))
        if (count := sum(part.kind == kind for part in written))
    )
    text = f"Wrote {made.name} in {len(made.files)} files: {counts or 'signatures only'}"
    if open_parts:
        text += (
            f"; {', '.join(part.name for part in open_parts[:5])} {'is' if len(open_parts) == 1 else 'are'} left open"
        )
    if tested is not None and tested.cases:
        good = sum(case.status in ("passed", "xfailed") for case in tested.cases)
        bad = len(tested.cases) - good
        text += (
            f"; {bad} of {len(tested.cases)} generated tests do not pass" if bad else f"; {good} generated tests run"
        )
    return text + "."


def _next_steps(made: ScaffoldCodeOutput) -> tuple[str, ...]:
    steps = ["Read the patch, then apply it."]
    if any(part.open for part in made.parts):
        steps.append("Write what raises NotImplementedError; its stated examples are tests that then begin to count.")
    if made.assumed:
        steps.append("Look over the types that were assumed from names.")
    return tuple(steps)
