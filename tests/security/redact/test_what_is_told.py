"""What redaction leaves behind is still what it was: results that can be recorded, bytes that are no UTF-8, JSON or
not."""

from __future__ import annotations

from pathlib import Path

import pytest

from genesis.agents.result import Result
from genesis.agents.toolbox import ArtifactStore
from genesis.finding import Artifact, Fact, Source
from genesis.security.redact.redactor import Redactor

REDACTOR = Redactor(b"key of this test")
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"


def redacted(result: Result) -> Result:
    """As the engine does, twice: when the agent hands it over, and when it is stored."""
    for _ in range(2):
        result = Result.model_validate_json(REDACTOR.redact_json(result.model_dump_json().encode()))
    return result


@pytest.mark.parametrize("size", range(170, 201))
def test_an_excerpt_that_grows_by_its_mark_is_still_one(size: int) -> None:
    line = f"{'x' * (size - 22)} password = 'tr0ub4d&'"[:200]
    fact = Fact(text="a line", sources=(Source(file="a.py", line=1, excerpt=line),))
    excerpt = redacted(Result(summary="s", facts=(fact,))).facts[0].sources[0].excerpt
    assert excerpt is not None and len(excerpt) <= 200 and "tr0ub4d" not in excerpt


def test_an_artifact_named_after_a_secret_is_kept_under_a_name_without_it() -> None:
    name = f"report-{TOKEN}.md"
    made = Artifact(name=name, media_type="text/markdown", sha256="0" * 64, size=1)
    (kept,) = redacted(Result(summary="s", artifacts=(made,))).artifacts
    assert TOKEN not in kept.name and kept.name.endswith(".md") and kept.sha256 == made.sha256


@pytest.mark.parametrize("odd", [b"caf\xe9", b"\xff\xfe", b"\xed\xb2\x80", b"caf\xc3\xa9"])
def test_one_byte_that_is_no_utf8_does_not_keep_a_text_from_the_redactor(tmp_path: Path, odd: bytes) -> None:
    store = ArtifactStore(tmp_path, REDACTOR.redact)
    made = store.put("changes.patch", "text/x-diff", b"-" + odd + b"\n+token " + TOKEN.encode() + b"\n+" + odd)
    kept = store.read(made)
    assert TOKEN.encode() not in kept and kept.startswith(b"-" + odd + b"\n") and kept.endswith(b"\n+" + odd)


@pytest.mark.parametrize(
    "text", ["{'token': '%s'}", "%s", '{"a": NaN, "token": "%s"}', '{"a": 1}\n{"b": "%s"}\n', '"%s']
)
def test_what_is_called_json_and_is_none_is_gone_over_as_text(text: str) -> None:
    told = REDACTOR.redact_json((text % TOKEN).encode())
    assert TOKEN.encode() not in told and b"[REDACTED:github_pat:" in told


def test_bytes_that_are_neither_json_nor_utf8_are_gone_over_too() -> None:
    told = REDACTOR.redact_json(b"\xff " + TOKEN.encode() + b" \xed\xa0\x80")
    assert TOKEN.encode() not in told and told.startswith(b"\xff ") and told.endswith(b" \xed\xa0\x80")
