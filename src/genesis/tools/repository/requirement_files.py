"""Reads requirements as written in requirements files, pyproject tables and the like: name, specifier, place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from genesis.frozen import Frozen
from genesis.tools.places.text_lines import lines_of

Scope = Literal["runtime", "extra", "dev", "build", "deploy", "constraint"]
"""Who needs it: every user; users of an extra; developers; the build; an installation made from a requirements file;
nobody by itself (a constraint)."""

MAX_REQUIREMENTS = 5_000
DEV_WORDS = frozenset({
    "dev", "develop", "development", "test", "tests", "testing", "doc", "docs", "lint", "linting", "typing", "types",
    "typecheck", "mypy", "style", "bench", "benchmark", "build", "ci", "tox", "qa", "release", "coverage",
    "precommit", "pre", "contrib", "tools", "local", "debug",
})  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?")
OPTION = re.compile(r"\s--?[A-Za-z-]+[= ]\S+")


class Requirement(Frozen):
    """A distribution that a file asks for. `name` is normalised, `text` is as written, `url` when it is no index's."""

    name: str
    text: str
    specifier: str
    file: str
    line: int
    scope: Scope
    group: str = ""
    url: str | None = None
    hashed: bool = False

    @property
    def pinned(self) -> bool:
        """Exactly one version: `==1.2.3` (no wildcard), `===`, or an address with a commit or hash."""
        if self.url is not None:
            return bool(
                re.search(r"@[0-9a-f]{7,40}(?:#|$)|#sha(?:256|512)=|/[^/]+-\d[^/]*\.(?:whl|tar\.gz|zip)", self.url)
            )
        return bool(re.fullmatch(r"={2,3}\s*[^*,\s]+", self.specifier))

    @property
    def bounded(self) -> bool:
        """Some version is excluded from above."""
        return self.pinned or bool(re.search(r"<|~=|==|\^", self.specifier))


def normal(name: str) -> str:
    """A distribution's name as the index compares it (PEP 503).

    >>> normal("Ruamel.YAML_clib")
    'ruamel-yaml-clib'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(text: str, file: str, line: int, scope: Scope, group: str = "") -> Requirement | None:
    """A requirement written as in PEP 508, or None when it is not one."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Pep508

    hashed = "--hash" in text
    written = OPTION.sub("", text).strip().rstrip("\\").strip()
    try:
        said = Pep508(written)
    except InvalidRequirement:
        return None
    return Requirement(
        name=normal(said.name),
        text=written[:200],
        specifier=str(said.specifier),
        file=file,
        line=line,
        scope=scope,
        group=group,
        url=said.url,
        hashed=hashed,
    )


def for_developers(name: str) -> bool:
    """Whether a group or file of requirements is for those who work on the project, by the words of its name.

    >>> for_developers("requirements/dev.txt"), for_developers("requirements-formats.txt")
    (True, False)
    """
    return not DEV_WORDS.isdisjoint(re.split(r"[^a-z]+", name.lower()))


def scope_of(file: str) -> Scope:
    """What a requirements file is for, by its path."""
    if "constraint" in file.rsplit("/", 1)[-1].lower():
        return "constraint"
    elsewhere = "/" in file and not file.startswith("requirements/")
    return "dev" if elsewhere or for_developers(file) else "deploy"


def requirements_txt(text: str, file: str) -> Iterator[Requirement]:
    """The requirements of a pip requirements file; options and included files are somebody else's lines."""
    scope = scope_of(file)
    for number, line in _logical(lines_of(text)):
        editable = re.match(r"(?:-e|--editable)[= ]\s*(.+)", line)
        if editable:
            line = editable[1]
        elif line.startswith("-"):
            continue
        found = parse(line, file, number, scope) or _address(line, file, number, scope)
        if found:
            yield found


def _logical(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines joined at backslashes, without comments, each with the number of its first line."""
    start, joined = 0, ""
    for number, line in enumerate(lines, 1):
        bare = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        start = start or number
        if bare.endswith("\\"):
            joined += bare[:-1] + " "
            continue
        whole = (joined + bare).strip()
        if whole:
            yield start, whole
        start, joined = 0, ""
    if joined.strip():
        yield start, joined.strip()


def _address(line: str, file: str, number: int, scope: Scope) -> Requirement | None:
    """`git+https://host/owner/name@tag#egg=name`, or a bare link to an archive."""
    if not re.match(r"(?:git|hg|svn|bzr)\+|https?://", line):
        return None
    egg = re.search(r"#egg=([A-Za-z0-9._-]+)", line)
    last = re.split(r"[@#?]", line.rsplit("/", 1)[-1])[0]
    name = NAME.match(egg[1] if egg else re.sub(r"-\d.*|\.git$", "", last))
    if not name:
        return None
    # An address can hold a password, so the text kept is its name alone.
    return Requirement(
        name=normal(name[0]), text=name[0], specifier="", file=file, line=number, scope=scope, url=line[:500]
    )
