"""The reducer and the drain loop, on random plans, in random orders of completion, with random edits, in memory."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.agents.result import Result
from genesis.clock import SystemClock
from genesis.durable.runs import Row
from genesis.errors import PlanInvalid
from genesis.execute import graph as g
from genesis.execute import view
from genesis.execute.log import Command, Ended, Entry, Planned
from genesis.execute.prepare import Prepared
from genesis.execute.run import Failure
from genesis.execute.scheduler import Scheduler
from genesis.execute.slots import Slots
from genesis.execute.state import State, failure
from genesis.frozen import JsonValue
from genesis.objective import Limits, Objective
from genesis.plan.plan import Edit, Plan, Task
from genesis.route.routed import Choice, RoutedPlan
from genesis.vet.vetting import Vetting

OBJECTIVE = Objective(text="any", limits=Limits(replans=1000))


def choice(task: Task) -> Choice:
    return Choice(task=task.id, agent="any", type=task.type or "pure", reason="", score=0)


def prepared(tasks: list[Task], objective: Objective = OBJECTIVE) -> Prepared:
    plan = Plan(objective=objective, level="minimal", confidence=1, tasks=tuple(tasks))
    choices = tuple(choice(task) for task in tasks if not task.composite)
    return Prepared(routed=RoutedPlan(plan=plan, choices=choices), vetting=Vetting())


def effects(tasks: Iterable[Task]) -> tuple[str, ...]:
    return tuple(task.id for task in tasks if task.type == "effect")


def state_of(objective: Objective = OBJECTIVE) -> State:
    return State(objective, 0.0)


@st.composite
def plans(draw: st.DrawFn) -> list[Task]:
    """Random trees: composites up to three deep, edges among siblings, pure tasks and effects."""
    count = draw(st.integers(1, 14))
    tasks: list[Task] = []
    for i in range(count):
        composites = [task for task in tasks if task.composite and depth(tasks, task) < 4]
        parent = draw(st.sampled_from([None, *composites]))
        above = parent.id if parent else None
        siblings = [task.id for task in tasks if task.parent == above]
        before = draw(st.lists(st.sampled_from(siblings), unique=True, max_size=3)) if siblings else []
        kind = draw(st.sampled_from(["pure", "pure", None, "effect"]))
        tasks.append(Task(id=f"t{i}", goal="do", type=kind, parent=above, depends_on=tuple(before)))
    return tasks


def depth(tasks: list[Task], task: Task) -> int:
    by_id = {one.id: one for one in tasks}
    count = 1
    while task.parent:
        task, count = by_id[task.parent], count + 1
    return count


def before(tasks: list[Task], name: str) -> set[str]:
    """The oracle: atomic tasks that must be done before `name` starts, straight from the plan's words."""
    by_id = {task.id: task for task in tasks}
    found: set[str] = set()

    def all_under(one: str) -> set[str]:
        children = [task.id for task in tasks if task.parent == one]
        if not by_id[one].composite:
            return {one}
        return set().union(*(all_under(child) for child in children)) if children else set()

    at: str | None = name
    while at is not None:
        for other in by_id[at].depends_on:
            found |= all_under(other) | before(tasks, other)
        at = by_id[at].parent
    return found


class Memory:
    """A recorder that keeps the log, and takes as long as the chance says."""

    def __init__(self, pause: Callable[[], Awaitable[None]]) -> None:
        self.log: list[Entry] = []
        self._pause = pause

    async def record(self, drain: Callable[[], Awaitable[list[Entry]]]) -> int:
        batch = await drain()
        await self._pause()
        self.log += batch
        return len(batch)


