"""With which interpreter foreign Python runs: the workspace's own environment if it has a usable one, else ours.

A workspace's `.venv` is untrusted: it may name any folder as its home. So it is only ever used inside the sandbox, it
must not be a link, and what it leads to must look like an installed Python before that is made readable.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from genesis.errors import NeedsMissing

OWN_FOLDERS = (".venv", "venv", "env")
LENT = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "coverage")
"""What an environment without pytest is lent of ours; all of it also runs as plain Python."""


@dataclass(frozen=True)
class Environment:
    """`python` is the interpreter, `readable` what the sandbox must show, `lent` a folder for the end of its path."""

    python: Path
    version: str
    readable: tuple[Path, ...]
    own: bool
    lent: Path | None = None
    refused: str | None = None
    throwaway: bool = False

    def __str__(self) -> str:
        whose = "the workspace's own environment" if self.own else "Genesis's interpreter"
        if self.throwaway:
            whose = "a throwaway environment"
        return f"{whose} (Python {self.version}{', lent what it lacks of pytest and coverage' if self.lent else ''})"


def choose(workspace: Path, scratch: Path, built: Path | None = None) -> Environment:
    """The environment for the project in `workspace`, or the one that was `built` for it.

    Raises `NeedsMissing` when ours is taken and has no pytest.
    """
    if built is not None:
        try:
            return replace(_own(built, scratch), throwaway=True)
        except _Unusable as error:
            raise NeedsMissing(f"the environment that was built cannot be used: {error}") from error
    refused = None
    for name in OWN_FOLDERS:
        if (workspace / name / "pyvenv.cfg").is_file():
            try:
                return _own(workspace / name, scratch)
            except _Unusable as error:
                refused = f"{name}: {error}"
                break
    if importlib.util.find_spec("pytest") is None:
        raise NeedsMissing("running tests needs pytest: install genesis-orchestrator[agents]")
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Environment(Path(sys.executable), version, (), own=False, refused=refused)


class _Unusable(Exception):
    pass


def _own(venv: Path, scratch: Path) -> Environment:
    if venv.is_symlink():
        raise _Unusable("it is a link")
    python = venv / "bin" / "python"
    real = python.resolve()
    if not python.exists():
        raise _Unusable("its interpreter is not there")
    readable = [venv]
    if not real.is_relative_to(venv.resolve()):
        home = real.parent.parent
        standard = home / "lib" / f"python{_minor(real)}" / "os.py"
        if real.parent.name != "bin" or not re.fullmatch(r"python3?(\.\d{1,2})?", real.name) or not standard.is_file():
            raise _Unusable("what its interpreter links to is no installed Python")
        if home != Path("/usr"):
            readable += [home / "bin", home / "lib"]
            linked = Path(python.parent, python.readlink()).parent if python.is_symlink() else real.parent
            if linked != real.parent and linked.resolve() == real.parent:
                readable += [linked, linked.parent / "lib"]
    packages = venv / "lib" / f"python{_minor(real)}" / "site-packages"
    # Only what is not there: PYTHONPATH comes before site-packages, and our pytest must not take the place of its own.
    absent = [name for name in LENT if not (packages / name).is_dir() and not (packages / f"{name}.py").is_file()]
    lent = _lend(scratch, absent) if {"pytest", "coverage"}.intersection(absent) else None
    return Environment(python, _version(venv), tuple(readable), own=True, lent=lent)


def _minor(real: Path) -> str:
    found = re.search(r"(3\.\d{1,2})$", real.name)
    if found:
        return found[1]
    libraries = sorted((real.parent.parent / "lib").glob("python3.*/os.py"))
    return libraries[-1].parent.name.removeprefix("python") if libraries else "3"


def _version(venv: Path) -> str:
    text = (venv / "pyvenv.cfg").read_text(errors="replace")[:5_000]
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", text, re.MULTILINE)
    return found[1] if found else "3"


def _lend(scratch: Path, names: Sequence[str]) -> Path:
    folder = scratch / "lent"
    folder.mkdir()
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            whole = origin.parent if origin.name == "__init__.py" else origin
            (folder / whole.name).symlink_to(whole)
    return folder
