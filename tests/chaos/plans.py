"""Plans that grow while they run, and what must come out of them, both from a seed alone.

Each composite is empty at first. The task before it brings its children (an expansion); one child of each fails for
good at its first attempt, and a replan puts a repair before it and asks for it again; one child is an effect.
"""

from __future__ import annotations

import json
import random

from genesis.execute.log import Ended
from genesis.plan.plan import Edit, Plan, Task
from genesis.route.routed import RoutedPlan
from tests.execute.conftest import Step


def grown(seed: int) -> dict[str, tuple[str, tuple[str, ...], str | None, str | None]]:
    """The plan as it is at the end: goal, predecessors, type and parent by id; repairs among them."""
    chance = random.Random(seed)
    found: dict[str, tuple[str, tuple[str, ...], str | None, str | None]] = {}
    for number in range(chance.randint(3, 5)):
        earlier = [name for name in found if name.startswith("c") and "." not in name]
        after = tuple(chance.sample(earlier, chance.randint(0, min(2, len(earlier)))))
        found[f"g{number}"] = (_pause(chance), after, "pure", None)
        found[f"c{number}"] = ("later", (f"g{number}",), None, None)
        count = chance.randint(3, 7)
        bad, effect = chance.sample(range(count), 2)
        for child in range(count):
            name = f"c{number}.{child}"
            before = tuple(f"c{number}.{one}" for one in range(child) if chance.random() < 0.4)
            if child == bad:
                found[f"{name}.fix"] = (_pause(chance), (), "pure", f"c{number}")
                found[name] = (f"fail validation 1; {_pause(chance)}", (*before, f"{name}.fix"), "pure", f"c{number}")
            elif child == effect:
                found[name] = (f"effect; {_pause(chance)}", before, "effect", f"c{number}")
            else:
                found[name] = (_pause(chance), before, "pure", f"c{number}")
    found["end"] = ("sum", tuple(name for name in found if name.startswith("c") and "." not in name), "pure", None)
    return found


def _pause(chance: random.Random) -> str:
    return f"sleep {chance.uniform(0.001, 0.04):.3f}; sum"


def first(seed: int) -> tuple[Step, ...]:
    """The plan that the run begins with."""
    end = grown(seed)
    steps: list[Step] = []
    for name, (goal, before, kind, parent) in end.items():
        if parent is not None:
            continue
        if name.startswith("g"):
            children = [
                {"id": child, "goal": what, "depends_on": [b for b in after if not b.endswith(".fix")], "type": type_,
                 "parent": "c" + name[1:]}
                for child, (what, after, type_, above) in end.items()
                if above == "c" + name[1:] and not child.endswith(".fix")
            ]  # fmt: skip
            edit = json.dumps({"reason": "now it is known", "add": children})
            goal = f"{goal}; edit {edit.encode().hex()}"
        steps.append((name, goal, " ".join(before), kind))
    return tuple(steps)


def replan(routed: RoutedPlan, entry: Ended, tried: object) -> Edit | None:
    """A repair before the task that failed, and the task again."""
    plan: Plan = routed.plan
    task = plan.by_id[entry.task]
    fix = f"{task.id}.fix"
    if fix in plan.by_id:
        return None
    seed = int(plan.objective.text.split()[-1])
    repair = Task(id=fix, goal=grown(seed)[fix][0], type="pure", parent=task.parent)
    again = task.model_copy(update={"depends_on": (*task.depends_on, fix)})
    return Edit(reason=f"{task.id} failed", add=(repair,), replace=(again,))


def expected(seed: int) -> dict[str, int]:
    """What each task gives, straight from the final plan."""
    end = grown(seed)
    values: dict[str, int] = {}

    def under(name: str) -> set[str]:
        if end[name][2] is not None:
            return {name}
        return {child for child, (_, _, _, parent) in end.items() if parent == name}

    def before(name: str) -> set[str]:
        _, after, _, parent = end[name]
        found = set().union(*(under(one) for one in after)) if after else set()
        return found | (before(parent) if parent else set())

    def value(name: str) -> int:
        if name not in values:
            values[name] = 1 + sum(value(one) for one in before(name))
        return values[name]

    return {name: value(name) for name, (_, _, kind, _) in end.items() if kind is not None}
