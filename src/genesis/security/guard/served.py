"""A second opinion from a guard model that somebody serves. It can refuse what the filter let pass, nothing else.

Spoken is the text classification of Hugging Face's text-embeddings-inference: POST `{"inputs": text, "truncate": true}`
to its `/predict`, answered with `[{"label": ..., "score": ...}, ...]`. Whoever is slow, down or answers nonsense says
`unknown`, and the filter's word stands.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Literal, Protocol

import httpx
from pydantic import BaseModel, Field, TypeAdapter
from pydantic import ValidationError as Malformed

from genesis.errors import GenesisError, NetworkError
from genesis.objective import Objective
from genesis.security.edge.addresses import Resolve, system_resolve
from genesis.security.edge.guarded import Guarded, client
from genesis.security.guard.guard import Judgement
from genesis.security.guard.screen import Second
from genesis.security.redact.redactor import unmarked

Answer = Literal["yes", "no", "unknown"]
SERVED = "served"
"""The category of what only the served model refuses."""
TIME_S = 2.0
_MOST_BYTES = 64_000

log = logging.getLogger(__name__)


class Breaker(Protocol):
    """What resilience/breaker.py is, seen from a floor below it."""

    def allows(self) -> bool: ...
    def succeeded(self) -> None: ...
    def failed(self) -> None: ...


class _Prediction(BaseModel):
    label: str
    score: float = Field(ge=0, le=1)


_ANSWER: TypeAdapter[list[_Prediction] | list[list[_Prediction]]] = TypeAdapter(
    list[_Prediction] | list[list[_Prediction]]
)


class Served:
    """Asks the model at `url`. `labels`: those that mean an attack; `least`: what their scores must come to."""

    def __init__(
        self,
        url: str,
        labels: Collection[str],
        least: float,
        breaker: Breaker,
        *,
        time_s: float = TIME_S,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._url = url
        self._labels = {label.casefold() for label in labels}
        self._least = least
        self._breaker = breaker
        self._time_s = time_s
        self._resolve = resolve

    async def ask(self, text: str) -> Answer:
        """What the model says of a text. Raises nothing; takes no longer than its time."""
        if not self._breaker.allows():
            return "unknown"
        try:
            found = self._read(await self._post(text))
        except (GenesisError, httpx.HTTPError, httpx.InvalidURL) as error:
            self._breaker.failed()
            log.warning("the served guard gave no answer: %s", error)
            return "unknown"
        self._breaker.succeeded()
        return found

    async def _post(self, text: str) -> bytes:
        # The address is the operator's own word, so it may be a private one; a public one only over https.
        transport = Guarded(
            private=True, only=self._url, called="the served guard", resolve=self._resolve, max_bytes=_MOST_BYTES,
            total_s=self._time_s,
        )  # fmt: skip
        async with client(transport, read_s=self._time_s) as http:
            answer = await http.post(self._url, json={"inputs": text, "truncate": True})
        if answer.status_code != 200:
            raise NetworkError(f"answered {answer.status_code}")
        return answer.content

    def _read(self, raw: bytes) -> Answer:
        try:
            rows = _ANSWER.validate_json(raw)
        except Malformed as error:
            raise NetworkError("answered what is no list of labels with scores") from error
        flat = [one for row in rows for one in (row if isinstance(row, list) else [row])]
        meant = [one.score for one in flat if one.label.casefold() in self._labels]
        if not meant:  # a model that knows no such label would never say yes
            raise NetworkError("its answer has none of the labels of guard_labels")
        return "yes" if sum(meant) >= self._least else "no"


def second(served: Served, answered: Callable[[Answer], None], blocked: Callable[[str], None]) -> Second:
    """Asks `served` about what the filter let pass. `answered` is told each answer, `blocked` each refusal."""

    async def ask(objective: Objective, judged: Judgement) -> Judgement:
        answer = await served.ask(unmarked(objective.text))
        answered(answer)
        if answer != "yes":
            return judged
        blocked(SERVED)
        return replace(judged, blocked=True, score=max(1.0, judged.score), category=SERVED, layer="served")

    return ask
