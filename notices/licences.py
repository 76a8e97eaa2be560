"""Under which licence a distribution is, as an SPDX expression, and what that asks of who ships it.

What the installed metadata says in SPDX's words is taken. What it says in other words was read by a person in the
distribution's own licence file: `readings.yaml`. Nothing is guessed: without either the command fails.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from license_expression import (  # type: ignore[import-untyped]
    ExpressionError,
    LicenseWithExceptionSymbol,
    get_spdx_licensing,
)

from genesis.errors import FileInvalid
from genesis.frozen import Frozen
from genesis.yamlfile import read_yaml
from notices.lock import Pin

READINGS = Path(__file__).with_name("readings.yaml")
Duty = Literal["permissive", "weak", "refused"]
_ORDER: tuple[Duty, ...] = ("permissive", "weak", "refused")

# fmt: off
PERMISSIVE = frozenset({
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Open-MPI", "BSL-1.0", "CC0-1.0", "ISC", "MIT",
    "MIT-0", "OLDAP-2.8", "PSF-2.0", "PostgreSQL", "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "WTFPL", "Zlib",
    "LicenseRef-Public-Domain",
})
# fmt: on
WEAK = frozenset({"LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"})
"""Their terms hold for their own files or library, which stays replaceable here: it is installed beside Genesis."""
WITH_EXCEPTION: dict[tuple[str, str], Duty] = {
    ("Apache-2.0", "LLVM-exception"): "permissive",
    ("GPL-3.0-or-later", "GCC-exception-3.1"): "weak",
}
_LINKS = ("source", "source code", "repository", "code", "github", "homepage", "home-page", "documentation")


class Reading(Frozen):
    """`says`: the metadata's words, so that a change of them is read again; None where it was read from the file of a
    version that is not installed here. `means`: SPDX. `project`: where the metadata names none."""

    says: str | None = None
    means: str | None = None
    project: str | None = None


class _Readings(Frozen):
    readings: dict[str, Reading]


class Notice(Frozen):
    """What is said of one pin. `project`: its address, or None when nobody names one."""

    licence: str
    project: str | None


@cache
def readings() -> dict[str, Reading]:
    """By name; by `name version` for what is not installed where the command is run."""
    return read_yaml(READINGS, _Readings).readings


def notice(pin: Pin) -> Notice:
    """The licence and the project of a pin. Raises `FileInvalid`, saying what has to be read."""
    read = readings().get(f"{pin.name} {pin.version}")
    if read is None:
        read = readings().get(pin.name, Reading())
        told = _installed(pin)
        said = _said(told)
        project = read.project or _link(told)
        if read.means is None:
            licence = spdx(said)
            if licence is None:
                raise FileInvalid(
                    f"{READINGS}: {pin.name}: its metadata says {said!r}; read its licence file and add it"
                )
            return Notice(licence=licence, project=project)
        if read.says != said:
            raise FileInvalid(f"{READINGS}: {pin.name}: its metadata says {said!r} now; read its licence again")
        return Notice(licence=read.means, project=project)
    if read.means is None:
        raise FileInvalid(f"{READINGS}: {pin.name} {pin.version}: `means` is missing")
    return Notice(licence=read.means, project=read.project)


@cache
def _spdx() -> Any:
    return get_spdx_licensing()  # a second, each time


def spdx(text: str) -> str | None:
    """`text` if it is an SPDX expression of known names.

    >>> spdx("MIT OR Apache-2.0"), spdx("BSD"), spdx("Apache 2.0")
    ('MIT OR Apache-2.0', None, None)
    """
    try:
        parsed = _spdx().parse(text, validate=True, strict=True)
    except ExpressionError:
        return None
    return None if parsed is None else str(parsed)


def duty(expression: str) -> Duty:
    """What an SPDX expression asks: of alternatives the mildest, of parts the hardest; what is not known is refused.

    >>> duty("MIT OR GPL-3.0-only"), duty("MIT AND MPL-2.0"), duty("AGPL-3.0-only"), duty("Proprietary")
    ('permissive', 'weak', 'refused', 'refused')
    """
    licensing = _spdx()

    def of(node: object) -> Duty:
        parts = getattr(node, "args", ())
        if isinstance(node, licensing.OR):
            return min(map(of, parts), key=_ORDER.index)
        if isinstance(node, licensing.AND):
            return max(map(of, parts), key=_ORDER.index)
        if isinstance(node, LicenseWithExceptionSymbol):
            return WITH_EXCEPTION.get((node.license_symbol.key, node.exception_symbol.key), "refused")
        name = str(node)
        return "permissive" if name in PERMISSIVE else "weak" if name in WEAK else "refused"

    try:
        return of(licensing.parse(expression))
    except ExpressionError:
        return "refused"


def _installed(pin: Pin) -> PackageMetadata:
    try:
        told = metadata(pin.name)
    except PackageNotFoundError:
        told = None
    if told is None or told["Version"] != pin.version:
        raise FileInvalid(
            f"{pin.name} {pin.version} is not installed here, so its licence is not known: run this where `make test` "
            f"runs (Linux, Python 3.11), or read its licence file and add `{pin.name} {pin.version}` to {READINGS}"
        )
    return told


def _said(told: PackageMetadata) -> str:
    for field in ("License-Expression", "License"):
        if field in told and told[field].strip():
            return str(told[field]).strip().splitlines()[0]
    words = (one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License :: "))
    return "; ".join(words)


def _link(told: PackageMetadata) -> str | None:
    """The project's own address; a registry's page is nobody's project."""
    named = [one.partition(", ") for one in told.get_all("Project-URL") or ()]
    links = {label.lower(): address.strip() for label, _, address in named}
    links.setdefault("home-page", (told.get_all("Home-page") or [""])[0])
    fit = (links.get(label, "") for label in _LINKS)
    return next((one for one in fit if one.startswith("http") and "pypi" not in (urlsplit(one).hostname or "")), None)
