"""The reducer: what a run has come to, as a function of its log and of nothing else.

`apply(entry)` is the only thing that decides: whether a failed attempt is tried again, which edit changes the plan,
what is skipped, when the run is over. Beside it lives an overlay that is not in the log: what runs, and what is done
in memory but not yet recorded; pure tasks start on it, and it vanishes with the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from genesis.agents.result import Result
from genesis.errors import DecompositionError, GenesisError, PlanInvalid, PlanRefused
from genesis.execute import graph as g
from genesis.execute.graph import Graph
from genesis.execute.log import Command, Ended, Entry, Planned
from genesis.execute.prepare import Prepared
from genesis.execute.run import Failure, Revision, RunStatus
from genesis.objective import Objective
from genesis.plan.plan import Edit, Plan, apply
from genesis.resilience.retry import retry_at
from genesis.route.routed import Choice, RoutedPlan
from genesis.security.gate import Ask
from genesis.security.provenance import Origin, lowest


def failure(error: GenesisError, redact: Callable[[str], str] = str) -> Failure:
    """What clients may know of it."""
    return Failure(code=error.code, category=error.category, message=redact(error.message))


class State:
    """Mutable; owned by one scheduler."""

    def __init__(self, objective: Objective, created: float) -> None:
        self.objective = objective
        self.created = created
        self.started = created
        """When the run's time began to count: its making, or its last resumption."""
        self.effects: set[str] = set()
        """Tasks that change something outside."""
        self.prepared: Prepared | None = None
        self.graph = Graph((), lambda task: False)
        self.results: dict[str, Result] = {}
        self.volatile_results: dict[str, Result] = {}
        """Of tasks that are done in memory: for their successors, for nobody outside."""
        self.errors: dict[str, Failure] = {}
        self.skipped: dict[str, Failure] = {}
        """Why tasks were not begun."""
        self.tried: dict[str, set[str]] = {}
        """By task, the agents that failed at it for good."""
        self.revisions: list[Revision] = []
        self.seconds: dict[str, float] = {}
        self.not_before: dict[int, float] = {}
        self.approved: set[str] = set()
        self.first: RoutedPlan | None = None
        """The plan for the objective itself, before anybody changed it."""
        self.asks: dict[str, tuple[Ask, ...]] = {}
        """By task, what it waits for a person to answer."""
        self.answers: dict[str, dict[str, bool]] = {}
        """By task and digest, what was answered."""
        self.goal_labels: dict[str, Origin] = {}
        """Whose word the goals of tasks are that an agent's edit brought."""
        self.error: Failure | None = None
        self.ended: RunStatus | None = None
        self.heard = 0
        """The number of the last command of the mailbox that is in the log."""
        self.replans = 0
        self.retries = 0
        self.uprooted: frozenset[str] = frozenset()
        """Tasks that stood on what the last edit took away: what they did in memory does not count."""
        self.spent = 0.0
        self.finished: float | None = None
        self.edits = 0
        """Grows with every change of the plan: the sign for the scheduler to look at everything anew."""

    # ---- what a run is at -------------------------------------------------------------------------------------------

    @property
    def planning(self) -> bool:
        """The next thing to do is to plan."""
        return self.prepared is None and self.ended is None

    @property
    def question(self) -> str | None:
        return self.prepared.routed.plan.question if self.prepared and self.ended is None else None

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Tasks that wait for an approval."""
        graph = self.graph
        return tuple(graph.ids[i] for i, status in enumerate(graph.status) if status == g.WAITING)

    @property
    def over(self) -> bool:
        """Nothing more will happen by itself or by an answer."""
        return self.ended is not None

    @property
    def deadline(self) -> float | None:
        return None if self.objective.deadline_s is None else self.started + self.objective.deadline_s

    def choice(self, i: int) -> Choice:
        assert self.prepared is not None
        return self.prepared.routed.by_task[self.graph.ids[i]]

    # ---- the log ----------------------------------------------------------------------------------------------------

    def apply(self, entry: Entry) -> list[int]:
        """Takes in one entry. The tasks that may start because of it, beyond those that could start in memory."""
        started: list[int] = []
        if isinstance(entry, Ended):
            started = self._attempt_ended(entry)
        elif isinstance(entry, Command):
            started = self._command(entry)
        elif isinstance(entry, Planned):
            started = self._planned(entry)
        elif self.ended is None:
            self._close("failed", entry.at, entry.error)
        if self.graph.left == 0 and self.ended is None and self.prepared is not None and self.question is None:
            self._complete(entry.at)
        return started

    def volatile(self, entry: Ended) -> list[int]:
        """A task is done in memory (not in the log). The pure tasks that may start."""
        assert entry.result is not None
        self.volatile_results[entry.task] = entry.result
        return self.graph.finish(self.graph.index[entry.task])

    def _planned(self, entry: Planned) -> list[int]:
        if not self.planning:
            return []
        if entry.prepared is None:
            assert entry.error is not None
            self._close("rejected" if entry.rejected else "failed", entry.at, entry.error)
            return []
        self.prepared = entry.prepared
        plan = entry.prepared.routed.plan
        if plan.refusal is not None:
            error = Failure(code=DecompositionError.code, category=plan.refusal.category, message=plan.refusal.message)
            self._close("rejected", entry.at, error)
        elif plan.question is None:
            why = refused(entry.prepared)
            if why is not None:
                self._close("rejected", entry.at, why)
            else:
                self.first = entry.prepared.routed
                self.effects = set(entry.effects)
                self.approved |= set(entry.granted)
                return self._lay(plan)
        return []

    def _lay(self, plan: Plan) -> list[int]:
        self.graph = Graph(plan.tasks, lambda task: task.id in self.effects)
        self.volatile_results = {}
        self.skipped = {}
        self.uprooted = frozenset()
        self.edits += 1
        return self._admit(self.graph.begin())

    def _admit(self, ready: Iterable[int]) -> list[int]:
        """Of tasks whose predecessors are there: those that may start. The others wait for an approval."""
        graph = self.graph
        may = []
        for i in ready:
            if graph.effects[i] and graph.ids[i] not in self.approved:
                graph.status[i] = g.WAITING
            else:
                may.append(i)
        return may

    def _attempt_ended(self, entry: Ended) -> list[int]:
        graph = self.graph
        i = graph.index.get(entry.task, -1)
        if self.ended is not None or i == -1 or graph.attempt[i] != entry.attempt or graph.dur[i] != 0:
            return []  # of a task that an edit has dropped or replaced, or of a run that was stopped
        if graph.status[i] in g.FINAL or graph.status[i] == g.WAITING:
            return []
        self.seconds[entry.task] = self.seconds.get(entry.task, 0.0) + entry.seconds
        if entry.asks and entry.result is None:
            # The same attempt begins again: an effect that it had already is, under its key, the same effect.
            self.asks[entry.task] = entry.asks
            graph.status[i] = g.WAITING
            return []
        if entry.result is not None and entry.refused is None:
            self.results[entry.task] = entry.result
            self.volatile_results.pop(entry.task, None)
            cost = entry.result.cost_usd
            self.spent += self.choice(i).cost_usd if cost is None else cost
            self.errors.pop(entry.task, None)
            if entry.edit is not None:
                graph.status[i] = g.DURABLE  # and nothing follows from it yet: a composite after it may be filled now
                started = self._change(entry)
            else:
                started = [] if graph.status[i] == g.VOLATILE else graph.finish(i)
                started += self._admit(graph.settle(i))
        else:
            error = entry.error or entry.refused
            assert error is not None
            self.errors[entry.task] = error
            started = self._failed(i, entry, error)
        return started

    def _failed(self, i: int, entry: Ended, error: Failure) -> list[int]:
        graph = self.graph
        again = self.again(i, entry)
        if again is not None:
            self.retries += 1
            self.not_before[i] = again
            graph.attempt[i] += 1
            graph.status[i] = g.PENDING
            return [i]
        self.tried.setdefault(entry.task, set()).add(entry.agent)
        if entry.edit is not None and entry.refused is None:
            started = self._change(entry)
            i = self.graph.index.get(entry.task, -1)
            if i == -1 or self.graph.attempt[i] != entry.attempt:
                return started  # the edit dropped it, or put another in its place
            self._end(i, g.FAILED)
            return [one for one in started if self.graph.status[one] == g.PENDING]
        self._end(i, g.FAILED)
        return []

    def _end(self, i: int, status: int) -> None:
        name = self.graph.ids[i]
        error = self.errors[name]
        why = error.model_copy(update={"message": f"not begun, for {name} before it was not done: {error.message}"})
        for skipped in self.graph.end(i, status):
            self.skipped[self.graph.ids[skipped]] = why

    def settles(self, entry: Ended) -> bool:
        """Whether this failure is the last of its task."""
        i = self.graph.index.get(entry.task, -1)
        return i != -1 and self.again(i, entry) is None

    def again(self, i: int, entry: Ended) -> float | None:
        """When the attempt that ended so is repeated, or None. Effects are repeated by nobody but a person: a new
        attempt has a new idempotency key."""
        error = entry.error
        if error is None or entry.refused is not None or self.graph.effects[i]:
            return None
        return retry_at(
            error.category,
            error.code,
            attempt=entry.attempt,
            now=entry.at,
            draw=entry.draw,
            retry_after=entry.retry_after,
            deadline=self.deadline,
            budget=max(10, self.graph.left // 5) - self.retries,
        )

    # ---- edits ------------------------------------------------------------------------------------------------------

    def edited(self, edit: Edit, finishing: str | None = None) -> Plan:
        """The plan after `edit`, which comes with the end of task `finishing` when that is done.

        Raises `PlanInvalid` when it breaks a rule, touches what is finished or approved, or is one replan too many.
        """
        assert self.prepared is not None
        graph, plan = self.graph, self.prepared.routed.plan
        fixed = {graph.ids[i] for i, status in enumerate(graph.status) if status in _FIXED} | self.approved
        if finishing is not None:
            fixed.add(finishing)
        after = apply(plan, edit, finished=fixed)
        for task in edit.add:
            if task.parent in fixed:
                raise PlanInvalid(f"the edit adds task {task.id!r} under {task.parent!r}, which is finished")
        limit = self.objective.limits.replans
        if not expands(edit) and self.replans >= limit:
            raise PlanInvalid(f"the plan was changed {self.replans} times; the limit is {limit}")
        return after

    def _change(self, entry: Ended) -> list[int]:
        assert self.prepared is not None and entry.edit is not None
        edit, routed = entry.edit, self.prepared.routed
        plan = self.edited(edit)
        known = {**routed.by_task, **{choice.task: choice for choice in entry.choices}}
        brought = {task.id for task in (*edit.add, *edit.replace)}
        for name in brought.union(edit.drop):
            self.asks.pop(name, None)
            self.answers.pop(name, None)
        for ask in entry.asks:
            self.asks[ask.task] = (ask,)
        if entry.result is not None:
            word = Origin(trust="agent", source=f"task {entry.task}")
            label = lowest([word, Origin(trust=entry.result.trust, source=word.source)])
            self.goal_labels |= dict.fromkeys(brought, label)
        self.approved |= set(entry.granted)
        self.effects = self.effects.difference(choice.task for choice in entry.choices).union(entry.effects)
        routed = RoutedPlan(plan=plan, choices=tuple(known[task.id] for task in plan.tasks if task.id in known))
        diff = _diff(self.prepared.routed, routed)
        revision = Revision(number=plan.revision, at=entry.at, task=entry.task, reason=edit.reason, diff=diff)
        self.revisions.append(revision)
        self.prepared = self.prepared.model_copy(update={"routed": routed})
        self.replans += not expands(edit)
        old = self.graph
        touched = {task.id for task in edit.replace}
        for i, task in enumerate(old.tasks):
            now = plan.by_id.get(task.id)
            if now is not None and now.depends_on != task.depends_on:
                touched.add(old.ids[i])
        gone = [i for i, name in enumerate(old.ids) if name not in plan.by_id or name in touched]
        started = self._relay(old, touched, keep=_KEPT)
        self.uprooted = frozenset(old.ids[i] for i in old.standing_on(gone))
        return started

    def _relay(self, old: Graph, touched: set[str], keep: frozenset[int]) -> list[int]:
        """Lays the present plan out anew: what was final in `keep` stays so, attempts go on counting."""
        assert self.prepared is not None
        waits = {old.ids[i]: at for i, at in self.not_before.items()}
        self._lay(self.prepared.routed.plan)
        graph = self.graph
        self.not_before = {}
        ended: list[tuple[int, int]] = []
        for i, name in enumerate(graph.ids):
            j = old.index.get(name, -1)
            if j == -1 or graph.composite[i]:
                continue
            graph.attempt[i] = old.attempt[j] + (name in touched)
            if name in waits:
                self.not_before[i] = waits[name]
            if old.status[j] == g.DURABLE:
                graph.finish(i)
                graph.settle(i)
            elif old.status[j] in keep:
                ended.append((i, old.status[j]))
        for i, status in ended:
            if graph.status[i] not in g.FINAL:
                self._end(i, status)
        for i, name in enumerate(graph.ids):
            if graph.dur[i] == 0 and graph.status[i] in (g.PENDING, g.WAITING):
                held = name in self.asks or (graph.effects[i] and name not in self.approved)
                graph.status[i] = g.WAITING if held else g.PENDING
        return list(graph.pending())

    # ---- commands ---------------------------------------------------------------------------------------------------

    def _command(self, entry: Command) -> list[int]:
        if entry.number <= self.heard:
            return []
        self.heard = entry.number
        if entry.verb == "cancel" and self.ended is None:
            self._close("canceled", entry.at, None)
        elif entry.verb == "approve" and self.ended is None:
            return self._approve(entry)
        elif entry.verb == "say" and self.question is not None:
            text = f"{self.objective.text}\n\n{entry.body['text']}"
            self.objective = self.objective.model_copy(update={"text": text})
            self.prepared = None
        elif entry.verb == "resume" and self.ended in ("failed", "canceled"):
            return self._resume(entry)
        return []

    def _approve(self, entry: Command) -> list[int]:
        asked, shown = entry.body["tasks"], entry.body.get("values", [])
        assert isinstance(asked, list) and isinstance(shown, list)
        graph, started = self.graph, []
        for name in asked:
            i = graph.index.get(str(name), -1)
            if i == -1 or graph.status[i] != g.WAITING:
                continue
            asks = self.asks.get(graph.ids[i], ())
            if asks:
                left = tuple(ask for ask in asks if ask.digest not in shown)
                if left == asks:
                    continue  # the answer was to something else that it waited for before
                if asks[0].kind != "edit":
                    if self._answer(i, asks, left, entry.body["yes"] is True):
                        started.append(i)
                    continue
                del self.asks[graph.ids[i]]
            if entry.body["yes"]:
                self.approved.add(graph.ids[i])
                graph.status[i] = g.PENDING
                started.append(i)
            else:
                self.errors[graph.ids[i]] = Failure(
                    code="FORBIDDEN", category="security", message=f"{entry.body['who']} did not approve this"
                )
                self._end(i, g.CANCELED)
        return started

    def _answer(self, i: int, asks: tuple[Ask, ...], left: tuple[Ask, ...], yes: bool) -> bool:
        """A person has answered all of `asks` but what is `left`. Whether the task may go on: refused, it goes on
        without, for what it was really asked to do may need none of it."""
        name = self.graph.ids[i]
        self.answers.setdefault(name, {}).update((ask.digest, yes) for ask in asks if ask not in left)
        if left:
            self.asks[name] = left
            return False
        del self.asks[name]
        self.graph.status[i] = g.PENDING
        return True

    def _resume(self, entry: Command) -> list[int]:
        self.ended, self.error, self.finished = None, None, None
        self.started = entry.at
        self.retries = 0
        self.tried = {}
        budget = entry.body.get("budget_usd")
        if isinstance(budget, int | float):
            self.objective = self.objective.model_copy(update={"budget_usd": float(budget)})
        if self.prepared is None:
            return []
        graph = self.graph
        for i, name in enumerate(graph.ids):
            if graph.status[i] == g.FAILED and not graph.composite[i]:
                graph.attempt[i] += 1
            if graph.status[i] != g.DURABLE:
                self.errors.pop(name, None)
        self.not_before = {}
        return self._relay(graph, set(), keep=frozenset())

    # ---- ends -------------------------------------------------------------------------------------------------------

    def _complete(self, at: float) -> None:
        graph = self.graph
        failed = [i for i, s in enumerate(graph.status) if s == g.FAILED and not graph.composite[i]]
        declined = [i for i, s in enumerate(graph.status) if s == g.CANCELED and not graph.composite[i]]
        self.finished = at
        if failed:
            self.ended, self.error = "failed", self.errors[graph.ids[failed[0]]]
        elif declined:
            self.ended, self.error = "canceled", self.errors[graph.ids[declined[0]]]
        else:
            self.ended = "completed"

    def _close(self, status: RunStatus, at: float, error: Failure | None) -> None:
        self.ended, self.error, self.finished = status, error, at
        graph = self.graph
        for i, one in enumerate(graph.status):
            if one not in g.FINAL:
                graph.status[i] = g.CANCELED


_FIXED = frozenset({g.DURABLE, g.FAILED, g.CANCELED})
_KEPT = frozenset({g.FAILED, g.CANCELED})


def expands(edit: Edit) -> bool:
    """Whether the edit only fills composites; everything else is a replan, of which there may be so many."""
    return not edit.drop and not edit.replace and all(task.parent is not None for task in edit.add)


def _diff(before: RoutedPlan, after: RoutedPlan) -> tuple[str, ...]:
    old, new = before.plan.by_id, after.plan.by_id
    lines = [f"- {name}" for name in old if name not in new]
    for name, task in new.items():
        who = after.by_task[name].agent if name in after.by_task else None
        if name not in old:
            lines.append(f"+ {name}: {who}: {task.goal}" if who else f"+ {name}: {task.goal}")
            continue
        was = before.by_task[name].agent if name in before.by_task else None
        changes = [("agent", was, who), ("goal", old[name].goal, task.goal), ("type", old[name].type, task.type)]
        changes.append(("after", ", ".join(old[name].depends_on) or "-", ", ".join(task.depends_on) or "-"))
        told = [f"{what} {one} -> {other}" for what, one, other in changes if one != other]
        if told:
            lines.append(f"~ {name}: {'; '.join(told)}")
    return tuple(lines)


def refused(prepared: Prepared) -> Failure | None:
    """Why vetting or routing did not accept a plan."""
    unassigned = prepared.routed.unassigned
    blocking = [finding.message for finding in prepared.vetting.findings if finding.severity in ("critical", "high")]
    if prepared.vetting.ok and not unassigned:
        return None
    why = blocking + [f"task {task}: {reason}" for task, reason in unassigned.items()]
    return failure(PlanRefused("; ".join(why)))
