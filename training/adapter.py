"""Trains the encoder's low-rank change and the layers over its states. JAX, on the processor; 40 minutes on two
cores.

Loss: is each agent asked for (over the whole text), is it asked for at this token (inside a marked span), and is the
text a plan, a question or a refusal. Short requests are joined at random into longer ones, for requests that span
agents are the hardest and the rarest.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from tokenizers import Tokenizer

from genesis.plan.encoder import HEADS, LAYERS, MAX_TOKENS, read_safetensors
from genesis.plan.sense import SHARP
from training.rows import ANSWERS, Row, Span

RATE = 2e-3
DROPOUT = 0.1
BATCH = 16
JOINED = 0.4
"""Joined requests per written one."""
DOUBTED = 0.3
"""Weight of an agent that only some of a request's acceptable sets have."""
BANNED = 0.12
"""Share of joined requests of which the last piece is forbidden instead of asked for."""
BANS = (
    ". Do not {}",
    ". Please don't {} yet",
    "; no need to {}",
    ", but do not {}",
    ". Somebody else will {}",
    ". We {} ourselves, later",
    ". Not part of this: {}",
    ". Don't {}, that is done already",
)
SEPARATORS = (". Then ", "\n- ", "; also ", " and after that ", " and ", ". Separately, ", ", then ", ". Also ", "\n")
LENGTHS = (16, 32, 48, 64, 96, 128, MAX_TOKENS)
LINEAR = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
Tree = dict[str, Any]


