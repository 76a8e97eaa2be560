"""Runs a project's build backend, or byte-compiles its files, inside the sandbox.

`python genesis_builder.py build|compile ORDER`: ORDER is a JSON file with `workspace`, `told` (the JSON file to write
the answer to), and `backend`, `backend_path`, `requires`, `out`, or `files`. Standard library only, Python 3.8 on.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def build(order: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"unmet": list(unmet(order["requires"]))}
    if told["unmet"]:
        return told
    sys.path[:0] = [f"{order['workspace']}/{path}" for path in order["backend_path"]]
    module, _, inner = order["backend"].partition(":")
    try:
        backend = importlib.import_module(module)
        for name in filter(None, inner.split(".")):
            backend = getattr(backend, name)
    except ImportError as error:
        told["missing"] = error.name or str(error)
        return told
    for kind in ("wheel", "sdist"):
        try:
            ask = getattr(backend, f"get_requires_for_build_{kind}", None)
            missing = list(unmet(ask({}))) if ask else []
            if missing:
                told["unmet"] += missing
            else:
                told[kind] = str(getattr(backend, f"build_{kind}")(order["out"], {}))
        except BaseException as error:  # a backend of setuptools ends with SystemExit
            told[f"{kind}_error"] = [type(error).__name__, str(error)[:1000], getattr(error, "name", None)]
            traceback.print_exc()
    return told


def unmet(requirements: Iterable[object]) -> Iterator[str]:
    """Those that are not installed here. Their versions are judged when `packaging` is at hand."""
    for requirement in requirements:
        text = str(requirement).split("#")[0].strip()
        name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text)
        if name is None:
            continue
        try:
            from packaging.requirements import Requirement

            asked: Any = Requirement(text)
        except Exception:  # no packaging, or a requirement that it does not read: the name alone is judged
            asked = None
        if asked is not None and asked.marker is not None and not asked.marker.evaluate():
            continue
        try:
            found = version(name[0])
        except PackageNotFoundError:
            yield text.split(";")[0].strip()
        else:
            if asked is not None and not asked.specifier.contains(found, prereleases=True):
                yield f"{text.split(';')[0].strip()} ({found} is installed)"


def compile_all(order: dict[str, Any]) -> list[Any]:
    bad = []
    for name in order["files"]:
        try:
            with open(name, "rb") as file:  # noqa: PTH123
                compile(file.read(), name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            bad.append([name, getattr(error, "lineno", None) or 1, str(getattr(error, "msg", error))[:200]])
    return bad


def main() -> None:
    with open(sys.argv[2]) as file:  # noqa: PTH123
        order = json.load(file)
    os.chdir(order["workspace"])
    told = build(order) if sys.argv[1] == "build" else compile_all(order)
    with open(order["told"], "w") as file:  # noqa: PTH123
        json.dump(told, file)


if __name__ == "__main__":
    main()
