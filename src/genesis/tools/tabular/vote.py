"""How a column is to be read, by what its cells prove: each alone may read either way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeVar

Way = TypeVar("Way", bound=str)
Sureness = Literal["proved", "assumed", "mixed", "unneeded"]


def decide(
    proofs: Iterable[Way | Literal["either"] | None], ways: tuple[Way, Way], default: Way
) -> tuple[Way, Sureness]:
    """The way to read a column, and how sure that is: proved by its cells, assumed (every cell reads either way), mixed
    (both are proved; the more frequent one, else the first, is for the cells that read either way), or not needed.

    >>> decide([".", "either", None], (".", ","), ","), decide(["either"], (".", ","), ",")
    (('.', 'proved'), (',', 'assumed'))
    """
    votes = Counter(proofs)
    first, second = ways
    if votes[first] or votes[second]:
        more = first if votes[first] >= votes[second] else second
        return more, "mixed" if votes[first] and votes[second] else "proved"
    return default, "assumed" if votes["either"] else "unneeded"
