"""Splits text into lines as compilers and editors count them."""

from __future__ import annotations

import re


def lines_of(text: str) -> list[str]:
    """Lines as compilers and editors count them; `str.splitlines` also breaks at form feeds and other rarities.

    >>> lines_of("a\\x0cb\\r\\nc")
    ['a\\x0cb', 'c']
    """
    return re.split(r"\r\n|\r|\n", text)
