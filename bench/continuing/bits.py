# SPDX-License-Identifier: Apache-2.0
"""Bits a note: how well each model foresees the pitches that really followed, given their onsets.

All models share one alphabet (128 keys), learn on line, and are smoothed alike, so that one
impossible note cannot decide the mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from statistics import fmean

from continuing.windows import PROMPT_BARS, Window
from models.engines.motif.melody import LAGS, ORDER, SliceModel
from models.engines.motif.ppm import Mixture, Ppm
from models.engines.motif.score import Score, Slice, read_score
from models.engines.motif.space import PitchSpace

KEYS = 128
SMOOTHING = 0.01
NAMES = ("motif", "n-gram (PPM, order ≤ 4)", "repeat mixture", "uniform")


def bits_per_note(window: Window) -> tuple[float, ...]:
    """Mean bits of each model in NAMES over the single notes of the truth."""
    home = frozenset(note.pitch % 12 for note in window.prompt.notes)
    space = PitchSpace(tuple(range(KEYS)), home, drums=False)
    seam = window.prompt.length_beats
    everything = (*window.prompt.notes, *(note.moved(seam) for note in window.truth))
    whole = _read(window, everything, space, None)
    grid = whole.grid.ticks_per_beat
    truth = [p for p in whole.slices if p.bar >= PROMPT_BARS and len(p.pitches) == 1]
    if not truth:
        return ()
    prompt = _read(window, window.prompt.notes, space, grid)
    scorers = (_motif(prompt, space), _ngram(prompt), _repeats(prompt))
    rows = [[_smoothed(scorer(piece)) for scorer in scorers] for piece in truth]
    return (*(fmean(column) for column in zip(*rows, strict=True)), math.log2(KEYS))


def _smoothed(chance: float) -> float:
    return -math.log2((1 - SMOOTHING) * chance + SMOOTHING / KEYS)


def _read(window: Window, notes: Sequence, space: PitchSpace, grid: int | None) -> Score:
    clip = replace(window.prompt, notes=tuple(notes), length_beats=window.prompt.length_beats * 1.5)
    *_, score = read_score(clip, notes, space, grid)
    assert score is not None
    return score


def _motif(prompt: Score, space: PitchSpace) -> Callable[[Slice], float]:
    tops = [piece.pitches[-1] for piece in prompt.slices]
    model = SliceModel(space, fmean(tops))
    for _ in model.read(prompt):
        pass
    score = prompt.fork()

    def chance(piece: Slice) -> float:
        past = score.slices[-ORDER - 1 :]
        bits = model.adapt(past, piece, model.copies(score, piece))
        score.add(piece)
        return 2**-bits

    return chance


def _ngram(prompt: Score) -> Callable[[Slice], float]:
    ppm = Ppm()
    past: list[Hashable] = []

    def learn(piece: Slice) -> float:
        contexts = [tuple(past[len(past) - order :]) for order in range(min(4, len(past)), -1, -1)]
        found = ppm.probability(contexts, piece.pitches, 1 / KEYS)
        ppm.learn(contexts, piece.pitches)
        past.append(piece.pitches)
        return found

    for piece in prompt.slices:
        learn(piece)
    return learn


def _repeats(prompt: Score) -> Callable[[Slice], float]:
    """A mixture of copies at several lags and the plain frequency of pitches."""
    mixture = Mixture({**{f"copy {lag}": 1.0 for lag in LAGS}, "frequency": 1.0})
    score = Score(prompt.grid, prompt.space)
    frequency = Ppm()

    def learn(piece: Slice) -> float:
        plain = frequency.probability([()], piece.pitches, 1 / KEYS)
        chances = {"frequency": plain}
        for name, pitches in SliceModel.copies(score, piece).items():
            chances[name] = 0.9 * (pitches == piece.pitches) + 0.1 * plain
        frequency.learn([()], piece.pitches)
        score.add(piece)
        return mixture.update(chances)

    for piece in prompt.slices:
        learn(piece)
    return learn