class Bench:
    """Runs a plan on the real scheduler, with random delays, and checks every start against the oracle."""

    def __init__(self, tasks: list[Task], seed: int, objective: Objective = OBJECTIVE) -> None:
        self.random = random.Random(seed)
        self.state = state_of(objective)
        self.memory = Memory(self.pause)
        self.memory.log.append(Planned(0.0, prepared(tasks, objective), effects=effects(tasks)))
        self.state.apply(self.memory.log[0])
        self.starts: Counter[tuple[str, int]] = Counter()
        self.live: set[str] = set()
        self.edits: Callable[[str, int], Edit | None] = lambda name, attempt: None
        self.errors: Callable[[str, int], Failure | None] = lambda name, attempt: None
        self.repair: Callable[[Ended], Edit | None] = lambda entry: None

    async def pause(self) -> None:
        for _ in range(self.random.choice([0, 0, 1, 2, 5])):
            await asyncio.sleep(0)

    async def attempt(self, name: str, attempt: int) -> Ended:
        state, graph = self.state, self.state.graph
        i = graph.index[name]
        assert name not in self.live, f"{name} runs twice at once"
        assert name not in state.results, f"{name} is recorded, and runs again"
        self.live.add(name)
        self.starts[name, attempt] += 1
        assert state.prepared is not None
        done = state.results.keys() | (set() if graph.effects[i] else state.volatile_results.keys())
        first = before(list(state.prepared.routed.plan.tasks), name)
        missing = first - done
        assert not missing, f"{name} (effect: {graph.effects[i]}) starts before {missing}"
        saw = {one: (state.results.get(one) or state.volatile_results[one]).outputs["attempt"] for one in first}
        try:
            await self.pause()
        finally:
            self.live.discard(name)
        error = self.errors(name, attempt)
        result = None if error else Result(summary=name, outputs={"attempt": attempt, "saw": saw})
        return Ended(1.0, name, attempt, "any", result, error, None if error else self.edits(name, attempt))

    def decisive(self, entry: Ended) -> bool:
        return entry.edit is not None or (entry.error is not None and self.state.settles(entry))

    async def judge(self, entry: Ended) -> Ended:
        edit = entry.edit or self.repair(entry)
        if edit is None:
            return entry
        await self.pause()
        try:
            self.state.edited(edit, entry.task if entry.error is None else None)
        except PlanInvalid as error:
            return entry._replace(refused=failure(error)) if entry.edit else entry
        new = [task for task in (*edit.add, *edit.replace) if not task.composite]
        return entry._replace(edit=edit, choices=tuple(choice(task) for task in new), effects=effects(new))

    async def run(self) -> None:
        for number in range(1, 1000):
            scheduler = Scheduler(
                self.state, self.attempt, self.memory, SystemClock(), slots=Slots({"any": 1000}), judge=self
            )
            if number > 1:
                assert self.state.waiting_for, "the run neither ends nor waits"
                names: list[JsonValue] = [*self.state.waiting_for]
                scheduler.put(Command(1.0, self.state.heard + 1, "approve", {"tasks": names, "yes": True, "who": "x"}))
            await scheduler.run()
            if self.state.over:
                return
        raise AssertionError("never over")


def recorded(state: State) -> object:
    """What of a state is in the log: the overlay of what runs taken away."""
    hidden = {g.RUNNING: g.PENDING, g.VOLATILE: g.PENDING}
    graph = state.graph
    status = {
        name: hidden.get(graph.status[i], graph.status[i]) for i, name in enumerate(graph.ids) if not graph.composite[i]
    }
    kept = (dict(state.results), dict(state.errors), set(state.approved), list(graph.dur), graph.left)
    rest = (state.ended, state.error, state.heard, state.spent, state.retries, state.replans, state.prepared)
    said = {name: set(agents) for name, agents in state.tried.items()}, dict(state.skipped), list(state.revisions)
    return status, dict(zip(graph.ids, graph.attempt, strict=True)), kept, rest, said


def replayed(log: list[Entry], objective: Objective = OBJECTIVE) -> State:
    state = state_of(objective)
    for entry in log:
        state.apply(entry)
    return state


