"""The guard at the door of planning: what an objective says is judged before anybody acts on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from genesis.objective import Objective, Trust
from genesis.security.guard.guard import Channel, Judgement, inspect
from genesis.security.redact.redactor import unmarked

Screen = Callable[[Objective], Judgement | None]
"""What the guard says of an objective; None for one that is not judged."""
Second = Callable[[Objective, Judgement], Awaitable[Judgement]]
"""A second opinion of what the guard let pass."""

_CHANNELS: Mapping[Trust, Channel | None] = {
    "user": "user",
    "system": None,  # the operator's own configuration: who can write that needs no injection
    "agent": "agent",
    "tool": "tool",
    "web": "tool",
    "file": "tool",
    "memory": "memory",
}


def screen(objective: Objective) -> Judgement | None:
    """Judges an objective on the channel that it came by. Loads the guard at its first call."""
    channel = _CHANNELS[objective.trust]
    return inspect(unmarked(objective.text), channel) if channel is not None else None


def counted(blocked: Callable[[str], None]) -> Screen:
    """`screen`, with `blocked` told the category of each objective that it refuses."""

    def count(objective: Objective) -> Judgement | None:
        judgement = screen(objective)
        if judgement is not None and judgement.blocked:
            blocked(judgement.category or "unknown")
        return judgement

    return count
