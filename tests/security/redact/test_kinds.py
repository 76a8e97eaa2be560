"""The kinds as data: each is reachable, compiles, and is found where nothing but its own form says what it is."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest

from genesis.security.redact import filters, lines
from genesis.security.redact.kinds import FOLDER, Kind, compiled, kinds
from genesis.security.redact.redactor import Redactor
from tests.security.redact.texts import matching

REDACTOR = Redactor(b"key of this test")
GATED = [kind for kind in kinds() if kind.gate and kind.check is None]
NAMED = [kind for kind in kinds() if kind.named]


def sampled(kind: Kind, rng: random.Random) -> tuple[str, str]:
    """A text of that form, and the secret in it; one that none of the filters takes for an example."""
    for _ in range(50):
        whole = matching(kind.expression.replace("(?i:", "(?:"), rng)
        found = compiled(kind.expression).fullmatch(whole.encode("latin-1"))
        assert found is not None, (kind.id, whole)
        secret = found[kind.group]
        own = secret.removeprefix(kind.gate[0].encode()) if kind.gate else secret
        if filters.entropy(secret) >= max(kind.entropy, 1.0) and not filters.is_example(own):
            return whole, secret.decode("latin-1")
    raise AssertionError(f"{kind.id}: no random text passes its own filters")


def test_there_are_as_many_as_we_say() -> None:
    assert len({kind.id for kind in kinds()}) >= 250
    assert len({kind.provider for kind in kinds()}) >= 100


@pytest.mark.parametrize("kind", GATED, ids=lambda kind: f"{kind.id}-{kind.gate[0]}")
def test_a_secret_with_a_form_of_its_own_is_found_anywhere(kind: Kind) -> None:
    rng = random.Random(kind.id)
    for around in ("see {} there", '{{"a": "{}"}}', "a='{}',", "x\\n{}\\n", "<b>{}</b>", "+{}", "`{}`"):
        whole, secret = sampled(kind, rng)
        if (around[0] in "x+" and kind.gate[0][0] in "\\\"'") or "'" in whole or '"' in whole:
            around = "see {} there"
        told = REDACTOR.redact(around.format(whole))
        assert secret not in told, told


@pytest.mark.parametrize("kind", GATED, ids=lambda kind: f"{kind.id}-{kind.gate[0]}")
def test_a_gate_stands_where_its_kind_says(kind: Kind) -> None:
    """A gate that stands elsewhere would never let its kind be tried."""
    rng = random.Random(kind.id)
    met = set[int]()
    for _ in range(30):
        whole, _ = sampled(kind, rng)
        places = [at for at in kind.at if any(whole[at:].startswith(gate) for gate in kind.gate)]
        assert places, (kind.id, whole)
        met.update(places)
        assert lines.gate().search(whole.encode("latin-1")) is not None, (kind.id, whole)
    assert met == set(kind.at), (kind.id, met)


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: f"{kind.id}-{kind.named[0]}")
def test_a_secret_known_by_its_provider_is_found_by_every_name(kind: Kind) -> None:
    rng = random.Random(kind.id)
    for phrase in kind.named:
        name = "_".join(phrase.split())
        name = name if re.search(r"(key|token|secret)$", name) else f"{name}_secret"
        for text in (
            f"{name.upper()}={{}}",
            f'"{name}": "{{}}"',
            f"{name}: {{}}\n",
            f"https://h/p?a=1&{name}={{}}&b=2",
        ):
            _, secret = sampled(kind, rng)
            if not re.fullmatch(r"[\w./+=~-]+", secret):
                continue
            assert secret not in REDACTOR.redact(text.format(secret)), text.format(secret)


def test_files_say_where_they_have_it_from() -> None:
    for file in FOLDER.glob("*.yaml"):
        assert re.search(r"^sources:\n  - \S+", file.read_text(), re.MULTILINE), file.name


def test_the_rules_do_not_know_their_proof() -> None:
    for file in FOLDER.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "tests" for name in names), file
    assert not any("tests/" in file.read_text() for file in Path(FOLDER).glob("*.yaml"))
