# SPDX-License-Identifier: Apache-2.0
"""MusicGen's transformer (Copet et al. 2023): weights, cache, and one pass through the layers.

Pre-norm layers without biases: self-attention, attention to the text, an MLP. Matrices may be
float16 or bfloat16; the residual stream, norms, embeddings and output heads stay float32, as in
the published models (facebookresearch/audiocraft, `models/loaders.py`). Keys and values live in
tensors of a fixed size, so that a step can be recorded as a CUDA graph; those of the text are
computed once. A melody model has no attention to the text: it sees its conditions as a prefix.

The stream that has no prompt (classifier-free guidance) attends to a text of zeros. Without
biases that adds exactly nothing, so it is left out there.

Shapes: B rows (takes), R streams (B, or 2B with guidance), T positions, W width, H heads,
D = W / H, K codebooks, V vocabulary, S slots of the cache, N text tokens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.musicgen.config import NetworkSizes
from models.theory.steps import Steps, finish

EPSILON = 1e-5
Norm = tuple[Tensor, Tensor]  # gain and bias


@dataclass(frozen=True, slots=True)
class CrossWeights:
    """A layer's attention to the text; `kv` is (2W, W), keys first."""

    norm: Norm
    query: Tensor
    kv: Tensor
    out: Tensor


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer; `qkv` is (3W, W). `cross` is None in a melody model."""

    norm: Norm
    qkv: Tensor
    out: Tensor
    cross: CrossWeights | None
    inner_norm: Norm
    up: Tensor
    down: Tensor


@dataclass(frozen=True, slots=True)
class Weights:
    """A whole network on one device.

    Attributes:
        sizes: what it was built for.
        tokens: (K * (V + 1), W), the codebooks' embeddings one below the other, float32.
        layers: first to last.
        norm: of the stream before the heads.
        heads: (K * V, W), float32.
        text: projection of text states into the stream, weight and bias, or None for none.
        chroma: the same for chroma frames.
    """

    sizes: NetworkSizes
    tokens: Tensor
    layers: tuple[Layer, ...]
    norm: Norm
    heads: Tensor
    text: tuple[Tensor, Tensor] | None
    chroma: tuple[Tensor, Tensor] | None

    @property
    def device(self) -> torch.device:
        """Where it lies."""
        place: torch.device = self.heads.device
        return place

    @property
    def dtype(self) -> torch.dtype:
        """Of its matrices and cache."""
        kind: torch.dtype = self.layers[0].qkv.dtype
        return kind


@dataclass(frozen=True, slots=True)
class Cache:
    """Keys and values: `own` is (layers, 2, R, H, S, D), `text` (layers, 2, B, H, N, D)."""

    own: Tensor
    text: Tensor | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the sequence a pass stands.

    Attributes:
        slots: (T,) where its keys are stored, which is also their position in time.
        seen: how many slots are looked at.
        mask: (1, 1, T, seen), which of them may be; None where T positions see one another
            causally and nothing else.
        text_mask: (B, 1, 1, N), which text tokens are real; None where all are.
    """

    slots: Tensor
    seen: int
    mask: Tensor | None
    text_mask: Tensor | None


