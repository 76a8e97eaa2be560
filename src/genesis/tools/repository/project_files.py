"""Reads what a project says of itself: pyproject.toml, setup.cfg, what setup.py was seen to say, package.json."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from genesis.tools.repository.requirement_files import Requirement, Scope, for_developers, normal, parse
from genesis.tools.repository.stated import FileSays, Lines, Stated


def pyproject(text: str, file: str) -> FileSays:
    """Raises `tomllib.TOMLDecodeError` when it is not TOML."""
    data, lines = tomllib.loads(text), Lines(text)
    project, poetry = _table(data, "project"), _table(data, "tool", "poetry")
    stated: list[Stated] = []
    requires: list[Requirement] = []
    for table, name in ((project, "project"), (poetry, "tool.poetry")):
        head = lines.table(name)
        for what in ("name", "version", "readme", "description"):
            value = table.get(what)
            if isinstance(value, dict):
                value = value.get("file")
            if isinstance(value, str) and value:
                stated.append(Stated(what=what, value=value, file=file, line=lines.key(what, head)))
        stated.extend(_license(table, file, lines, head))
        for section in ("scripts", "gui-scripts", "plugins"):
            stated.extend(_scripts(table.get(section), file, lines))
        for group in _dicts(table.get("entry-points")):
            stated.extend(_scripts(group, file, lines))
    stated.extend(
        Stated(what="dynamic", value=str(what), file=file, line=lines.key("dynamic"))
        for what in _list(project.get("dynamic"))
    )
    head = lines.table("project")
    requires += _listed(project.get("dependencies"), file, lines, "runtime", after=head)
    for extra, listed in _items(project.get("optional-dependencies")):
        # An extra named "dev" or "test" is for those who work on the project, whatever the table is called.
        scope: Scope = "dev" if for_developers(extra) else "extra"
        requires += _listed(listed, file, lines, scope, extra, after=lines.table("project.optional-dependencies"))
    for extra, listed in _items(data.get("dependency-groups")):
        requires += _listed(listed, file, lines, "dev", extra, after=lines.table("dependency-groups"))
    build = _table(data, "build-system")
    requires += _listed(build.get("requires"), file, lines, "build", after=lines.table("build-system"))
    requires += _poetry(poetry, file, lines)
    for tool in _dicts(_table(data, "tool")):
        for listed in _anywhere(tool):
            requires += _listed(listed, file, lines, "dev", "tool")
    return FileSays(stated=tuple(stated), requires=tuple(requires))


def setup_cfg(text: str, file: str) -> FileSays:
    """Raises `configparser.Error` when it is not an INI file."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    lines = Lines(text)
    stated: list[Stated] = []
    for what in ("name", "version", "license", "license_files", "license_file", "long_description"):
        value = parser.get("metadata", what, fallback="").strip()
        if value and not value.startswith("attr:"):
            said = "readme" if what == "long_description" and value.startswith("file:") else what
            stated.append(Stated(what=said, value=value.removeprefix("file:").strip(), file=file, line=lines.key(what)))
    requires = _listed(
        _split(parser.get("options", "install_requires", fallback="")), file, lines, "runtime",
        after=lines.key("install_requires"),
    )  # fmt: skip
    for section, scope in (("options.extras_require", "extra"), ("options", "dev")):
        for group in parser.options(section) if parser.has_section(section) else ():
            if section == "options" and group not in ("tests_require", "setup_requires"):
                continue
            actual: Scope = "dev" if scope == "dev" or for_developers(group) else "extra"
            requires += _listed(_split(parser.get(section, group)), file, lines, actual, group, after=lines.key(group))
    if parser.has_section("options.entry_points"):
        for _, value in parser.items("options.entry_points"):
            stated.extend(
                Stated(what="script", value=one.split("=", 1)[-1].strip(), file=file, line=lines.item(one))
                for one in _split(value)
            )
    return FileSays(stated=tuple(stated), requires=tuple(requires))


def setup_py(given: dict[str, Any], file: str, text: str) -> FileSays:
    """From what `python/outline.py` saw `setup(...)` be given: keyword -> [line, value or null]."""
    lines = Lines(text)
    stated: list[Stated] = []
    requires: list[Requirement] = []
    unclear = []
    for keyword, (line, value) in given.items():
        if keyword in ("name", "version", "license") and isinstance(value, str) and value:
            stated.append(Stated(what=keyword, value=value, file=file, line=line))
        elif keyword == "install_requires" and isinstance(value, list):
            requires += _listed(value, file, lines, "runtime", after=line)
        elif keyword in ("tests_require", "setup_requires") and isinstance(value, list):
            requires += _listed(value, file, lines, "dev", keyword, after=line)
        elif keyword == "extras_require" and isinstance(value, dict):
            for group, listed in value.items():
                scope: Scope = "dev" if for_developers(group) else "extra"
                requires += _listed(listed, file, lines, scope, group, after=line)
        elif keyword == "entry_points" and isinstance(value, dict):
            stated.extend(
                Stated(what="script", value=str(one).split("=", 1)[-1].strip(), file=file, line=lines.item(str(one)))
                for group in value.values()
                for one in _list(group)
            )
        elif value is None and keyword in ("install_requires", "extras_require", "version", "name", "**"):
            unclear.append(f"{keyword} is computed in {file}")
    return FileSays(stated=tuple(stated), requires=tuple(requires), unclear=tuple(unclear))


