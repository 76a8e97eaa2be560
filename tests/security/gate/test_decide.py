"""The gate as a function: what counts as the user's word, and what becomes of everything else."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field

from genesis.frozen import Frozen
from genesis.security.gate import Answer, Call, Known, Policy, Said, decide, digest
from genesis.security.provenance import Origin, kept, lowest
from genesis.security.said import names_recipient, nearness, quotes, stands
from genesis.security.sensitive import Address, Kind, Place, Program, Recipient, Value, values
from genesis.tools import publish_release, tool

FILE = Origin(trust="file", source="the workspace")
WEB = Origin(trust="web", source="a page")


def call(kind: Kind, text: str, **given: object) -> Call:
    value = Value(argument="x", kind=kind, text=text)
    return Call.model_validate({"tool": "t", "effects": True, "effects_planned": True, "values": [value], **given})


@pytest.mark.parametrize(
    ("kind", "text", "objective", "answer"),
    [
        ("recipient", "ops@example.com", "Mail ops@example.com.", "allow"),
        ("recipient", "ops@EXAMPLE.com", "Mail (ops@example.com)", "allow"),
        ("recipient", "eve@evil.test", "Mail ops@example.com", "ask"),
        ("recipient", "example.com", "Mail ops@example.com", "ask"),
        ("recipient", "#ops", "Tell #ops about it", "allow"),
        ("place", "out/a.md", "Write `out/a.md`", "allow"),
        ("place", "1.2.0", "Release v1.2.0", "allow"),
        ("place", "1.2.0", "Release 1.2.0.1", "ask"),
        ("place", "shop", "Release what is here", "allow"),  # the name of the workspace
        ("place", "out", "Write out/a.md", "ask"),
        ("program", "make test", "Run `make test`", "allow"),
        ("program", "make test", "Run this:\nmake test\n", "allow"),
        ("program", "make", "Run `make test`", "ask"),
        ("program", "make", "make it so", "ask"),
        ("address", "https://a.example.com/", "Is a.example.com up?", "allow"),
        ("address", "https://a.example.com/x/y", "Is https://a.example.com/x/y/z up?", "allow"),
        ("address", "https://a.example.com/health", "Is a.example.com up?", "allow"),
        ("address", "https://a.example.com/admin", "Is a.example.com up?", "ask"),
        ("address", "https://a.example.com/health?x=1", "Is a.example.com up?", "ask"),
        ("address", "http://127.0.0.1:9/", "Is a.example.com up?", "ask"),
        ("address", "https://b.example.com/", "Is a.example.com up?", "deny"),
        ("address", "https://a.example.com/", "Mail bob@a.example.com", "deny"),
        ("address", "/books", "GET /books at a.example.com", "allow"),
        ("address", "/books", "Is a.example.com up?", "ask"),
        ("address", "//a.example.com/books", "Is a.example.com up?", "deny"),
        ("address", "/\\evil.test", "Is a.example.com up?", "deny"),
    ],
)
def test_a_value_is_the_users_when_it_stands_in_the_objective(
    kind: Kind, text: str, objective: str, answer: Answer
) -> None:
    decision = decide(call(kind, text), Said(text=objective, workspace="shop"), [FILE], Policy())
    assert decision.answer == answer
    assert [ask.value for ask in decision.asks] == ([] if answer == "allow" else [text])


def test_nothing_is_the_users_in_an_objective_that_is_not() -> None:
    said = Said(text="Mail ops@example.com", trust="agent", workspace="shop")
    assert decide(call("recipient", "ops@example.com"), said, [], Policy()).answer == "ask"
    assert decide(call("place", "shop"), said, [], Policy()).answer == "ask"


def test_the_lowest_that_was_seen_is_told() -> None:
    decision = decide(call("place", "x"), Said(text="do it"), [FILE, WEB], Policy(), "deploy")
    assert decision.asks[0].origin == WEB
    assert "deploy wants to call t with x = 'x'" in decision.reason and "a page (web)" in decision.reason


def test_what_the_operator_names_is_as_good_as_said() -> None:
    known = Known(addresses=("https://api.example.com/v1",), recipients=("ops@example.com",), places=("out",))
    policy, said = Policy(known=known), Said(text="do it")
    for one in (
        call("address", "https://api.example.com/v1"),
        call("address", "https://api.example.com/health"),
        call("recipient", "ops@example.com"),
        call("place", "out"),
    ):
        assert decide(one, said, [FILE], policy).answer == "allow"
    assert decide(call("address", "https://api.example.com/v2"), said, [FILE], policy).answer == "ask"


def test_an_answer_covers_one_value_of_one_argument_and_no_more() -> None:
    said = Said(text="do it", answers={digest("t", "x", "a"): True, digest("t", "x", "b"): False})
    assert decide(call("place", "a"), said, [FILE], Policy()).answer == "allow"
    assert decide(call("place", "b"), said, [FILE], Policy()).answer == "deny"
    assert decide(call("place", "a "), said, [FILE], Policy()).answer == "ask"
    assert decide(call("place", "a", tool="other"), said, [FILE], Policy()).answer == "ask"
    other = call("place", "a").model_copy(update={"values": (Value(argument="y", kind="place", text="a"),)})
    assert decide(other, said, [FILE], Policy()).answer == "ask"
    # Where people may not say, an answer that somebody put there changes nothing.
    assert decide(call("place", "a"), said, [FILE], Policy(place="deny")).answer == "deny"


def test_an_effect_needs_a_task_that_was_planned_with_it() -> None:
    said = Said(text="do it")
    plain = Call(tool="t", effects=True)
    assert decide(plain, said, [], Policy()).answer == "deny"
    assert decide(plain.model_copy(update={"effects_planned": True}), said, [], Policy()).answer == "allow"
    installs = Call(tool="t", effects=True, permission="install", effects_planned=True)
    assert decide(installs, said, [], Policy()).answer == "deny"
    assert decide(installs.model_copy(update={"permissions": ("install",)}), said, [], Policy()).answer == "allow"


def test_the_hardest_answer_is_the_calls_and_hosts_are_those_of_allowed_addresses() -> None:
    given = (
        Value(argument="a", kind="address", text="https://a.example.com/"),
        Value(argument="b", kind="place", text="b"),
        Value(argument="c", kind="address", text="https://evil.test/"),
    )
    one = Call(tool="t", effects=False, values=given)
    decision = decide(one, Said(text="See a.example.com"), [FILE], Policy())
    assert decision.answer == "deny" and [ask.argument for ask in decision.asks] == ["c"]
    fine = decide(one.model_copy(update={"values": given[:1]}), Said(text="See a.example.com"), [FILE], Policy())
    assert fine.hosts == {"a.example.com"}


class Inner(Frozen):
    path: Annotated[str, Field(pattern="^/"), Address()]
    status: int | None = None


class Input(Frozen):
    url: Annotated[str, Address()]
    to: Annotated[tuple[str, ...], Recipient()] = ()
    maybe: Annotated[str, Place()] | None = None
    codes: tuple[Annotated[str, Program()], ...] = ()
    inner: tuple[Inner, ...] = ()
    files: Annotated[dict[str, str], Place()] = Field(default_factory=dict)
    hosts: Annotated[frozenset[str], Address()] = frozenset()
    plain: str = "plain"


def test_marks_are_found_wherever_they_stand() -> None:
    given = Input(
        url="u",
        to=("a", "b"),
        maybe="m",
        codes=("c\udc80",),  # as a file decodes that is not UTF-8
        inner=(Inner(path="/x", status=200),),
        files={"k": "v"},
        hosts=frozenset({"h"}),
    )
    found = {(one.argument, one.kind, one.text) for one in values(given)}
    assert found == {
        ("url", "address", "u"),
        ("to.0", "recipient", "a"),
        ("to.1", "recipient", "b"),
        ("maybe", "place", "m"),
        ("codes.0", "program", "c\udc80"),
        ("inner.0.path", "address", "/x"),
        ("files.k (the key)", "place", "k"),
        ("files.k", "place", "v"),
        ("hosts.0", "address", "h"),
    }
    assert Input.model_json_schema()["properties"]["url"]["x-sensitive"] == "address"


@pytest.mark.parametrize("name", ["probe_health", "run_smoke", "query_prometheus", "publish_release"])
def test_tools_that_reach_out_are_marked(name: str) -> None:
    assert "x-sensitive" in str(tool.find(name).schema()["input"])


def test_the_parts_of_a_releases_place_and_what_goes_into_it_are_marked() -> None:
    given = publish_release.PublishReleaseInput(name="shop", version="1.0.0", notes="n", patches=("p",))
    assert [(one.argument, one.kind) for one in values(given)] == [
        ("name", "place"),
        ("version", "place"),
        ("patches.0", "program"),
    ]


def test_labels_never_rise() -> None:
    assert lowest([FILE, WEB, Origin(trust="tool", source="t")]) == WEB
    assert lowest([]).trust == "user"
    assert kept([FILE, WEB, FILE]) == (WEB, FILE)


@pytest.mark.parametrize("near", ["ops@example.com.evil.test", "xops@example.com", "ops@example.com-x"])
def test_parts_of_tokens_do_not_stand(near: str) -> None:
    assert not stands("ops@example.com", f"Mail {near} now")
    assert not names_recipient("ops@example.com", f"Mail {near} now")


def test_what_is_longer_than_what_was_said_is_not_said() -> None:
    assert nearness("x" * 100_000, "hello") == "address"
    assert not quotes("x" * 100_000, "hello") and not stands("", "hello")
