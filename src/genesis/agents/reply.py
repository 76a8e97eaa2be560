"""What a remote agent answered, as a result: its words cleaned and bounded, its files kept, all of it its word only."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import orjson

from genesis.agents.card import AgentCard
from genesis.agents.result import Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import Forbidden, NetworkError
from genesis.finding import Artifact, Fact, NotDone, Source
from genesis.frozen import JsonValue
from genesis.objective import Level
from genesis.security.edge.outbound import shown

LEVELS: tuple[Level, ...] = get_args(Level)
MAX_TEXT = 20_000
MAX_SUMMARY = 500
MAX_FILES = 64
_SUFFIX = {"text/plain": ".txt", "text/markdown": ".md", "text/html": ".html", "application/json": ".json"}


async def reply(card: AgentCard, answer: dict[str, Any], tools: Toolbox, http: httpx.AsyncClient) -> Result:
    """The result of `answer`: a task that is completed, or a bare message, as A2A's JSON.

    The level is the one that the agent claims in the task's metadata (Genesis does), else `minimal`: it claims nothing.
    """
    task = "status" in answer
    said = answer["status"].get("message", {}) if task else answer
    words, data = _words(said.get("parts", ()))
    artifacts: list[Artifact] = []
    notes: list[NotDone] = []
    names: set[str] = set()
    for number, (name, part) in enumerate(_files(answer)):
        if number >= MAX_FILES:
            notes.append(NotDone(what=f"more files of {card.name}", why=f"at most {MAX_FILES} are taken"))
            break
        try:
            kind, content = await _content(part, http)
        except (NetworkError, Forbidden, ValueError) as error:
            notes.append(NotDone(what=f"{name} of {card.name}", why=str(error)))
            continue
        if "text" in part:
            words = words or clean(part["text"], MAX_TEXT)
        if "data" in part:
            data.append(part["data"])
        artifacts.append(tools.artifact(_name(card, name, kind, names), kind, content))
    if not words:
        words = f"{len(artifacts)} files" if artifacts else "(nothing in words)"
    head = words.strip().splitlines()[0][:MAX_SUMMARY] if words.strip() else words
    where = shown(card.url or "") + (f" task {clean(str(answer.get('id', '')), 128)}" if task else "")
    claimed = answer.get("metadata", {}).get("level") if task else None
    level: Level = next((one for one in LEVELS if one == claimed), "minimal")
    return Result(
        summary=f"{card.title} says: {head}",
        level=level,
        facts=(Fact(text=f"{card.title} says: {words}", sources=(Source(url=where),)),),
        not_done=tuple(notes),
        artifacts=tuple(artifacts),
        outputs=_outputs(card, words, data),
        cost_usd=card.cost_usd or None,  # what it costs there is not known unless our card says so
        trust="agent",
    )


def clean(text: str, most: int) -> str:
    """At most `most` characters, without control characters: it ends in terminals and on pages."""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    plain = "".join(kept)
    return plain if len(plain) <= most else f"{plain[:most]} (and {len(plain) - most:,} more characters)"


def _words(parts: Any) -> tuple[str, list[JsonValue]]:
    words = "\n\n".join(part["text"] for part in parts if part.get("text"))
    return clean(words, MAX_TEXT), [part["data"] for part in parts if "data" in part]


def _files(answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of the artifacts, and what is no text in a bare message, each with its name."""
    for artifact in answer.get("artifacts", ()):
        for part in artifact.get("parts", ()):
            yield part.get("filename") or artifact.get("name") or artifact.get("artifactId", ""), part
    for part in () if "status" in answer else answer.get("parts", ()):
        if "raw" in part or "url" in part:
            yield part.get("filename", ""), part


async def _content(part: dict[str, Any], http: httpx.AsyncClient) -> tuple[str, bytes]:
    """The media type and bytes of a part. Raises `NetworkError`, `Forbidden` (an address elsewhere), `ValueError`."""
    kind = part.get("mediaType", "")
    kind = kind if re.fullmatch(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}", kind) else ""
    if "text" in part:
        return kind or "text/plain", part["text"].encode()
    if "data" in part:
        return "application/json", orjson.dumps(part["data"], option=orjson.OPT_INDENT_2)
    if "raw" in part:
        try:
            return kind or "application/octet-stream", base64.b64decode(part["raw"], validate=True)
        except binascii.Error as error:
            raise ValueError("its bytes are not base64") from error
    if "url" in part:
        answer = await http.get(part["url"])
        if answer.status_code != 200:
            raise NetworkError(f"{shown(part['url'])}: answered {answer.status_code}")
        return kind or "application/octet-stream", answer.content
    raise ValueError("is empty")


def _name(card: AgentCard, name: str, kind: str, taken: set[str]) -> str:
    """A name for a file of theirs that no file of ours has."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name.rpartition("/")[2]).strip("-.")[:80] or "answer"
    if "." not in plain:
        plain += _SUFFIX.get(kind, "")
    full, number = f"{card.name}-{plain}", 1
    while full in taken:
        number += 1
        full = f"{card.name}-{number}-{plain}"
    taken.add(full)
    return full


def _outputs(card: AgentCard, words: str, data: list[JsonValue]) -> dict[str, JsonValue]:
    """For each product that the card says it gives: what the agent's data has under that name, else its words."""
    gives = {product for kind in card.task_types for product in kind.gives}
    found: dict[str, JsonValue] = {}
    for product in sorted(gives):
        own = next((one[product] for one in data if isinstance(one, dict) and product in one), None)
        found[product] = {"trust": "agent", "said": words} if own is None else own
    return found
