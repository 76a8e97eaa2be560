"""How many attempts of an agent may run at once in this process, over all runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

Woken = Callable[[str], None]


class Slots:
    """`limits` by agent; an agent that is not named there has one slot. Who waits is served in order of coming."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._free = dict(limits)
        self._waiting: dict[str, deque[Woken]] = {}

    def take(self, agent: str) -> bool:
        """Takes a slot if one is free."""
        free = self._free.get(agent, 1)
        if free <= 0:
            return False
        self._free[agent] = free - 1
        return True

    def give(self, agent: str) -> None:
        """Gives a slot back, and wakes the first who waits: it is called with the agent and may take the slot."""
        self._free[agent] += 1
        waiting = self._waiting.get(agent)
        if waiting:
            waiting.popleft()(agent)

    def wait(self, agent: str, woken: Woken) -> None:
        """Asks to be called, once, when a slot of the agent comes free."""
        self._waiting.setdefault(agent, deque()).append(woken)

    def leave(self, agent: str, woken: Woken) -> None:
        """No longer waits. A slot that is free goes to the next in line, in case `woken` was just passed over."""
        waiting = self._waiting.get(agent)
        if waiting is None:
            return
        kept = deque(one for one in waiting if one != woken)
        self._waiting[agent] = kept
        if kept and self._free.get(agent, 1) > 0:
            kept.popleft()(agent)
