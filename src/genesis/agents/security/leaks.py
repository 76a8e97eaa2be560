"""Weighs found secrets and files that should not lie in a repository. What a secret is stays unsaid."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.agents.security.judgement import Weakness
from genesis.finding import Severity
from genesis.tools.scan_secrets import FoundSecret, SecretFile
from genesis.tools.workspace.file_roles import role

SHOWN = {
    "private_key": "a private key",
    "password_in_address": "a password in an address",
    "password": "a password",
    "secret": "a secret",
    "token": "a token",
    "key": "a key",
    "jwt": "a signed token (JWT)",
}
REVOKE = (
    "Take it out, read it from the environment or a secret store, and change it: "
    "whoever has the repository's history has it still."
)


def secrets(found: Sequence[FoundSecret]) -> list[Weakness]:
    """One per line: high in what is shipped, critical when its format leaves no doubt, low where it serves tests."""
    kept: dict[tuple[str, int], Weakness] = {}
    for one in sorted(found, key=lambda one: (not one.sure, one.file, one.line, one.column)):
        what = SHOWN.get(one.kind) or f"what has the form of a {one.kind.replace('_', ' ')}"
        kept.setdefault(
            (one.file, one.line),
            Weakness(
                kind="hard_coded_secret",
                severity=_severity(one),
                message=f"{what} is written into {one.file}",
                remedy=REVOKE,
                cwe=321 if one.kind == "private_key" else 798,
                file=one.file,
                line=one.line,
                end_line=one.line,
            ),
        )
    return sorted(kept.values(), key=lambda one: (one.file, one.line))


def _severity(one: FoundSecret) -> Severity:
    if one.role in ("code", "vendored"):
        if one.kind == "jwt":
            return "medium"  # most have expired; whether this one has cannot be seen here
        return "critical" if one.sure else "high"
    # Tests need keys and documents show some; a provider's live format has no business in either.
    return "medium" if one.sure and one.kind not in ("private_key", "jwt") else "low"


def files(found: Sequence[SecretFile]) -> list[Weakness]:
    """Key stores, and files of environment variables."""
    said = []
    for one in found:
        if one.kind == "key_store":
            severity: Severity = "medium"
            message = (
                f"the file {one.file} is a store of keys: what it holds cannot be seen, and belongs into no repository"
            )
        else:
            severity = "info" if one.ignored or role(one.file) != "code" else "low"
            ignored = "; version control is told to leave it out" if one.ignored else ""
            message = f"the file {one.file} sets environment variables, where secrets are put sooner or later{ignored}"
        said.append(
            Weakness(
                "committed_secret_file", severity, message,
                "Keep it out of the repository; commit an example with empty values instead.",
                538, one.file, one.line or 1, one.line or 1,
            )
        )  # fmt: skip
    return said
