"""What `work(task, tools)` is handed as `tools`: the agent's own tools, its files, and nothing else."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import threading
from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from genesis.agents.card import AgentCard
from genesis.agents.gatehouse import Gatehouse
from genesis.agents.result import Assignment
from genesis.clock import Clock
from genesis.errors import DeadlineExceeded, Forbidden, NotFound, RequestInvalid
from genesis.finding import Artifact
from genesis.security.provenance import Origin
from genesis.security.workspace import Workspace
from genesis.tools.tool import I, O, Tool, ToolContext

MAX_ARTIFACT_BYTES = 50_000_000
STOPPING = "the process stops; the next goes on with this attempt"
"""The message of the `CancelledError` that an attempt gets then. Without it, the attempt is given up for good."""
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class ArtifactStore:
    """Files by sha256 under one folder. A file is complete or absent: written aside, then renamed. Equal content is one
    file, whoever put it; its time is that of its last putting. `redact` takes the secrets out of what is text."""

    folder: Path
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    _moving: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    """Held while a file comes, is found, or goes: none may be swept away just after it was found to be there."""

    def put(self, name: str, media_type: str, content: bytes) -> Artifact:
        """Stores `content`. Doing it twice is the same as once. Raises `RequestInvalid` over 50 MB."""
        if b"\0" not in content[:8192]:  # text, though a byte of it may be no UTF-8
            content = self.redact(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if len(content) > MAX_ARTIFACT_BYTES:
            raise RequestInvalid(f"artifact {name}: {len(content):,} bytes; at most {MAX_ARTIFACT_BYTES:,} are kept")
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not self._renewed(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f"{digest}.{os.getpid()}.{next(_NUMBERS)}")
            with aside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        return Artifact(name=name, media_type=media_type, sha256=digest, size=len(content))

    def read(self, artifact: Artifact) -> bytes:
        """The bytes of an artifact. Raises `NotFound` when they are not (or no longer) here."""
        try:
            return self._path(artifact.sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"artifact {artifact.name}: its bytes are not in the store") from error

    def sweep(self, kept: Container[str], before: float) -> int:
        """Deletes files that were last put before that time (seconds since the epoch), save those `kept` (sha256), and
        what a process left behind that was killed while it wrote. How many."""
        count = 0
        for path in self.folder.glob("??/*"):
            if path.name in kept:
                continue
            with self._moving, suppress(FileNotFoundError):  # it was being written, and has got its name by now
                if path.stat().st_mtime < before:
                    path.unlink()
                    count += 1
        return count

    def _renewed(self, path: Path) -> bool:
        with self._moving:
            if not path.exists():
                return False
            os.utime(path)
            return True

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest


@dataclass(frozen=True)
class Toolbox:
    """An agent's hands for one attempt.

    `outbox`: the folder under which effects may place files (None: they may not). `private`: tools may ask
    loopback and private addresses. `calls` counts what was called, for the report and the metrics. `gate`: what every
    call goes past (None: one of its own, with the default policy).
    """

    card: AgentCard
    task: Assignment
    workspace: Workspace | None
    scratch: Path
    store: ArtifactStore
    clock: Clock
    outbox: Path | None = None
    private: bool = True
    calls: list[str] = field(default_factory=list)
    gate: Gatehouse | None = None

    def __post_init__(self) -> None:
        if self.gate is None:  # there is no way past it
            object.__setattr__(self, "gate", Gatehouse(self.card.name, self.task, self.workspace))

    async def call(self, tool: Tool[I, O], given: I) -> O:
        """Calls one of the card's tools within its time limit.

        Raises `Forbidden` for a tool that the card does not name, `ActionDenied` or `ActionHeld` where the gate does
        not let it pass, `DeadlineExceeded` past the limit, and whatever the tool raises.
        """
        assert self.gate is not None
        if tool.name not in self.card.tools:
            raise Forbidden(f"agent {self.card.name} may not use tool {tool.name}: its card does not name it")
        hosts = await self.gate.admit(tool, given)
        self.calls.append(tool.name)
        folder = self.scratch / f"{len(self.calls):03d}-{tool.name}"
        folder.mkdir(parents=True)
        context = ToolContext(
            workspace=self.workspace,
            scratch=folder,
            key=self.task.key,
            clock=self.clock,
            outbox=self.outbox,
            private=self.private,
            hosts=hosts,
        )
        # Before it runs: what it raises may hold what it read.
        self.gate.saw(Origin(trust=tool.trust, source=tool.name))
        try:
            async with asyncio.timeout(tool.timeout_s):
                return await tool.run(given, context)
        except TimeoutError as error:
            raise DeadlineExceeded(f"tool {tool.name} took longer than its limit of {tool.timeout_s:g} s") from error

    def artifact(self, name: str, media_type: str, content: str | bytes) -> Artifact:
        """Keeps a file that the report offers for download."""
        data = content.encode() if isinstance(content, str) else content
        return self.store.put(name, media_type, data)
