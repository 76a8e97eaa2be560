"""What an objective asks of whom, as trained: a chance per agent over the whole text and at every token, so that each
answer can be shown in the words that gave it.

`sense.npz` is made by `python -m training` from the requests in `training/requests/`: a low-rank change of the encoder,
linear layers over its states, and a linear layer over word groups, which is a second opinion beside the encoder and
the only one where its weights (extra `semantic`) are not installed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genesis.errors import FileInvalid
from genesis.plan import encoder
from genesis.plan.encoder import Encoded, Encoder, Matrix
from genesis.plan.ngrams import features

FILE = Path(__file__).with_name("sense.npz")
SHARP = 4.0
"""Of the soft maximum over tokens: the clearest tokens decide, not the many that say nothing. As in training."""
Answer = Literal["plan", "question", "refusal"]
ANSWERS: tuple[Answer, ...] = ("plan", "question", "refusal")


@dataclass(frozen=True, slots=True)
class Sense:
    """What the encoder saw in one text, by token: its state, its place, and the log odds of each agent."""

    agents: tuple[str, ...]
    odds: Matrix
    places: tuple[tuple[int, int], ...]
    states: Matrix

    def stretch(self, agent: str, start: int, end: int) -> tuple[int, int] | None:
        """Where, inside this part of the text, the words stand that speak most clearly for the agent."""
        rows = self.rows(start, end)
        if agent not in self.agents or not rows:
            return None
        chances = sigmoid(self.odds[rows, self.agents.index(agent)])
        first = last = int(chances.argmax())
        bar = chances[first] * 0.6
        while first > 0 and chances[first - 1] >= bar:
            first -= 1
        while last + 1 < len(rows) and chances[last + 1] >= bar:
            last += 1
        return self.places[rows[first]][0], self.places[rows[last]][1]

    def rows(self, start: int, end: int) -> list[int]:
        """The tokens that lie inside this part of the text."""
        return [at for at, (a, b) in enumerate(self.places) if b > a and a >= start and b <= end]


@dataclass(frozen=True, slots=True)
class Whole:
    """A text as read: chances by agent over all of it and for each part of it, chances of the three answers, and what
    the encoder saw (None without one)."""

    asked: Mapping[str, float]
    answers: Mapping[Answer, float]
    parts: tuple[Mapping[str, float], ...]
    sense: Sense | None


class Trained:
    """The trained layers over word groups, and over an encoder's states if there is one. Nothing in it changes."""

    def __init__(
        self, layers: Mapping[str, Matrix], names: Mapping[str, Sequence[str]], encoding: Encoder | None
    ) -> None:
        self.agents = tuple(names["agents"])
        self._types = [name.partition(".") for name in names["types"]]
        self.layers = layers
        self._encoder = encoding

    def read(self, text: str, parts: Sequence[tuple[int, int]] = ()) -> Whole:
        """Reads a text and its parts (start and end). Of a long text the first windows are read closely; the surest
        window decides."""
        grams = self._grams(text)
        pieces = [self._grams(text[start:end]) for start, end in parts]
        count = len(self.agents)
        highest = np.stack([*(one[:count] for one in pieces), grams[:count]]).max(axis=0)
        if self._encoder is None:
            asked = _joined(self.layers["alone_asked"], grams[:count], highest)
            answers = self.layers["alone_answers"] @ np.append(grams[count:], [asked.max(), 1.0])
            spoken = [_joined(self.layers["alone_part"], one[:count], asked) for one in pieces]
            return self._whole(asked, answers, spoken, None)
        seen = self._encoder.encode(text)
        windows = [self._window(one) for one in seen]
        closely = np.stack([one[0] for one in windows]).max(axis=0)
        states = np.concatenate([one.states for one in seen])
        odds = states @ self.layers["tok_w"] + self.layers["tok_b"]
        sense = Sense(self.agents, odds, tuple(place for one in seen for place in one.places), states)
        asked = _joined(self.layers["join_asked"], closely, odds.max(axis=0), grams[:count], highest)
        answers = self.layers["join_answers"] @ np.concatenate(
            [np.mean([one[1] for one in windows], axis=0), grams[count:], [asked.max(), 1.0]]
        )
        spoken = []
        for (start, end), one in zip(parts, pieces, strict=True):
            rows = sense.rows(start, end)
            peak = odds[rows].max(axis=0) if rows else np.full(count, -6.0, dtype=np.float32)
            spoken.append(_joined(self.layers["join_part"], peak, one[:count], asked))
        return self._whole(asked, answers, spoken, sense)

    def linear(self, text: str) -> dict[str, float]:
        """The chance of each agent by word groups alone."""
        grams = self._grams(text)[: len(self.agents)]
        return self._by_agent(_joined(self.layers["alone_asked"], grams, grams))

    def types(self, agent: str, seen: Sense, places: Sequence[tuple[int, int]]) -> dict[str, float]:
        """How well the words at these places fit each kind of task of the agent; empty for an agent unknown here."""
        columns = [at for at, (name, _, _) in enumerate(self._types) if name == agent]
        rows = [row for start, end in places for row in seen.rows(start, end)]
        if not columns or not rows:
            return {}
        weights = sigmoid(seen.odds[rows, self.agents.index(agent)])[:, None]
        state: Matrix = (seen.states[rows] * weights).sum(axis=0) / max(float(weights.sum()), 1e-6)
        scores = softmax(state @ self.layers["type_w"][:, columns] + self.layers["type_b"][columns])
        return {self._types[at][2]: float(score) for at, score in zip(columns, scores, strict=True)}

    def _window(self, seen: Encoded) -> tuple[Matrix, Matrix]:
        layers, states = self.layers, seen.states
        tokens = states @ layers["tok_w"] + layers["tok_b"]
        top = tokens.max(axis=0)
        pooled = top + np.log(np.exp(SHARP * (tokens - top)).sum(axis=0)) / SHARP
        mean = states.mean(axis=0)
        asked = pooled * layers["mix"] + mean @ layers["doc_w"] + layers["doc_b"]
        return asked, mean @ layers["kind_w"] + layers["kind_b"]

    def _grams(self, text: str) -> Matrix:
        """Log odds of each agent, then of a question and a refusal."""
        numbers, weights = features(text)
        if len(numbers) == 0:
            return self.layers["gram_b"]
        weights = weights * self.layers["gram_idf"][numbers]
        weights /= np.sqrt(np.square(weights).sum())
        return np.asarray(
            (weights @ self.layers["gram_w"][numbers]) * self.layers["gram_scale"] + self.layers["gram_b"]
        )

    def _whole(self, asked: Matrix, answers: Matrix, parts: Sequence[Matrix], seen: Sense | None) -> Whole:
        return Whole(
            asked=self._by_agent(asked),
            answers=dict(zip(ANSWERS, softmax(answers).tolist(), strict=True)),
            parts=tuple(self._by_agent(one) for one in parts),
            sense=seen,
        )

    def _by_agent(self, odds: Matrix) -> dict[str, float]:
        return dict(zip(self.agents, sigmoid(odds).tolist(), strict=True))


