# SPDX-License-Identifier: Apache-2.0
"""Distributions of nine features against those of real music, after Yang & Lerch 2020 (MGEval).

For each feature the Euclidean distances of all pairs inside the truth (intra-set) and of all pairs
of a generated and a true continuation (inter-set) become two densities by a Gaussian kernel with
Scott's bandwidth. OA is the area under both; KLD is the divergence of the first from the second.
Both are computed on one common grid (the authors' code compares the densities at different places).

Three things differ from the authors' features, so that songs in many keys, metres and tempos can
be compared: pitches are told in the key that the prompt suggests, times are beats, and the onsets
of a chord count once in the mean inter-onset interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random
from statistics import fmean

import numpy as np
from continuing.windows import Window
from numpy.typing import NDArray

from generation.systems import Notes
from models.clip import note_order
from models.theory.keys import estimate_key
from models.theory.score import read_score
from models.theory.steps import finish

Array = NDArray[np.float64]

LENGTHS_BEATS = (4, 2, 1, 0.5, 0.25, 3, 1.5, 0.75, 0.375, 4 / 3, 2 / 3, 1 / 3)
FEATURES = (
    "pitch count", "PCH", "PC transitions", "range", "mean interval",
    "note count", "mean IOI", "length histogram", "length transitions",
)  # fmt: skip
OF_DRUMS = ("pitch count", "note count", "mean IOI")
GRID = 1024
FOLDS = 8  # random halvings of the truth


def features(notes: Notes, tonic: int, length_beats: float) -> dict[str, Array]:
    """The nine features of one continuation that is not empty.

    Args:
        notes: of the continuation.
        tonic: pitch class that is told as 0.
        length_beats: of the continuation; the IOI of a single onset.
    """
    ordered = sorted(notes, key=note_order)
    pitches = [note.pitch for note in ordered]
    lengths = [_length_class(note.duration_beats) for note in ordered]
    onsets = sorted({note.start_beats for note in ordered})
    classes = [(pitch - tonic) % 12 for pitch in pitches]
    weighted = np.zeros(12)
    for pc, note in zip(classes, ordered, strict=True):
        weighted[pc] += note.duration_beats
    intervals = [abs(b - a) for a, b in pairwise(pitches)]
    gaps = [b - a for a, b in pairwise(onsets)]
    histogram = np.bincount(lengths, minlength=12).astype(float)
    values = (
        [float(len(set(pitches)))],
        weighted / weighted.sum(),
        _transitions(classes),
        [float(max(pitches) - min(pitches))],
        [fmean(intervals) if intervals else 0.0],
        [float(len(notes))],
        [fmean(gaps) if gaps else length_beats],
        histogram / len(notes),
        _transitions(lengths),
    )
    return {name: np.asarray(value) for name, value in zip(FEATURES, values, strict=True)}


def _length_class(beats: float) -> int:
    return min(range(12), key=lambda kind: abs(LENGTHS_BEATS[kind] - beats))


def _transitions(kinds: Sequence[int]) -> Array:
    """How often each kind follows each, as 144 counts."""
    found = np.zeros(144)
    for before, after in pairwise(kinds):
        found[12 * before + after] += 1
    return found


def intra(rows: Array) -> Array:
    """Distances of all pairs of different rows."""
    distances = inter(rows, rows)
    return distances.reshape(len(rows), len(rows))[np.triu_indices(len(rows), 1)]


def inter(left: Array, right: Array) -> Array:
    """Distances of all rows of one set to all of another."""
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
    return np.sqrt(np.maximum(squares, 0.0)).ravel()


def densities(first: Array, second: Array) -> tuple[Array, Array, float]:
    """Two densities on one grid that spans both sets of distances, and the grid's step.

    Set by set the bandwidth is Scott's, the standard deviation over the fifth root of the number,
    but at least one step of the grid, where all distances are the same.
    """
    low = min(first.min(), second.min())
    high = max(first.max(), second.max(), low + 1e-9)
    step = (high - low) / (GRID - 1)
    return _density(first, low, step), _density(second, low, step), step


def _density(distances: Array, low: float, step: float) -> Array:
    places = np.rint((distances - low) / step).astype(int)
    counts = np.bincount(places, minlength=GRID) / (len(distances) * step)
    width = max(1.0, float(distances.std()) * len(distances) ** -0.2 / step)
    reach = np.arange(-int(4 * width) - 1, int(4 * width) + 2)
    kernel = np.exp(-0.5 * (reach / width) ** 2)
    spread = np.convolve(counts, kernel / kernel.sum())
    return spread[len(reach) // 2 :][:GRID]


def overlap(first: Array, second: Array) -> float:
    """OA: the area under both densities, within the span of the distances."""
    left, right, step = densities(first, second)
    return float(np.minimum(left, right).sum() * step)


def divergence(first: Array, second: Array) -> float:
    """KLD of the first density from the second, in nats, both brought to area 1."""
    left, right, _ = densities(first, second)
    left, right = left / left.sum() + 1e-12, right / right.sum() + 1e-12
    return float((left * np.log(left / right)).sum())


def compared(
    truth: Mapping[str, Array], other: Mapping[str, Array]
) -> dict[str, tuple[float, ...]]:
    """(OA, KLD) of each feature: the truth's own distances against those to the other set."""
    pairs = {name: (intra(rows), inter(rows, other[name])) for name, rows in truth.items()}
    return {name: (overlap(a, b), divergence(a, b)) for name, (a, b) in pairs.items()}


