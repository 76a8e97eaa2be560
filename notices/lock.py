"""The lock, read: what `make run` installs, each file of it by its hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILES = tuple(ROOT / "requirements" / name for name in ("run.txt", "semantic.txt"))
"""What the Makefile gives pip for `make run`."""

_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))? *\\?")
_HASH = re.compile(r" +--hash=sha256:([0-9a-f]{64})(?: \\)?")


@dataclass(frozen=True, order=True)
class Pin:
    """A version that is installed where `marker` holds ("": everywhere). `hashes`: SHA-256 of each file that may be."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def pins() -> tuple[Pin, ...]:
    """Every pin, by name and version."""
    return tuple(sorted(pin for file in FILES for pin in read(file.read_text(encoding="utf-8"))))


def read(text: str) -> list[Pin]:
    """The pins of a lock file. Raises `ValueError` for a line that is no part of one: nothing is passed over."""
    found: list[Pin] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if one := _HASH.fullmatch(line):
            last = found.pop()
            found.append(Pin(last.name, last.version, last.marker, (*last.hashes, one[1])))
        elif one := _PIN.fullmatch(line):
            found.append(Pin(canonicalize_name(one["name"]), one["version"], one["marker"] or "", ()))
        else:
            raise ValueError(f"line {number} is neither a pin nor a hash: {line!r}")
    return found
