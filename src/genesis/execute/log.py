"""The entries of a run's log, and their JSON. What is not in an entry, the reducer does not know.

A batch is the entries recorded in one commit: `{"v": 1, "entries": [...]}`. Older versions must stay readable: runs
outlive releases. An entry that is large lies in the artifact store, written before the batch that names it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from genesis.agents.result import Result
from genesis.agents.toolbox import ArtifactStore
from genesis.errors import NotFound, StorageFailed
from genesis.execute.prepare import Prepared
from genesis.execute.run import Failure
from genesis.finding import Artifact
from genesis.frozen import JsonValue
from genesis.plan.plan import Edit
from genesis.route.routed import Choice
from genesis.security.gate import Ask
from genesis.security.redact.redactor import LARGE

if TYPE_CHECKING:
    from genesis.durable.segment import Segment

VERSION = 1
_RESULT, _PREPARED = TypeAdapter(Result), TypeAdapter(Prepared)
_SHA256 = re.compile(rb"\b[0-9a-f]{64}\b")
MAX_BATCH_BYTES = 1 << 20
MAX_ENTRY_BYTES = 1 << 18
"""A larger one goes to the artifact store."""


class Planned(NamedTuple):
    """Planning ended: with a plan (or a question, a refusal) that was routed and vetted, or with an error; `rejected`:
    one that says no rather than "not now". `effects`: the tasks that change something outside, as the cards say now: a
    card may say otherwise by the time the log is read again. `granted`: of these, those that wait for no approval."""

    at: float
    prepared: Prepared | None
    error: Failure | None = None
    rejected: bool = False
    effects: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()


class Ended(NamedTuple):
    """An attempt ended: `run.Outcome` plus what the reducer must be told.

    `choices`: who does the tasks that `edit` brings or changes, as routing and vetting answered, `effects` which of
    them change something outside, `granted` which of these wait for no approval; `refused`: why they did not accept it.
    `asks`: what a person must answer before it begins again (with `error`), or before tasks of `edit` begin.
    `draw`: a random number in [0, 1) for the jitter of a retry. `retry_after`: seconds that the other side asked for.
    """

    at: float
    task: str
    attempt: int
    agent: str
    result: Result | None = None
    error: Failure | None = None
    edit: Edit | None = None
    choices: tuple[Choice, ...] = ()
    effects: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    refused: Failure | None = None
    seconds: float = 0.0
    draw: float = 0.0
    retry_after: float | None = None
    asks: tuple[Ask, ...] = ()


class Command(NamedTuple):
    """What somebody asked of the run. `number` is its place in the run's mailbox."""

    at: float
    number: int
    verb: str
    body: dict[str, JsonValue]


class Stopped(NamedTuple):
    """The run's budget or time is over, or it cannot go on."""

    at: float
    error: Failure


Entry = Planned | Ended | Command | Stopped


class Journal:
    """Records a run's entries in its segment. Implements `scheduler.Recorder`."""

    def __init__(self, segment: Segment, store: ArtifactStore, redact: Callable[[bytes], bytes] = bytes) -> None:
        self._segment = segment
        self._store = store
        self._redact = redact

    async def record(self, drain: Callable[[], Awaitable[list[Entry]]]) -> int:
        recorded = 0

        async def step() -> str:
            nonlocal recorded
            lines: list[bytes] = []
            size = 0
            for entry in await drain():
                line = orjson.dumps(_encode(entry))
                if len(line) < LARGE:
                    line = _kept(line, self._store, self._redact)
                else:
                    line = await asyncio.to_thread(_kept, line, self._store, self._redact)
                size += len(line)
                if lines and size > MAX_BATCH_BYTES:
                    break
                lines.append(line)
            recorded = len(lines)
            return f'{{"v":{VERSION},"entries":[{b",".join(lines).decode()}]}}'

        await self._segment.record(step)
        return recorded


def dump(entry: Entry, store: ArtifactStore, redact: Callable[[bytes], bytes] = bytes) -> bytes:
    """An entry as JSON, gone over by `redact`."""
    return _kept(orjson.dumps(_encode(entry)), store, redact)


def _kept(line: bytes, store: ArtifactStore, redact: Callable[[bytes], bytes]) -> bytes:
    line = redact(line)
    if len(line) <= MAX_ENTRY_BYTES:
        return line
    artifact = store.put("entry.json", "application/json", line)
    return orjson.dumps({"is": "stored", "artifact": artifact.model_dump(mode="json")})


