"""Writes a package or module, with tests, from what statements say of entities, functions and options."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from genesis.errors import NeedsMissing
from genesis.frozen import Frozen
from genesis.security.code.check import MAX_BYTES, check
from genesis.tools import patch
from genesis.tools.lint_code import ruff
from genesis.tools.python_project import project
from genesis.tools.scaffold import calls
from genesis.tools.scaffold.blueprint import Blueprint, Entity, Function, Statement, plural, snake
from genesis.tools.scaffold.derive import derive
from genesis.tools.scaffold.entities import find_entities
from genesis.tools.scaffold.functions import find_functions
from genesis.tools.scaffold.layout import files_of
from genesis.tools.scaffold.options import find_options
from genesis.tools.scaffold.samples import contradictory
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy

MAX_STATEMENTS = 300
MAX_FILES = 5_000
MAX_FILE_BYTES = 1_000_000
_NAME = re.compile(
    r"\b(?:package|module|script|library|project|tool|program|app(?:lication)?|command|cli|service)\s+"
    r"(?:(?:that is |is )?(?:called|named)\s+)?[`'\"](?P<quoted>[A-Za-z][\w-]{1,40})[`'\"]"
    r"|\b(?:called|named)\s+[`'\"]?(?P<called>[A-Za-z][\w-]{1,40})"
    r"|(?<![\w/.])(?P<file>[a-z_]\w{1,40})\.py\b",
    re.IGNORECASE,
)


class Stated(Frozen):
    """A statement of what is wanted; `id` is a requirement's number, if it has one."""

    text: str
    id: str = ""


class ScaffoldCodeInput(Frozen):
    """`entities` maps names to attributes as they were written, as a specification gives them."""

    statements: tuple[Stated, ...]
    entities: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    patches: tuple[str, ...] = ()


class Part(Frozen):
    """Something that was written: an entity, function or option. `open` says what is not written of it, and why.

    `statement` is the index of the statement that names it first, None when an earlier task gave it.
    """

    kind: str
    name: str
    detail: str
    open: str = ""
    statement: int | None = None


class ScaffoldCodeOutput(Frozen):
    """`tests` are the test files that were written; `unused` the indexes of statements of which nothing was derived."""

    name: str
    patch: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    parts: tuple[Part, ...]
    unused: tuple[int, ...]
    assumed: tuple[str, ...]
    contradictory: tuple[str, ...]
    kept: tuple[str, ...]


@tool(trust="tool", timeout_s=120)
async def scaffold_code(given: ScaffoldCodeInput, context: ToolContext) -> ScaffoldCodeOutput:
    """Scaffolds runnable code and tests from statements; what they do not settle is left open, marked and named."""
    statements = [Statement(one.text, one.id) for one in given.statements[:MAX_STATEMENTS]]
    after = context.scratch / "after"
    if context.workspace is None and not given.patches:
        after.mkdir()
    else:
        await asyncio.to_thread(working_copy, context, after, given.patches)
    present = await asyncio.to_thread(_present, after)
    blueprint = await asyncio.to_thread(_blueprint, statements, given.entities, present)
    before, fresh = context.scratch / "before", context.scratch / "fresh"
    await asyncio.to_thread(shutil.copytree, after, before)
    found = await asyncio.to_thread(project.read, after)
    written = files_of(blueprint, found, any(after.iterdir()))
    for name, text in written.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    await ruff(fresh, ["check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--fix", "--select=F401,I", "."])
    await ruff(fresh, ["format", "--isolated", "--no-cache", "--quiet", "--line-length=100", "."])
    made, kept = await asyncio.to_thread(_place, fresh, after, before, written)
    return ScaffoldCodeOutput(
        name=blueprint.name,
        patch=made.text.decode("utf-8", "surrogateescape"),
        files=made.files,
        tests=tuple(name for name in made.files if project.is_test_file(name)),
        parts=tuple(_parts(blueprint, statements)),
        unused=tuple(at for at in range(len(statements)) if at not in blueprint.used),
        assumed=tuple(f"{e.name}.{f.name}: {f.type}" for e in blueprint.entities for f in e.fields if f.assumed),
        contradictory=tuple(f"{e.name}.{f.name}" for e in blueprint.entities for f in contradictory(e)),
        kept=kept,
    )


def _present(folder: Path) -> frozenset[str]:
    """Functions and classes that the workspace has already: named in a statement, they are not to be written again."""
    found: set[str] = set()
    for path in sorted(folder.rglob("*.py"))[:MAX_FILES]:
        if path.stat().st_size <= MAX_FILE_BYTES:
            found.update(re.findall(r"(?m)^\s*(?:async\s+)?(?:def|class)\s+(\w+)", path.read_text(errors="replace")))
    return frozenset(found)


