"""The makers of credentials are themselves checked: against published vectors, and that the measure can fail."""

from __future__ import annotations

import json
import re
import zlib
from base64 import urlsafe_b64decode
from pathlib import Path
from random import Random
from uuid import UUID

from tests.security.redact.secrets import KINDS, chars
from tests.security.redact.secrets.benign import SHAPES, benign_lines
from tests.security.redact.secrets.contexts import CONTEXTS, place, suits
from tests.security.redact.secrets.measure import (
    Counts,
    fixed_part,
    recall,
    remains,
    table,
    untouched,
    untouched_lines,
)
from tests.security.redact.secrets.near import near_misses, repeat
from tests.security.redact.secrets.sample import Kind

HERE = Path(__file__).parent / "secrets"
NAMES = [kind.name for kind in KINDS]


def of(name: str) -> Kind:
    return KINDS[NAMES.index(name)]


def test_every_kind_that_is_documented_has_one_maker() -> None:
    rows = [row.split("\t") for row in (HERE / "kinds.tsv").read_text().splitlines()]
    assert all(len(row) == 3 and all(row) for row in rows)
    assert sorted(row[0] for row in rows) == sorted(NAMES) and len(set(NAMES)) == len(NAMES) >= 165


def test_a_sample_follows_from_its_seed_and_stands_in_twenty_places() -> None:
    for kind in KINDS:
        one, again, other = (kind.sample(Random(seed)) for seed in (1, 1, 2))
        assert one == again and one.secret != other.secret, kind.name
        assert len(one.secret) >= 10 and one.secret in one.text, kind.name
        assert bool(kind.beside) == bool(one.note), kind.name
        suited = [context for context in CONTEXTS if suits(context, kind, one)]
        assert len(suited) >= 20, kind.name
        for context in suited:
            placed = place(context, one, Random(3))
            assert placed.secret in placed.text, (kind.name, context.name)


def test_a_near_miss_holds_no_credential_of_its_kind() -> None:
    for kind in KINDS:
        misses = list(near_misses(kind, Random(5)))
        assert len(misses) >= 2 and all(miss.text for miss in misses), kind.name
        assert misses != list(near_misses(kind, Random(6))), kind.name
        lookalikes = [kind.lookalike(Random(seed), repeat("§")).secret for seed in range(30)]
        assert all(secret.count("§") >= 10 for secret in lookalikes), kind.name
        # What is left are the fixed parts and the choices among them; a random part would differ each time.
        assert len({secret.replace("§", "") for secret in lookalikes}) <= 10, kind.name


def test_checksums_are_those_of_the_standards() -> None:
    value = 0
    for digit in chars.base62_crc("123456789"):
        value = value * 62 + chars.BASE62.index(digit)
    assert value == 0xCBF43926  # the check value that catalogues of CRCs give for CRC-32
    assert chars.base58_checked(bytes(21)) == "1" * 21 + "4oLvT2"  # the address of twenty zero bytes
    assert chars.bech32("a", b"") == "a12uel5l"  # BIP-173's shortest valid string


def test_checksums_stand_in_the_credentials() -> None:
    for name, head in (("github_pat", "ghp_"), ("npm_token", "npm_")):
        body = of(name).sample(Random(8)).secret.removeprefix(head)
        assert len(body) == 36 and chars.base62_crc(body[:30]) == body[30:]
    token = of("matrix_access_token").sample(Random(8)).secret
    body, _, check = token.rpartition("_")
    assert check == chars.number_in(zlib.crc32(body.encode()), chars.BASE62, 6)
    age = of("age_secret_key").sample(Random(8)).secret
    assert len(age) == 74 and set(age[16:].lower()) <= set(chars.BECH32)
    assert (
        of("bip32_xprv").sample(Random(8)).text.startswith("xprv9")
        and len(of("bip32_xprv").sample(Random(8)).text) == 111
    )


def test_lengths_are_the_documented_ones() -> None:
    documented = {
        "aws_access_key_id": 20, "gcp_api_key": 39, "azure_devops_pat": 84, "azure_functions_key": 56,
        "azure_search_key": 52, "azure_acr_password": 52, "azure_cosmos_key": 88, "azure_storage_key": 88,
        "github_fine_grained_pat": 93, "anthropic_api_key": 108, "openai_legacy_key": 51, "sendgrid_api_key": 69,
        "paddle_api_key": 69, "dynatrace_token": 96, "newrelic_license_key": 40, "onepassword_secret_key": 40,
    }  # fmt: skip
    assert {name: len(of(name).sample(Random(4)).secret) for name in documented} == documented


def test_a_token_is_a_token() -> None:
    for seed in range(5):
        head, body, signature = of("jwt").sample(Random(seed)).secret.split(".")
        parts = [json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, body)]
        assert parts[0]["typ"] == "JWT" and "sub" in parts[1] and len(signature) >= 43
        assert UUID(of("snyk_token").sample(Random(seed)).secret).version == 4


def test_benign_lines_have_many_shapes_and_differ() -> None:
    lines = benign_lines(Random(1), 600)
    assert len(SHAPES) >= 20 and len({shape for shape, _ in lines}) == len(SHAPES)
    assert len({line for _, line in lines}) > 400 and all("\n" not in line for _, line in lines)


def test_a_part_of_a_secret_that_stays_is_a_leak_and_its_prefix_is_none() -> None:
    kind = of("github_fine_grained_pat")
    context = next(context for context in CONTEXTS if context.name == "json")
    placed = place(context, kind.sample(Random(1)), Random(1))
    fixed = fixed_part(kind, Random(2))
    assert remains(placed.text, placed, fixed)
    assert remains(placed.text.replace(placed.secret[:70], "[REDACTED]"), placed, fixed)
    assert remains(placed.text.replace(placed.secret[20:], "[REDACTED]"), placed, fixed)
    assert not remains(placed.text.replace(placed.secret, "github_pat_[REDACTED]"), placed, fixed)


def test_the_measure_tells_a_blind_redactor_from_a_greedy_one() -> None:
    def blind(text: str) -> str:
        return text

    def greedy(text: str) -> str:
        return "[REDACTED]"

    assert recall(blind, 1)[0].share() == 0 and recall(greedy, 1)[0].share() == 1
    assert untouched(blind, 1)[0].share() == 1 and untouched(greedy, 1)[0].share() < 0.01
    assert untouched_lines(blind, 1, 100).share() == 1 and untouched_lines(greedy, 1, 100).share() == 0


def test_the_table_names_the_worst_first() -> None:
    counts = Counts()
    for name, hits in (("good", [True, True]), ("bad", [False, True]), ("worse", [False, False])):
        for hit in hits:
            counts.add(name, hit, f"shown {name}")
    written = table("title", counts)
    assert written.index("worse") < written.index("bad") and "good" not in written and "3 of 6" in written


def test_no_credential_is_written_down_here() -> None:
    """Long words of three sorts of characters with repetitions: alphabets repeat nothing, keys do."""
    for path in [*HERE.rglob("*.py"), *HERE.rglob("*.tsv"), Path(__file__)]:
        for word in re.findall(r"[A-Za-z0-9/_-]{32,}", path.read_text()):
            sorts = [any(sort(c) for c in word) for sort in (str.isdigit, str.isupper, str.islower)]
            assert not all(sorts) or len(set(word)) == len(word), (path.name, word)
