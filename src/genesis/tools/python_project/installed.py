"""Stands in for `pip install -e .`: metadata, entry points and console scripts of a project that is only unpacked.

Without it `importlib.metadata.version("itself")` fails, or answers for another version that happens to be installed.
"""

from __future__ import annotations

import re
from pathlib import Path

from genesis.tools.python_project.project import Project

_POINT = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")
_SCRIPT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")


def stand_in(project: Project, workspace: Path, folder: Path, python: Path) -> None:
    """Writes into `folder` a `*.dist-info`, and `bin/` with the console scripts, for the project in `workspace`."""
    (folder / "bin").mkdir(parents=True)
    for script, point in project.scripts.items():
        if _SCRIPT.match(script) and _POINT.match(point):
            module, _, name = point.partition(":")
            path = folder / "bin" / script
            path.write_text(f"#!{python}\nimport sys\nfrom {module} import {name.split('.')[0]}\nsys.exit({name}())\n")
            path.chmod(0o755)
    if project.name is None or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}", project.name):
        return
    if any(any((workspace / root).glob("*.egg-info/PKG-INFO")) for root in project.roots):
        return  # found on the path as it is
    version = project.version if project.version and re.fullmatch(r"[A-Za-z0-9.+!_-]{1,60}", project.version) else "0"
    info = folder / f"{re.sub(r'[-_.]+', '_', project.name)}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(project.metadata or _metadata(project, version))
    groups = {**project.entry_points, **({"console_scripts": project.scripts} if project.scripts else {})}
    lines: list[str] = []
    for group, points in groups.items():
        if re.fullmatch(r"[A-Za-z0-9_.-]{1,80}", group):
            named = ((key, point) for key, point in points.items() if "\n" not in key + point)
            lines += [f"[{group}]", *(f"{key} = {point}" for key, point in named)]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def _metadata(project: Project, version: str) -> str:
    urls = "".join(f"Project-URL: {label}, {url}\n" for label, url in project.urls.items() if "\n" not in label + url)
    return f"Metadata-Version: 2.1\nName: {project.name}\nVersion: {version}\n{urls}"
