"""A run as A2A's task, and its events as A2A's updates."""

from __future__ import annotations

from functools import lru_cache

import orjson
from a2a.types.a2a_pb2 import (
    Artifact,
    Message,
    Part,
    Role,
    Task,
    TaskArtifactUpdateEvent,
    TaskState,
    TaskStatus,
    TaskStatusUpdateEvent,
)
from google.protobuf.json_format import ParseDict, ParseError  # type: ignore[import-untyped]
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]

from genesis import finding
from genesis.agents.registry import Registry
from genesis.agents.toolbox import ArtifactStore
from genesis.errors import NotFound
from genesis.execute.run import TERMINAL, Run, RunStatus
from genesis.service.a2a.admission import Reply
from genesis.service.a2a.messages import Said
from genesis.service.rest.view import artifact_path, artifacts, cost_usd, level, summary

STATES: dict[RunStatus, TaskState] = {
    "submitted": TaskState.TASK_STATE_SUBMITTED,
    "working": TaskState.TASK_STATE_WORKING,
    "input_required": TaskState.TASK_STATE_INPUT_REQUIRED,
    "completed": TaskState.TASK_STATE_COMPLETED,
    "failed": TaskState.TASK_STATE_FAILED,
    "canceled": TaskState.TASK_STATE_CANCELED,
    "rejected": TaskState.TASK_STATE_REJECTED,
}
SETTLED: frozenset[RunStatus] = TERMINAL | {"input_required"}
"""Where a blocking call and a stream end: nothing more comes by itself."""
MAX_INLINE_BYTES = 65_536


class Outgoing:
    """Makes A2A's objects. `url` is where the service is reached."""

    def __init__(self, url: str, store: ArtifactStore, registry: Registry) -> None:
        self.url = url
        self._registry = registry
        self._read = lru_cache(maxsize=256)(store.read)  # by sha256, so it never changes; at most 16 MiB

    def task(
        self, run: Run, said: tuple[Said, ...], at: float, *, history: int | None = None, with_artifacts: bool = True
    ) -> Task:
        """The run; its state changed last `at`. `history`: how many of the latest messages (None: all, 0: none)."""
        context = context_of(run, said)
        task = Task(id=run.id, context_id=context, status=self.status(run, context, at))
        if with_artifacts:
            task.artifacts.extend(self.artifact(run, by, one) for by, one in artifacts(run))
        if history != 0:
            messages = [_message(one, run.id) for one in said] or [_objective(run, context)]
            task.history.extend(messages if history is None else messages[-history:])
        task.metadata.update({"correlationId": run.correlation_id, "level": level(run), "costUsd": cost_usd(run)})
        return task

    def status(self, run: Run, context: str, at: float) -> TaskStatus:
        """Where the run stands; when it has come to a stop, with the sentence that says why."""
        status = TaskStatus(state=STATES[run.status], timestamp=_time(at))
        if run.status in SETTLED:
            status.message.CopyFrom(_agent_says(run, context, run.status, summary(run, self._registry)))
        return status

    def reply(self, reply: Reply, digest: str) -> Message:
        """Words back, and nothing else: the same ones to the same message (whose digest is given)."""
        return Message(
            message_id=f"reply-{digest[:32]}",
            task_id=reply.run or "",
            context_id=reply.context,
            role=Role.ROLE_AGENT,
            parts=[Part(text=reply.text, media_type="text/plain")],
        )

    def status_update(self, run: Run, context: str, at: float) -> TaskStatusUpdateEvent:
        """The run changed its state."""
        return TaskStatusUpdateEvent(task_id=run.id, context_id=context, status=self.status(run, context, at))

    def progress(self, run: Run, context: str, at: float, seq: int, text: str) -> TaskStatusUpdateEvent:
        """Something happened within the run; it works on."""
        status = TaskStatus(state=TaskState.TASK_STATE_WORKING, timestamp=_time(at))
        status.message.CopyFrom(_agent_says(run, context, f"event-{seq}", text))
        return TaskStatusUpdateEvent(task_id=run.id, context_id=context, status=status)

    def artifact_update(self, run: Run, context: str, by: str, one: finding.Artifact) -> TaskArtifactUpdateEvent:
        """A task of the run made a file; it comes whole."""
        artifact = self.artifact(run, by, one)
        return TaskArtifactUpdateEvent(task_id=run.id, context_id=context, artifact=artifact, last_chunk=True)

    def artifact(self, run: Run, by: str, one: finding.Artifact) -> Artifact:
        """A file: small text and JSON inside, everything else by address. The metadata has the address of every one."""
        part = Part(media_type=one.media_type, filename=one.name)
        address = self.url + artifact_path(run.id, by, one)
        text = self._text(one)
        if text is None:
            part.url = address
        elif one.media_type != "application/json" or not _is_data(text, part):
            part.text = text
        artifact = Artifact(artifact_id=f"{by}.{one.name}", name=one.name, parts=[part])
        artifact.metadata.update({"task": by, "sha256": one.sha256, "size": one.size, "url": address})
        return artifact

    def _text(self, one: finding.Artifact) -> str | None:
        """What a small text file says, or None: it is none, it is large, its bytes are gone."""
        readable = one.media_type.startswith("text/") or one.media_type == "application/json"
        if not readable or one.size > MAX_INLINE_BYTES:
            return None
        try:
            return self._read(one).decode("utf-8")
        except (NotFound, UnicodeDecodeError):
            return None  # the address says what became of it


def context_of(run: Run, said: tuple[Said, ...]) -> str:
    """The context that the first message named; a run that came by another door is a context of its own."""
    return said[0].context if said else run.id


def _is_data(text: str, part: Part) -> bool:
    """Whether `text` is JSON that A2A can carry as data; then `part` does."""
    try:
        ParseDict(orjson.loads(text), part.data)
    except (orjson.JSONDecodeError, ParseError):
        return False
    return True


def _agent_says(run: Run, context: str, what: str, text: str) -> Message:
    return Message(
        message_id=f"{run.id}-{what}",
        task_id=run.id,
        context_id=context,
        role=Role.ROLE_AGENT,
        parts=[Part(text=text, media_type="text/plain")],
    )


def _message(said: Said, run_id: str) -> Message:
    message = Message()
    message.ParseFromString(said.body)
    message.task_id, message.context_id = run_id, said.context
    return message


def _objective(run: Run, context: str) -> Message:
    parts = [Part(text=run.objective.text, media_type="text/plain")]
    return Message(
        message_id=f"{run.id}-objective", task_id=run.id, context_id=context, role=Role.ROLE_USER, parts=parts
    )


def _time(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMilliseconds(int(seconds * 1000))
    return stamp