def package_json(text: str, file: str) -> FileSays:
    """Raises `ValueError` when it is not a JSON object. npm's ranges are kept as they are written."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    lines = Lines(text)
    stated = [
        Stated(what=what, value=str(data[what]), file=file, line=lines.key(what))
        for what in ("name", "version", "license", "private")
        if isinstance(data.get(what), str | bool)
    ]
    stated += [
        Stated(what="npm script", value=f"{name}: {command}"[:200], file=file, line=lines.key(name))
        for name, command in _items(data.get("scripts"))
    ]
    tables: tuple[tuple[str, Scope], ...] = (
        ("dependencies", "runtime"), ("peerDependencies", "runtime"), ("devDependencies", "dev"),
    )  # fmt: skip
    requires = [
        Requirement(
            name=name.lower(), text=f"{name} {version}"[:200], specifier=str(version)[:100], file=file,
            line=lines.key(name, lines.key(table)), scope=scope, group="npm",
        )
        for table, scope in tables
        for name, version in _items(data.get(table))
    ]  # fmt: skip
    return FileSays(stated=tuple(stated), requires=tuple(requires))


def _license(table: dict[str, Any], file: str, lines: Lines, head: int) -> Iterator[Stated]:
    said = table.get("license")
    line = lines.key("license", head)
    if isinstance(said, dict):
        for what, key in (("license_file", "file"), ("license", "text")):
            if isinstance(said.get(key), str):
                yield Stated(what=what, value=said[key].strip().split("\n")[0][:100], file=file, line=line)
    elif isinstance(said, str) and said:
        yield Stated(what="license", value=said, file=file, line=line)
    for one in _list(table.get("license-files")):
        if isinstance(one, str) and not re.search(r"[*?\[]", one):
            yield Stated(what="license_file", value=one, file=file, line=lines.key("license-files", head))


def _scripts(table: object, file: str, lines: Lines) -> Iterator[Stated]:
    for name, target in _items(table):
        if isinstance(target, str):
            yield Stated(what="script", value=target, file=file, line=lines.key(name))


def _poetry(table: dict[str, Any], file: str, lines: Lines) -> list[Requirement]:
    groups: list[tuple[object, Scope, str, str]] = [
        (table.get("dependencies"), "runtime", "", "dependencies"),
        (table.get("dev-dependencies"), "dev", "dev", "dev-dependencies"),
    ]
    for name, group in _items(table.get("group")):
        listed = group.get("dependencies") if isinstance(group, dict) else None
        groups.append((listed, "dev", name, f"group.{name}.dependencies"))
    found = []
    for listed, scope, group, section in groups:
        after = lines.table(f"tool.poetry.{section}")
        for name, version in _items(listed):
            if name == "python":
                continue
            said = version.get("version", "") if isinstance(version, dict) else version
            optional = isinstance(version, dict) and bool(version.get("optional"))
            found.append(
                Requirement(
                    name=normal(name), text=f"{name} {said}".strip()[:200], specifier=str(said)[:100], file=file,
                    line=lines.key(name, after), scope="extra" if optional else scope, group=group,
                )
            )  # fmt: skip
    return found


def _listed(
    listed: object, file: str, lines: Lines, scope: Scope, group: str = "", *, after: int = 1
) -> list[Requirement]:
    found = []
    for text in _list(listed):
        if isinstance(text, str):
            one = parse(text.strip(), file, lines.item(text.strip(), after), scope, group)
            if one is not None:
                found.append(one)
    return found


def _anywhere(table: dict[str, Any]) -> Iterator[object]:
    """Lists called "dependencies" in a tool's own tables (hatch, pdm, tox): for those who work on the project."""
    stack: list[object] = [table]
    while stack:
        node = stack.pop()
        for key, value in _items(node):
            if isinstance(value, dict):
                stack.append(value)
            elif key in ("dependencies", "extra-dependencies", "deps", "dev-dependencies"):
                yield value


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _table(data: dict[str, Any], *path: str) -> dict[str, Any]:
    for key in path:
        value = data.get(key)
        data = value if isinstance(value, dict) else {}
    return data


def _items(value: object) -> list[tuple[str, Any]]:
    return [(str(key), one) for key, one in value.items()] if isinstance(value, dict) else []


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for _, one in _items(value) if isinstance(one, dict)]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
