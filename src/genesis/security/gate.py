"""The gate before every effect: may this tool do that, with these values, in this task?

A plain function of data. It does not look at what a text says, so no wording gets past it: a sensitive value is the
user's because it stands in the objective, because an operator configured it, or because a person approved exactly it.
Everything else is as good as the lowest that its task has seen. What it does not stop: docs/concepts.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from genesis.frozen import Frozen
from genesis.objective import Permission, Trust
from genesis.security.provenance import Origin, lowest, trusted
from genesis.security.said import names_recipient, nearness, quotes, stands
from genesis.security.sensitive import Kind, Value

Answer = Literal["allow", "ask", "deny"]

SHOWN = 300
"""So many characters of a value are shown; the digest covers all of it."""


class Known(Frozen):
    """What the operator names: as good as said by the user, in every run. `paths`: what may be asked of any address
    that was named."""

    addresses: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    paths: tuple[str, ...] = (
        "/",
        "/health",
        "/healthz",
        "/livez",
        "/readyz",
        "/startupz",
        "/ping",
        "/status",
        "/metrics",
    )


class Policy(Frozen):
    """What becomes of a value that nobody vouched for, by kind. `address`: a host that was not named; `local`: another
    door of this machine; `path`: another path at a named address. `effect`: a tool with effects in a task that was
    planned without; `edit`: an agent's change of the plan that reaches further than the objective's own plan.

    GENESIS_HOME/gate.yaml says otherwise where it must.
    """

    address: Answer = "deny"
    local: Answer = "ask"
    path: Answer = "ask"
    recipient: Answer = "ask"
    place: Answer = "ask"
    program: Answer = "ask"
    effect: Answer = "deny"
    edit: Answer = "ask"
    known: Known = Known()


class Said(Frozen):
    """What stands for the user: the objective's words and whose they are, the name of its workspace, and by digest what
    a person answered for this task."""

    text: str
    trust: Trust = "user"
    workspace: str | None = None
    answers: dict[str, bool] = Field(default_factory=dict)


class Call(Frozen):
    """A call of a tool. `permission`: the one that the tool needs. `effects_planned`, `permissions`: what the task was
    planned and approved with."""

    tool: str
    effects: bool
    permission: Permission | None = None
    effects_planned: bool = False
    permissions: tuple[Permission, ...] = ()
    values: tuple[Value, ...] = ()


class Ask(Frozen):
    """What a person is asked. Approved, it covers this tool, argument and value (`digest`) in this task, nothing else.

    `kind`: of the value; `effect` for a tool, `edit` for a task that an agent's edit brought (`value`: what it would
    reach). `value` is cut for display. `found`: where the value stands, when it was found.
    """

    task: str
    tool: str
    argument: str
    kind: Kind | Literal["effect", "edit"]
    value: str
    digest: str
    origin: Origin
    found: str | None = None

    def __str__(self) -> str:
        if self.kind == "edit":
            return f"{self.task}: {self.value}; {self.origin} added it"
        what = (
            f"use {self.tool}" if self.kind == "effect" else f"call {self.tool} with {self.argument} = {self.value!r}"
        )
        return f"{self.task} wants to {what}; {because(self.origin, self.found)}"


class Decision(Frozen):
    """`asks`: what is asked or denied, each value on its own. `hosts`: those that the call may connect to."""

    answer: Answer
    reason: str = ""
    asks: tuple[Ask, ...] = ()
    hosts: frozenset[str] = frozenset()


def because(origin: Origin, found: str | None = None) -> str:
    """Whose word a value is."""
    return f"{found} says so ({origin.trust})" if found else f"not the user but {origin} stands behind it"


def decide(call: Call, said: Said, seen: Sequence[Origin], policy: Policy, task: str = "task") -> Decision:
    """Whether the call may be made. `seen`: the labels of all that the task was given or has read.

    The hardest answer of any value is that of the call.
    """
    worst = lowest(seen, best=Origin(trust="tool", source="the agent itself"))
    hosts: set[str] = set()
    held: list[tuple[Answer, Ask]] = []
    if call.effects and not _planned(call):
        missing = f" without the permission {call.permission}" if call.permission else ""
        ask = _ask(task, call.tool, "", "effect", f"{call.tool}{missing}", worst)
        held.append((_answered(policy.effect, ask, said), ask))
    for value in call.values:
        rule, hit = _judge(value, said, policy)
        if rule is not None:
            ask = _ask(task, call.tool, value.argument, value.kind, value.text, worst)
            answer = _answered(rule, ask, said)
            held.append((answer, ask))
            hit = answer == "allow"
        if hit and value.kind == "address":
            host = urlsplit(value.text).hostname if "://" in value.text else value.text
            hosts.add((host or "").lower())
    for answer in ("deny", "ask"):
        asks = tuple(ask for one, ask in held if one == answer)
        if asks:
            return Decision(answer=answer, reason="; ".join(str(ask) for ask in asks), asks=asks)
    return Decision(answer="allow", hosts=frozenset(hosts - {""}))


def digest(tool: str, argument: str, value: str) -> str:
    """What an approval covers."""
    return sha256(json.dumps([tool, argument, value]).encode("utf-8", "surrogatepass")).hexdigest()


def shown(text: str) -> str:
    """A stranger's text for a terminal, a page, a log line: one line, no control or invisible characters, cut. Of a
    long one the sha256 is told: that of the file, where it is one's content."""
    start = text[:SHOWN].replace("\n", "\N{RETURN SYMBOL}")
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in start)
    if len(text) <= SHOWN:
        return plain
    return f"{plain}… ({len(text):,} characters, sha256 {sha256(_bytes(text)).hexdigest()})"


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # as tools decode files
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _planned(call: Call) -> bool:
    return call.permission in call.permissions if call.permission else call.effects_planned


def _ask(task: str, tool: str, argument: str, kind: Kind | Literal["effect"], value: str, origin: Origin) -> Ask:
    return Ask(
        task=task,
        tool=tool,
        argument=argument,
        kind=kind,
        value=shown(value),
        digest=digest(tool, argument, value),
        origin=origin,
    )


def _answered(rule: Answer, ask: Ask, said: Said) -> Answer:
    """What a person said of it goes before the rule, where the rule lets people say."""
    if rule != "ask" or ask.digest not in said.answers:
        return rule
    return "allow" if said.answers[ask.digest] else "deny"


def _judge(value: Value, said: Said, policy: Policy) -> tuple[Answer | None, bool]:
    """The policy's answer for a value that nobody vouched for; (None, True) for one that is the user's."""
    known = policy.known
    text = said.text if trusted(said.trust) else ""
    if value.kind == "address":
        paths = frozenset(known.paths)
        near = nearness(value.text, text, paths)
        if near != "said" and known.addresses:
            near = min(near, nearness(value.text, " ".join(known.addresses), paths), key=_NEAR.index)
        rule = {"path": policy.path, "local": policy.local}.get(near, policy.address)
        return (None, True) if near == "said" else (rule, False)
    if value.kind == "recipient":
        good = names_recipient(value.text, text) or value.text in known.recipients
        return (None, True) if good else (policy.recipient, False)
    if value.kind == "place":
        good = stands(value.text, text) or value.text in known.places
        good = good or (trusted(said.trust) and value.text == said.workspace)
        return (None, True) if good else (policy.place, False)
    return (None, True) if quotes(value.text, text) else (policy.program, False)


_NEAR = ("said", "path", "local", "address")
