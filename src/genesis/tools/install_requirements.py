"""Builds a throwaway environment from what a workspace declares: wheels only, so that installing runs no foreign code.

pip alone has the network. What it puts there can run when its interpreter starts (`.pth` files), so that interpreter is
never started outside the sandbox again once something was installed.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import tomllib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from pydantic import Field

from genesis.errors import NeedsMissing
from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.read_project import ReadProjectInput, read_project
from genesis.tools.repository.requirement_files import DEV_WORDS, NAME, Requirement
from genesis.tools.tool import ToolContext, tool

TESTING = frozenset({"test", "tests", "testing", "pytest", "ci", "qa"})
MAX_REQUIREMENTS = 300
TRIES = 6
LOOK_S = 0.5
KEPT = frozenset(
    {"PATH", "HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}
    | {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}
    | {f"PIP_{name}" for name in ("CONFIG_FILE", "INDEX_URL", "EXTRA_INDEX_URL", "NO_INDEX", "FIND_LINKS", "CERT")}
    | {f"PIP_{name}" for name in ("CLIENT_CERT", "TRUSTED_HOST", "PROXY", "TIMEOUT", "RETRIES")}
)
"""What pip is told of the environment: where its index is and how to get there. Nothing that changes what it does."""
_MISSING = re.compile(r"No matching distribution found for ([A-Za-z0-9][\w.-]*)")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]{0,60}")
LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"})
_PART = re.compile(r"[^a-z]+")


class InstallRequirementsInput(Frozen):
    """Bounds of time and of what lies on the disk afterwards."""

    seconds: float = Field(default=300, gt=0, le=900)
    max_bytes: int = Field(default=1_500_000_000, gt=0)


class InstallRequirementsOutput(Frozen):
    """`folder`: the environment, read-only by intent, until the attempt ends; None when there is none. `installed`:
    "name version"; `asked`: the requirements that pip was given, each with its file and line."""

    folder: str | None
    installed: tuple[str, ...] = ()
    asked: tuple[tuple[str, str, int], ...] = ()
    not_done: tuple[NotDone, ...] = ()


@tool(trust="web", timeout_s=1000, effects=True)
async def install_requirements(given: InstallRequirementsInput, context: ToolContext) -> InstallRequirementsOutput:
    """Installs the wheels that the workspace's own files ask for into a throwaway environment."""
    if context.workspace is None:
        raise NeedsMissing("installing needs a workspace that declares what it needs: name a folder")
    declared = await read_project.run(ReadProjectInput(), context)
    wanted, notes = select(declared.requires)
    if not wanted:
        notes.append(NotDone(what="an environment", why="the workspace's files declare nothing to install"))
        return InstallRequirementsOutput(folder=None, not_done=tuple(notes))
    folder = context.scratch / "environment"
    began = context.clock.monotonic()

    async def run(*command: str) -> str:
        left = given.seconds - (context.clock.monotonic() - began)
        return await bounded(command, context.scratch, left, given.max_bytes, os.environ)

    pins = locked(context.workspace, declared.locks)
    try:
        await run(sys.executable, "-I", "-m", "venv", str(folder))
        for _ in range(TRIES):
            said = await _install(folder, wanted.values(), pins, context.scratch, run)
            if said and pins and not installed(folder):
                notes.append(
                    NotDone(what="the versions of the lock file", why=f"{_last(said)}; installed without them")
                )
                pins = {}
                continue
            absent = {one.lower() for one in _MISSING.findall(said)} & wanted.keys()
            if not absent or installed(folder):
                break
            for name in sorted(absent):
                notes.append(NotDone(what=f"installing {name}", why="no wheel of it fits this Python and this machine"))
                del wanted[name]
        else:
            said = "ERROR: too many of the requirements have no wheel"
    except TimeoutError:
        said = f"ERROR: it took longer than {given.seconds:g} s"
    except TooLarge:
        said = f"ERROR: it grew over {given.max_bytes:,} bytes"
    if said:
        notes.append(NotDone(what="an environment", why=f"pip could not build it: {_last(said)}"))
        return InstallRequirementsOutput(folder=None, not_done=tuple(notes))
    return InstallRequirementsOutput(
        folder=str(folder),
        installed=tuple(installed(folder)),
        asked=tuple((text, one.file, one.line) for text, one in wanted.values()),
        not_done=tuple(notes),
    )


