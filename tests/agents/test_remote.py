"""A remote agent that is real (a2a-sdk's server): its card, its answers and its failures become ours, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from a2a.types.a2a_pb2 import AgentSkill

from genesis.agents.card import AgentCard, TaskType
from genesis.agents.remote import remote
from genesis.agents.remote_card import describe
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import STOPPING, ArtifactStore, Toolbox
from genesis.clock import SystemClock
from genesis.errors import (
    AgentFailed,
    AgentRefused,
    FileInvalid,
    Forbidden,
    GenesisError,
    NeedsMissing,
    NetworkError,
    RequestInvalid,
)
from genesis.security.workspace import Workspace
from genesis.telemetry import correlation
from tests.agents.foreign import Foreign, foreign
from tests.agents.loopback import serve


@pytest.fixture(scope="module")
def there() -> Iterator[Foreign]:
    with foreign() as found:
        yield found


def card(url: str, **changes: object) -> AgentCard:
    kind = TaskType(name="forecast", description="Says what comes.", gives=("answer",))
    return AgentCard.model_validate(
        {"name": "far", "title": "Far", "description": "Far.", "task_types": (kind,), "url": url, **changes}
    )


def toolbox(tmp_path: Path, own: AgentCard, goal: str, **changes: object) -> Toolbox:
    task = Assignment(run_id="r", task_id="t", attempt=1, goal=goal, type="forecast", objective=goal)
    return Toolbox(
        card=own,
        task=task.model_copy(update=changes),
        workspace=Workspace(tmp_path / "workspace") if (tmp_path / "workspace").exists() else None,
        scratch=tmp_path / "scratch",
        store=ArtifactStore(tmp_path / "artifacts"),
        clock=SystemClock(),
    )


async def ask(tmp_path: Path, own: AgentCard, goal: str, **changes: object) -> Result:
    tools = toolbox(tmp_path, own, goal, **changes)
    with correlation.bound("ab" * 16):
        return await remote(own, private=True)(tools.task, tools)


async def test_skills_become_task_types_and_examples() -> None:
    skills = (
        AgentSkill(id="fore-cast", name="Forecast", description="Says\nwhat comes.", tags=[], examples=["Rain?", "x"]),
        AgentSkill(id="Fore Cast", name="again", description="The same name.", tags=[]),
        AgentSkill(id="42", name="Tide \x1b[1mtables", description="", tags=[]),
    )
    with foreign(*skills) as there:
        made = await describe(there.url, private=True)
    assert made.name == "weather_tides"
    assert [(one.name, one.description) for one in made.task_types] == [
        ("fore_cast", "Says what comes."),
        ("tide_1mtables", "Tide [1mtables"),
    ]
    assert [(one.request, dict(one.plan)) for one in made.examples] == [("Rain?", {"weather_tides.fore_cast": ()})]


async def test_a_task_goes_there_and_its_words_come_back_cleaned_and_labelled(there: Foreign, tmp_path: Path) -> None:
    result = await ask(tmp_path, card(there.url), "Bergen")
    assert result.summary == "Far says: About [31mBergen: done."
    assert (result.trust, result.level, result.cost_usd) == ("agent", "minimal", None)
    assert result.outputs == {"answer": {"trust": "agent", "said": "About [31mBergen: done."}}
    assert str(result.facts[0].sources[0]).startswith(f"{there.url} task ")
    assert there.traces[-1].startswith(f"00-{'ab' * 16}-")


async def test_a_bare_message_is_an_answer(there: Foreign, tmp_path: Path) -> None:
    assert (await ask(tmp_path, card(there.url), "just talk")).summary == "Far says: Only words."


async def test_files_come_in_under_names_that_no_file_of_ours_has(there: Foreign, tmp_path: Path) -> None:
    result = await ask(tmp_path, card(there.url), "files please")
    store = ArtifactStore(tmp_path / "artifacts")
    kept = {one.name: (one.media_type, store.read(one)) for one in result.artifacts}
    assert kept["far-page.md"] == ("text/markdown", b"# Page")
    assert kept["far-blob.bin"] == ("application/octet-stream", bytes(range(256)))
    assert b'"degrees": 21' in kept["far-figures.json"][1]
    assert result.outputs == {"answer": {"degrees": 21.0}}
    [away] = result.not_done
    assert "away" in away.what
    assert "the only place that may be asked" in away.why


@pytest.mark.parametrize(
    ("goal", "error"),
    [("fail it", AgentFailed), ("reject it", AgentRefused), ("ask me", NeedsMissing)],
)
async def test_other_ends_are_errors_that_say_what_the_agent_said(
    there: Foreign, tmp_path: Path, goal: str, error: type[GenesisError]
) -> None:
    with pytest.raises(error, match=f"far .*{goal}: done"):
        await ask(tmp_path, card(there.url), goal)


async def hanging(there: Foreign, tmp_path: Path, goal: str) -> asyncio.Task[Result]:
    task = asyncio.create_task(ask(tmp_path, card(there.url), goal))
    async with asyncio.timeout(20):
        while not any(part.text == goal for message in there.got for part in message.parts):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # until its answer, with the task's id, is here too
    return task


async def test_who_gives_up_cancels_the_task_there_and_who_stops_does_not(there: Foreign, tmp_path: Path) -> None:
    stopped = await hanging(there, tmp_path, "hang one")
    stopped.cancel(STOPPING)
    given_up = await hanging(there, tmp_path, "hang two")
    given_up.cancel()
    await asyncio.wait([stopped, given_up])
    assert stopped.cancelled()
    assert given_up.cancelled()
    assert there.canceled == ["hang two"]


async def test_the_same_attempt_sends_the_same_message_and_another_attempt_another(
    there: Foreign, tmp_path: Path
) -> None:
    own, before = card(there.url), len(there.got)
    for attempt in (1, 1, 2):
        await ask(tmp_path, own, "Oslo", attempt=attempt)
    first, again, other = there.got[before:]
    for one in (first, again, other):
        one.task_id = one.context_id = ""  # the SDK writes its own ids into what it got
    assert first == again
    assert first.message_id != other.message_id


async def test_only_what_the_card_names_is_sent(there: Foreign, tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "secret.txt").write_text("s")
    made = ArtifactStore(tmp_path / "artifacts").put("draft.md", "text/markdown", b"draft")
    given = {"inputs": {"design": {"a": 1}, "code": {"b": 2}}, "artifacts": (made,)}
    await ask(tmp_path, card(there.url), "nothing more", **given)
    assert [part.WhichOneof("content") for part in there.got[-1].parts] == ["text"]
    kind = TaskType(name="forecast", description="F", needs=("workspace",), uses=("design",))
    await ask(tmp_path, card(there.url, task_types=(kind,)), "all of it", **given)
    text, inputs, secret, draft = there.got[-1].parts
    assert text.text == "all of it"
    assert dict(inputs.data.struct_value) == {"design": {"a": 1.0}}
    assert (secret.filename, secret.raw) == ("secret.txt", b"s")
    assert (draft.filename, draft.raw, draft.media_type) == ("draft.md", b"draft", "text/markdown")
    for number in range(61):
        (tmp_path / "workspace" / f"{number}.txt").write_text("")
    with pytest.raises(RequestInvalid, match="60 files"):
        await ask(tmp_path, card(there.url, task_types=(kind,)), "too much")


async def test_an_agent_that_is_down_is_an_error_of_the_network(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1:1: the connection was refused") as caught:
        await ask(tmp_path, card("http://127.0.0.1:1"), "Bergen")
    assert caught.value.category == "network"


def resolver(address: str) -> Callable[..., object]:
    async def resolve(host: str, port: int) -> list[str]:
        return [address]

    return resolve


@pytest.mark.parametrize(
    ("url", "address", "private", "why"),
    [
        ("http://near.example", "127.0.0.1", False, "only profile dev"),
        ("https://near.example", "10.0.0.7", False, "only profile dev"),
        ("https://near.example", "::ffff:192.168.1.1", False, "only profile dev"),
        ("http://near.example", "169.254.169.254", True, "never asked"),
        ("http://near.example", "0.0.0.0", True, "never asked"),
        ("http://far.example", "93.184.216.34", True, "use https"),
        ("ftp://far.example", "93.184.216.34", True, "only http and https"),
        ("https://me:pw@far.example", "93.184.216.34", True, "without user and password"),
    ],
)
async def test_addresses_that_are_not_asked(url: str, address: str, private: bool, why: str) -> None:
    with pytest.raises(Forbidden, match=why) as caught:
        await describe(url, private=private, resolve=resolver(address))  # type: ignore[arg-type]
    assert "pw" not in caught.value.message


CARD = "/.well-known/agent-card.json"


@pytest.mark.parametrize(
    ("page", "error", "why"),
    [
        ((302, "location", "http://127.0.0.1:1/"), NetworkError, "answered 302"),
        ((200, "application/json", "x" * 1_000_001), NetworkError, "more than 1,000,000 bytes"),
        ((200, "text/html", "<html>"), NetworkError, "is no A2A agent card"),
        ((200, "application/json", "[1]"), NetworkError, "is no A2A agent card"),
        ((401, "text/plain", "no"), Forbidden, "wants credentials"),
        ((200, "application/json", '{"name": "Empty"}'), AgentRefused, r"no A2A 1\.x interface"),
    ],
)
async def test_what_is_no_card_is_said(page: tuple[int, str, str], error: type[GenesisError], why: str) -> None:
    with serve({CARD: page}) as server, pytest.raises(error, match=why):
        await describe(server.url, private=True)


async def test_a_card_that_leads_elsewhere_or_speaks_otherwise_is_refused() -> None:
    with foreign(at="http://127.0.0.1:1/rpc") as there, pytest.raises(AgentRefused, match="same origin"):
        await describe(there.url, private=True)
    with foreign(version="0.3") as there, pytest.raises(AgentRefused, match=r"1\.x"):
        await describe(there.url, private=True)


async def test_a_card_without_skills_is_refused() -> None:
    with foreign(AgentSkill(id="!", name="?", description="", tags=[])) as there:
        with pytest.raises(FileInvalid, match="names no skill"):
            await describe(there.url, private=True)
