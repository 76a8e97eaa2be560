"""What a file of a repository is, by its path alone: its language, and whether it is shipped, tests or shows."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Role = Literal["code", "test", "docs", "example", "vendored"]

FOLDERS: dict[str, Role] = {
    **dict.fromkeys(("t", "test", "tests", "testsuite", "__tests__", "testdata", "test_data", "test-data"), "test"),
    **dict.fromkeys(("fixtures", "e2e", "integration_tests", "unit_tests", "functional_tests"), "test"),
    **dict.fromkeys(("doc", "docs", "documentation", "man"), "docs"),
    **dict.fromkeys(("example", "examples", "demo", "demos", "sample", "samples", "tutorial", "tutorials"), "example"),
    **dict.fromkeys(("bench", "benchmark", "benchmarks", "notebooks"), "example"),
    **dict.fromkeys(("vendor", "_vendor", "vendored", "third_party", "bower_components"), "vendored"),
}
LANGUAGES = {
    "py": "Python", "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript", "jsx": "JavaScript",
    "ts": "TypeScript", "tsx": "TypeScript", "go": "Go", "rs": "Rust", "java": "Java", "kt": "Kotlin", "rb": "Ruby",
    "php": "PHP", "c": "C", "h": "C", "cc": "C++", "cpp": "C++", "hpp": "C++", "cs": "C#", "swift": "Swift",
    "scala": "Scala", "sh": "shell", "sql": "SQL", "vue": "Vue", "svelte": "Svelte", "ex": "Elixir", "dart": "Dart",
    "pyx": "Cython",
}  # fmt: skip

DOCUMENTS = (".md", ".rst", ".adoc", ".po", ".pot", ".ipynb")
TEST_FILE = re.compile(r"(?:test_.*|.*_tests?|tests?|conftest)\.py|.*[.-](?:test|spec)\.[cm]?[jt]sx?|.*_test\.go")


@lru_cache(maxsize=65_536)
def role(name: str) -> Role:
    """The role of a file, by its path relative to the workspace.

    >>> role("src/shop/api.py"), role("tests/unit/data.json"), role("docs/conf.py"), role("README.md")
    ('code', 'test', 'docs', 'docs')
    """
    *folders, file = name.lower().split("/")
    roles = [FOLDERS[folder] for folder in folders if folder in FOLDERS]
    for strong in ("vendored", "test"):
        if strong in roles:
            return FOLDERS[next(folder for folder in folders if FOLDERS.get(folder) == strong)]
    if TEST_FILE.fullmatch(file):
        return "test"
    if roles:
        return roles[0]
    return "docs" if file.endswith(DOCUMENTS) else "code"


def language(name: str) -> str | None:
    """The programming language of a file by the ending of its name, or None.

    >>> language("web/app.tsx"), language("README.md")
    ('TypeScript', None)
    """
    return LANGUAGES.get(name.rsplit(".", 1)[-1].lower()) if "." in name else None