def _blueprint(
    statements: list[Statement], given: Mapping[str, tuple[str, ...]], present: frozenset[str] = frozenset()
) -> Blueprint:
    entities, used = find_entities(statements, given)
    functions, from_functions = find_functions(statements)
    options, command_line, from_options = find_options(statements)
    entities = [one for one in entities if one.name not in present]
    functions = [one for one in functions if one.name not in present | {option.name for option in options}]
    if not entities and not functions and not options:
        raise NeedsMissing(
            "writing this code needs a model, or statements from which it follows without one: entities with their "
            "fields ('a Book has a title and a price'), functions with their signature and examples ('add(2, 3) "
            "returns 5'), or options ('--count N, default 3')"
        )
    text = "\n".join(one.text for one in statements)
    for function in functions:
        derive(function, _constants(function, statements))
    # A command line without options or a function that it could run would be an empty shell.
    command_line = command_line and (bool(options) or len(functions) == 1)
    name = _name(text, entities) or (functions[0].name if functions else options[0].name)
    return Blueprint(name, entities, functions, options, command_line, used | from_functions | from_options)


def _constants(function: Function, statements: list[Statement]) -> tuple[int, ...]:
    """Numbers that the function's statements name beside its examples."""
    named = " ".join(one.text for one in statements if function.name in one.text)
    found = dict.fromkeys(int(one) for one in re.findall(r"(?<![\w.])\d{1,5}(?![\w.]|\.\d)", named))
    shown = " ".join(
        [*(text for one in function.examples for text in one.arguments), *(e.result or "" for e in function.examples)]
    )
    return tuple(one for one in found if not re.search(rf"\b{one}\b", shown))[:4]


def _name(text: str, entities: list[Entity]) -> str | None:
    for match in _NAME.finditer(text):
        name = snake(match["quoted"] or match["called"] or match["file"])
        if name.isidentifier() and not project.is_test_file(f"{name}.py"):
            return name
    return plural(entities[0].snake) if entities else None


def _place(fresh: Path, after: Path, before: Path, written: dict[str, str]) -> tuple[patch.Patch, tuple[str, ...]]:
    """Puts the new files beside the old; a file that is there already stays as it is. Code is checked first."""
    kept = []
    own = {name.removeprefix("src/").split("/")[0].removesuffix(".py") for name in written}
    for name in sorted(written):
        text = (fresh / name).read_text()
        if name.endswith(".py") and len(text.encode()) <= MAX_BYTES:
            refused = check(text, own_modules=own, name=name)
            if refused:  # the words of a statement stand in it, so it is checked as what a model writes would be
                raise NeedsMissing(f"{refused[0].message}; the statement that it comes from must be worded differently")
        if (after / name).exists():
            kept.append(name)
            continue
        (after / name).parent.mkdir(parents=True, exist_ok=True)
        (after / name).write_text(text)
    return patch.diff(before, after), tuple(kept)


def _parts(blueprint: Blueprint, statements: list[Statement]) -> list[Part]:
    def where(word: str) -> int | None:
        spoken = re.compile(rf"\b{re.escape(word).replace('_', '[ _-]?')}", re.IGNORECASE)
        return next((at for at, one in enumerate(statements) if spoken.search(one.text)), None)

    parts: list[Part] = []
    for entity in blueprint.entities:
        rules = sum(len(field.rules) for field in entity.fields)
        does = f"; a store with {', '.join(sorted(entity.operations))}" if entity.operations else ""
        detail = f"{', '.join(field.name for field in entity.fields)}; {rules} rules{does}"
        parts.append(Part(kind="entity", name=entity.name, detail=detail, statement=where(entity.snake)))
        for verb in entity.unknown:
            why = f"what it means to {verb} one is not said"
            name = f"{verb} {entity.snake}"
            parts.append(Part(kind="operation", name=name, detail="not written", open=why, statement=where(verb)))
    for function in blueprint.functions:
        detail = f"return {function.body}" if function.body is not None else "not written"
        parts.append(
            Part(
                kind="function",
                name=function.name,
                detail=detail,
                open=function.why_not,
                statement=where(function.name),
            )
        )
    for option in blueprint.options:
        detail = f"{option.type}{'' if option.default is None else ', default ' + option.default}"
        parts.append(Part(kind="option", name=option.name, detail=detail, statement=where(option.name)))
    if blueprint.command_line:
        target = calls.command_line(blueprint.options, blueprint.functions, blueprint.name)[1]
        open_ = "" if target else "what the command does was not said so that it could be derived"
        parts.append(
            Part(kind="command", name=blueprint.name, detail=f"runs {target}" if target else "not written", open=open_)
        )
    return parts
