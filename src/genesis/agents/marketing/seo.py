"""The check of pages as a result: findings with file and line, the worst first, all of them in a table."""

from __future__ import annotations

from collections import Counter

from genesis.agents.change import is_change
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Fact, Finding, NotDone, Source, by_severity
from genesis.frozen import JsonValue
from genesis.tools.check_seo import CheckSeoInput, CheckSeoOutput, GivenPage, SeoFault, check_seo
from genesis.tools.documents.library import decode
from genesis.tools.tabular.export import to_csv

MAX_OF_A_KIND = 10


async def check(task: Assignment, tools: Toolbox) -> Result:
    """Checks the workspace's pages and those that earlier tasks made."""
    done = await tools.call(check_seo, CheckSeoInput(pages=_made(task, tools)))
    if not done.pages:
        raise NeedsMissing(
            "seo needs pages: give a workspace with HTML or Markdown pages, or make one in an earlier task"
        )
    counts = Counter(one.kind for one in done.faults)
    faulty = len({one.file for one in done.faults if one.severity != "info"})
    worst = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.most_common(5))
    pages = f"{len(done.pages)} page{'s' if len(done.pages) > 1 else ''}"
    summary = (
        f"{pages} checked for title, description, headings, image texts and canonical: {faulty} have faults ({worst})."
        if done.faults
        else f"{pages} checked for title, description, headings, image texts and canonical: no fault was found."
    )
    faults: dict[str, JsonValue] = dict(sorted(counts.items()))
    return Result(
        summary=summary,
        facts=tuple(_counted(done)),
        findings=tuple(_findings(done.faults)),
        not_done=(
            *done.left_out,
            NotDone(what="how the pages rank", why="no search engine is asked; only the files are read"),
        ),
        artifacts=(tools.artifact("seo.csv", "text/csv", _table(done.faults)),),
        outputs={"content": {"pages": len(done.pages), "faults": faults}},
    )


def _made(task: Assignment, tools: Toolbox) -> tuple[GivenPage, ...]:
    """The pages among the artifacts of earlier tasks, also those that a patch adds."""
    found: dict[str, str] = {}
    for artifact in task.artifacts:
        name = artifact.name.lower()
        if artifact.size > 2_000_000 or not (is_change(artifact) or name.endswith((".html", ".htm"))):
            continue
        text = decode(tools.store.read(artifact)) or ""
        if is_change(artifact):
            found |= _added(text)
        else:
            found[artifact.name] = text
    return tuple(GivenPage(name=name, text=text) for name, text in sorted(found.items())[:200])


def _added(patch: str) -> dict[str, str]:
    """The HTML files that a unified diff adds whole."""
    found: dict[str, list[str]] = {}
    name, new = "", False
    for line in patch.split("\n"):
        if line.startswith("--- "):
            new, name = line[4:].startswith("/dev/null"), ""
        elif line.startswith("+++ ") and new and not name:
            name = line[4:].strip().removeprefix("b/")
            if not name.lower().endswith((".html", ".htm")):
                name = ""
        elif line.startswith("diff ") or line.startswith("@@"):
            continue
        elif name and line.startswith("+"):
            found.setdefault(name, []).append(line[1:])
    return {one: "\n".join(lines) for one, lines in found.items()}


def _source(one: SeoFault) -> Source:
    return Source(file=one.file, line=one.line, excerpt=one.excerpt or None)


def _findings(faults: tuple[SeoFault, ...]) -> list[Finding]:
    counts: Counter[str] = Counter()
    found = []
    for one in faults:
        counts[one.kind] += 1
        if counts[one.kind] <= MAX_OF_A_KIND:
            found.append(
                Finding(
                    kind=one.kind,
                    severity=one.severity,
                    message=f"{one.file}: {one.message}",
                    source=_source(one),
                    remedy=one.remedy,
                )
            )
    for kind, count in sorted(counts.items()):
        if count > MAX_OF_A_KIND:
            message = f"{count - MAX_OF_A_KIND} more of the kind {kind}; seo.csv lists them all."
            found.append(Finding(kind=kind, severity="info", message=message))
    return by_severity(found)


def _counted(done: CheckSeoOutput) -> list[Fact]:
    kinds: dict[str, list[SeoFault]] = {}
    for one in done.faults:
        kinds.setdefault(one.kind, []).append(one)
    return [
        Fact(
            text=f"{len({one.file for one in faults})} of {len(done.pages)} pages: {kind.replace('_', ' ')}.",
            sources=tuple(_source(one) for one in faults[:5]),
        )
        for kind, faults in sorted(kinds.items())
    ]


def _table(faults: tuple[SeoFault, ...]) -> str:
    names = ("file", "line", "severity", "kind", "message", "remedy")
    return to_csv(names, [(one.file, one.line, one.severity, one.kind, one.message, one.remedy) for one in faults])
