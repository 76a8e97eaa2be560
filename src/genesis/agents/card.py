"""The file `agent.yaml`: what an agent is, what it can do, with what, at what cost, and examples of what people ask."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator

from genesis.frozen import Frozen
from genesis.objective import Permission

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]

PRODUCTS: dict[str, str] = {
    "requirements": "numbered requirement statements",
    "design": "modules, decisions, diagrams",
    "code": "source that was written or changed",
    "page": "web pages",
    "api": "an API document, a schema, a service",
    "test_report": "what was tested and what failed",
    "security_report": "security findings",
    "deployment": "a release or rollout plan, or a version put out",
    "monitoring_report": "health, metrics, alert rules",
    "analysis": "figures found in data",
    "brief": "a researched brief with citations",
    "financials": "a financial model",
    "content": "copy for people outside",
    "outreach": "scored leads and drafts to them",
    "answer": "an answer to a user's question",
}
"""What tasks give each other: the closed vocabulary of `needs`, `uses` and `gives`. `workspace` comes from outside."""


class TaskType(Frozen):
    """One kind of task that an agent takes; it becomes a skill of the A2A card.

    `needs` must be there, each from the objective or an earlier task (`workspace|code`: one of them is enough), `uses`
    is taken if an earlier task gives it, `gives` is what comes out. `effects`: it changes something outside, so it
    waits for approval and for durable predecessors. `may`: effects that it has only when the objective asks for them.
    """

    name: Name
    description: str
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    effects: bool = False
    may: tuple[Permission, ...] = ()

    @model_validator(mode="after")
    def _closed(self) -> TaskType:
        needed = [word for need in self.needs for word in need.split("|")]
        for word in (*needed, *self.uses, *self.gives):
            if word not in PRODUCTS and word != "workspace":
                raise ValueError(f"{word!r} is no product; allowed: workspace, {', '.join(PRODUCTS)}")
        return self


class Example(Frozen):
    """A request in a user's words, and the plan for it: each task as `agent.type`, with the tasks that come before it.

    A second task of one kind is written `agent.type#2`.
    """

    request: Annotated[str, Field(min_length=3, max_length=2000)]
    plan: dict[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _joined(self) -> Example:
        if not self.plan:
            raise ValueError("an example's plan has at least one task")
        for task, before in self.plan.items():
            for other in before:
                if other not in self.plan or other == task:
                    raise ValueError(f"{task} comes after {other!r}, which is not another task of this plan")
        return self


class AgentCard(Frozen):
    """An agent. With `url` it is a remote A2A agent; without, `work.py` beside the file does the work.

    `url` is where its own card is: the folder of `.well-known/agent-card.json`, or the address of that document.
    """

    name: Name
    title: str
    description: str
    version: str = "1.0.0"
    task_types: Annotated[tuple[TaskType, ...], Field(min_length=1)]
    tools: tuple[Name, ...] = ()
    cost_usd: Annotated[float, Field(ge=0)] = 0.0
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 4
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 120.0
    url: str | None = None
    examples: tuple[Example, ...] = ()

    @field_validator("url")
    @classmethod
    def _remote(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is not None:
            address = urlsplit(url)
            if address.scheme not in {"http", "https"} or not address.hostname or address.query or address.fragment:
                raise ValueError("must be an http or https address without query and fragment")
            if address.username or address.password:
                raise ValueError("holds a user name or password; no secret belongs into this file")
            if info.data.get("tools"):
                raise ValueError("a remote agent uses its own tools; leave `tools` out")
        return url

    def task_type(self, name: str) -> TaskType | None:
        """The task type of that name, or None."""
        return next((one for one in self.task_types if one.name == name), None)
