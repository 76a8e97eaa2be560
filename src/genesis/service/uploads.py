"""Files that were sent with an objective: a folder for each run, kept as long as the run may read it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from genesis.errors import NotFound
from genesis.execute.run import Run
from genesis.objective import Objective
from genesis.security.edge.upload import UploadedFile, unpack
from genesis.service.own import OwnRuns
from genesis.service.parts import Parts

SWEEP_S = 60.0
YOUNG_S = 600.0
"""How long a folder may be there before its run is."""

log = logging.getLogger(__name__)


async def submit(
    parts: Parts,
    runs: OwnRuns,
    objective: Objective,
    files: Sequence[UploadedFile],
    run_id: str,
    correlation_id: str | None,
) -> Run:
    """Begins a run over `files`. The same id with other files is a conflict, as it is with another objective.

    Raises what `unpack` and `OwnRuns.submit` raise, and then nothing is left behind.
    """
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda one: one.name):
        digest.update(f"{len(file.name)} {file.name} {len(file.content)} ".encode("utf-8", "surrogatepass"))
        digest.update(file.content)
    folder = parts.uploads / f"{run_id}~{digest.hexdigest()[:16]}"
    fresh = not folder.exists()
    await asyncio.to_thread(unpack, files, folder)
    try:
        return await runs.submit(
            objective.model_copy(update={"workspace": str(folder)}), run_id=run_id, correlation_id=correlation_id
        )
    except BaseException:
        if fresh:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise


async def sweep(parts: Parts) -> int:
    """Removes the folders of runs that are completed, rejected or no longer here; failed and canceled ones can be
    resumed and keep theirs. How many."""
    count = 0
    for folder in await asyncio.to_thread(lambda: sorted(parts.uploads.glob("[!.]*"))):
        try:
            run = await parts.runs.get(folder.name.partition("~")[0])
            over = run.status in {"completed", "rejected"}
        except NotFound:
            over = _age(parts, folder) > YOUNG_S
        if over:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            count += 1
    return count


async def keep_swept(parts: Parts) -> None:
    """Sweeps until it is cancelled."""
    while True:
        try:
            await sweep(parts)
        except Exception:
            log.exception("uploads could not be swept")
        await parts.clock.sleep(SWEEP_S)


def _age(parts: Parts, folder: Path) -> float:
    try:
        return parts.clock.now() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
