"""refactor: mechanical edits that change no behaviour, proven by the same tests before and after."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from genesis.agents.builder.change import handed_over, statuses
from genesis.agents.change import earlier
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import Conflict, NeedsMissing, NotFound, RequestInvalid
from genesis.finding import Fact, Finding, NotDone, Source
from genesis.tools.lint_code import LintCodeInput, lint_code
from genesis.tools.move_definition import MoveDefinitionInput, move_definition
from genesis.tools.rename_symbol import RenameSymbolInput, rename_symbol
from genesis.tools.run_tests import RunTestsInput, RunTestsOutput, run_tests

_QUOTE = r"[`'\"]?"
_ONE = rf"{_QUOTE}[A-Za-z_]\w*{_QUOTE}"
_RENAME = re.compile(
    rf"\brenam(?:e|ing)\s+(?:the\s+)?(?:function|class|variable|constant|symbol|name)?\s*{_QUOTE}(?P<old>[A-Za-z_]\w*){_QUOTE}"
    rf"(?:\(\))?\s+(?:to|into|as|->)\s+{_QUOTE}(?P<new>[A-Za-z_]\w*)",
    re.IGNORECASE,
)
_MOVE = re.compile(
    rf"\bmov(?:e|ing)\s+(?:the\s+)?(?:functions?|class(?:es)?)?\s*(?P<names>{_ONE}(?:\s*(?:,|and|&)\s*{_ONE}){{0,9}})"
    rf"\s+(?:from|out of)\s+{_QUOTE}(?P<source>[\w./-]+\.py){_QUOTE}\s+(?:in)?to\s+(?:a\s+new\s+)?"
    rf"(?:module\s+|file\s+)?{_QUOTE}(?P<target>[\w./-]+\.py)",
    re.IGNORECASE,
)
_SORT = re.compile(r"\b(?:sort|order|organi[sz]e|tidy|clean(?: up)?)\w*\b[^.;]{0,30}\bimports?\b", re.IGNORECASE)
_UNUSED = re.compile(r"\b(?:unused|dead|unneeded|superfluous)\b[^.;]{0,30}\bimports?\b", re.IGNORECASE)
_FORMAT = re.compile(r"\b(?:re)?format(?:ting|ted)?\b", re.IGNORECASE)
_BEYOND = re.compile(
    r"\b(?:extract|simplif\w+|decouple|split|break up|restructure|duplicat\w+|complex\w*|design pattern|readab\w+"
    r"|inline|modulari\w+|introduce|replace|convert|async|performance|faster|migrate|rewrite|type hints"
    r"|dependency injection)\b",
    re.IGNORECASE,
)


_CANNOT = (NotFound, Conflict, RequestInvalid)


@dataclass
class _Edits:
    """What has been done so far: each patch builds on those before it."""

    patches: list[str]
    files: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    notes: list[NotDone] = field(default_factory=list)


async def refactor(task: Assignment, tools: Toolbox) -> Result:
    """Does the mechanical edits that the goal names; raises `NeedsMissing` when it names none."""
    if tools.workspace is None:
        raise NeedsMissing("refactoring needs a workspace: give the run the folder with the code")
    base = earlier(task, tools)
    edits = _Edits([*base])
    text = task.goal if task.objective in task.goal else f"{task.goal}\n{task.objective}"
    asked = await _edit(text, edits, tools)
    made = edits.patches[len(base) :]
    if not made:
        why = "needs a model: it asks for a judgement about the design" if not asked else "nothing had to be changed"
        return Result(
            summary=_unchanged(edits, asked),
            facts=tuple(edits.facts),
            not_done=(*edits.notes, *([] if asked else [NotDone(what=task.goal[:300], why=why)])),
            outputs=handed_over(tools, "", ())[1],
        )
    before = await tools.call(run_tests, RunTestsInput(patches=base))
    after = await tools.call(run_tests, RunTestsInput(patches=tuple(edits.patches)))
    proven, proof = _proof(before, after)
    whole = "".join(made) if len(made) == 1 else await _joined(edits, len(base), tools)
    broken = _broken(before, after)
    keep = proven is not False
    artifacts, outputs = handed_over(
        tools, whole if keep else "", sorted(set(edits.files)) if keep else [], proven=proven
    )
    return Result(
        summary=_summary(edits, before, proven),
        facts=(*edits.facts, *proof),
        findings=tuple(broken),
        not_done=(*edits.notes, *_unproven(before, proven)),
        next_steps=("Read the patch, then apply it.",) if keep else (),
        artifacts=artifacts,
        outputs=outputs,
    )


def _unchanged(edits: _Edits, asked: bool) -> str:
    if edits.notes:
        return f"Nothing was changed: {edits.notes[0].why}."
    return f"Nothing was changed: {'what was asked is already so' if asked else 'no mechanical edit was named'}."


async def _edit(text: str, edits: _Edits, tools: Toolbox) -> bool:
    """Does every edit that is named; False when none is."""
    asked = False
    seen: set[tuple[str, str]] = set()
    for match in _RENAME.finditer(text):
        old, new = match["old"], match["new"]
        if (old, new) not in seen:
            seen.add((old, new))
            asked = True
            await _rename(old, new, edits, tools)
    for match in _MOVE.finditer(text):
        names = tuple(dict.fromkeys(re.findall(r"[A-Za-z_]\w*", re.sub(r"\band\b", ",", match["names"]))))
        if (match["source"], match["target"]) not in seen:
            seen.add((match["source"], match["target"]))
            asked = True
            given = MoveDefinitionInput(
                names=names, source=match["source"], target=match["target"], patches=tuple(edits.patches)
            )
            await _move(given, edits, tools)
    rules = (("I",) if _SORT.search(text) else ()) + (("F401",) if _UNUSED.search(text) else ())
    wants_format = _FORMAT.search(text) is not None
    beyond = _BEYOND.search(text)
    if not rules and not asked and not wants_format and beyond is None:
        rules = ("I", "F401", "F541", "F632")  # "clean this up": what is safe whatever was meant
    if rules or wants_format:
        asked = True
        given_lint = LintCodeInput(
            patches=tuple(edits.patches), rules=rules or ("E9",), format="always" if wants_format else "never"
        )
        linted = await tools.call(lint_code, given_lint)
        if linted.patch:
            words = [f"mended {count} x {rule}" for rule, count in linted.fixed.items()]
            words += [f"formatted {linted.formatted} files"] if linted.formatted else []
            _take(edits, linted.patch, linted.files, ", ".join(words))
        source = Source(query=f"{linted.ruff} check --select {','.join(rules or ('E9',))} over {linted.checked} files")
        listed = ", ".join(f"{count} x {rule}" for rule, count in linted.fixed.items()) or "nothing"
        edits.facts.append(Fact(text=f"Mended by rules whose fixes are safe: {listed}.", sources=(source,)))
    if beyond is not None and asked:
        edits.notes.append(
            NotDone(
                what=f"{beyond[0]!r}, as far as it was asked for",
                why="needs a model: it is a judgement about the design",
            )
        )
    return asked


async def _move(given: MoveDefinitionInput, edits: _Edits, tools: Toolbox) -> None:
    try:
        moved = await tools.call(move_definition, given)
    except _CANNOT as error:
        edits.notes.append(NotDone(what=f"moving {', '.join(given.names)} to {given.target}", why=error.message))
        return
    _take(edits, moved.patch, moved.files, f"moved {', '.join(given.names)} to {given.target}")
    for name, (line, excerpt) in moved.lines.items():
        source = Source(file=given.source, line=line, excerpt=excerpt)
        edits.facts.append(Fact(text=f"{name} moves to {given.target}.", sources=(source,)))


async def _rename(old: str, new: str, edits: _Edits, tools: Toolbox) -> None:
    try:
        renamed = await tools.call(rename_symbol, RenameSymbolInput(old=old, new=new, patches=tuple(edits.patches)))
    except _CANNOT as error:
        edits.notes.append(NotDone(what=f"renaming {old} to {new}", why=error.message))
        return
    count = sum(renamed.places.values())
    _take(edits, renamed.patch, renamed.files, f"renamed {old} to {new} in {count} places")
    where = renamed.defined
    edits.facts.append(
        Fact(
            text=f"{old} becomes {new} in {count} places of {len(renamed.places)} files.",
            sources=(Source(file=where.file, line=where.line, excerpt=where.excerpt),),
        )
    )
    if renamed.left:
        places = ", ".join(f"{one.file}:{one.line}" for one in renamed.left[:8])
        why = f"it stands in text, or is another thing of that name: {places}{', ...' * (len(renamed.left) > 8)}"
        edits.notes.append(NotDone(what=f"{len(renamed.left)} more mentions of {old}", why=why))


def _take(edits: _Edits, patch: str, files: tuple[str, ...], said: str) -> None:
    if patch:
        edits.patches.append(patch)
        edits.files += files
        edits.done.append(said)


async def _joined(edits: _Edits, base: int, tools: Toolbox) -> str:
    """Several patches, each on top of the last, as the one that leads from the start to the end."""
    linted = LintCodeInput(patches=tuple(edits.patches), rules=("E9",), format="never", since=base)
    return (await tools.call(lint_code, linted)).patch


def _proof(before: RunTestsOutput, after: RunTestsOutput) -> tuple[bool | None, list[Fact]]:
    was, now = statuses(before), statuses(after)
    if not was or not any(status == "passed" for status in was.values()):
        return None, []
    counts = [Counter(one.values()) for one in (was, now)]
    words = [f"{one['passed']} pass, {one['failed']} fail, {one['skipped']} are skipped" for one in counts]
    source = Source(query=f"{before.ran} before and after, in the sandbox ({after.isolation})")
    same = all(now.get(test) == status or _chance(status, now.get(test)) for test, status in was.items())
    text = (
        f"The same {len(was)} tests before and after: {words[0]}."
        if same
        else f"Before: {words[0]}; after: {words[1]}."
    )
    return same, [Fact(text=text, sources=(source,))]


def _chance(before: str, after: str | None) -> bool:
    return "unsteady" in (before, after)


def _broken(before: RunTestsOutput, after: RunTestsOutput) -> list[Finding]:
    was = statuses(before)
    return [
        Finding(
            kind="refactoring_breaks",
            severity="high",
            message=f"{case.test} passed before the change and does not with it: {case.message or case.what}",
            source=Source(query=f"{after.ran} with the change, in the sandbox ({after.isolation})"),
            remedy="The change was withdrawn; do it by hand.",
        )
        for case in after.cases
        if was.get(case.test) == "passed" and case.status not in ("passed", "unsteady")
    ][:20]


def _unproven(before: RunTestsOutput, proven: bool | None) -> list[NotDone]:
    if proven is not None:
        return []
    why = "there are no tests that pass before the change" if before.ran else "there are no tests here"
    return [NotDone(what="proof that behaviour is the same", why=why)]


def _summary(edits: _Edits, before: RunTestsOutput, proven: bool | None) -> str:
    done = "; ".join(edits.done)
    done = done[:1].upper() + done[1:]
    if proven is None:
        return f"{done}; no test proves that behaviour is the same."
    if not proven:
        return f"Withdrawn, because tests that passed no longer do: {done[:1].lower() + done[1:]}."
    return f"{done}; the same {len(before.cases)} tests give the same before and after."