class Adapting:
    """One training run over the packaged weights."""

    def __init__(self, folder: Path, agents: Sequence[str], rank: int, seed: int) -> None:
        self.weights = {name: jnp.asarray(one) for name, one in read_safetensors(folder / "model.safetensors").items()}
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.agents = list(agents)
        self.rank = rank
        self.random = random.Random(seed)
        self.seed = seed

    def start(self) -> Tree:
        """The parameters before training: no change of the encoder, layers that say "not asked"."""
        rng = np.random.default_rng(self.seed)
        low: Tree = {}
        for layer in range(LAYERS):
            for name in LINEAR:
                out, into = self.weights[f"encoder.layer.{layer}.{name}.weight"].shape
                first = rng.normal(0, into**-0.5, (into, self.rank)).astype(np.float32)
                low[f"{layer}.{name}"] = {"A": jnp.asarray(first), "B": jnp.zeros((self.rank, out), jnp.float32)}
        count = len(self.agents)
        layers = {
            "tok_w": jnp.zeros((384, count)),
            "tok_b": jnp.full((count,), -3.0),
            "doc_w": jnp.zeros((384, count)),
            "doc_b": jnp.zeros((count,)),
            "mix": jnp.ones((1,)),
            "kind_w": jnp.zeros((384, 3)),
            "kind_b": jnp.zeros((3,)),
        }
        return {"low": low, "layers": layers}

    def states(self, low: Tree, ids: Any, mask: Any, key: Any) -> Any:
        """Hidden states of a batch (texts x tokens x 384), with dropout."""
        weights = self.weights
        keys = iter(jax.random.split(key, 2 * LAYERS))
        bias = (1 - mask)[:, None, None, :] * -1e9
        count, length = ids.shape

        def norm(x: Any, prefix: str) -> Any:
            x = x - x.mean(-1, keepdims=True)
            scale = jax.lax.rsqrt(jnp.square(x).mean(-1, keepdims=True) + 1e-12)
            return x * scale * weights[f"{prefix}.weight"] + weights[f"{prefix}.bias"]

        def dropped(x: Any) -> Any:
            return x * jax.random.bernoulli(next(keys), 1 - DROPOUT, x.shape) / (1 - DROPOUT)

        x = weights["embeddings.word_embeddings.weight"][ids]
        x += weights["embeddings.position_embeddings.weight"][:length]
        x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}."

            def linear(x: Any, name: str, layer: int = layer, prefix: str = prefix) -> Any:
                change = low[f"{layer}.{name}"]
                plain = x @ weights[f"{prefix}{name}.weight"].T + weights[f"{prefix}{name}.bias"]
                return plain + (x @ change["A"]) @ change["B"]

            query, key_, value = (
                linear(x, name).reshape(count, length, HEADS, -1).transpose(0, 2, 1, 3) for name in LINEAR[:3]
            )
            seen = jax.nn.softmax(query @ key_.transpose(0, 1, 3, 2) / query.shape[-1] ** 0.5 + bias, -1) @ value
            seen = seen.transpose(0, 2, 1, 3).reshape(count, length, -1)
            x = norm(x + dropped(linear(seen, LINEAR[3])), f"{prefix}attention.output.LayerNorm")
            inner = jax.nn.gelu(linear(x, LINEAR[4]), approximate=True)
            x = norm(x + dropped(linear(inner, LINEAR[5])), f"{prefix}output.LayerNorm")
        return x

    def loss(self, parameters: Tree, batch: Mapping[str, Any], key: Any) -> Any:
        """Mean loss of a batch."""
        layers, mask = parameters["layers"], batch["mask"]
        states = self.states(parameters["low"], batch["ids"], mask, key)
        tokens = states @ layers["tok_w"] + layers["tok_b"]
        shown = mask[..., None]
        pooled = jax.nn.logsumexp(jnp.where(shown > 0, tokens * SHARP, -1e9), axis=1) / SHARP
        mean = (states * shown).sum(1) / shown.sum(1)
        asked = pooled * layers["mix"] + mean @ layers["doc_w"] + layers["doc_b"]
        answers = mean @ layers["kind_w"] + layers["kind_b"]
        cross = optax.sigmoid_binary_cross_entropy
        whole = (cross(asked, batch["gold"]) * batch["trust"]).sum(1) * (batch["answer"] == 0)
        marked = mask * batch["marked"][:, None]
        by_token = (cross(tokens, batch["spans"]) * marked[..., None] * batch["trust"][:, None, :]).sum((1, 2))
        by_token /= jnp.maximum(marked.sum(1), 1)
        answer = optax.softmax_cross_entropy_with_integer_labels(answers, batch["answer"])
        return (whole + 2 * by_token + answer).mean()

    def prepared(self, row: Row) -> Tree:
        """A row as arrays."""
        coded = self.tokenizer.encode(row.text)
        gold = np.array([bool(row.sets) and agent in row.sets[0] for agent in self.agents], dtype=np.float32)
        doubted = {agent for one in row.sets[1:] for agent in one ^ row.sets[0]}
        spans = np.zeros((len(coded.ids), len(self.agents)), dtype=np.float32)
        for span in row.spans or ():
            for at, (start, end) in enumerate(coded.offsets):
                if end > start >= span.start and end <= span.end:
                    spans[at, self.agents.index(span.agent)] = 1
        return {
            "ids": np.array(coded.ids),
            "gold": gold,
            "trust": np.array([DOUBTED if agent in doubted else 1.0 for agent in self.agents], dtype=np.float32),
            "spans": spans,
            "marked": float(row.spans is not None),
            "answer": ANSWERS.index(row.answer),
        }

    def batches(self, rows: Sequence[Row]) -> Iterator[Tree]:
        """Rows of like length together, in random order."""
        ready = [self.prepared(row) for row in rows]
        order = sorted(range(len(ready)), key=lambda at: len(ready[at]["ids"]) + self.random.random() * 8)
        groups = [order[at : at + BATCH] for at in range(0, len(order) - BATCH + 1, BATCH)]
        self.random.shuffle(groups)
        for group in groups:
            some = [ready[at] for at in group]
            longest = max(len(one["ids"]) for one in some)
            length = next(one for one in LENGTHS if one >= longest)
            batch = {
                "ids": np.zeros((BATCH, length), np.int32),
                "mask": np.zeros((BATCH, length), np.float32),
                "spans": np.zeros((BATCH, length, len(self.agents)), np.float32),
                **{name: np.array([one[name] for one in some]) for name in ("gold", "trust", "marked", "answer")},
            }
            for at, one in enumerate(some):
                count = len(one["ids"])
                batch["ids"][at, :count], batch["mask"][at, :count] = one["ids"], 1
                batch["spans"][at, :count] = one["spans"]
            yield batch

    def joined(self, rows: Sequence[Row]) -> Row:
        """Two or three requests as one text."""
        some = [self.random.choice(rows) for _ in range(2 if self.random.random() < 0.75 else 3)]
        separator = self.random.choice(SEPARATORS)
        ban = self.random.choice(BANS) if self.random.random() < BANNED else None
        text = "- " if separator == "\n- " else ""
        spans: list[Span] = []
        for at, row in enumerate(some):
            said = row.text.strip().rstrip(".")
            if at and ban is not None and at == len(some) - 1:
                text += ban.format(said[:1].lower() + said[1:])
                some = some[:-1]
                break
            if at:
                text += separator
                said = said[:1].lower() + said[1:] if self.random.random() < 0.6 else said
            spans.extend(Span(s.agent, s.type, s.start + len(text), s.end + len(text)) for s in row.spans or ())
            text += said
        known = all(row.spans is not None for row in some)
        return Row(text, "plan", (frozenset().union(*(row.sets[0] for row in some)),), tuple(spans) if known else None)


