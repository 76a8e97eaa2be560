"""One attempt at the gate: what its task has seen so far, what the gate said to its calls, and what is told of that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from genesis.agents.result import Assignment, Result
from genesis.errors import ActionDenied, ActionHeld, RequestInvalid
from genesis.finding import Artifact, Finding, Source
from genesis.security.gate import Ask, Call, Policy, Said, decide
from genesis.security.provenance import Origin, kept, lowest, trusted
from genesis.security.sensitive import sensitive, values
from genesis.security.workspace import Workspace
from genesis.tools.tool import I, O, Tool

MAX_HELD = 20
"""So many values are asked about, and so many denials told, in one attempt; what comes after is denied untold."""
LOOKED_AT_FILES, LOOKED_AT_BYTES = 2000, 20_000_000
WORKSPACE = Origin(trust="file", source="the workspace")


@dataclass
class Gatehouse:
    """Mutable; owned by one attempt. `answers`: what a person said of this task's values, by digest.

    What was handed counts as seen: what an agent looks at in it, nobody can tell.
    """

    agent: str
    task: Assignment
    workspace: Workspace | None = None
    policy: Policy = field(default_factory=Policy)
    answers: dict[str, bool] = field(default_factory=dict)
    seen: dict[Origin, None] = field(default_factory=dict)
    asks: dict[str, Ask] = field(default_factory=dict)
    denied: dict[str, Ask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        task = self.task
        given = [task.goal_label, task.objective_label, *task.labels.values()]
        given += [Origin(trust=one.trust, source=f"the artifact {one.name}") for one in task.artifacts]
        if self.workspace is not None:
            given.append(WORKSPACE)
        self.seen |= dict.fromkeys(one for one in given if not trusted(one.trust))

    async def admit(self, tool: Tool[I, O], given: I) -> frozenset[str]:
        """The hosts that this call may connect to. Raises `ActionDenied`, `ActionHeld`, and `RequestInvalid` for an
        input that is not the tool's."""
        if not isinstance(given, tool.input):
            raise RequestInvalid(f"tool {tool.name} takes a {tool.input.__name__}, not a {type(given).__name__}")
        if not tool.effects and not sensitive(tool.input):
            return frozenset()
        task = self.task
        call = Call(
            tool=tool.name,
            effects=tool.effects,
            permission=tool.permission,
            effects_planned=task.effects,
            permissions=task.permissions,
            values=values(given),
        )
        said = Said(
            text=task.objective,
            trust=task.objective_label.trust,
            workspace=self.workspace.root.name if self.workspace else None,
            answers=self.answers,
        )
        decision = decide(call, said, tuple(self.seen), self.policy, task.task_id)
        if decision.answer == "allow":
            return decision.hosts
        whole = {value.argument: value.text for value in call.values}
        asks = await asyncio.to_thread(self._placed, decision.asks, whole)
        told = self.denied if decision.answer == "deny" else self.asks
        room = MAX_HELD - len(told)
        told |= {ask.digest: ask for ask in asks[: max(0, room)]}
        reason = "; ".join(str(ask) for ask in asks[:3])
        if decision.answer == "ask" and room >= len(asks):
            raise ActionHeld(f"{reason}; it waits for approval")
        raise ActionDenied(f"{reason}; denied. Name it in the objective if it is wanted")

    def saw(self, origin: Origin) -> None:
        """Something else was read."""
        if not trusted(origin.trust):
            self.seen[origin] = None

    def labelled(self, result: Result) -> Result:
        """The result with its labels lowered to what the task has seen, and with what was denied as findings."""
        own = Origin(trust=result.trust, source=self.agent)
        trust = lowest([own, *self.seen]).trust
        update: dict[str, object] = {"trust": trust, "origins": kept([*result.origins, *self.seen])}
        if result.artifacts:
            update["artifacts"] = tuple(_lowered(one, Origin(trust=trust, source="")) for one in result.artifacts)
        if self.denied:
            update["findings"] = (*result.findings, *(self._told(ask) for ask in self.denied.values()))
        return result.model_copy(update=update)

    def _told(self, ask: Ask) -> Finding:
        file, _, line = (ask.found or "").rpartition(":")
        source = (
            Source(file=file, line=int(line)) if file and line.isdigit() else Source(query=f"{ask.tool} {ask.value}")
        )
        return Finding(
            kind="action_denied",
            severity="medium",  # it stands in nobody's way: it was denied
            message=f"{self.agent}: {ask}; denied",
            source=source,
            remedy="Look at what says so. If it is wanted, name it in the objective.",
        )

    def _placed(self, asks: Sequence[Ask], whole: Mapping[str, str]) -> list[Ask]:
        """The same, each with the place where its value stands, when it stands somewhere in so many words."""
        told = []
        for ask in asks[:MAX_HELD]:
            value = whole.get(ask.argument, "")
            found = next(_places(value, self.task, self.workspace), None) if len(value) > 2 else None
            told.append(ask if found is None else ask.model_copy(update={"found": found[0], "origin": found[1]}))
        return [*told, *asks[MAX_HELD:]]


def _places(value: str, task: Assignment, workspace: Workspace | None) -> Iterator[tuple[str, Origin]]:
    """Where a value stands that the user did not say. Encoded it is not found; then the lowest label is told."""
    if not trusted(task.goal_label.trust) and value in task.goal:
        yield "the goal", task.goal_label
    for name, content in task.inputs.items():
        label = task.labels.get(name)
        if label is not None and _within(value, content):
            yield f"the input {name} of {label.source}", label
    if workspace is None:
        return
    left = LOOKED_AT_BYTES
    for file in workspace.files[:LOOKED_AT_FILES]:
        left -= file.size
        if left < 0:
            return
        text = workspace.read_text(file.name) or ""
        at = text.find(value)
        if at != -1:
            yield f"{file.name}:{text.count(chr(10), 0, at) + 1}", WORKSPACE


def _within(value: str, content: object) -> bool:
    return value in content if isinstance(content, str) else json.dumps(value)[1:-1] in json.dumps(content)


def _lowered(artifact: Artifact, label: Origin) -> Artifact:
    trust = lowest([Origin(trust=artifact.trust, source=""), label]).trust
    return artifact if trust == artifact.trust else artifact.model_copy(update={"trust": trust})
