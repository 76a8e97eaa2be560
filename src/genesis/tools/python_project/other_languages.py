"""Tests that are here but not in Python: found so that it can be said that they were not run."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from genesis.finding import NotDone

MARKS = {
    "JavaScript or TypeScript": (
        (".test.js", ".test.ts", ".test.tsx", ".test.jsx", ".spec.js", ".spec.ts", ".spec.tsx"),
        "node",
    ),
    "Go": (("_test.go",), "go"),
    "Ruby": (("_spec.rb", "_test.rb"), "ruby"),
    "Java": (("Test.java", "Tests.java", "IT.java"), "a JDK with Maven or Gradle"),
    "Kotlin": (("Test.kt",), "a JDK with Gradle"),
    "C#": (("Tests.cs", "Test.cs"), "dotnet"),
    "PHP": (("Test.php",), "php with PHPUnit"),
    "Elixir": (("_test.exs",), "mix"),
    "shell": ((".bats",), "bats"),
}


def find(workspace: Path, files: tuple[str, ...]) -> tuple[NotDone, ...]:
    """One note for each language whose tests lie here and cannot be run by this agent."""
    notes: list[NotDone] = []
    for language, (endings, program) in MARKS.items():
        found = [name for name in files if name.endswith(endings)]
        if found:
            notes.append(_note(f"the {language} tests ({len(found)} files, {found[0]} among them)", program))
    crates = [name for name in files if PurePosixPath(name).name == "Cargo.toml"]
    if crates:
        notes.append(_note(f"the Rust tests (of {crates[0]})", "cargo"))
    command = _npm_test(workspace / "package.json")
    if command and not any("JavaScript" in note.what for note in notes):
        notes.append(_note(f"the JavaScript tests (package.json: {command})", "node"))
    return tuple(notes)


def _note(what: str, program: str) -> NotDone:
    return NotDone(what=what, why=f"only Python tests are run here; these need {program} and what they depend on")


def _npm_test(path: Path) -> str | None:
    try:
        if path.is_symlink() or path.stat().st_size > 500_000:
            return None
        command = json.loads(path.read_bytes())["scripts"]["test"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return command[:80] if isinstance(command, str) and "no test specified" not in command else None
