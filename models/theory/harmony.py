# SPDX-License-Identifier: Apache-2.0
"""Harmony: the chord of every span of a score, by Viterbi's algorithm over weighted notes.

Each span prefers chords that its notes belong to (weighted by length, metrical strength and,
for a moving line, by how a note is left), each step from span to span prefers chords that follow
each other in the key, and phrase ends prefer cadences. Compare Temperley & Sleator, "Modeling
Meter and Harmony: A Preference-Rule Approach", Computer Music Journal 23(1), 1999, and
Raphael & Stoddard, "Functional Harmonic Analysis Using Probabilistic Models", CMJ 28(3), 2004.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.theory.cells import Cell
from models.theory.chords import VOCABULARY, Chord, move, prior
from models.theory.keys import Key
from models.theory.steps import Steps

_CANDIDATES = 10  # chords of a span that are looked at
_CARRIED = 4  # chords of the span before that are looked at again
_IN_CHORD = (1.0, 1.0, 0.75, 0.5)  # root, third, fifth, seventh
_IN_SCALE, _OUT_OF_SCALE = -0.9, -1.2  # notes that don't belong to the chord
_BASS = (0.7, 0.1, -0.4, 0.0)  # the same for the lowest voice, on top
_BASS_FOREIGN = -0.5
_SPELLED = 2.0  # a chord that the notes spell out
_MISSING = (0.5, 0.6, 0.15, 0.45)  # what a chord lacks that a full sound should show


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord from `start_beats` to `end_beats`; `closes` marks the end of a phrase."""

    start_beats: float
    end_beats: float
    chord: Chord
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a score: its key and its chords, which cover it without gaps."""

    key: Key
    spans: tuple[ChordSpan, ...]

    def at(self, beats: float) -> ChordSpan:
        """The span that holds a place; the nearest one outside."""
        index = bisect_right(self.spans, beats + 1e-6, key=lambda s: s.start_beats) - 1
        return self.spans[max(index, 0)]

    def merged(self) -> Reading:
        """The same with repeated chords joined."""
        spans: list[ChordSpan] = []
        for span in self.spans:
            if spans and spans[-1].chord == span.chord:
                closes = span.closes or spans[-1].closes
                spans[-1] = replace(spans[-1], end_beats=span.end_beats, closes=closes)
            else:
                spans.append(span)
        return Reading(self.key, tuple(spans))


@dataclass(frozen=True, slots=True)
class Rated:
    """A candidate chord of a cell with how well it fits."""

    chord: Chord
    fit: float


@dataclass(frozen=True, slots=True)
class Lattice:
    """Every cell with its candidate chords, ready to be read several times."""

    key: Key
    cells: tuple[Cell, ...]
    rated: tuple[tuple[Rated, ...], ...]


def build_lattice(
    key: Key, cells: Sequence[Cell], allowed: frozenset[int] | None = None
) -> Steps[Lattice]:
    """Rate the chords of every cell.

    Args:
        key: decides which chords are likely.
        cells: spans with the weights of their notes.
        allowed: pitch classes that a chord may consist of; None for any.
    """
    chords = [c for c in VOCABULARY if allowed is None or allowed.issuperset(c.tones)]
    if not chords:  # a scale too poor for a triad: chords whose root it has
        chords = [c for c in VOCABULARY if allowed and c.root in allowed and c.quality in {"", "m"}]
    priors = {chord: prior(key, chord) for chord in chords}
    gains = [(chord, _gains(key, chord)) for chord in chords]
    rated: list[tuple[Rated, ...]] = []
    for index, cell in enumerate(cells):
        row = [Rated(c, _fit(cell, c, gain) + priors[c]) for c, gain in gains]
        row.sort(key=lambda item: (-item.fit, item.chord.root, item.chord.quality))
        best = row[:_CANDIDATES]
        kept = {item.chord for item in best}
        carried = {item.chord for item in rated[index - 1][:_CARRIED]} if index else set()
        best += [item for item in row[_CANDIDATES:] if item.chord in carried - kept]
        rated.append(tuple(best))
        yield
    return Lattice(key, tuple(cells), tuple(rated))


def read_chords(
    lattice: Lattice, rng: random.Random | None = None, spread: float = 0.0
) -> Steps[Reading]:
    """The best path through the lattice; with `spread`, through a slightly shaken one."""
    rows = shake(lattice, rng, spread)
    scores, back = yield from _forward(lattice, rows)
    place = max(range(len(scores[-1])), key=scores[-1].__getitem__)
    path = []
    for index in range(len(scores) - 1, -1, -1):
        path.append(rows[index][place].chord)
        place = back[index][place]
    spans = (
        ChordSpan(cell.start_beats, cell.end_beats, chord, cell.closes)
        for cell, chord in zip(lattice.cells, reversed(path), strict=True)
    )
    return Reading(lattice.key, tuple(spans))


def best_chords(
    lattice: Lattice, rng: random.Random, spread: float, count: int
) -> Steps[list[list[Rated]]]:
    """For each cell the `count` chords that the best whole paths through it pass.

    Their fit includes how well they end a phrase where one ends.
    """
    rows = shake(lattice, rng, spread)
    ahead, _ = yield from _forward(lattice, rows)
    behind = yield from _backward(lattice, rows)
    found = []
    for cell, row, left, right in zip(lattice.cells, rows, ahead, behind, strict=True):
        order = sorted(range(len(row)), key=lambda n: -(left[n] + right[n]))[:count]
        found.append(
            [Rated(row[n].chord, row[n].fit + rest(lattice.key, row[n].chord, cell)) for n in order]
        )
    return found


def chord_shares(
    lattice: Lattice, sharpness: float
) -> Steps[list[tuple[tuple[Chord, float], ...]]]:
    """For each cell its chords, the likeliest first, and how sure each is.

    A chord's score is that of the best whole path through it (its max-marginal); shares are the
    softmax of these scores, and sum to 1. Shares under a hundredth are left out.

    Args:
        lattice: the rated chords.
        sharpness: what scores are multiplied by.
    """
    ahead, _ = yield from _forward(lattice, lattice.rated)
    behind = yield from _backward(lattice, lattice.rated)
    found = []
    for row, left, right in zip(lattice.rated, ahead, behind, strict=True):
        scores = [sharpness * (a + b) for a, b in zip(left, right, strict=True)]
        top = max(scores)
        weights = [math.exp(score - top) for score in scores]
        total = sum(weights)
        kept = [(item.chord, w) for item, w in zip(row, weights, strict=True) if w > 0.01 * total]
        whole = sum(weight for _, weight in kept)
        kept.sort(key=lambda pair: (-pair[1], pair[0].root, pair[0].quality))
        found.append(tuple((chord, weight / whole) for chord, weight in kept))
    return found


Moves = dict[tuple[Chord, Chord], float]


def _forward(
    lattice: Lattice, rows: Sequence[Sequence[Rated]]
) -> Steps[tuple[list[list[float]], list[list[int]]]]:
    """For each candidate the score of the best path up to it, and where that came from."""
    key = lattice.key
    scores = [[item.fit + _opening(key, item.chord) for item in rows[0]]]
    back = [[0] * len(rows[0])]
    moves: Moves = {}
    for index in range(1, len(rows)):
        cell = lattice.cells[index]
        best, came = [], []
        for item in rows[index]:
            options = [
                score + step_score(key, cell, earlier.chord, item.chord, moves)
                for score, earlier in zip(scores[-1], rows[index - 1], strict=True)
            ]
            top = max(range(len(options)), key=options.__getitem__)
            best.append(options[top] + item.fit + rest(key, item.chord, cell))
            came.append(top)
        scores.append(best)
        back.append(came)
        yield
    return scores, back


def _backward(lattice: Lattice, rows: Sequence[Sequence[Rated]]) -> Steps[list[list[float]]]:
    """For each candidate the score of the best path after it."""
    key = lattice.key
    scores = [[0.0] * len(rows[-1])]
    moves: Moves = {}
    for index in range(len(rows) - 2, -1, -1):
        cell = lattice.cells[index + 1]
        later = [
            (item.chord, item.fit + rest(key, item.chord, cell) + score)
            for item, score in zip(rows[index + 1], scores[-1], strict=True)
        ]
        scores.append(
            [
                max(step_score(key, cell, item.chord, chord, moves) + s for chord, s in later)
                for item in rows[index]
            ]
        )
        yield
    return scores[::-1]


def step_score(key: Key, cell: Cell, before: Chord, after: Chord, known: Moves) -> float:
    """How well `after` follows `before` at the beginning of the cell."""
    if before == after:
        return cell.hold_score
    pair = (before, after)
    if pair not in known:
        known[pair] = move(key, before, after)
    closes = cell.closes and not cell.spelled
    return known[pair] - cell.change_cost + (_cadence(key, before, after) if closes else 0.0)


def shake(lattice: Lattice, rng: random.Random | None, spread: float) -> Sequence[Sequence[Rated]]:
    """The candidates with their fit changed at random by about `spread`."""
    if rng is None or spread <= 0:
        return lattice.rated
    return [
        [Rated(item.chord, item.fit + rng.gauss(0.0, spread)) for item in row]
        for row in lattice.rated
    ]


def _gains(key: Key, chord: Chord) -> tuple[float, ...]:
    """For each pitch class what sounding it is worth under the chord."""
    gains = [_IN_SCALE if pc in key.pitch_classes else _OUT_OF_SCALE for pc in range(12)]
    for value, tone in zip(_IN_CHORD, chord.tones, strict=False):
        gains[tone] = value
    return tuple(gains)


def _fit(cell: Cell, chord: Chord, gains: Sequence[float]) -> float:
    """How well the cell's notes belong to the chord."""
    fit = sum(weight * gain for weight, gain in zip(cell.weights, gains, strict=True))
    if cell.spelled and cell.spelled == set(chord.tones):
        fit += _SPELLED
    if cell.bass is not None:
        in_chord = chord.tones.index(cell.bass) if cell.bass in chord.tones else None
        fit += cell.bass_weight * (_BASS_FOREIGN if in_chord is None else _BASS[in_chord])
    if cell.fullness:
        lacks = sum(
            cost
            for cost, tone in zip(_MISSING, chord.tones, strict=False)
            if cell.weights[tone] < 0.1
        )
        fit -= cell.fullness * lacks
    return fit


def _opening(key: Key, chord: Chord) -> float:
    return 0.5 if chord.root == key.tonic else 0.0


def rest(key: Key, chord: Chord, cell: Cell) -> float:
    """What a phrase end likes to stand on."""
    if not cell.closes or cell.spelled:
        return 0.0
    degree = (chord.root - key.tonic) % 12
    likes: Mapping[int, float] = {0: 0.7, 7: 0.3} if not cell.final else {0: 1.2, 7: 0.2}
    seventh = -0.5 if len(chord.tones) > 3 else 0.0
    return likes.get(degree, -0.3 if not cell.final else -0.6) + seventh


def _cadence(key: Key, before: Chord, after: Chord) -> float:
    """What a cadence into a phrase end is worth: authentic, plagal, deceptive or half."""
    step = ((before.root - key.tonic) % 12, (after.root - key.tonic) % 12)
    worth = {(7, 0): 0.6, (11, 0): 0.2, (5, 0): 0.1, (2, 7): 0.3, (0, 7): 0.25, (5, 7): 0.3}
    return worth.get(step, 0.0)
