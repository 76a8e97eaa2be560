"""What a process holds that is secret, by its environment: whoever starts it put keys of other services there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from genesis.security.redact import filters, lines
from genesis.security.redact.structured import secret_named
from genesis.security.redact.values import named_thing

MIN_CHARS = 8
"""What is shorter stands in any text by chance."""
MIN_LETTERS = 16
"""Letters alone are a word (`postgres`), unless they are as many."""
_FOLDERS = frozenset(("PWD", "OLDPWD"))  # POSIX, environment variables: where a shell is, not a password
_PATH = re.compile(r"(?:~|\.{1,2})?/[\w.@+:/-]*")


def secrets_of(environment: Mapping[str, str]) -> Iterator[str]:
    """The values of variables whose names say that they are secrets, and secrets with a form within others' values.

    >>> sorted(secrets_of({"DB_PASSWORD": "tr0ub4dor&3", "LANG": "C", "DSN": "redis://u:s3cr3t-pw@h/0", "PWD": "/a/b"}))
    ['s3cr3t-pw', 'tr0ub4dor&3']
    """
    for name, value in environment.items():
        if name in _FOLDERS:
            continue
        if "-----BEGIN" in value and "PRIVATE KEY" in value:
            yield value.replace("\\n", "\n")  # its lines: in a variable their ends are often written out
        elif secret_named(name, value):
            yield from _worth([value])
        else:
            data = value.encode("utf-8", "surrogateescape")
            found = (data[one.start : one.end] for one in lines.find(data)[0])
            yield from _worth(one.decode("utf-8", "surrogateescape") for one in found)


def _worth(values: Iterator[str] | list[str]) -> Iterator[str]:
    for value in values:
        word = value.isalpha() and len(value) < MIN_LETTERS
        if len(value) >= MIN_CHARS and not word and not _is_path(value):
            yield value


def _is_path(value: str) -> bool:
    """Some random keys begin with a slash: a path has names between its slashes, or repeats itself."""
    if _PATH.fullmatch(value) is None:
        return False
    data = value.encode()
    return named_thing(data) or filters.entropy(data) < 4.0