def _joined(weights: Matrix, *opinions: Matrix) -> Matrix:
    """Log odds out of several opinions: a weight for each, and a constant. The same for all agents."""
    return np.asarray(
        sum(weight * one for weight, one in zip(weights, opinions, strict=False)) + weights[len(opinions)]
    )


def sigmoid(x: NDArray[np.float32]) -> Matrix:
    """Chances out of log odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0))), dtype=np.float32)


def softmax(x: NDArray[np.float32]) -> Matrix:
    """Chances that sum to 1 out of log odds."""
    raised = np.exp(x - x.max())
    return np.asarray(raised / raised.sum(), dtype=np.float32)


@lru_cache(maxsize=1)
def load() -> Trained:
    """The trained layers, with the encoder if its weights are installed.

    Raises `FileInvalid` when a file is broken: to plan worse in silence would hide that the installation is.
    """
    folder = encoder.installed()
    try:
        with np.load(FILE, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        names = {key: [str(name) for name in arrays.pop(key)] for key in ("agents", "types", "made_from")}
    except (OSError, ValueError, KeyError) as error:
        raise FileInvalid(f"{FILE}: cannot be read ({type(error).__name__}); install Genesis again") from error
    # Word groups stay in eight bits: a text touches a few hundred rows of them.
    layers = {name: array if array.dtype == np.int8 else array.astype(np.float32) for name, array in arrays.items()}
    adapter = {
        name.removesuffix("/A"): (array, layers[f"{name.removesuffix('/A')}/B"])
        for name, array in layers.items()
        if name.endswith("/A")
    }
    return Trained(layers, names, encoder.load(folder, adapter) if folder is not None else None)
