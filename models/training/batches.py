# SPDX-License-Identifier: Apache-2.0
"""Scenes as batches: examples of like length together, every batch known by its number.

A pool of examples is drawn, sorted by length and cut into `POOL` batches of about the same number
of tokens. Pool n depends on the seed and on n alone, so a training that is resumed at any batch
sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

import numpy as np
import torch

from models.errors import BadFile
from models.network import PITCHES
from models.tokens.encode import encode
from models.tokens.reading import followed
from models.tokens.rolls import NO_ROLLS
from models.tokens.scene import Scene
from models.tokens.sounding import (
    BAR_BYTES,
    MASK_BYTES,
    packed_pitches,
    packed_ticks,
    pitch_bits,
    unpacked,
)
from models.tokens.strikes import NO_STRIKES
from models.tokens.vocabulary import CAUSAL, PAD
from models.training.augment import Source
from models.training.objectives import MIX, example
from models.transformer import Batch

Array = np.ndarray[Any, Any]

POOL = 16  # batches that are drawn together
CAUSAL_SHARE = 0.5  # of batches: every token is learned from, the context's a little
CONTEXT_WEIGHT = 0.2
EXPRESSIVE_SHARE = 0.5  # of scenes that a player's touch is known of
DRAWS_A_PIECE = 4
_NOTHING = (None, None)
MANY_DRAWS = 1000  # without one example there is nothing to learn


class Row(NamedTuple):
    """One example.

    Attributes:
        tokens: (T,).
        features: (T, F).
        sounding: (T, 128).
        context: length of its context.
        due: (K,), the places where a pitch may come.
        rolls: (K, S, 16), what that would go with, as packed bits.
        onsets: (K,), the places where an onset may come.
        strikes: (K, S, 21), what that would go with, as packed bits.
    """

    tokens: Array
    features: Array
    sounding: Array
    context: int
    due: Array
    rolls: Array
    onsets: Array
    strikes: Array


@dataclass(frozen=True, slots=True)
class Pools:
    """Makes pools of batches from pieces.

    Attributes:
        draw: a source to cut an example from, drawn with the given generator.
        seed: of everything drawn.
        batch_tokens: about so many tokens in a batch.
        longest: examples with more tokens are left out.
        mix: shares of the tasks.
        learning: with augmentation and causal batches; False for validation.
        rolls: whether batches have what pitches go with, which interval kernels need.
        strikes: whether they have what onsets go with, which onset kernels need.
    """

    draw: Callable[[Random], Source]
    seed: int = 0
    batch_tokens: int = 8192
    longest: int = 2048
    mix: Mapping[str, float] = field(default_factory=lambda: dict(MIX))
    learning: bool = True
    rolls: bool = False
    strikes: bool = False

    def __getitem__(self, number: int) -> list[Batch]:
        """Pool `number`: `POOL` batches."""
        rng = Random(f"{self.seed}/{number}")
        rows = sorted(self._rows(rng), key=lambda row: len(row.tokens))
        total = sum(len(row.tokens) for row in rows)
        groups: list[list[Row]] = [[] for _ in range(POOL)]
        passed = 0
        for row in rows:
            groups[min(POOL - 1, passed * POOL // total)].append(row)
            passed += len(row.tokens)
        rng.shuffle(groups)
        causal = [self.learning and rng.random() < CAUSAL_SHARE for _ in groups]
        pairs = zip(groups, causal, strict=True)
        known = {"rolls": self.rolls, "strikes": self.strikes}
        return [stack(g, causal=c, **known) for g, c in pairs if g]

    def _rows(self, rng: Random) -> Iterator[Row]:
        tokens, failures, draws = 0, 0, 0
        source = self.draw(rng)
        while tokens < POOL * self.batch_tokens:
            if draws == DRAWS_A_PIECE:  # reading a piece costs more than cutting windows from it
                source, draws = self.draw(rng), 0
            draws += 1
            scene = example(source, rng, self.mix, augment=self.learning)
            row = None if scene is None else row_of(scene, **_touch(scene, rng))
            if row is None or len(row.tokens) > self.longest:
                failures += 1
                if failures > MANY_DRAWS and not tokens:
                    raise BadFile("The corpus holds nothing to learn from.", where="corpus")
                continue
            tokens += len(row.tokens)
            yield row

    def batches_from(self, number: int) -> Iterator[Batch]:
        """All batches from batch `number` on, without end, made one pool at a time."""
        pool = number // POOL
        skip = number % POOL
        while True:
            yield from full(self[pool])[skip:]
            pool, skip = pool + 1, 0


def full(batches: list[Batch]) -> list[Batch]:
    """Exactly `POOL` batches; very long examples may leave a group empty, then one comes twice."""
    return [batches[n % len(batches)] for n in range(POOL)]


def _touch(scene: Scene, rng: Random) -> dict[str, bool]:
    """Whether velocities and places between ticks are said: only where somebody played them."""
    notes = [note for part in scene.parts for note in part.clip.notes]
    played = len({round(note.velocity) for note in notes}) > 4
    places = (note.start_beats * 24 % 1 for note in notes)
    loose = sum(0.02 < place < 0.98 for place in places) * 4 > len(notes)
    return {
        "velocities": played and rng.random() < EXPRESSIVE_SHARE,
        "micro": loose and rng.random() < EXPRESSIVE_SHARE,
    }


def row_of(scene: Scene, *, velocities: bool = False, micro: bool = False) -> Row:
    """A scene with its answer in numbers."""
    encoded = encode(scene, velocities=velocities, micro=micro)
    ids = encoded.context + encoded.target
    features, sounding, due, onsets = [], [], [], []
    rolls: list[int] = []
    strikes: list[int] = []
    for place, tracker in enumerate(followed(ids)):
        features.append(tracker.features())
        sounding.append(tracker.sounding)
        found, struck = tracker.rolls(), tracker.strikes()
        if found != NO_ROLLS:
            due.append(place)
            rolls += found
        if struck != NO_STRIKES:
            onsets.append(place)
            strikes += struck
    return Row(
        np.array(ids, np.int64),
        np.array(features, np.int16),
        pitch_bits(sounding),
        len(encoded.context),
        np.array(due, np.int64),
        packed_pitches(rolls).reshape(-1, len(NO_ROLLS), MASK_BYTES),
        np.array(onsets, np.int64),
        packed_ticks(strikes).reshape(-1, len(NO_STRIKES), BAR_BYTES),
    )


def stack(rows: list[Row], *, causal: bool, rolls: bool = False, strikes: bool = False) -> Batch:
    """Rows as one batch, padded on the right; causal ones begin with the token that says so.

    With `rolls` and `strikes` it has those of the places from which something is learned.
    """
    rows = [_causal(row) for row in rows] if causal else rows
    length = max(len(row.tokens) for row in rows)
    tokens = np.full((len(rows), length), PAD, np.int64)
    features = np.zeros((len(rows), length, rows[0].features.shape[1]), np.int64)
    sounding = np.zeros((len(rows), length, PITCHES), np.uint8)
    weights = np.zeros((len(rows), length), np.float32)
    for index, row in enumerate(rows):
        size = len(row.tokens)
        tokens[index, :size], features[index, :size] = row.tokens, row.features
        sounding[index, :size] = row.sounding
        weights[index, 1 : row.context] = CONTEXT_WEIGHT if causal else 0.0
        weights[index, row.context : size] = 1.0
    prefix = None if causal else torch.tensor([row.context for row in rows])
    return Batch(
        torch.from_numpy(tokens),
        torch.from_numpy(features),
        torch.from_numpy(sounding),
        torch.from_numpy(weights),
        prefix,
        *(_known([(row.due, row.rolls) for row in rows], weights) if rolls else _NOTHING),
        *(_known([(row.onsets, row.strikes) for row in rows], weights) if strikes else _NOTHING),
    )


def _known(
    rows: list[tuple[Array, Array]], weights: Array
) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Where in the batch's inputs, row by row, something counts that is due, and what is known.

    Nothing where there is no such place.
    """
    places, known = [], []
    for index, (due, masks) in enumerate(rows):
        counts = weights[index, due + 1] > 0
        places.append(index * (weights.shape[1] - 1) + due[counts])
        known.append(masks[counts])
    flat = np.concatenate(places)
    if not len(flat):
        return _NOTHING
    return torch.from_numpy(flat), torch.from_numpy(unpacked(np.concatenate(known)))


def _causal(row: Row) -> Row:
    """The row behind one more token; where that stands is what the first token says."""
    return Row(
        np.concatenate(([CAUSAL], row.tokens)),
        np.concatenate((row.features[:1], row.features)),
        np.concatenate((row.sounding[:1], row.sounding)),
        row.context + 1,
        row.due + 1,
        row.rolls,
        row.onsets + 1,
        row.strikes,
    )
