# SPDX-License-Identifier: Apache-2.0
"""Candidates being decoded together after one context: their keys, values and logits.

The context's keys stay where they are, seen by all. Those of the tokens lie in one list of slots as
they come, whoever they belong to; a row of a mask for each candidate says which slots it sees. So
the context is held once for all and never copied, candidates may be of different lengths, be taken
back, be dropped or doubled, and a step is the same arithmetic for any of that.

Shapes: N candidates, T new positions, R rows (the new positions that are meant), W width, H heads,
D = W / H, L layers, S slots behind the context, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from models.decoding.decoder import Decoder, Inputs, Prefix

Array = np.ndarray[Any, Any]

ROOM = 64  # slots added at a time at the least
HIDDEN = np.float32(-np.inf)


class Session:
    """Candidates being decoded after one prefix.

    Attributes:
        prefix: the context they share.
        lengths: (N,) how many tokens of its own each candidate has.
        logits: (N, V) of each candidate's next token.
    """

    def __init__(self, decoder: Decoder, prefix: Prefix, candidates: int) -> None:
        self._decoder = decoder
        self.prefix = prefix
        self.lengths = np.zeros(candidates, np.intp)
        self.logits = np.repeat(prefix.logits[None], candidates, axis=0)
        self._used = 0
        self._positions = np.zeros(0, np.intp)  # (S,) of the token in each slot
        self._mask = np.zeros((candidates, 0), np.float32)  # 0 seen, -inf not
        self._keys = prefix.keys[:, :, :0]  # (L, H, S, D)
        self._values = prefix.values[..., :0]  # (L, H, D, S)

    def extend(self, inputs: Inputs, counts: Array | None = None) -> Array:
        """Append tokens to every candidate.

        Args:
            inputs: (N, T) tokens; T is mostly 1.
            counts: (N,) how many of the T are meant for each candidate, by default all; the
                rest is padding. 0 leaves a candidate as it is.

        Returns:
            Logits (N, T, V) after each token, 0 where it is padding; `self.logits` has those after
            the last one meant.

        Raises:
            BadArgument: a candidate grows past the network's context.
        """
        count, length = inputs.tokens.shape
        meant = np.full(count, length) if counts is None else np.asarray(counts)
        owner, place = np.nonzero(np.arange(length) < meant[:, None])  # (R,) each
        if not len(owner):
            return np.zeros((count, length, self.logits.shape[1]), np.float32)
        positions = self.prefix.length + self.lengths[owner] + place
        self._decoder.check(positions)
        self._make_room(len(owner))
        later = (owner[:, None] != owner) | (place[:, None] < place)
        mask = np.concatenate((self._mask[owner], np.where(later, HIDDEN, np.float32(0))), axis=1)
        rows = owner, place
        logits, keys, values, stream = self._decoder.step(
            self._decoder.embed(inputs, rows),
            positions,
            mask,
            self.prefix,
            (self._keys, self._values),
        )
        self._decoder.add_heard(logits, stream, inputs, rows)
        self._store(owner, positions, keys, values)
        self.lengths = self.lengths + meant
        found = np.zeros((count, length, logits.shape[1]), np.float32)
        found[owner, place] = logits
        last = found[np.arange(count), np.maximum(meant, 1) - 1]
        self.logits = np.where((meant > 0)[:, None], last, self.logits)
        return found

    def rewind(self, lengths: Array, logits: Array) -> None:
        """Go back to shorter candidates: pass `lengths` and `logits` as they were then."""
        self.lengths, self.logits = lengths.copy(), logits.copy()
        later = self._positions >= self.prefix.length + lengths[:, None]  # (N, S)
        self._mask[later] = HIDDEN

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with some candidates alone, in this order; one may be named more than once."""
        chosen = list(rows)
        self.lengths, self.logits = self.lengths[chosen], self.logits[chosen]
        self._mask = self._mask[chosen]
        seen = np.flatnonzero((self._mask == 0).any(axis=0))
        if len(seen) < self._used - ROOM:  # enough is gone to be worth the copy
            self._move(seen, len(seen), ROOM)

    def _make_room(self, rows: int) -> None:
        if self._used + rows > self._keys.shape[2]:
            self._move(slice(self._used), self._used, max(rows, ROOM, self._used // 2))

    def _move(self, slots: Array | slice, used: int, more: int) -> None:
        """Only these slots, in new arrays with so much more room."""
        layers, heads, _, head = self._keys.shape
        room = used + more
        keys = np.empty((layers, heads, room, head), np.float32)
        values = np.empty((layers, heads, head, room), np.float32)
        keys[:, :, used:], values[..., used:] = 0, 0  # hidden, but a NaN would be seen
        mask = np.full((len(self._mask), room), HIDDEN)
        positions = np.zeros(room, np.intp)
        keys[:, :, :used], values[..., :used] = self._keys[:, :, slots], self._values[..., slots]
        mask[:, :used], positions[:used] = self._mask[:, slots], self._positions[slots]
        self._keys, self._values, self._mask, self._positions = keys, values, mask, positions
        self._used = used

    def _store(self, owner: Array, positions: Array, keys: Array, values: Array) -> None:
        """Put the new keys and values (L, H, R, D) into the next slots."""
        first, last = self._used, self._used + len(owner)
        self._keys[:, :, first:last] = keys
        self._values[..., first:last] = values.swapaxes(2, 3)
        self._positions[first:last] = positions
        self._mask[owner, np.arange(first, last)] = 0
        self._used = last
