"""Runs ruff over a copy of the workspace's Python: safe fixes and format as a patch, what is left as diagnostics."""

from __future__ import annotations

import asyncio
import json
import shutil
import sysconfig
from pathlib import Path
from typing import Literal

from pydantic import Field

from genesis.errors import NeedsMissing, ResourceError
from genesis.frozen import Frozen
from genesis.security.code import sandbox
from genesis.tools import patch
from genesis.tools.python_project import project
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy

MAX_DIAGNOSTICS = 500
MOSTLY = 0.25  # a project with more files than that in another style does not use the formatter, whatever it configures
CERTAIN = ("E9", "F")
"""Rules that are right whatever a project's taste: syntax, and names, imports and formats that pyflakes proves."""


class LintCodeInput(Frozen):
    """`since`: the patch that comes out holds what `patches` change from there on, too. `rules`: what to look for; ()
    takes the project's own selection if it configures ruff, else what is certain.

    `format`: `always`, `never`, or only when the project configures ruff or black and most files follow it already.
    """

    patches: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    format: Literal["always", "configured", "never"] = "configured"
    since: int | None = None


class Diagnostic(Frozen):
    """A place that ruff names and does not mend safely."""

    rule: str
    file: str
    line: int = Field(ge=1)
    message: str
    excerpt: str


class LintCodeOutput(Frozen):
    """`patch` is empty when nothing was mended. `fixed` counts the places by rule, `formatted` the files.

    `refused` says why the project's own settings could not be used.
    """

    ruff: str
    patch: str
    files: tuple[str, ...]
    fixed: dict[str, int]
    formatted: int
    unformatted: int
    formatter: str | None
    diagnostics: tuple[Diagnostic, ...]
    rules: tuple[str, ...]
    checked: int
    refused: str | None = None


@tool(trust="file", timeout_s=120)
async def lint_code(given: LintCodeInput, context: ToolContext) -> LintCodeOutput:
    """Lints and formats a copy of the workspace's Python in the sandbox; hands back the patch and what is left."""
    box, before = context.scratch / "copy", context.scratch / "before"
    files = await asyncio.to_thread(working_copy, context, box, given.patches)
    if given.since is None:
        await asyncio.to_thread(shutil.copytree, box, before)
    else:
        await asyncio.to_thread(working_copy, context, before, given.patches[: given.since])
    python = [name for name in files if name.endswith((".py", ".pyi"))]
    own = await asyncio.to_thread(_configured, box)
    rules = given.rules or (() if own == "ruff" else CERTAIN)
    select = [f"--select={','.join(rules)}"] if rules else []
    line_length = await asyncio.to_thread(_black_line_length, box)
    style = [f"--line-length={line_length}"] if line_length and own != "ruff" else []
    version = (await ruff(box, ["--version"])).stdout.decode().strip()
    tried = await ruff(box, ["check", "--no-cache", "--exit-zero", "--quiet", "--no-fix", *select, "."])
    refused = None
    if tried.exit_code != 0:  # with --exit-zero only settings that it cannot read are an error
        said = tried.stderr.decode(errors="replace").replace(f"{box.resolve()}/", "").strip().splitlines()
        refused = (said or [f"exit {tried.exit_code}"])[-1].strip()[:300]
        select, own = ["--isolated", f"--select={','.join(rules or CERTAIN)}"], None
    found = await _diagnostics(box, [*select, "--no-fix"])
    await ruff(box, ["check", "--no-cache", "--fix", "--exit-zero", "--quiet", *select, "."])
    left = await _diagnostics(box, [*select, "--no-fix"])
    formatting = ["format", "--no-cache", "--force-exclude", *style, *(["--isolated"] if refused else [])]
    would = await ruff(box, [*formatting, "--check", *python]) if python else None
    unformatted = would.stdout.decode(errors="replace").count("Would reformat:") if would else 0
    formatted = 0
    kept = own is not None and unformatted <= len(python) * MOSTLY
    if unformatted and (given.format == "always" or (given.format == "configured" and kept)):
        await ruff(box, [*formatting, "--quiet", *python])
        formatted, unformatted = unformatted, 0
    made = await asyncio.to_thread(patch.diff, before, box)
    return LintCodeOutput(
        ruff=version,
        patch=made.text.decode("utf-8", "surrogateescape"),
        files=made.files,
        fixed=_fixed(found, left),
        formatted=formatted,
        unformatted=unformatted,
        formatter=own,
        diagnostics=tuple(left[:MAX_DIAGNOSTICS]),
        rules=rules,
        checked=len(python),
        refused=refused,
    )


def ruff_program() -> Path:
    """Where ruff's program lies. Raises `NeedsMissing`."""
    for folder in (sysconfig.get_path("scripts"), str(Path(sysconfig.get_path("purelib")).parents[2] / "bin")):
        if (path := Path(folder) / "ruff").is_file():
            return path
    raise NeedsMissing("linting needs ruff: install genesis-orchestrator[agents]")


async def ruff(box: Path, arguments: list[str]) -> sandbox.Ran:
    """Runs ruff in `box`, in the sandbox: a foreign configuration may `extend` any file of the machine."""
    program = ruff_program()
    return await sandbox.run(
        [str(program), *arguments],
        folder=box,
        readable=[program],
        seconds=60,
        memory_mb=1_500,
        processes=32,
        output_bytes=20_000_000,
    )


async def _diagnostics(box: Path, options: list[str]) -> list[Diagnostic]:
    ran = await ruff(box, ["check", "--no-cache", "--output-format=json", "--exit-zero", *options, "."])
    if ran.exit_code != 0 or ran.truncated:
        last = ran.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit {ran.exit_code}"]
        raise ResourceError(f"ruff could not check the workspace ({last[0][:300]})")
    entries = json.loads(ran.stdout)
    texts: dict[str, list[str]] = {}
    found: list[Diagnostic] = []
    for entry in entries:
        file = str(Path(entry["filename"]).relative_to(box.resolve()))
        if file not in texts:
            texts[file] = (box / file).read_text(errors="replace").split("\n")
        line = max(1, int(entry["location"]["row"]))
        excerpt = texts[file][line - 1].strip()[:200] if line <= len(texts[file]) else ""
        rule = str(entry["code"] or "syntax-error")
        found.append(Diagnostic(rule=rule, file=file, line=line, message=str(entry["message"])[:300], excerpt=excerpt))
    return sorted(found, key=lambda one: (one.file, one.line, one.rule))


def _fixed(found: list[Diagnostic], left: list[Diagnostic]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in found:
        counts[one.rule] = counts.get(one.rule, 0) + 1
    for one in left:
        counts[one.rule] = counts.get(one.rule, 0) - 1
    return {rule: count for rule, count in sorted(counts.items()) if count > 0}


def _configured(folder: Path) -> str | None:
    if (folder / "ruff.toml").is_file() or (folder / ".ruff.toml").is_file():
        return "ruff"
    tool_tables = project.tool_tables(folder)
    return next((name for name in ("ruff", "black") if name in tool_tables), None)


def _black_line_length(folder: Path) -> int | None:
    black = project.tool_tables(folder).get("black")
    length = black.get("line-length", 88) if isinstance(black, dict) else None
    return length if isinstance(length, int) and 20 <= length <= 320 else None
