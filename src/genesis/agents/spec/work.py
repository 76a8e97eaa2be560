"""Extracts and sharpens requirements, from the objective and the workspace's documents; plans the work they make.

Gives `requirements`: {"statements": [{"id", "text", "kind", "source"}], "entities": {name: [attribute, ...]},
"acceptance": [{"id", "given", "when", "then"}], "questions": [...]}. `kind` is must, should, may, story or feature;
an attribute is as it is written, with its type after a colon where the document has one ("age: integer"). A plan adds
"work": [{"id", "title", "requirement", "size", "after": [ids]}], in order.
"""

from __future__ import annotations

from genesis.agents.result import Assignment, Result
from genesis.agents.spec.page import requirements_page, source, work_page
from genesis.agents.spec.planning import Item, plan_work
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Fact, Finding, NotDone, Severity
from genesis.frozen import JsonValue
from genesis.tools.extract_requirements import (
    ExtractRequirementsInput,
    ExtractRequirementsOutput,
    Quoted,
    Requirement,
    extract_requirements,
)
from genesis.tools.requirements.wording import Fault, Remark

MAX_OF_A_FAULT = 15

_REMEDY: dict[Fault, str] = {
    "vague": "Say how it is measured: a figure with its unit, or an example that passes and one that fails.",
    "no_unit": "Name the unit.",
    "undecided": "Decide it, or name who decides and by when.",
    "duplicate": "Keep one of the two.",
    "conflict": "Decide which one holds, and strike the other.",
}


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Numbers what is required; with `planning` also orders the work."""
    text = task.objective if task.goal in task.objective else f"{task.objective}\n{task.goal}"[:20_000]
    files = tools.workspace.files if tools.workspace else ()
    named = tuple(
        one.name for one in files if "." in one.name and (one.name in text or one.name.rpartition("/")[2] in text)
    )
    quoted = _quoted(task.inputs.get("brief"))
    done = await tools.call(extract_requirements, ExtractRequirementsInput(objective=text, quoted=quoted, files=named))
    if not done.requirements:
        where = f"{done.documents} documents" if tools.workspace else "no workspace"
        raise NeedsMissing(
            f"{task.type} needs statements of what is wanted; neither the objective nor {where} holds any: write "
            f"sentences "
            "with must or should, user stories, or a list below a heading such as Requirements"
        )
    items = plan_work(done.requirements, done.remarks, tuple(done.entities)) if task.type == "planning" else []
    return _result(tools, done, items)


def _quoted(given: JsonValue) -> tuple[Quoted, ...]:
    """The sentences that a brief quotes, if they come in the shape that research gives."""
    if not isinstance(given, dict):
        return ()
    aspects = given.get("aspects")
    found: list[JsonValue] = []
    for aspect in aspects if isinstance(aspects, list) else []:
        statements = aspect.get("statements") if isinstance(aspect, dict) else None
        found += statements if isinstance(statements, list) else []
    return tuple(
        Quoted.model_validate({key: one.get(key) for key in ("text", "file", "line")})
        for one in found[:500]
        if isinstance(one, dict) and isinstance(one.get("text"), str) and isinstance(one.get("line"), int)
    )


def _result(tools: Toolbox, done: ExtractRequirementsOutput, items: list[Item]) -> Result:
    requirements, remarks = done.requirements, done.remarks
    questions = open_questions(done)
    artifacts = [tools.artifact("requirements.md", "text/markdown", requirements_page(done, questions))]
    if items:
        artifacts.append(tools.artifact("plan.md", "text/markdown", work_page(items)))
    not_done = list(done.left_out)
    if tools.workspace is not None and not done.read:
        not_done.append(NotDone(what=f"{done.documents} documents of the workspace", why="none states requirements"))
    if any(not attributes for attributes in done.entities.values()):
        bare = ", ".join(name for name, attributes in done.entities.items() if not attributes)
        not_done.append(NotDone(what=f"attributes of {bare}", why="nothing says which they have"))
    statements: list[JsonValue] = [
        {"id": one.id, "text": one.text, "kind": one.kind, "source": str(source(one))} for one in requirements
    ]
    acceptance: list[JsonValue] = [
        {"id": one.id, "given": one.criterion.given, "when": one.criterion.when, "then": one.criterion.then}
        for one in requirements
    ]
    output: dict[str, JsonValue] = {
        "statements": statements,
        "entities": {name: list(attributes) for name, attributes in done.entities.items()},
        "acceptance": acceptance,
        "questions": list(questions),
    }
    if items:
        output["work"] = [
            {
                "id": one.id,
                "title": one.title,
                "requirement": one.requirement,
                "size": one.size,
                "after": list(one.after),
            }
            for one in items
        ]
    return Result(
        summary=_summary(done, questions, items),
        facts=tuple(Fact(text=f"{one.id} ({one.kind}): {one.text}", sources=(source(one),)) for one in requirements),
        findings=_findings(requirements, remarks),
        not_done=tuple(not_done),
        next_steps=tuple(questions[:5]),
        artifacts=tuple(artifacts),
        outputs={"requirements": output},
    )


def _summary(done: ExtractRequirementsOutput, questions: tuple[str, ...], items: list[Item]) -> str:
    kinds = {
        kind: sum(one.kind == kind for one in done.requirements)
        for kind in ("must", "should", "may", "story", "feature")
    }
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
    faults = {fault: len({one.at for one in done.remarks if one.fault == fault}) for fault in _REMEDY}
    from_objective = sum(one.file is None for one in done.requirements)
    places = [f"{len(done.read)} documents"] if done.read else []
    places += ["the objective"] if from_objective else []
    planned = ""
    if items:
        sizes = ", ".join(f"{sum(one.size == size for one in items)} {size}" for size in ("S", "M", "L"))
        waiting = sum(bool(one.after) for one in items)
        planned = f"; {len(items)} pieces of work in order ({sizes}), {waiting} of which wait for another"
    return (
        f"{len(done.requirements)} requirements ({told}) from {' and '.join(places)}: {faults['vague']} are vague, "
        f"{faults['no_unit'] + faults['undecided']} lack a unit or a decision, {faults['duplicate']} repeat another, "
        f"{faults['conflict']} contradict another, {len(questions)} questions are open{planned}."
    )


def _findings(requirements: tuple[Requirement, ...], remarks: tuple[Remark, ...]) -> tuple[Finding, ...]:
    found: list[Finding] = []
    counts: dict[Fault, int] = dict.fromkeys(_REMEDY, 0)
    for one in remarks:
        counts[one.fault] += 1
        if counts[one.fault] > MAX_OF_A_FAULT:
            continue
        about = requirements[one.at]
        found.append(
            Finding(
                kind=f"{one.fault}_requirement",
                severity=_severity(one.fault, about),
                message=_told(one, about, requirements),
                source=source(about),
                remedy=_REMEDY[one.fault],
            )
        )
    for fault, count in counts.items():
        if count > MAX_OF_A_FAULT:
            message = (
                f"{count - MAX_OF_A_FAULT} more requirements have the fault {fault}; requirements.md marks them all."
            )
            found.append(Finding(kind=f"{fault}_requirement", severity="info", message=message, remedy=_REMEDY[fault]))
    return tuple(found)


def _severity(fault: Fault, about: Requirement) -> Severity:
    if fault == "conflict":
        return "high"
    if fault == "duplicate":
        return "low"
    return "medium" if about.kind == "must" or fault in {"no_unit", "undecided"} else "low"


def _told(one: Remark, about: Requirement, requirements: tuple[Requirement, ...]) -> str:
    words = ", ".join(f"“{word}”" for word in one.words)
    if one.other is not None:
        verb = "contradicts" if one.fault == "conflict" else "repeats"
        other = requirements[one.other]
        return f"{about.id} “{about.text}” {verb} {other.id} “{other.text}” ({source(other)})"
    said = {
        "vague": "cannot be tested as worded",
        "no_unit": "has a figure without unit",
        "undecided": "is not decided",
    }
    return f"{about.id} {said[one.fault]} ({words}): “{about.text}”"


def open_questions(done: ExtractRequirementsOutput) -> tuple[str, ...]:
    """What somebody has to answer before the requirements can be built and tested."""
    asked = []
    for one in done.remarks:
        about = done.requirements[one.at]
        words = ", ".join(one.words)
        if one.fault == "vague":
            asked.append(f"{about.id}: what does “{words}” mean in figures?")
        elif one.fault == "no_unit":
            asked.append(f"{about.id}: which unit has {words}?")
        elif one.fault == "undecided":
            asked.append(f"{about.id}: who decides what is still open ({words})?")
        elif one.fault == "conflict" and one.other is not None:
            asked.append(f"{done.requirements[one.other].id} or {about.id}: which one holds?")
    asked += [f"{one.id}: {one.criterion.question}" for one in done.requirements if one.criterion.question]
    return tuple(dict.fromkeys(asked))
