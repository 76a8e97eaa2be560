"""Puts a version out: a reproducible source archive with notes and checksum, placed whole or not at all."""

from __future__ import annotations

import asyncio
import fnmatch
import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from genesis.errors import Conflict, NeedsMissing, StorageFailed
from genesis.frozen import Frozen
from genesis.security.sensitive import Place, Program
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy

EPOCH = 315_532_800  # 1980-01-01, the first time that every archive format can hold
SECRET_FILES = (
    ".env",
    ".env.*",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "id_rsa*",
    "id_ed25519*",
    ".netrc",
    ".pypirc",
    "*.kdbx",
)
NO_SECRET = (".env.example", ".env.sample", ".env.template")


class PublishReleaseInput(Frozen):
    """`patches`: changes of earlier tasks that belong to the version, in order. `notes`: Markdown."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9._-]{0,60}[a-z0-9])?$"), Place()]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z](?:[0-9A-Za-z.+-]{0,40}[0-9A-Za-z])?$"), Place()]
    notes: str
    patches: Annotated[tuple[str, ...], Program()] = ()


class PublishReleaseOutput(Frozen):
    """`folder`: relative to the releases folder. `again`: it was there already, with the same content."""

    folder: str
    archive: str
    sha256: str
    size: int
    files: int
    left_out: tuple[str, ...]
    again: bool


@tool(trust="tool", timeout_s=240, effects=True)
async def publish_release(given: PublishReleaseInput, context: ToolContext) -> PublishReleaseOutput:
    """Places a source archive, its checksum and its notes in the releases folder.

    Under one idempotency key it is placed once. Raises `NeedsMissing` without a workspace or a releases folder, and
    `Conflict` when the version is there with other content.
    """
    if context.workspace is None:
        raise NeedsMissing("putting a version out needs a workspace: give one")
    if context.outbox is None:
        raise NeedsMissing("putting a version out needs a releases folder, and this process was given none")
    return await asyncio.to_thread(_publish, given, context, context.outbox)


def _publish(given: PublishReleaseInput, context: ToolContext, outbox: Path) -> PublishReleaseOutput:
    title = f"{given.name}-{given.version}"
    target = outbox / title
    done = _known(target)
    if done is not None and done["key"] == context.key:
        return PublishReleaseOutput(**done["release"], again=True)
    copy = context.scratch / "copy"
    names = working_copy(context, copy, given.patches)
    left_out = tuple(name for name in names if _is_secret(name))
    kept = [name for name in names if name not in left_out]
    data = archive(copy, kept, title)
    digest = hashlib.sha256(data).hexdigest()
    release: dict[str, Any] = {
        "folder": title,
        "archive": f"{title}.tar.gz",
        "sha256": digest,
        "size": len(data),
        "files": len(kept),
        "left_out": left_out,
    }
    if done is not None:
        _same_or_refuse(done, digest, title)
        return PublishReleaseOutput(**done["release"], again=True)
    contents = {
        f"{title}.tar.gz": data,
        "SHA256SUMS": f"{digest}  {title}.tar.gz\n".encode(),
        "RELEASE.md": given.notes.encode(),
        "release.json": json.dumps({"key": context.key, "release": release}, indent=2, sort_keys=True).encode(),
    }
    # Written aside under a name of this attempt's own, then renamed: nobody ever sees half of it.
    aside = outbox / f".{title}.{hashlib.sha256(context.key.encode()).hexdigest()[:16]}"
    try:
        outbox.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)  # left by a try that was killed
        aside.mkdir()
        for name, content in contents.items():
            with (aside / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        try:
            aside.rename(target)
        except OSError:
            done = _known(target)
            if done is None:
                raise
            shutil.rmtree(aside, ignore_errors=True)  # another process was first
            _same_or_refuse(done, digest, title)
            return PublishReleaseOutput(**done["release"], again=True)
        _sync(outbox)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise StorageFailed(f"{title} could not be placed ({error.strerror}); nothing was put out") from error
    return PublishReleaseOutput(**release, again=False)


def archive(folder: Path, names: list[str], title: str) -> bytes:
    """A .tar.gz that is the same to the byte for the same files: sorted, owned by nobody, of one time."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0, filename="") as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(names):
                path = folder / name
                info = tarfile.TarInfo(f"{title}/{name}")
                info.size, info.mtime = path.stat().st_size, EPOCH
                info.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
                with path.open("rb") as content:
                    tar.addfile(info, content)
    return buffer.getvalue()


def _known(target: Path) -> dict[str, Any] | None:
    """What `release.json` says of a version that is there. Raises `Conflict` when something else has its place."""
    if not target.exists():
        return None
    try:
        found = json.loads((target / "release.json").read_text(encoding="utf-8"))
        PublishReleaseOutput(**found["release"], again=True)
        key: str = found["key"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Conflict(f"{target.name}: something that is no release of ours has its place; move it away") from error
    return {"key": key, "release": found["release"]}


def _same_or_refuse(done: dict[str, Any], digest: str, title: str) -> None:
    if done["release"]["sha256"] != digest:
        before = done["release"]["sha256"][:16]
        raise Conflict(
            f"{title} is out already with other content (sha256 {before}..., now {digest[:16]}...); a version never "
            "changes: raise it"
        )


def _is_secret(name: str) -> bool:
    last = name.rpartition("/")[2].lower()
    return any(fnmatch.fnmatch(last, one) for one in SECRET_FILES) and last not in NO_SECRET


def _sync(folder: Path) -> None:
    """Makes the new name durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
