"""Scans every text file of a workspace for secrets that were written into it. What is found is never repeated."""

from __future__ import annotations

import re
from typing import Literal

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.places.text_lines import lines_of
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.file_roles import Role, role
from genesis.tools.workspace.isolated import read_files

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
    """`scanned`: how many text files were read; `not_read`: what was not, and why."""

    secrets: tuple[FoundSecret, ...]
    files: tuple[SecretFile, ...]
    scanned: int
    not_read: tuple[NotDone, ...]


@tool(trust="file", timeout_s=300)
async def scan_secrets(given: ScanSecretsInput, context: ToolContext) -> ScanSecretsOutput:
    """Finds keys, tokens, passwords and private keys in a workspace's text files, without repeating them."""
    workspace = context.workspace_for("scanning for secrets")
    ignored = _ignored(workspace)
    stores = [file.name for file in workspace.files if KEY_STORE.fullmatch(file.name)]
    wanted = [
        file.name
        for file in workspace.files
        if file.size <= workspace.max_file_bytes and file.name not in stores and not SKIPPED.fullmatch(file.name)
    ]
    reading = await read_files("genesis.tools.secrets.lines", workspace.root, wanted)
    secrets: list[FoundSecret] = []
    files = [SecretFile(kind="key_store", file=name, line=None, ignored=False) for name in stores]
    not_read = [NotDone(what=file, why=why) for file, why in reading.failed.items()]
    not_read += [
        NotDone(what=file.name, why=f"larger than {workspace.max_file_bytes:,} bytes")
        for file in workspace.files
        if file.size > workspace.max_file_bytes
    ]
    for name, said in reading.found.items():
        if "error" in said:
            not_read.append(NotDone(what=name, why=said["error"]))
        for kind, line, column, end_column, sure in said.get("hits", ()):
            secrets.append(
                FoundSecret(
                    kind=kind, file=name, line=line, column=column, end_column=end_column, sure=sure, role=role(name)
                )
            )
        if ENVIRONMENT.fullmatch(name) and not said.get("hits") and said.get("assigned"):
            is_ignored = name.split("/")[-1] in ignored
            files.append(SecretFile(kind="environment", file=name, line=said["assigned"], ignored=is_ignored))
    if len(secrets) > MAX_FOUND:
        why = f"only the first {MAX_FOUND} are told; mend these and scan again"
        not_read.append(NotDone(what=f"{len(secrets) - MAX_FOUND} more places that look like secrets", why=why))
    return ScanSecretsOutput(
        secrets=tuple(secrets[:MAX_FOUND]),
        files=tuple(sorted(files, key=lambda one: one.file)),
        scanned=sum(bool(said.get("text")) for said in reading.found.values()),
        not_read=tuple(not_read),
    )


def _ignored(workspace: Workspace) -> frozenset[str]:
    """Plain names in the top .gitignore; its patterns are not interpreted."""
    if not any(file.name == ".gitignore" for file in workspace.files):
        return frozenset()
    text = workspace.read_text(".gitignore") or ""
    return frozenset(line.strip().strip("/") for line in lines_of(text))
