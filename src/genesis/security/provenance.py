"""Whose word a value is. Labels travel with values through tasks, artifacts and the log, and never rise on the way."""

from __future__ import annotations

from collections.abc import Iterable

from genesis.frozen import Frozen
from genesis.objective import Trust

ORDER: tuple[Trust, ...] = ("system", "user", "tool", "memory", "file", "agent", "web")
"""Best first. Everything behind `user` may inform work, and may not choose recipients, addresses, places or programs.
`tool` is what was computed from nothing but the objective."""

MAX_ORIGINS = 40
"""So many are kept with a result; a task that saw more keeps the lowest."""


class Origin(Frozen):
    """A label and where it comes from: a tool, the workspace, a task, an agent."""

    trust: Trust
    source: str

    def __str__(self) -> str:
        return f"{self.source} ({self.trust})"


USER = Origin(trust="user", source="the objective")


def trusted(trust: Trust) -> bool:
    """Whether values of this label may choose what an effect is aimed at."""
    return trust in ("system", "user")


def lowest(origins: Iterable[Origin], best: Origin = USER) -> Origin:
    """The label of what was made from all of these; of equals the first.

    >>> lowest([Origin(trust="web", source="a page"), Origin(trust="file", source="the workspace")]).trust
    'web'
    >>> lowest([]).trust
    'user'
    """
    return max((best, *origins), key=lambda one: ORDER.index(one.trust))


def kept(origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """Each once, lowest first, at most `MAX_ORIGINS`."""
    each = dict.fromkeys(origins)
    return tuple(sorted(each, key=lambda one: -ORDER.index(one.trust))[:MAX_ORIGINS])