@settings(deadline=None, max_examples=150)
@given(plans(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_every_order_gives_the_same_and_each_task_is_done_once(tasks: list[Task], one: int, other: int) -> None:
    ends = []
    for seed in (one, other):
        bench = Bench(tasks, seed)
        asyncio.run(bench.run())
        assert bench.state.ended == "completed"
        atomic = {task.id for task in tasks if not task.composite}
        assert {name for name, _ in bench.starts} == atomic == bench.state.results.keys()
        assert set(bench.starts.values()) <= {1}
        assert all(status == g.DURABLE for status in bench.state.graph.status)
        ends.append(recorded(bench.state))
    assert ends[0] == ends[1]


@settings(deadline=None, max_examples=100)
@given(plans(), st.integers(0, 2**32), st.data())
def test_replay_of_any_prefix_equals_the_live_state(tasks: list[Task], seed: int, data: st.DataObject) -> None:
    bench = Bench(tasks, seed)
    bad = data.draw(st.sets(st.sampled_from([task.id for task in tasks]), max_size=3))
    bench.errors = lambda name, attempt: failure_of("network" if name < "t5" else "validation") if name in bad else None
    seen: list[tuple[int, object]] = []
    apply = bench.state.apply

    def watched(entry: Entry) -> list[int]:
        started = apply(entry)
        seen.append((len(seen) + 2, recorded(bench.state)))
        return started

    bench.state.apply = watched  # type: ignore[method-assign]
    asyncio.run(bench.run())
    for length, live in seen:
        assert recorded(replayed(bench.memory.log[:length])) == live
    ran = {name for name, _ in bench.starts}
    assert bench.state.ended == ("failed" if bad & ran else "completed")
    for name in ran:  # whatever depends on a failure is not begun, whatever does not is
        assert not before(tasks, name) & bad
    for task in tasks:
        if not task.composite and not before(tasks, task.id) & bad:
            assert task.id in ran


def failure_of(category: str) -> Failure:
    code = {"network": "NETWORK_FAILED", "validation": "INVALID"}[category]
    return Failure.model_validate({"code": code, "category": category, "message": "no"})


@settings(deadline=None, max_examples=200)
@given(plans(), st.integers(0, 2**32))
def test_with_edits_replay_equals_live_and_nothing_is_recorded_twice(tasks: list[Task], seed: int) -> None:
    bench = Bench(tasks, seed)
    made = 0

    def random_edit() -> Edit | None:
        nonlocal made
        chance, plan = bench.random, bench.state.prepared
        assert plan is not None
        there = plan.routed.plan.tasks
        if made >= 8 or chance.random() < 0.5:
            return None
        made += 1
        kind = chance.choice(["expand", "add", "drop", "replace"])
        target = chance.choice(there)
        new = Task(id=f"n{made}", goal="new", type=chance.choice(["pure", "effect"]))
        if kind == "expand":
            parent = target.id if target.composite else target.parent
            return Edit(reason="x", add=(new.model_copy(update={"parent": parent}),))
        if kind == "add":
            return Edit(reason="x", add=(new.model_copy(update={"parent": target.parent, "depends_on": (target.id,)}),))
        if kind == "drop":
            return Edit(reason="x", drop=(target.id,))
        first = new.model_copy(update={"parent": target.parent})
        again = target.model_copy(update={"depends_on": (*target.depends_on, new.id)})
        return Edit(reason="x", add=(first,), replace=(again,))

    bench.edits = lambda name, attempt: random_edit()
    asyncio.run(bench.run())
    log, state = bench.memory.log, bench.state
    assert recorded(replayed(log)) == recorded(state)
    assert state.prepared is not None
    names = {task.id for task in state.prepared.routed.plan.tasks if not task.composite}
    statuses = {name: state.graph.status[i] for i, name in enumerate(state.graph.ids) if name in names}
    assert all(status in g.FINAL for status in statuses.values())
    accepted = Counter((e.task, e.attempt) for e in log if isinstance(e, Ended))
    assert set(accepted.values()) <= {1}, "one attempt was recorded twice"
    for name, result in state.results.items():
        saw = result.outputs["saw"]
        assert isinstance(saw, dict)
        for one, attempt in saw.items():
            assert one in state.results, f"{name} stands on {one}, which an edit took away"
            assert state.results[one].outputs["attempt"] == attempt, f"{name} stands on an attempt that does not count"


async def test_a_failed_task_is_repaired_by_a_replan_and_tried_again() -> None:
    """One child fails for good; the replan puts a repair before it and asks for it again."""
    tasks = [Task(id="a", goal="a", type="pure"), Task(id="b", goal="b", type="pure", depends_on=("a",))]
    bench = Bench(tasks, 1)
    bench.errors = lambda name, attempt: failure_of("validation") if (name, attempt) == ("a", 1) else None
    mend = Task(id="mend", goal="mend", type="pure")
    bench.repair = lambda entry: Edit(
        reason="a failed", add=(mend,), replace=(tasks[0].model_copy(update={"depends_on": ("mend",)}),)
    )
    await bench.run()
    assert bench.state.ended == "completed"
    assert list(bench.starts) == [("a", 1), ("mend", 1), ("a", 2), ("b", 1)]
    assert bench.state.replans == 1


async def test_replans_are_limited_and_the_refusal_fails_the_task_that_asked() -> None:
    objective = Objective(text="any", limits=Limits(replans=2))
    bench = Bench([Task(id="t0", goal="x", type="pure")], 1, objective)

    def next_one(name: str, attempt: int) -> Edit:
        return Edit(reason="more", add=(Task(id=f"t{int(name[1:]) + 1}", goal="x", type="pure"),))

    bench.edits = next_one
    await bench.run()
    assert list(bench.starts) == [("t0", 1), ("t1", 1), ("t2", 1)]
    assert bench.state.ended == "failed"
    assert bench.state.error is not None and "limit is 2" in bench.state.error.message


async def test_what_is_finished_or_approved_cannot_be_edited() -> None:
    tasks = [Task(id="a", goal="a", type="pure"), Task(id="e", goal="e", type="effect"),
             Task(id="c", goal="c", depends_on=("a",)), Task(id="c1", goal="c", type="pure", parent="c")]  # fmt: skip
    state = replayed([Planned(0.0, prepared(tasks), effects=effects(tasks))])
    assert state.waiting_for == ("e",)
    state.edited(Edit(reason="may", drop=("e",)))
    state.apply(Command(1.0, 1, "approve", {"tasks": ["e"], "yes": True, "who": "x"}))
    for name in ("a", "c1"):
        state.apply(Ended(1.0, name, 1, "any", result=Result(summary="")))
    late = Task(id="late", goal="x", type="pure", parent="c")
    for edit in (Edit(reason="", drop=("e",)), Edit(reason="", drop=("a",)), Edit(reason="", add=(late,))):
        with pytest.raises(PlanInvalid, match="finished"):
            state.edited(edit)


async def test_a_stale_attempt_changes_nothing() -> None:
    tasks = [Task(id="a", goal="a", type="pure"), Task(id="b", goal="b", type="pure", depends_on=("a",))]
    state = replayed([Planned(0.0, prepared(tasks), effects=effects(tasks))])
    for stale in (("b", 1), ("a", 2), ("gone", 1)):
        state.apply(Ended(1.0, *stale, "any", result=Result(summary="stale")))
    assert not state.results
    state.apply(Ended(1.0, "a", 1, "any", result=Result(summary="first")))
    state.apply(Ended(1.0, "a", 1, "any", result=Result(summary="again")))
    assert state.results["a"].summary == "first"


async def test_what_is_done_in_memory_is_told_to_nobody() -> None:
    tasks = [Task(id="a", goal="a", type="pure"), Task(id="b", goal="b", type="pure", depends_on=("a",))]
    state = replayed([Planned(0.0, prepared(tasks))])
    done = Ended(1.0, "a", 1, "any", result=Result(summary="secret until it is recorded"))
    state.graph.status[0] = g.RUNNING
    assert state.volatile(done) == [1]
    row = Row("r", "", "", "", 0.0, "working", None, 1)
    shown = view.run(row, state)
    assert [(task.status, task.level) for task in shown.tasks] == [("running", None), ("pending", None)]
    assert shown.results == {}
    state.apply(done)
    assert view.run(row, state).tasks[0].status == "done"


async def test_a_command_counts_once() -> None:
    tasks = [Task(id="a", goal="a", type="pure")]
    state = replayed([Planned(0.0, prepared(tasks)), Command(1.0, 1, "cancel", {}), Command(1.0, 2, "resume", {})])
    assert not state.over
    for old in (Command(1.0, 1, "cancel", {}), Command(1.0, 2, "cancel", {})):
        state.apply(old)
        assert not state.over
    state.apply(Command(1.0, 3, "cancel", {}))
    assert state.ended == "canceled"


async def test_a_chain_of_ten_thousand_needs_no_recursion() -> None:
    count = 10_000
    limits = Limits(tasks=3 * count, nesting=1, children=count)
    objective = Objective(text="any", limits=limits)
    tasks = [Task(id=f"t{i}", goal="x", depends_on=(f"t{i - 1}",) if i else ()) for i in range(count)]
    tasks.append(Task(id="last", goal="x", type="pure", depends_on=(f"t{count - 1}",)))
    bench = Bench(tasks, 1, objective)  # a chain of empty composites: all of them are done at once
    scheduler = Scheduler(bench.state, one_result, bench.memory, SystemClock(), slots=Slots({}))
    await scheduler.run()
    assert bench.state.ended == "completed"


async def one_result(name: str, attempt: int) -> Ended:
    return Ended(1.0, name, attempt, "any", result=Result(summary="done"))


async def test_what_stood_on_a_task_that_is_dropped_is_done_again() -> None:
    """`after` has used what `child` gave, in memory; then an edit empties the composite between them."""
    tasks = [Task(id="c", goal="c"), Task(id="child", goal="x", type="pure", parent="c"),
             Task(id="after", goal="x", type="pure", depends_on=("c",)),
             Task(id="edit", goal="x", type="pure")]  # fmt: skip
    bench = Bench(tasks, 1)
    bench.edits = lambda name, attempt: Edit(reason="no more", drop=("child",)) if name == "edit" else None
    order = ["child", "after", "edit"]

    async def in_order(name: str, attempt: int) -> Ended:
        while order and order[0] != name:
            await asyncio.sleep(0)
        entry = await bench.attempt(name, attempt)
        if order:
            order.pop(0)
        return entry

    state, memory = bench.state, bench.memory
    held = asyncio.Event()

    class Slow:
        """Records nothing before all three have ended, and the edit first: so the others are done in memory alone."""

        async def record(self, drain: Callable[[], Awaitable[list[Entry]]]) -> int:
            if not held.is_set():
                while order:
                    await asyncio.sleep(0)
                for _ in range(5):
                    await asyncio.sleep(0)
                scheduler._buffer.rotate(1)
                held.set()
            return await memory.record(drain)

    scheduler = Scheduler(state, in_order, Slow(), SystemClock(), slots=Slots({"any": 10}), judge=bench)
    await scheduler.run()
    assert state.ended == "completed"
    assert bench.starts == {("child", 1): 1, ("after", 1): 2, ("edit", 1): 1}
    assert state.results["after"].outputs["saw"] == {}