def empty_cache(weights: Weights, streams: int, slots: int) -> Tensor:
    """Room for `slots` keys and values of each stream."""
    sizes = weights.sizes
    shape = (sizes.layers, 2, streams, sizes.heads, slots, sizes.width // sizes.heads)
    return torch.zeros(shape, dtype=weights.dtype, device=weights.device)


def timing(sizes: NetworkSizes, length: int, device: torch.device) -> Tensor:
    """The positions' embeddings (length, W): cosines, then sines (Vaswani et al. 2017)."""
    half = sizes.width // 2
    pace = math.log(10_000) / (half - 1)
    rates = torch.exp(torch.arange(half, dtype=torch.int64).float() * -pace)
    angles = torch.arange(length, dtype=torch.int64).float()[:, None] * rates[None]
    table = torch.cat([angles.cos(), angles.sin()], dim=1)
    return functional.pad(table, (0, sizes.width % 2)).to(device)


def embed(weights: Weights, columns: Tensor) -> Tensor:
    """The embedding (B, T, W) of token columns (B, K, T), without positions."""
    sizes = weights.sizes
    firsts = torch.arange(sizes.codebooks, device=columns.device) * (sizes.vocabulary + 1)
    rows = columns + firsts[None, :, None]
    return functional.embedding(rows, weights.tokens).sum(1)


def text_cache(weights: Weights, states: Tensor) -> Tensor:
    """Keys and values (layers, 2, B, H, N, D) of projected text states (B, N, W)."""
    states = states.to(weights.dtype)
    made = []
    for layer in weights.layers:
        assert layer.cross is not None
        both = _split(functional.linear(states, layer.cross.kv), 2, weights.sizes.heads)
        made.append(torch.stack(list(both)))
    return torch.stack(made)


def through(weights: Weights, x: Tensor, cache: Cache, place: Place) -> Tensor:
    """The normed stream (R, T, W) after all layers; stores the keys and values of x."""
    return finish(passing(weights, x, cache, place))


def passing(weights: Weights, x: Tensor, cache: Cache, place: Place) -> Steps[Tensor]:
    """As `through`; pauses after every layer."""
    for index, layer in enumerate(weights.layers):
        x = x + _attended(layer, x, cache.own[index], place, weights.sizes.heads)
        if layer.cross is not None and cache.text is not None:
            x = _read_text(layer.cross, x, cache.text[index], place.text_mask)
        inner = _linear(_normed(x, layer.inner_norm), layer.up)
        x = x + _linear(functional.gelu(inner), layer.down).float()
        yield
    return _normed(x, weights.norm)


def logits(weights: Weights, stream: Tensor) -> Tensor:
    """Logits (R, K, V) of the normed stream (R, W) at one position."""
    sizes = weights.sizes
    return _linear(stream, weights.heads).view(-1, sizes.codebooks, sizes.vocabulary)


def _attended(layer: Layer, x: Tensor, kept: Tensor, place: Place, heads: int) -> Tensor:
    """What self-attention adds (R, T, W); `kept` is this layer's (2, R, H, S, D)."""
    query, key, value = _split(_linear(_normed(x, layer.norm), layer.qkv), 3, heads)
    kept[0].index_copy_(2, place.slots, key)
    kept[1].index_copy_(2, place.slots, value)
    if place.mask is None:
        told = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
    else:
        key, value = kept[:, :, :, : place.seen].unbind(0)
        told = functional.scaled_dot_product_attention(query, key, value, place.mask)
    return _linear(_joined(told), layer.out).float()


def _read_text(cross: CrossWeights, x: Tensor, kept: Tensor, mask: Tensor | None) -> Tensor:
    """The stream with what the first B rows (1 of 2 with guidance) read in their text."""
    told_rows = kept.shape[1]
    asking = x[:told_rows]
    (query,) = _split(_linear(_normed(asking, cross.norm), cross.query), 1, kept.shape[2])
    told = functional.scaled_dot_product_attention(query, kept[0], kept[1], mask)
    asking = asking + _linear(_joined(told), cross.out).float()
    return torch.cat([asking, x[told_rows:]]) if told_rows < x.shape[0] else asking


def _normed(x: Tensor, norm: Norm) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], norm[0], norm[1], EPSILON)


def _linear(x: Tensor, weight: Tensor) -> Tensor:
    """Rows (..., in) times the weight (out, in), in the weight's precision."""
    x = x.to(weight.dtype)
    rows = x.numel() // x.shape[-1]
    if _flips(weight, rows):
        return torch.mm(weight, x.reshape(rows, -1).T).T.reshape(*x.shape[:-1], -1)
    return functional.linear(x, weight)


def _flips(weight: Tensor, rows: int) -> bool:
    """Whether weight @ x is the quicker way round.

    For a few rows of float32 a CPU's library reads the weight once that way, and again for each
    row the other way: twice as quick with two rows, a take and its second stream. Measured with
    MKL; a weight that is wider than tall is not always quicker.
    """
    if weight.device.type != "cpu" or weight.dtype != torch.float32:
        return False
    return 1 < rows <= 4 and weight.shape[0] >= weight.shape[1]


def _split(x: Tensor, parts: int, heads: int) -> tuple[Tensor, ...]:
    """(R, T, parts * W) as `parts` tensors (R, H, T, D)."""
    rows, length, width = x.shape
    apart = x.view(rows, length, parts, heads, width // (parts * heads))
    return tuple(apart.permute(2, 0, 3, 1, 4).unbind(0))


def _joined(told: Tensor) -> Tensor:
    """(R, H, T, D) as (R, T, W)."""
    return told.transpose(1, 2).flatten(2)