def load(batch: dict[str, Any], store: ArtifactStore) -> list[Entry]:
    """The entries of a batch. Raises `StorageFailed` for a log of a later version."""
    if batch["v"] > VERSION:
        raise StorageFailed(f"the run's log has version {batch['v']}; this Genesis reads up to {VERSION}: upgrade it")
    return [_decode(_fetch(one, store)) for one in batch["entries"]]


def named(batch: dict[str, Any], store: ArtifactStore) -> set[str]:
    """The artifacts (sha256) that a batch refers to. Every word that could be one counts: an agent may name an artifact
    in its outputs too, and a file too many does less harm than one too few."""
    found: set[bytes] = set()
    for one in batch["entries"]:
        found.update(_SHA256.findall(orjson.dumps(one)))
        if one["is"] == "stored":
            with suppress(NotFound):  # lost: then it names nothing
                found.update(_SHA256.findall(store.read(Artifact.model_validate(one["artifact"]))))
    return {word.decode() for word in found}


def _fetch(one: dict[str, Any], store: ArtifactStore) -> dict[str, Any]:
    if one["is"] != "stored":
        return one
    found: dict[str, Any] = orjson.loads(store.read(Artifact.model_validate(one["artifact"])))
    return found


def _encode(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Ended):
        one: dict[str, Any] = {
            "is": "ended",
            "at": entry.at,
            "task": entry.task,
            "attempt": entry.attempt,
            "agent": entry.agent,
            "seconds": entry.seconds,
        }
        if entry.result is not None:
            one["result"] = orjson.Fragment(_RESULT.dump_json(entry.result, exclude_defaults=True))
        if entry.error is not None:
            one["error"] = entry.error.model_dump(mode="json")
            one["draw"] = entry.draw
            if entry.retry_after is not None:
                one["retry_after"] = entry.retry_after
        if entry.edit is not None:
            one["edit"] = entry.edit.model_dump(mode="json")
            one["choices"] = [choice.model_dump(mode="json") for choice in entry.choices]
            one["effects"], one["granted"] = entry.effects, entry.granted
            if entry.refused is not None:
                one["refused"] = entry.refused.model_dump(mode="json")
        if entry.asks:
            one["asks"] = [ask.model_dump(mode="json") for ask in entry.asks]
        return one
    if isinstance(entry, Planned):
        return {
            "is": "planned",
            "at": entry.at,
            "prepared": orjson.Fragment(_PREPARED.dump_json(entry.prepared)) if entry.prepared else None,
            "error": entry.error.model_dump(mode="json") if entry.error else None,
            "rejected": entry.rejected,
            "effects": entry.effects,
            "granted": entry.granted,
        }
    if isinstance(entry, Command):
        return {"is": "command", **entry._asdict()}
    return {"is": "stopped", "at": entry.at, "error": entry.error.model_dump(mode="json")}


def _decode(one: dict[str, Any]) -> Entry:
    kind = one["is"]
    if kind == "ended":
        return Ended(
            at=one["at"],
            task=one["task"],
            attempt=one["attempt"],
            agent=one["agent"],
            result=Result.model_validate(one["result"]) if "result" in one else None,
            error=Failure.model_validate(one["error"]) if "error" in one else None,
            edit=Edit.model_validate(one["edit"]) if "edit" in one else None,
            choices=tuple(Choice.model_validate(choice) for choice in one.get("choices", ())),
            effects=tuple(one.get("effects", ())),
            granted=tuple(one.get("granted", ())),
            refused=Failure.model_validate(one["refused"]) if "refused" in one else None,
            seconds=one["seconds"],
            draw=one.get("draw", 0.0),
            retry_after=one.get("retry_after"),
            asks=tuple(Ask.model_validate(ask) for ask in one.get("asks", ())),
        )
    if kind == "planned":
        return Planned(
            at=one["at"],
            prepared=Prepared.model_validate(one["prepared"]) if one["prepared"] else None,
            error=Failure.model_validate(one["error"]) if one["error"] else None,
            rejected=one["rejected"],
            effects=tuple(one["effects"]),
            granted=tuple(one.get("granted", ())),
        )
    if kind == "command":
        return Command(at=one["at"], number=one["number"], verb=one["verb"], body=one["body"])
    return Stopped(at=one["at"], error=Failure.model_validate(one["error"]))