def select(declared: Iterable[Requirement]) -> tuple[dict[str, tuple[str, Requirement]], list[NotDone]]:
    """By name what running the tests needs: of users, of installations, and of groups named for testing (of
    developers, when none is). An address is no index's wheel and is left out."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Pep508

    python = [one for one in declared if one.group != "npm" and one.file.count("/") <= 1 and "json" not in one.file]
    tests = [one for one in python if one.scope in ("dev", "extra") and _words(one) & TESTING]
    users = [one for one in python if one.scope in ("runtime", "deploy")]
    others = [one for one in python if one.scope == "dev" and _words(one) & DEV_WORDS and not tests]
    found: dict[str, tuple[str, Requirement]] = {}
    notes: list[NotDone] = []
    for one in (*users, *tests, *others):
        if one.url is not None:
            notes.append(NotDone(what=f"installing {one.name}", why=f"{one.file}:{one.line} names an address for it"))
        elif len(found) < MAX_REQUIREMENTS:
            try:
                said = Pep508(one.text)
                extras = f"[{','.join(sorted(said.extras))}]" if said.extras else ""
                text = f"{said.name}{extras}{said.specifier}" + (f"; {said.marker}" if said.marker else "")
            except InvalidRequirement:  # a tool's own way of writing versions
                text = one.name
            found.setdefault(one.name, (text, one))
    return found, notes


def locked(workspace: Workspace, files: Iterable[str]) -> dict[str, str]:
    """The versions that the workspace's own lock files (uv, Poetry, PDM, PEP 751) agree on, by name: with the newest
    of everything the tests of an older release would fail for reasons of their own."""
    found: dict[str, set[str]] = {}
    for file in files:
        text = workspace.read_text(file) if file in LOCKS else None
        try:
            data = tomllib.loads(text or "")
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        packages = data.get("package", data.get("packages", []))
        for one in packages if isinstance(packages, list) else ():
            name, version = (one.get("name"), one.get("version")) if isinstance(one, dict) else (None, None)
            if not isinstance(name, str) or not isinstance(version, str) or not _here(one.get("resolution-markers")):
                continue
            if NAME.fullmatch(name) and _VERSION.fullmatch(version):
                found.setdefault(name, set()).add(version)
    return {name: versions.pop() for name, versions in sorted(found.items()) if len(versions) == 1}


def _here(markers: object) -> bool:
    """Whether one of uv's markers holds for this Python: it locks a package once for each that differs."""
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    if not isinstance(markers, list):
        return True
    try:
        return any(Marker(one).evaluate() for one in markers if isinstance(one, str))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return False


def installed(folder: Path) -> list[str]:
    """What lies in an environment besides pip: "name version", sorted. Read from names of folders; nothing is run."""
    infos = (one.name.removesuffix(".dist-info") for one in folder.glob("lib/python3*/site-packages/*.dist-info"))
    return sorted(" ".join(one.rsplit("-", 1)) for one in infos if not one.startswith(("pip-", "setuptools-")))


async def _install(
    folder: Path,
    wanted: Iterable[tuple[str, Requirement]],
    pins: Mapping[str, str],
    scratch: Path,
    run: Callable[..., Awaitable[str]],
) -> str:
    """What pip complained of, or "" when all went well."""
    listed = scratch / "wanted.txt"
    listed.write_text("".join(f"{text}\n" for text, _ in wanted))
    limits = scratch / "pins.txt"
    limits.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
    options = ("--only-binary", ":all:", "--no-input", "--no-cache-dir", "--no-compile", "--disable-pip-version-check")
    return await run(
        str(folder / "bin" / "python"),
        "-I",
        "-m",
        "pip",
        "install",
        "-q",
        *options,
        "-r",
        str(listed),
        "-c",
        str(limits),
    )


class TooLarge(Exception):
    """What was being made took more room than it may."""


async def bounded(
    command: tuple[str, ...], scratch: Path, seconds: float, max_bytes: int, environment: Mapping[str, str]
) -> str:
    """Runs a command in a process group of its own. What it said when it failed, or "". Raises `TimeoutError`,
    `TooLarge`; the whole group is killed then."""
    temporary = scratch / "tmp"
    temporary.mkdir(exist_ok=True)
    kept = {name: value for name, value in environment.items() if name in KEPT}
    with (scratch / "said").open("w+b") as said:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=scratch,
            env={**kept, "TMPDIR": str(temporary), "LANG": "C.UTF-8"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(max(seconds, 0.01)):
                while True:
                    try:
                        code = await asyncio.wait_for(asyncio.shield(process.wait()), LOOK_S)
                        break
                    except TimeoutError:
                        if await asyncio.to_thread(_size, scratch) > max_bytes:
                            raise TooLarge from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if _size(scratch) > max_bytes:
            raise TooLarge
        said.seek(0)
        return said.read(100_000).decode(errors="replace") or f"ERROR: exit {code}" if code else ""


def _size(folder: Path) -> int:
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(here, name).lstat().st_size
            except FileNotFoundError:
                continue
    return total


def _words(one: Requirement) -> set[str]:
    return set(_PART.split(one.group.lower())) | (
        set(_PART.split(one.file.lower())) if one.file.endswith("t") else set()
    )


def _last(said: str) -> str:
    lines = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR:")]
    return re.sub(r"\S+://\S+", "(an address)", lines[-1] if lines else said.strip()[-200:])[:300]