def adapted(
    rows: Sequence[Row],
    folder: Path,
    agents: Sequence[str],
    *,
    rank: int,
    epochs: int,
    seed: int,
    start: Mapping[str, Any],
) -> dict[str, Any]:
    """The trained arrays: factors as `0.attention.self.query/A`, layers by name. Prints a line per epoch. `start`:
    arrays of an earlier run over the same agents that are trained further, at half the rate; empty: none."""
    run = Adapting(folder, agents, rank, seed)
    parameters = run.start()
    rate = RATE
    if start:
        rate = RATE / 2
        for name, one in parameters["low"].items():
            parameters["low"][name] = {half: jnp.asarray(start[f"{name}/{half}"]) for half in one}
        parameters["layers"] = {name: jnp.asarray(start[name]) for name in parameters["layers"]}
    short = [row for row in rows if row.answer == "plan" and len(row.text) < 160]
    steps = int(len(rows) * (1 + JOINED)) // BATCH * epochs
    schedule = optax.warmup_cosine_decay_schedule(0.0, 1.0, int(steps * 0.1), steps)
    labels = {name: jax.tree.map(lambda _, name=name: name, parameters[name]) for name in parameters}
    optimiser = optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.multi_transform(
            {
                "low": optax.adamw(lambda step: rate * schedule(step), weight_decay=0.01),
                "layers": optax.adamw(lambda step: 3 * rate * schedule(step), weight_decay=0.01),
            },
            labels,
        ),
    )
    state = optimiser.init(parameters)

    @jax.jit  # type: ignore[untyped-decorator, unused-ignore]
    def step(parameters: Tree, state: Any, batch: Tree, key: Any) -> tuple[Tree, Any, Any]:
        value, slope = jax.value_and_grad(run.loss)(parameters, batch, key)
        change, state = optimiser.update(slope, state, parameters)
        return optax.apply_updates(parameters, change), state, value

    key = jax.random.PRNGKey(seed)
    begun = time.monotonic()
    for epoch in range(epochs):
        now = [_lower(row) if run.random.random() < 0.25 else row for row in rows]
        now += [run.joined(short) for _ in range(int(len(rows) * JOINED))]
        losses = []
        for batch in run.batches(now):
            key, used = jax.random.split(key)
            parameters, state, value = step(parameters, state, batch, used)
            losses.append(float(value))
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {time.monotonic() - begun:.0f} s", flush=True)
    factors = {f"{name}/{half}": one[half] for name, one in parameters["low"].items() for half in ("A", "B")}
    return {name: np.asarray(one) for name, one in (factors | parameters["layers"]).items()}


def averaged(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The mean of several runs as one adapter: their ranks add up, and what it costs to use does not grow, for it is
    merged into the encoder's weights. It errs less surely than each of them (Wortsman et al. 2022, "Model soups")."""
    share = 1 / len(runs)
    mean: dict[str, Any] = {}
    for name in runs[0]:
        if name.endswith("/A"):
            mean[name] = np.concatenate([one[name] for one in runs], axis=1)
        elif name.endswith("/B"):
            mean[name] = np.concatenate([one[name] * share for one in runs], axis=0)
        else:
            mean[name] = sum(one[name] * share for one in runs)
    return mean


def _lower(row: Row) -> Row:
    low = row.text.lower()
    return Row(low, row.answer, row.sets, row.spans) if len(low) == len(row.text) else row
