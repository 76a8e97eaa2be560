"""What the opinions are worth beside each other: a few weights, fitted on requests that no layer was trained with; and
the layer that tells an agent's kinds of task apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from genesis.agents import registry
from genesis.plan.clauses import split
from genesis.plan.encoder import Encoder
from genesis.plan.lexicon import load as lexicon
from genesis.plan.sense import Sense, Trained, sigmoid
from training.rows import ANSWERS, Row

Layers = dict[str, NDArray[np.generic]]
Floats = NDArray[np.float32]


def joins(rows: Sequence[Row], layers: Mapping[str, Floats], agents: Sequence[str], encoding: Encoder) -> Layers:
    """The weights `join_*` (with the encoder) and `alone_*` (without it).

    Rows without spans weigh as much together as those with: they come from another hand, and what is worth something
    in both is worth more than what fits one.
    """
    bare = sum(row.spans is None for row in rows)
    weight = {True: len(rows) / 2 / max(1, bare), False: len(rows) / 2 / max(1, len(rows) - bare)}
    reader = Trained(layers, {"agents": agents, "types": ()}, encoding)
    verbs = lexicon().verbs
    count = len(agents)
    whole: dict[str, list[Floats]] = {"join": [], "alone": []}
    part: dict[str, list[Floats]] = {"join": [], "alone": []}
    gold: list[Floats] = []
    trust: list[Floats] = []
    part_gold: list[Floats] = []
    per_row: dict[str, list[Floats]] = {"join": [], "alone": []}
    kept: list[tuple[Floats, Floats]] = []
    for row in rows:
        places = [(one.words[0].start, one.words[-1].end) for one in split(row.text, verbs)]
        grams = reader._grams(row.text)
        pieces = [reader._grams(row.text[a:b]) for a, b in places]
        highest = np.max([*(one[:count] for one in pieces), grams[:count]], axis=0)
        seen = encoding.encode(row.text)
        windows = [reader._window(one) for one in seen]
        closely = np.max([one[0] for one in windows], axis=0)
        states = np.concatenate([one.states for one in seen])
        odds = states @ layers["tok_w"] + layers["tok_b"]
        sense = Sense(tuple(agents), odds, tuple(p for one in seen for p in one.places), states)
        kept.append((np.mean([one[1] for one in windows], axis=0), grams[count:]))
        per_row["join"].append(np.stack([closely, odds.max(axis=0), grams[:count], highest], axis=1))
        per_row["alone"].append(np.stack([grams[:count], highest], axis=1))
        if row.answer != "plan":
            continue
        whole["join"].append(per_row["join"][-1])
        whole["alone"].append(per_row["alone"][-1])
        gold.append(np.array([agent in row.sets[0] for agent in agents], dtype=np.float32))
        doubtful = {agent for one in row.sets[1:] for agent in one ^ row.sets[0]}
        trusted = np.array([0.3 if agent in doubtful else 1.0 for agent in agents], dtype=np.float32)
        trust.append(trusted * np.float32(weight[row.spans is None]))
        if row.spans is None:
            continue
        for (start, end), piece in zip(places, pieces, strict=True):
            inside = sense.rows(start, end)
            peak = odds[inside].max(axis=0) if inside else np.full(count, -6.0, dtype=np.float32)
            part["join"].append(np.stack([peak, piece[:count], per_row["join"][-1][:, 0]], axis=1))
            part["alone"].append(np.stack([piece[:count], per_row["alone"][-1][:, 0]], axis=1))
            spoken = {s.agent for s in row.spans if s.start < end and s.end > start}
            part_gold.append(np.array([agent in spoken for agent in agents], dtype=np.float32))
    found: Layers = {}
    for kind in ("join", "alone"):
        asked = _logistic(np.concatenate(whole[kind]), np.concatenate(gold), np.concatenate(trust))
        found[f"{kind}_asked"] = asked
        tops = [float((one @ asked[:-1] + asked[-1]).max()) for one in per_row[kind]]
        answers = [
            np.concatenate([near, grams, [top]]) if kind == "join" else np.concatenate([grams, [top]])
            for (near, grams), top in zip(kept, tops, strict=True)
        ]
        model = LogisticRegression(C=0.3, max_iter=2000).fit(
            np.stack(answers),
            [ANSWERS.index(row.answer) for row in rows],
            sample_weight=[weight[row.spans is None] for row in rows],
        )
        found[f"{kind}_answers"] = np.concatenate([model.coef_, model.intercept_[:, None]], axis=1).astype(np.float32)
        # The whole's own log odds take the place of its first opinion, as the reader hands them on.
        merged = np.concatenate(part[kind])
        at = 0
        for row, opinions in ((r, o) for r, o in zip(rows, per_row[kind], strict=True) if r.spans):
            clauses = len(split(row.text, verbs))
            joined = opinions @ asked[:-1] + asked[-1]
            merged[at : at + clauses * count, -1] = np.tile(joined, clauses)
            at += clauses * count
        found[f"{kind}_part"] = _logistic(merged, np.concatenate(part_gold), np.ones(len(merged), dtype=np.float32))
    return found


def _logistic(opinions: Floats, gold: Floats, trust: Floats) -> Floats:
    model = LogisticRegression(C=1.0, max_iter=1000).fit(opinions, gold > 0.5, sample_weight=trust)
    return np.append(model.coef_[0], model.intercept_[0]).astype(np.float32)


def kinds(rows: Sequence[Row], layers: Mapping[str, Floats], agents: Sequence[str], encoding: Encoder) -> Layers:
    """For each agent, which of its kinds of task some words mean: multinomial regression over the words' mean state."""
    names = [f"{card.name}.{one.name}" for card in registry.load() if card.name in agents for one in card.task_types]
    states: dict[str, list[Floats]] = {agent: [] for agent in agents}
    labels: dict[str, list[str]] = {agent: [] for agent in agents}
    for row in rows:
        spans = [span for span in row.spans or () if span.type]
        if not spans:
            continue
        (seen, *_) = encoding.encode(row.text)
        odds = seen.states @ layers["tok_w"] + layers["tok_b"]
        sense = Sense(tuple(agents), odds, seen.places, seen.states)
        for span in spans:
            inside = sense.rows(span.start, span.end)
            if inside:
                weight = sigmoid(odds[inside, agents.index(span.agent)])[:, None]
                states[span.agent].append((seen.states[inside] * weight).sum(axis=0) / max(float(weight.sum()), 1e-6))
                labels[span.agent].append(f"{span.agent}.{span.type}")
    matrix = np.zeros((384, len(names)), dtype=np.float32)
    constants = np.full(len(names), -4.0, dtype=np.float32)
    for agent in agents:
        if len(set(labels[agent])) < 2:
            continue
        model = LogisticRegression(C=0.5, max_iter=2000).fit(np.stack(states[agent]), labels[agent])
        columns = [names.index(one) for one in model.classes_]
        flat = len(model.classes_) == 2  # then scikit-learn keeps one row: the odds of the second class
        matrix[:, columns] = np.stack([-model.coef_[0] / 2, model.coef_[0] / 2] if flat else list(model.coef_), axis=1)
        half = model.intercept_[0] / 2
        constants[columns] = [-half, half] if flat else model.intercept_
        print(f"  {agent}: {model.score(np.stack(states[agent]), labels[agent]):.2f} of {Counter(labels[agent])}")
    return {"types": np.asarray(names), "type_w": matrix.astype(np.float16), "type_b": constants}
