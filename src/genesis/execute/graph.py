"""The tasks of a plan as index arrays with counters: what may start now, and what follows when something ends.

Two counts per task say how many of its predecessors are missing: in memory (`mem`: enough for a pure task) and on disk
(`dur`: what a task with effects waits for). A composite stands for its children: they count its start as one more
predecessor, its successors wait until the last of them is done. No clock, no randomness, no I/O, no recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from genesis.plan.plan import Task

PENDING, RUNNING, VOLATILE, DURABLE, FAILED, CANCELED, SKIPPED, WAITING = range(8)
"""VOLATILE: done in memory, not yet recorded. WAITING: for an approval."""

FINAL = frozenset({DURABLE, FAILED, CANCELED, SKIPPED})


class Graph:
    """Mutable; owned by one reducer. Tasks are named by their place in `tasks`."""

    __slots__ = ("after", "attempt", "children", "composite", "dur", "effects", "ids", "index", "left", "mem",
                 "open_dur", "open_mem", "parent", "status", "tasks")  # fmt: skip

    def __init__(self, tasks: Sequence[Task], effects: Callable[[Task], bool]) -> None:
        count = len(tasks)
        self.tasks = tuple(tasks)
        self.ids = [task.id for task in tasks]
        self.index = {name: i for i, name in enumerate(self.ids)}
        self.composite = [task.composite for task in tasks]
        self.effects = [not task.composite and effects(task) for task in tasks]
        self.parent = [-1 if task.parent is None else self.index[task.parent] for task in tasks]
        self.after: list[list[int]] = [[] for _ in range(count)]
        self.children: list[list[int]] = [[] for _ in range(count)]
        self.status = [PENDING] * count
        self.attempt = [1] * count
        """The number that the next or present attempt has."""
        self.mem = [0] * count
        for i, task in enumerate(tasks):
            for before in task.depends_on:
                self.after[self.index[before]].append(i)
            self.mem[i] = len(task.depends_on) + (task.parent is not None)
            if task.parent is not None:
                self.children[self.parent[i]].append(i)
        self.dur = list(self.mem)
        self.open_mem = [len(under) for under in self.children]
        self.open_dur = list(self.open_mem)
        self.left = count - sum(self.composite)
        """Atomic tasks that have no final state yet."""

    def begin(self) -> list[int]:
        """Starts what waits for nothing; the atomic tasks among it, in order of the plan."""
        ready: list[int] = []
        first = [i for i, parent in enumerate(self.parent) if parent == -1 and self.mem[i] == 0]
        for i in first:
            self._opened(i, ready, self.mem, self.open_mem, False)
            self._opened(i, ready, self.dur, self.open_dur, True)
        return sorted(ready)

    def finish(self, i: int) -> list[int]:
        """Task `i` is done in memory. The pure tasks that may start because of it."""
        self.status[i] = VOLATILE
        ready: list[int] = []
        after, mem = self.after[i], self.mem
        for j in after:
            mem[j] -= 1
            if mem[j] == 0:
                self._opened(j, ready, mem, self.open_mem, False)
        if self.parent[i] != -1:
            self._child_done(i, ready, mem, self.open_mem, False)
        return ready

    def settle(self, i: int) -> list[int]:
        """Task `i` (done in memory) is recorded. The tasks with effects that nothing but approval holds back now."""
        self.status[i] = DURABLE
        self.left -= 1
        ready: list[int] = []
        dur = self.dur
        for j in self.after[i]:
            dur[j] -= 1
            if dur[j] == 0:
                self._opened(j, ready, dur, self.open_dur, True)
        if self.parent[i] != -1:
            self._child_done(i, ready, dur, self.open_dur, True)
        return ready

    def _opened(self, i: int, ready: list[int], counts: list[int], opens: list[int], durable: bool) -> None:
        """Nothing before `i` is missing any more, in memory or on disk."""
        if not self.composite[i]:
            if self.effects[i] is durable:
                ready.append(i)
            return
        stack = [i]
        while stack:
            at = stack.pop()
            if not self.composite[at]:
                if self.effects[at] is durable:
                    ready.append(at)
                continue
            if self.status[at] == PENDING:
                self.status[at] = RUNNING
            for child in self.children[at]:
                counts[child] -= 1
                if counts[child] == 0:
                    stack.append(child)
            if opens[at] == 0:
                stack.extend(self._close(at, counts, opens, durable))

    def _child_done(self, i: int, ready: list[int], counts: list[int], opens: list[int], durable: bool) -> None:
        parent = self.parent[i]
        opens[parent] -= 1
        # Its own predecessors may be missing still: an edit may have given it new ones.
        if opens[parent] == 0 and counts[parent] == 0:
            for j in self._close(parent, counts, opens, durable):
                self._opened(j, ready, counts, opens, durable)

    def _close(self, i: int, counts: list[int], opens: list[int], durable: bool) -> list[int]:
        """Composite `i` is done, and so may be those above it. The tasks that wait for nothing more."""
        freed: list[int] = []
        while True:
            self.status[i] = DURABLE if durable else VOLATILE
            for j in self.after[i]:
                counts[j] -= 1
                if counts[j] == 0:
                    freed.append(j)
            i = self.parent[i]
            if i == -1:
                return freed
            opens[i] -= 1
            if opens[i] != 0 or counts[i] != 0:
                return freed

    def end(self, i: int, status: int) -> list[int]:
        """Task `i` ends FAILED or CANCELED: those above it cannot be done, and all that depends on it (returned) is
        skipped."""
        skipped: list[int] = []
        self.status[i] = status
        self.left -= 1
        stack = list(self.after[i])
        above = self.parent[i]
        while above != -1 and self.status[above] not in (FAILED, CANCELED):
            self.status[above] = status
            stack.extend(self.after[above])
            above = self.parent[above]
        while stack:
            at = stack.pop()
            if self.status[at] in FINAL:
                continue
            self.status[at] = SKIPPED
            skipped.append(at)
            if self.composite[at]:
                stack.extend(self.children[at])
            else:
                self.left -= 1
            stack.extend(self.after[at])
        return skipped

    def standing_on(self, tasks: Iterable[int]) -> set[int]:
        """What was given, directly or not, what these tasks give: what comes after them or after what they are under,
        and what is under that. Linear."""
        found: set[int] = set()
        seen: set[int] = set()
        stack = list(tasks)
        while stack:
            i = stack.pop()
            if i in seen:
                continue
            seen.add(i)
            if self.parent[i] != -1:
                stack.append(self.parent[i])
            down = list(self.after[i])
            while down:
                j = down.pop()
                if j not in found:
                    found.add(j)
                    stack.append(j)
                    down.extend(self.children[j])
        return found

    def pending(self) -> Iterable[int]:
        """Atomic tasks whose predecessors are all there and that nobody has started: pure ones in memory, others on
        disk. Linear; for use after a change of the plan."""
        for i, composite in enumerate(self.composite):
            if not composite and self.status[i] == PENDING and (self.dur if self.effects[i] else self.mem)[i] == 0:
                yield i
