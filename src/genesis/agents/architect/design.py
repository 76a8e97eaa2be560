"""Names the parts of a system that is to be, from the words of who asks for it: parts, seams, places, open questions.

Nothing is sized, priced or chosen here: figures and products are repeated when they were given, and asked for when not.
"""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.architect.record import plain
from genesis.agents.architect.statements import Statement, statements_of
from genesis.agents.architect.vocabulary import FIGURE, Part, Seam, vocabulary
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Fact, NotDone, Source
from genesis.frozen import JsonValue
from genesis.page.graph import Arrow, Node, draw_graph
from genesis.tools.map_modules import MapModulesInput, map_modules

INFRASTRUCTURE = (
    "load balancer",
    "container platform",
    "monitoring",
    "backup",
    "delivery pipeline",
    "secret store",
    "network boundary",
)


async def design(task: Assignment, tools: Toolbox) -> Result:
    """Components, seams, where they run, what is given, what is open; raises `NeedsMissing` when nothing is named."""
    statements, words = statements_of(task), vocabulary()
    found = [
        (part, first.around(part.pattern))
        for part in words.parts
        if (first := next((one for one in statements if part.pattern.search(one.text)), None))
    ]
    if task.type == "system_design":
        found = [pair for pair in found if pair[0].name not in INFRASTRUCTURE] or found
    if not found:
        raise NeedsMissing(
            "a design needs what the system is to do: say who uses it, what they do with it and what is kept, "
            "or let a task that writes requirements come first"
        )
    found = _with_implied(found)
    parts = [part for part, _ in found]
    names = {part.name for part in parts}
    seams = [seam for seam in words.seams if seam.start in names and seam.to in names]
    everything = " ".join(statement.text for statement in statements)
    given = _given(statements)
    figures = _figures(statements)
    questions = _questions(parts, everything, seams)
    facts = [
        Fact(
            text=f"{part.name} {'follows from the rest' if first.implied else 'is asked for'}: {part.purpose}.",
            sources=(first.source,),
        )
        for part, first in found
    ]
    facts += [Fact(text=f"{name} is given.", sources=(where.source,)) for name, where in given.items()]
    facts += [Fact(text=f"A figure is given: {figure}.", sources=(where.source,)) for figure, where in figures.items()]
    facts += await _there_already(tools)
    drawing = draw_graph(
        [Node(part.name, part.name, f"{part.purpose}; runs in {part.runs}") for part in parts],
        [Arrow(seam.start, seam.to, detail=f"{seam.start} → {seam.to}: {seam.by}") for seam in seams],
        title="Parts of the system and their seams",
        description=f"{len(parts)} parts, {len(seams)} seams. An arrow points from who calls to who is called.",
    )
    text = _record(task, found, seams, list(given), list(figures), questions)
    artifacts = (
        tools.artifact("design.svg", "image/svg+xml", drawing),
        tools.artifact("design.md", "text/markdown", text),
    )
    components: list[JsonValue] = [{"name": part.name, "purpose": part.purpose, "runs": part.runs} for part in parts]
    joined: list[JsonValue] = [{"from": seam.start, "to": seam.to, "by": seam.by} for seam in seams]
    return Result(
        summary=f"{_count(parts, 'component')} and {_count(seams, 'seam')} follow from what was asked "
        f"({', '.join(part.name for part in parts[:4])}{', …' * (len(parts) > 4)}); "
        f"{_count(questions, 'question')} open.",
        facts=tuple(facts),
        not_done=(
            NotDone(
                what="sizing and cost", why="no figure is computed from words; the figures that were given are repeated"
            ),
            NotDone(
                what="a choice between products",
                why="it needs a person's judgement or a language model; none is configured",
            ),
        ),
        next_steps=tuple(questions[:3]),
        artifacts=artifacts,
        outputs={
            "design": {
                "kind": "design",
                "components": components,
                "seams": joined,
                "given": list(given),
                "open_questions": list(questions),
                "artifacts": [one.name for one in artifacts],
            }
        },
    )


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'s' * (len(things) != 1)}"