# -- tables --------------------------------------------------------------------------------------


def table(
    role: str, windows: Sequence[Window], found: Mapping[str, Sequence[Notes]]
) -> list[list[str]]:
    """A row for each system: OA / KLD of each feature and their means; the noise floor first."""
    names = OF_DRUMS if role == "drums" else FEATURES
    tonics = [0 if role == "drums" else tonic_of(window) for window in windows]
    sets = {name: stacked(windows, tonics, notes, names) for name, notes in found.items()}
    truth = sets.pop("truth")
    rows = [["", *names, "mean"], _row("truth in halves (noise floor)", halves(truth))]
    return rows + [_row(name, compared(truth, rows_)) for name, rows_ in sets.items()]


def stacked(
    windows: Sequence[Window], tonics: Sequence[int], found: Sequence[Notes], names: Sequence[str]
) -> dict[str, Array]:
    """Each feature of all continuations that have notes, a row each."""
    each = [
        features(notes, tonic, 4 * window.bar_beats)
        for window, tonic, notes in zip(windows, tonics, found, strict=True)
        if notes
    ]
    return {name: np.stack([row[name] for row in each]) for name in names}


def halves(truth: Mapping[str, Array]) -> dict[str, tuple[float, ...]]:
    """What `compared` finds between random halves of the truth, the mean of several halvings."""
    size = len(next(iter(truth.values())))
    rounds = []
    for fold in range(FOLDS):
        order = Random(f"halves/{fold}").sample(range(size), size)
        first = {name: rows[order[: size // 2]] for name, rows in truth.items()}
        second = {name: rows[order[size // 2 :]] for name, rows in truth.items()}
        rounds.append(compared(first, second))
    return {
        name: tuple(fmean(column) for column in zip(*(r[name] for r in rounds), strict=True))
        for name in truth
    }


def tonic_of(window: Window) -> int:
    """The tonic of the prompt's key; of the relative major in minor."""
    key = estimate_key(finish(read_score((window.prompt,))).pitched)
    return (key.tonic + 3) % 12 if key.minor else key.tonic


def _row(name: str, values: Mapping[str, tuple[float, ...]]) -> list[str]:
    mean = tuple(fmean(column) for column in zip(*values.values(), strict=True))
    return [name, *(f"{oa:.3f} / {kld:.3f}" for oa, kld in (*values.values(), mean))]
