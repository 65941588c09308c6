# SPDX-License-Identifier: Apache-2.0
"""The clip network in numpy, for inference: `models.transformer` without torch.

A context is read once, in one pass, into a `Prefix`, which never changes and is kept for the
next request with the same context. From it a `Session` decodes several candidates together, and
several tokens at once where those are known: reading the weights is what costs, not the
arithmetic. `onnx_decoder` replaces `step`, which is where the time goes, by a faster one.

The norms' gains are multiplied into the matrices that follow them when the weights are loaded.

Shapes: N candidates, T positions, R rows, W width, H heads, D = W / H, L layers, S slots,
F feature streams, V vocabulary.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.decoding.kernels import Kernels
from models.decoding.session import Session
from models.errors import BadArgument
from models.network import EPSILON, FIRST_PITCH, FIRST_PLACE, PITCHES
from models.theory.steps import finish
from models.weights import Weights

Array = np.ndarray[Any, Any]

ROWS_AT_ONCE = 128  # queries of a long context are taken in pieces, so that scores stay small


@dataclass(frozen=True, slots=True)
class Inputs:
    """Tokens and where they stand: whole numbers (N, T), (N, T, F) and 0/1 (N, T, 128).

    A context is one row: N is 1. A network with interval kernels also takes `rolls`, 0/1
    (N, T, S, 128): those of the tracker, empty where no pitch may come; one with onset kernels
    `strikes`, 0/1 (N, T, S, 168), empty where no onset may come.
    """

    tokens: Array
    features: Array
    sounding: Array
    rolls: Array | None = None
    strikes: Array | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """A context that was read: keys (L, H, S, D), values (L, H, D, S), logits (V,) of the next."""

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
        self._gains = arrays["norm.weight"]
        self._head = np.ascontiguousarray((self._token * self._gains).T)  # (W, V)
        self._echoes = arrays["echoes.weight"] if config.echoes else None  # (E, W)
        self._echo_streams = config.echo_streams
        self._intervals = self._onsets = None
        if config.interval_reach:
            table = arrays["intervals.weight"]
            self._intervals = Kernels(table, config.interval_reach, FIRST_PITCH)
        if config.onset_reach:
            self._onsets = Kernels(arrays["onsets.weight"], config.onset_reach, FIRST_PLACE)
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
        return finish(self.reading(context, both_ways=both_ways))

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
        self.check(np.arange(length))
        cos, sin = self._places(np.arange(length))
        x = self.embed(context)[0]  # (T, W)
        shape = (3, self.config.heads, length, self.config.head_width)
        keys = np.empty((self.config.layers, *shape[1:]), np.float32)
        values = np.empty_like(keys.swapaxes(2, 3), order="C")
        pieces = [slice(first, first + ROWS_AT_ONCE) for first in range(0, length, ROWS_AT_ONCE)]
        steps, done = 2 * len(pieces) * len(self._blocks), 0
        for layer, block in enumerate(self._blocks):
            projected = np.empty(shape, np.float32)
            for piece in pieces:
                projected[:, :, piece] = self._project(block, x[piece], (cos[piece], sin[piece]))
                done += 1
                yield done / steps
            for piece in pieces:
                self._finish(block, x[piece], _attend_all(projected, piece, both_ways))
                done += 1
                yield done / steps
            keys[layer], values[layer] = projected[1], projected[2].swapaxes(1, 2)
        logits, stream = self._logits(x[-1:])
        self.add_heard(logits, stream, context, (np.zeros(1, np.intp), np.array([length - 1])))
        return Prefix(keys, values, logits[0])

    # What a `Session` needs.

    def check(self, positions: Array) -> None:
        """Refuse positions past the network's context.

        Raises:
            BadArgument: there is one.
        """
        if positions.max() >= self.config.context:
            raise BadArgument(
                f"The music needs more than the {self.config.context} tokens that the network "
                "can hold; ask for fewer bars or tracks.",
                where="context",
            )

    def embed(self, inputs: Inputs, rows: tuple[Array, Array] | None = None) -> Array:
        """The stream that enters the first block: (N, T, W), or (R, W) of some rows alone."""
        at = rows or (slice(None), slice(None))
        x: Array = self._token[inputs.tokens[at]]
        known = inputs.features[at][..., : len(self._offsets)]  # older networks have fewer
        x = x + self._features[known + self._offsets].sum(axis=-2)
        x += inputs.sounding[at].astype(np.float32) @ self._sounding
        return x

    def add_heard(
        self, logits: Array, stream: Array, inputs: Inputs, rows: tuple[Array, Array]
    ) -> None:
        """Add to logits (R, V) of some rows what echoes, and distances in pitch and time, say.

        Args:
            logits: changed in place.
            stream: (R, W) that they were made of, as `step` gives it.
            inputs: with the rows' features, rolls and strikes.
            rows: which rows of the inputs.
        """
        if self._echoes is not None:
            named = inputs.features[rows][:, self._echo_streams]  # (R, E)
            trust = (stream @ self._echoes.T) * (named > 0)
            np.add.at(logits, (np.arange(len(named))[:, None], named), trust)
        if self._intervals is not None and inputs.rolls is not None:
            self._intervals.add(logits, stream, inputs.rolls[rows])
        if self._onsets is not None and inputs.strikes is not None:
            self._onsets.add(logits, stream, inputs.strikes[rows])

    def step(
        self,
        x: Array,
        positions: Array,
        mask: Array,
        prefix: Prefix,
        slots: tuple[Array, Array],
    ) -> tuple[Array, Array, Array, Array]:
        """Put rows through the network.

        Args:
            x: (R, W) embedded; it is changed.
            positions: (R,).
            mask: (R, S + R): 0 for what a row sees, -inf for what not, the rows themselves last.
            prefix: what stands before the slots; every row sees all of it.
            slots: keys (L, H, S, D) and values (L, H, D, S).

        Returns:
            Logits (R, V), the keys and values (L, H, R, D) of the rows, and the stream (R, W) that
            the logits were made of.
        """
        places = self._places(positions)
        new_keys, new_values = [], []
        for layer, block in enumerate(self._blocks):
            query, key, value = self._project(block, x, places)  # each (H, R, D)
            keys = (prefix.keys[layer], slots[0][layer], key)
            values = (prefix.values[layer], slots[1][layer], value.swapaxes(1, 2))
            seen = np.concatenate([query @ part.swapaxes(1, 2) for part in keys], axis=-1)
            seen[..., prefix.length :] += mask
            _softmax(seen)
            shares = np.split(seen, (prefix.length, seen.shape[-1] - len(x)), axis=-1)
            pairs = zip(shares, values, strict=True)
            mixed = sum(share @ part.swapaxes(1, 2) for share, part in pairs)
            self._finish(block, x, mixed)
            new_keys.append(key)
            new_values.append(value)
        logits, stream = self._logits(x)
        return logits, np.stack(new_keys), np.stack(new_values), stream

    def _places(self, positions: Array) -> tuple[Array, Array]:
        """Cosines and sines (R, 1, 1, D / 2) of positions (R,)."""
        return self._cos[positions][:, None, None], self._sin[positions][:, None, None]

    def _project(self, block: _Block, x: Array, places: tuple[Array, Array]) -> Sequence[Array]:
        """Queries, keys and values, each (H, R, D), of the stream (R, W)."""
        shape = (len(x), 3, self.config.heads, self.config.head_width)
        split = (_normed(x) @ block.qkv).reshape(shape)
        turned = _turned(_normed(split[:, :2]) * block.gains, places)
        queries, keys = (turned[:, i].swapaxes(0, 1) for i in (0, 1))
        return queries, keys, split[:, 2].swapaxes(0, 1)

    def _finish(self, block: _Block, x: Array, mixed: Array) -> None:
        """Add to the stream x (R, W) what its heads found (H, R, D), and the block's MLP."""
        x += mixed.swapaxes(0, 1).reshape(x.shape) @ block.out
        hidden = _normed(x) @ block.up
        np.maximum(hidden, 0, out=hidden)
        np.square(hidden, out=hidden)
        x += hidden @ block.down

    def _logits(self, x: Array) -> tuple[Array, Array]:
        """Logits (R, V) of the stream (R, W), and that normed, with gains."""
        normed = _normed(x)
        return normed @ self._head, normed * self._gains


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
    """What a piece (H, T, D) of a whole context's queries finds; `projected` is (3, H, S, D)."""
    query, key, value = projected
    seen = key.shape[1] if both_ways else piece.stop
    scores = query[:, piece] @ key[:, :seen].swapaxes(1, 2)  # (H, T, S)
    if not both_ways:
        _, rows, columns = scores.shape
        later = np.arange(columns) > np.arange(piece.start, piece.start + rows)[:, None]
        scores[:, later] = -np.inf
    _softmax(scores)
    mixed: Array = scores @ value[:, :seen]
    return mixed


def _normed(x: Array) -> Array:
    """X over its root mean square; gains stand elsewhere."""
    squares = np.einsum("...i,...i->...", x, x)[..., None]
    scaled: Array = x / np.sqrt(squares / np.float32(x.shape[-1]) + np.float32(EPSILON))
    return scaled


def _turned(x: Array, places: tuple[Array, Array]) -> Array:
    """X (R, ..., D) turned by its positions; halves are paired, not neighbours."""
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
    parts = [context.tokens, context.features, context.sounding.reshape(-1, PITCHES)]
    # Of what is known around pitches and onsets, only that behind the context is asked for.
    parts += [known[:, -1] for known in (context.rolls, context.strikes) if known is not None]
    for part in parts:
        digest.update(str((part.shape, part.dtype)).encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.digest()
