"""Takes a message in: a new run, or a word to one that waits. What it returns about is durable."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from a2a.types.a2a_pb2 import Message

from genesis.errors import NotFound, RequestInvalid
from genesis.execute.run import TERMINAL, Run
from genesis.objective import Objective
from genesis.security.edge import principal
from genesis.security.edge.upload import unpack
from genesis.security.workspace import admit
from genesis.service.a2a.errors import NotSupported
from genesis.service.a2a.incoming import Asked, files_of, run_id
from genesis.service.a2a.messages import Messages, Said
from genesis.service.a2a.recent import Recent
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts
from genesis.telemetry import correlation


@dataclass(frozen=True)
class Taken:
    """The run that a message made or moved. `after`: the events up to that number, `run` shows. `moved`: it waited, and
    was told something: that it waits still, for as long as it has not heard, is no answer."""

    run: Run
    after: int = 0
    moved: bool = False


@dataclass(frozen=True)
class Reply:
    """Words back to a message that was understood, and changed nothing: `run` still waits for what `text` says, or
    there is none yet."""

    run: str | None
    context: str
    text: str


class Admission:
    """For one door: the root (agent None) or one agent."""

    def __init__(self, parts: Parts, messages: Messages, recent: Recent, agent: str | None) -> None:
        self.parts = parts
        self.messages = messages
        self.recent = recent
        self.agent = agent
        self.runs = OwnRuns(parts.runs)
        self._answering: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def admit(self, message: Message, asked: Asked) -> Taken | Reply:
        """Raises whatever is wrong with it, and then nothing has changed."""
        return await (self._answer(message, asked) if message.task_id else self._new(message, asked))

    async def _new(self, message: Message, asked: Asked) -> Taken | Reply:
        parts = self.parts
        if asked.files and not asked.text.strip():
            names = ", ".join(file.name for file in asked.files[:3]) + (", ..." if len(asked.files) > 3 else "")
            text = f"What is to be done with {names}? Send it again, with a sentence that says so."
            return Reply(None, message.context_id, text)
        own = run_id(principal.current().owner, self.agent, message, asked.digest)
        parts.switches.check()
        given = asked.metadata.get("workspace")
        if given is not None and asked.files:
            raise RequestInvalid("message: give either files or metadata.workspace")
        agent, task_type = self._skill(asked)
        objective = Objective(
            text=asked.text,
            workspace=None if given is None else str(admit(given, parts.workspaces)),
            agent=agent,
            task_type=task_type,
        )
        folder: Path | None = None
        if asked.files:
            folder = parts.uploads / own
            fresh = not folder.exists()
            await asyncio.to_thread(unpack, asked.files, folder)
            objective = objective.model_copy(update={"workspace": str(folder)})
        try:
            run = await self.runs.submit(objective, run_id=own, correlation_id=correlation.current())
        except BaseException:
            if folder is not None and fresh:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            raise
        await self._keep(run.id, message, asked, message.context_id or run.id)
        return Taken(run)

    def _skill(self, asked: Asked) -> tuple[str | None, str | None]:
        """The agent and task type that the message names: `skill` is an id of the card that this door shows."""
        skill, registry = asked.metadata.get("skill"), self.parts.registry
        task_type = asked.metadata.get("task_type")
        if self.agent is None:
            return (skill if skill in registry else None), task_type
        known = registry.get(self.agent).card.task_type(skill) if skill else None
        return self.agent, task_type or (known.name if known else None)

    async def _answer(self, message: Message, asked: Asked) -> Taken | Reply:
        runs = self.runs
        missing = NotFound(f"task {message.task_id!r}: not here")
        try:
            run = await runs.get(message.task_id)
        except NotFound as error:
            raise missing from error
        if self.agent is not None and run.objective.agent != self.agent:
            raise missing
        # One word at a time: of two equal messages the second must see that the first was taken.
        turn = self._answering.setdefault(run.id, asyncio.Lock())  # there for as long as somebody holds it or waits
        async with turn:
            return await self._say(await runs.get(run.id), message, asked)

    async def _say(self, run: Run, message: Message, asked: Asked) -> Taken | Reply:
        runs = self.runs
        said = await self.messages.of(run.id)
        context = said[0].context if said else run.id
        if message.context_id and message.context_id != context:
            raise RequestInvalid(f"message.contextId: task {run.id} is in another context")
        if any(one.digest == asked.digest for one in said):
            return Taken(run)  # sent again because the answer was lost
        if run.status in TERMINAL:
            raise NotSupported(f"task {run.id} is {run.status} and takes no more messages; send a new one")
        if run.status != "input_required":
            raise NotSupported(f"task {run.id} is {run.status} and has asked nothing")
        if asked.files:
            raise NotSupported("files: only with the message that starts a task")
        told = (await self.recent.stand(run.id)).seq
        if run.waiting_for:
            if asked.approve is None:
                waiting = ", ".join(run.waiting_for)
                how = 'say yes or no, or send a data part {"approve": true}'
                return Reply(run.id, context, f"This waits for approval of {waiting}: {how}.")
            await runs.approve(run.id, None, asked.approve, "a2a")
        else:
            if not asked.text.strip():
                return Reply(run.id, context, f"This waits for an answer in words: {run.question}")
            await runs.say(run.id, asked.text)
        await self._keep(run.id, message, asked, context)
        return Taken(await runs.get(run.id), told, moved=True)

    async def _keep(self, run: str, message: Message, asked: Asked, context: str) -> None:
        """After the run has it: a message that is kept but was never taken would be mistaken for one sent twice."""
        kept = Message()
        kept.CopyFrom(message)
        for at, size in files_of(message).items():  # the file is in the run's workspace; the history only names it
            kept.parts[at].text = f"({size:,} bytes)"
        body = kept.SerializeToString(deterministic=True)
        await self.messages.add(Said(run, asked.digest, context, body, self.parts.clock.now()))
