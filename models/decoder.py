# SPDX-License-Identifier: Apache-2.0
"""The clip network in numpy, for inference: `models.transformer` without torch.

A context is read once, in one pass, into a `Prefix`, which never changes and is kept for the
next request with the same context. From it a `Session` decodes several candidates together; they
share the prefix's keys and values and add their own. Candidates may be of different lengths, be
taken back, and be given several tokens at once where those are known (forced by the grammar, or
guessed and checked): reading the weights is what costs, not the arithmetic.

The norms' gains are multiplied into the matrices that follow them when the weights are loaded.

Shapes: N candidates, T new positions, W width, H heads, D = W / H, P prefix positions,
M own positions, F feature streams, V vocabulary.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.errors import BadArgument
from models.network import EPSILON, PITCHES
from models.weights import Weights

Array = np.ndarray[Any, Any]

ROWS_AT_ONCE = 128  # queries of a long context are taken in pieces, so that scores stay small
FIRST_ROOM = 256  # own positions a session has room for at first; it doubles when full


@dataclass(frozen=True, slots=True)
class Inputs:
    """Tokens and where they stand: whole numbers (N, T), (N, T, F) and 0/1 (N, T, 128).

    A context is one row: N is 1.
    """

    tokens: Array
    features: Array
    sounding: Array


@dataclass(frozen=True, slots=True)
class Prefix:
    """A context that was read: keys and values (L, H, P, D), logits (V,) of the first token."""

    keys: Array
    values: Array
    logits: Array

    @property
    def length(self) -> int:
        """Number of positions."""
        return int(self.keys.shape[2])


@dataclass(frozen=True, slots=True)
class _Block:
    """One block's matrices, transposed for `x @ matrix`, and the gains of its queries and keys."""

    qkv: Array  # (W, 3 W)
    gains: Array  # (2, 1, D); the queries' share holds the 1 / sqrt(D) of attention
    out: Array  # (W, W)
    up: Array  # (W, 4 W)
    down: Array  # (4 W, W)


class Decoder:
    """A network ready to decode; keeps the last few contexts it has read.

    Args:
        weights: as `models.weights.read` gives them.
        kept: how many contexts to keep.
    """

    def __init__(self, weights: Weights, kept: int = 4) -> None:
        config, arrays = weights.config, weights.arrays
        self.config = config
        self._token = arrays["token.weight"]
        self._features = arrays["features.weight"]
        self._offsets = np.array(config.offsets)
        self._sounding = arrays["sounding.weight"]
        self._blocks = [_block(arrays, layer, config.head_width) for layer in range(config.layers)]
        self._head = np.ascontiguousarray((self._token * arrays["norm.weight"]).T)  # (W, V)
        self._cos, self._sin = _rotations(config.head_width, config.context, config.rope_base)
        self._prefixes: OrderedDict[bytes, Prefix] = OrderedDict()
        self._kept = kept

    def read(self, context: Inputs, *, both_ways: bool = True) -> Prefix:
        """Read a context in one pass, or give the one kept from before.

        Args:
            context: one row of positions.
            both_ways: whether the positions see each other both ways, or only backwards.

        Raises:
            BadArgument: it is empty, or longer than the network's context.
        """
        reading = self.reading(context, both_ways=both_ways)
        while True:
            try:
                next(reading)
            except StopIteration as read:
                prefix: Prefix = read.value
                return prefix

    def reading(self, context: Inputs, *, both_ways: bool = True) -> Generator[float, None, Prefix]:
        """Read a context as `read` does, in pieces of some milliseconds, to be stopped between two.

        Yields:
            The share that is done.

        Returns:
            What `read` does.
        """
        key = _digest(context, both_ways)
        prefix = self._prefixes.pop(key, None)
        if prefix is None:
            prefix = yield from self._read(context, both_ways)
        self._prefixes[key] = prefix  # the newest is last
        while len(self._prefixes) > self._kept:
            self._prefixes.popitem(last=False)
        return prefix

    def start(self, prefix: Prefix, candidates: int = 1) -> Session:
        """Begin to decode that many candidates after a context."""
        return Session(self, prefix, candidates)

    def _read(self, context: Inputs, both_ways: bool) -> Generator[float, None, Prefix]:
        length = context.tokens.shape[1]
        if not length:
            raise BadArgument("A context needs at least one token.", where="context")
        cos, sin = self.places(np.arange(length)[None])
        x = self.embed(context)
        shape = (3, self.config.heads, length, self.config.head_width)
        kept = np.empty((2, self.config.layers, *shape[1:]), np.float32)
        pieces = [slice(first, first + ROWS_AT_ONCE) for first in range(0, length, ROWS_AT_ONCE)]
        steps, done = 2 * len(pieces) * len(self._blocks), 0
        for layer, block in enumerate(self._blocks):
            projected = np.empty(shape, np.float32)
            for piece in pieces:
                found = self.project(block, x[:, piece], (cos[:, piece], sin[:, piece]))
                projected[:, :, piece] = [part[:, 0] for part in found]
                done += 1
                yield done / steps
            for piece in pieces:
                mixed = _attend_all(projected, piece, both_ways)
                self.finish(block, x[:, piece], mixed)
                done += 1
                yield done / steps
            kept[:, layer] = projected[1:]
        return Prefix(kept[0], kept[1], self.logits(x[:, -1])[0])

    # The steps that `Session` shares.

    @property
    def blocks(self) -> Sequence[_Block]:
        """The blocks, first to last."""
        return self._blocks

    def places(self, positions: Array) -> tuple[Array, Array]:
        """Cosines and sines (N, T, 1, 1, D / 2) of positions (N, T).

        Raises:
            BadArgument: one lies past the network's context.
        """
        if positions.max() >= self.config.context:
            raise BadArgument(
                f"The music needs more than the {self.config.context} tokens that the network "
                "can hold; ask for fewer bars or tracks.",
                where="context",
            )
        return self._cos[positions][:, :, None, None], self._sin[positions][:, :, None, None]

    def embed(self, inputs: Inputs) -> Array:
        """The stream (N, T, W) that enters the first block."""
        x: Array = self._token[inputs.tokens]
        x = x + self._features[inputs.features + self._offsets].sum(axis=-2)
        x += inputs.sounding.astype(np.float32) @ self._sounding
        return x

    def project(self, block: _Block, x: Array, places: tuple[Array, Array]) -> Sequence[Array]:
        """Queries, keys and values, each (H, N, T, D), of the stream (N, T, W)."""
        rows, length, width = x.shape
        heads, head = self.config.heads, self.config.head_width
        flat = _normed(x).reshape(-1, width) @ block.qkv
        split = flat.reshape(rows, length, 3, heads, head)
        turned = _turned(_normed(split[:, :, :2]) * block.gains, places)
        queries, keys = (turned[:, :, i].transpose(2, 0, 1, 3) for i in (0, 1))
        return queries, keys, split[:, :, 2].transpose(2, 0, 1, 3)

    def finish(self, block: _Block, x: Array, mixed: Array) -> None:
        """Add to the stream x (N, T, W) what was attended to, and the block's MLP."""
        width = x.shape[-1]
        flat = x.reshape(-1, width)
        flat += mixed.reshape(-1, width) @ block.out
        hidden = _normed(flat) @ block.up
        np.maximum(hidden, 0, out=hidden)
        np.square(hidden, out=hidden)
        flat += hidden @ block.down

    def logits(self, x: Array) -> Array:
        """Logits (..., V) of the stream (..., W)."""
        found: Array = _normed(x) @ self._head
        return found