def _with_implied(found: list[tuple[Part, Statement]]) -> list[tuple[Part, Statement]]:
    """With the parts that nobody named but that those named need, in the vocabulary's order."""
    by_name = {part.name: (part, why) for part, why in found}
    words = vocabulary()
    parts = {part.name: part for part in words.parts}
    for rule in words.implied:
        if by_name.keys() & set(rule.some) and not by_name.keys() & set(rule.absent):
            by_name[rule.name] = (parts[rule.name], Statement("implied", rule.why, implied=True))
    return [by_name[part.name] for part in words.parts if part.name in by_name]


def _given(statements: list[Statement]) -> dict[str, Statement]:
    found: dict[str, Statement] = {}
    for statement in statements:
        for name in vocabulary().products.findall(statement.text):
            if name.lower() not in {one.lower() for one in found} and not (name.lower() == "go" and name != "Go"):
                found[name] = statement
    return found


def _figures(statements: list[Statement]) -> dict[str, Statement]:
    found: dict[str, Statement] = {}
    for statement in statements:
        for figure in FIGURE.findall(statement.text):
            found.setdefault(figure.strip(), statement)
    return found


def _questions(parts: list[Part], text: str, seams: list[Seam]) -> list[str]:
    """What the text leaves open: of every system, then of the parts that it has."""
    asked = [question.ask for question in vocabulary().questions if question.is_open(text)]
    asked += [question for part in parts for question in part.asks]
    alone = [part.name for part in parts if not any(part.name in (seam.start, seam.to) for seam in seams)]
    asked += [
        f"Nothing that was said joins {name} to another part: what does it talk to?" for name in alone if len(parts) > 1
    ]
    return list(dict.fromkeys(asked))


async def _there_already(tools: Toolbox) -> list[Fact]:
    """What a workspace holds of it already."""
    if tools.workspace is None:
        return []
    mapped = await tools.call(map_modules, MapModulesInput())
    code = [module for module in mapped.modules if module.role == "code"]
    tops: dict[str, list[str]] = {}
    for module in code:
        tops.setdefault(module.name.split(".")[0], []).append(module.file)
    return [
        Fact(
            text=f"The workspace already holds the package {top} with {len(files)} modules.",
            sources=(Source(file=files[0]),),
        )
        for top, files in sorted(tops.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:5]
        if len(files) > 1
    ]


def _record(
    task: Assignment,
    found: list[tuple[Part, Statement]],
    seams: list[Seam],
    given: list[str],
    figures: list[str],
    questions: list[str],
) -> str:
    title = "Infrastructure design" if task.type == "infrastructure_design" else "System design"
    lines = [
        f"# {title}",
        "",
        "## Asked",
        "",
        plain(task.goal),
        "",
        "![parts and seams](design.svg)",
        "",
        "## Parts",
        "",
    ]
    lines += ["| part | what for | runs in | because it was said |", "|---|---|---|---|"]
    lines += [
        f"| {part.name} | {part.purpose} | {part.runs} | {plain(first.text)} ({plain(first.where)}) |"
        for part, first in found
    ]
    lines += ["", "## Seams", ""]
    lines += [f"- {seam.start} → {seam.to}: {seam.by}" for seam in seams] or [
        "None: the parts that were named do not join."
    ]
    lines += ["", "## Given", ""]
    lines += [f"- {plain(one)}" for one in [*given, *figures]] or ["Neither a product nor a figure was given."]
    lines += [
        "",
        "## Proposed",
        "",
        "The parts and seams above. Each follows from a sentence that was said; none was sized or priced.",
    ]
    lines += [
        "",
        "## Undecided",
        "",
        *(f"{number}. {plain(question)}" for number, question in enumerate(questions, 1)),
        "",
    ]
    return "\n".join(lines)
