"""Writes findings as SARIF 2.1.0 (OASIS, 2023): the form that code hosts and editors read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote as percent

from genesis import __version__
from genesis.agents.security.judgement import Weakness
from genesis.finding import Severity, Source

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}
"""`security-severity`: the middle of each band of CVSS 3.1, for readers that sort by number."""


def sarif(weaknesses: Sequence[tuple[Weakness, Source]]) -> str:
    """The log of one run, with a rule per kind. `Source` brings the excerpt, in which secrets are masked."""
    kinds = sorted({one.kind for one, _ in weaknesses})
    index = {kind: at for at, kind in enumerate(kinds)}
    rules = []
    for kind in kinds:
        first = next(one for one, _ in weaknesses if one.kind == kind)
        rules.append(
            {
                "id": kind,
                "name": "".join(part.capitalize() for part in kind.split("_")),
                "shortDescription": {"text": kind.replace("_", " ")},
                "help": {"text": first.remedy},
                "properties": {"tags": ["security", f"external/cwe/cwe-{first.cwe}"]},
            }
        )
    run = {
        "tool": {"driver": {"name": "genesis-security", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, source, index) for one, source in weaknesses],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(one: Weakness, source: Source, index: dict[str, int]) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": one.line}
    if source.excerpt:
        region["snippet"] = {"text": source.excerpt}
    result: dict[str, Any] = {
        "ruleId": one.kind,
        "ruleIndex": index[one.kind],
        "level": LEVELS[one.severity],
        "message": {"text": one.message},
        "locations": [{"physicalLocation": _place(one.file, region)}],
        # The line may move; kind, file and text stay: a reader can tell what is new.
        "partialFingerprints": {"kindFileText/v1": _print(one.kind, one.file, source.excerpt or "")},
        "properties": {"severity": one.severity, "security-severity": SCORES[one.severity]},
    }
    if one.way:
        steps = [step.rpartition(":") for step in reversed(one.way)]
        places = [_place(file, {"startLine": int(line)}) for file, _, line in steps]
        places.append(_place(one.file, {"startLine": one.line}))
        result["codeFlows"] = [
            {"threadFlows": [{"locations": [{"location": {"physicalLocation": place}} for place in places]}]}
        ]
    if one.accepted:
        result["suppressions"] = [{"kind": "inSource", "justification": "marked with # nosec"}]
    return result


def _place(file: str, region: dict[str, Any]) -> dict[str, Any]:
    return {"artifactLocation": {"uri": percent(file), "uriBaseId": "%SRCROOT%"}, "region": region}


def _print(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
