"""Scans every text file of a workspace for secrets that were written into it. What is found is never repeated."""

from __future__ import annotations

import asyncio
import bisect
import re
from typing import Literal

from genesis.errors import NeedsMissing
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.file_roles import Role, role
from genesis.tools.secret_search import search
from genesis.tools.text_lines import lines_of
from genesis.tools.tool import ToolContext, tool

MAX_FOUND = 500
# Written by tools: full of hashes, and nobody types a password into them.
SKIPPED = re.compile(
    r"(?:.*/)?(?:[\w.-]*lock(?:file)?(?:\.json|\.ya?ml)?|package-lock\.json|go\.sum|[\w.-]+\.(?:min\.js|map|svg|po|pot|lock|ipynb_checkpoints))"
)
KEY_STORE = re.compile(r"(?:.*/)?[^/]+\.(?:p12|pfx|jks|keystore|kdbx|ppk|asc\.key)", re.IGNORECASE)
ENVIRONMENT = re.compile(r"(?:.*/)?\.env(?:\.(?!example|sample|template|dist|defaults?)[\w-]+)?$", re.IGNORECASE)


class FoundSecret(Frozen):
    """Where a secret is: file, line and columns (from 1, `end_column` is behind it). Never what it is.

    `sure`: its format is that of a provider or of a private key, so that no name had to say it.
    """

    kind: str
    file: str
    line: int
    column: int
    end_column: int
    sure: bool
    role: Role


class SecretFile(Frozen):
    """A file that as a whole should not be in a repository. `ignored`: version control is told to leave it out."""

    kind: Literal["key_store", "environment"]
    file: str
    line: int | None
    ignored: bool


class ScanSecretsInput(Frozen):
    """Nothing to choose: every text file is scanned."""


class ScanSecretsOutput(Frozen):
    """`scanned`: how many text files were read."""

    secrets: tuple[FoundSecret, ...]
    files: tuple[SecretFile, ...]
    scanned: int


@tool(trust="file", timeout_s=120)
async def scan_secrets(given: ScanSecretsInput, context: ToolContext) -> ScanSecretsOutput:
    """Finds keys, tokens, passwords and private keys in a workspace's text files, without repeating them."""
    if context.workspace is None:
        raise NeedsMissing("scanning for secrets needs a workspace: name a folder")
    return await asyncio.to_thread(_scan, context.workspace)


def _scan(workspace: Workspace) -> ScanSecretsOutput:
    secrets: list[FoundSecret] = []
    files: list[SecretFile] = []
    ignored = _ignored(workspace)
    scanned = 0
    for entry in workspace.files:
        name = entry.name
        if KEY_STORE.fullmatch(name):
            files.append(SecretFile(kind="key_store", file=name, line=None, ignored=False))
            continue
        if SKIPPED.fullmatch(name) or len(secrets) >= MAX_FOUND:
            continue
        data = workspace.read_bytes(name)
        if data is None or b"\0" in data[:8192]:
            continue
        scanned += 1
        # Every byte has a character in latin-1: a text in another encoding is scanned, not skipped.
        text = data.decode("latin-1") if not _is_utf8(data) else data.decode("utf-8")
        starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]
        before = len(secrets)
        for hit in search(text, name):
            line = bisect.bisect_right(starts, hit.start)
            column = hit.start - starts[line - 1] + 1
            secrets.append(
                FoundSecret(
                    kind=hit.kind, file=name, line=line, column=column, end_column=column + hit.end - hit.start,
                    sure=hit.sure, role=role(name),
                )
            )  # fmt: skip
        if ENVIRONMENT.fullmatch(name) and before == len(secrets):
            first = next(
                (at for at, line in enumerate(lines_of(text), 1) if re.match(r"\s*(?:export )?\w+=\S", line)), None
            )
            if first is not None:
                files.append(
                    SecretFile(kind="environment", file=name, line=first, ignored=name.split("/")[-1] in ignored)
                )
    return ScanSecretsOutput(secrets=tuple(secrets[:MAX_FOUND]), files=tuple(files), scanned=scanned)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _ignored(workspace: Workspace) -> frozenset[str]:
    """Plain names in the top .gitignore; its patterns are not interpreted."""
    if not any(file.name == ".gitignore" for file in workspace.files):
        return frozenset()
    text = workspace.read_text(".gitignore") or ""
    return frozenset(line.strip().strip("/") for line in lines_of(text))