class Session:
    """Candidates being decoded after one prefix.

    Attributes:
        prefix: the context they share.
        lengths: (N,) how many tokens of its own each candidate has.
        logits: (N, V) of each candidate's next token.
    """

    def __init__(self, decoder: Decoder, prefix: Prefix, candidates: int) -> None:
        config = decoder.config
        self._decoder = decoder
        self.prefix = prefix
        self.lengths = np.zeros(candidates, np.intp)
        self.logits = np.repeat(prefix.logits[None], candidates, axis=0)
        shape = (config.layers, config.heads, candidates, FIRST_ROOM, config.head_width)
        self._keys = np.zeros(shape, np.float32)
        self._values = np.zeros(shape, np.float32)

    def extend(self, inputs: Inputs, counts: Array | None = None) -> Array:
        """Append tokens to every candidate.

        Args:
            inputs: (N, T) tokens; T is mostly 1.
            counts: (N,) how many of the T are meant for each candidate, by default all; the
                rest is padding. 0 leaves a candidate as it is.

        Returns:
            Logits (N, T, V) after each token; `self.logits` has those after the last one meant.

        Raises:
            BadArgument: a candidate grows past the network's context.
        """
        rows, length = inputs.tokens.shape
        meant = np.full(rows, length) if counts is None else np.asarray(counts)
        own = self.lengths[:, None] + np.arange(length)  # (N, T) places among a row's own tokens
        places = self._decoder.places(np.minimum(self.prefix.length + own, self._limit(own, meant)))
        self._make_room(int(own.max()) + 1)
        x = self._decoder.embed(inputs)
        for layer, block in enumerate(self._decoder.blocks):
            query, key, value = self._decoder.project(block, x, places)
            self._store(layer, own, key, value)
            self._decoder.finish(block, x, self._attend(layer, query, own))
        self.lengths = self.lengths + meant
        logits = self._decoder.logits(x)
        last = logits[np.arange(rows), np.maximum(meant, 1) - 1]
        self.logits = np.where((meant > 0)[:, None], last, self.logits)
        return logits

    def _limit(self, own: Array, meant: Array) -> int:
        """The last position; padding may reach past it, so it is moved back there."""
        last = self.prefix.length + int((own[:, 0] + meant).max()) - 1
        return max(last, 0)

    def rewind(self, lengths: Array, logits: Array) -> None:
        """Go back to shorter candidates: pass `lengths` and `logits` as they were then."""
        self.lengths, self.logits = lengths.copy(), logits.copy()

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with some candidates alone, in this order; one may be named more than once."""
        chosen = list(rows)
        self.lengths, self.logits = self.lengths[chosen], self.logits[chosen]
        self._keys, self._values = self._keys[:, :, chosen], self._values[:, :, chosen]

    def run(self, choose: Callable[[Array], Inputs | None]) -> Iterator[Array]:
        """Decode until `choose`, given the logits (N, V), answers None.

        Yields the logits after every step, so that whoever runs it can stop between two.
        """
        while (chosen := choose(self.logits)) is not None:
            self.extend(chosen)
            yield self.logits

    def _make_room(self, needed: int) -> None:
        room = self._keys.shape[3]
        if needed > room:
            more = [(0, 0)] * 3 + [(0, max(room, needed - room)), (0, 0)]
            self._keys, self._values = np.pad(self._keys, more), np.pad(self._values, more)

    def _store(self, layer: int, own: Array, key: Array, value: Array) -> None:
        rows = np.arange(len(own))[:, None]
        self._keys[layer][:, rows, own] = key
        self._values[layer][:, rows, own] = value

    def _attend(self, layer: int, query: Array, own: Array) -> Array:
        """What queries (H, N, T, D) find in the prefix and their own row: (N, T, W)."""
        heads, rows, length, head = query.shape
        most, prefix = int(own.max()) + 1, self.prefix.length
        scores = np.empty((heads, rows, length, prefix + most), np.float32)
        flat = query.reshape(heads, rows * length, head)  # one matrix, so that keys are read once
        seen = flat @ self.prefix.keys[layer].transpose(0, 2, 1)
        scores[..., :prefix] = seen.reshape(heads, rows, length, prefix)
        np.matmul(
            query, self._keys[layer, :, :, :most].transpose(0, 1, 3, 2), out=scores[..., prefix:]
        )
        if own.min() + 1 < most:
            unseen = np.arange(most) > own[..., None]  # (N, T, M)
            scores[..., prefix:][:, unseen] = -np.inf
        _softmax(scores)
        shared = scores[..., :prefix].reshape(heads, rows * length, prefix)
        mixed = (shared @ self.prefix.values[layer]).reshape(query.shape)
        mixed += scores[..., prefix:] @ self._values[layer, :, :, :most]
        found: Array = mixed.transpose(1, 2, 0, 3).reshape(rows, length, heads * head)
        return found


def _block(arrays: dict[str, Array], layer: int, head_width: int) -> _Block:
    names = ("attention_norm", "qkv", "query_norm", "key_norm", "out", "mlp_norm", "up", "down")
    part = {name: arrays[f"blocks.{layer}.{name}.weight"] for name in names}
    gains = np.stack((part["query_norm"] / np.sqrt(head_width), part["key_norm"]))
    return _Block(
        np.ascontiguousarray((part["qkv"] * part["attention_norm"]).T),
        gains[:, None].astype(np.float32),
        np.ascontiguousarray(part["out"].T),
        np.ascontiguousarray((part["up"] * part["mlp_norm"]).T),
        np.ascontiguousarray(part["down"].T),
    )


def _attend_all(projected: Array, piece: slice, both_ways: bool) -> Array:
    """Attention (1, T, W) of a piece of a whole context's queries, keys, values (3, H, P, D)."""
    query, key, value = projected
    seen = key.shape[1] if both_ways else piece.stop
    scores = query[:, piece] @ key[:, :seen].transpose(0, 2, 1)  # (H, T, P)
    if not both_ways:
        _, rows, columns = scores.shape
        later = np.arange(columns) > np.arange(piece.start, piece.start + rows)[:, None]
        scores[:, later] = -np.inf
    _softmax(scores)
    mixed: Array = (scores @ value[:, :seen]).transpose(1, 0, 2)
    return mixed.reshape(1, len(mixed), -1)


def _normed(x: Array) -> Array:
    """X over its root mean square; gains stand elsewhere."""
    squares = np.einsum("...i,...i->...", x, x)[..., None]
    scaled: Array = x / np.sqrt(squares / np.float32(x.shape[-1]) + np.float32(EPSILON))
    return scaled


def _turned(x: Array, places: tuple[Array, Array]) -> Array:
    """X (N, T, ..., D) turned by its positions; halves are paired, not neighbours."""
    cos, sin = places
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return np.concatenate((first * cos - second * sin, first * sin + second * cos), axis=-1)


def _rotations(head_width: int, length: int, base: float) -> tuple[Array, Array]:
    """Cosines and sines (length, D / 2)."""
    half = head_width // 2
    speeds = base ** -(np.arange(half) / half)
    angles = np.arange(length)[:, None] * speeds
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def _softmax(scores: Array) -> None:
    """In place, over the last axis."""
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)


def _digest(context: Inputs, both_ways: bool) -> bytes:
    digest = hashlib.sha256(bytes([both_ways]))
    for part in (context.tokens, context.features, context.sounding.reshape(-1, PITCHES)):
        digest.update(str((part.shape, part.dtype)).encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.digest()
