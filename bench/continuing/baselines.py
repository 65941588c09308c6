# SPDX-License-Identifier: Apache-2.0
"""What a continuation must beat: repeats of the prompt, an n-gram, another piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

from continuing.windows import PROMPT_BARS, TRUTH_BARS, Window, trimmed
from models.clip import Note
from models.engine import Request, Result
from models.engines.motif import Motif

Guess = Callable[[Window, Sequence[Window]], tuple[Note, ...]]

SHAPE = {"join": False, "density": 1.0, "low_pitch": None, "high_pitch": None, "scale_lock": True}


def bars(window: Window, first: int, count: int) -> list[Note]:
    """Notes of some bars of the prompt, from beat 0."""
    start, end = first * window.bar_beats, (first + count) * window.bar_beats
    return [n.moved(-start) for n in window.prompt.notes if start <= n.start_beats < end]


def repeat_last_four(window: Window, others: Sequence[Window]) -> tuple[Note, ...]:
    return tuple(bars(window, PROMPT_BARS - TRUTH_BARS, TRUTH_BARS))


def repeat_first_four(window: Window, others: Sequence[Window]) -> tuple[Note, ...]:
    return tuple(bars(window, 0, TRUTH_BARS))


def repeat_last_bar(window: Window, others: Sequence[Window]) -> tuple[Note, ...]:
    last = bars(window, PROMPT_BARS - 1, 1)
    return tuple(n.moved(turn * window.bar_beats) for turn in range(TRUTH_BARS) for n in last)


def step_up(window: Window, others: Sequence[Window]) -> tuple[Note, ...]:
    """The last four bars one step higher in the prompt's own pitch classes."""
    home = sorted({n.pitch % 12 for n in window.prompt.notes})

    def raised(pitch: int) -> int:
        return next(p for p in range(pitch + 1, pitch + 13) if p % 12 in home)

    last = repeat_last_four(window, others)
    return tuple(replace(n, pitch=min(127, raised(n.pitch))) for n in last)


def ngram(window: Window, others: Sequence[Window]) -> tuple[Note, ...]:
    """Order-4 Markov over (gap to the next note, pitch), backing off to shorter contexts.

    Notes last until the next onset.
    """
    notes = list(window.prompt.notes)
    gaps = [round((b.start_beats - a.start_beats) * 4) for a, b in pairwise(notes)]
    tokens = [(gap, note.pitch) for gap, note in zip(gaps, notes[1:], strict=True)]
    rng = Random(f"ngram/{window.piece}")
    past = list(tokens)
    time = notes[-1].start_beats - window.prompt.length_beats
    found: list[Note] = []
    for _ in range(2000):
        gap, pitch = rng.choice(_followers(tokens, past))
        past.append((gap, pitch))
        time += gap / 4
        if time >= TRUTH_BARS * window.bar_beats:
            break
        if time >= 0:
            found.append(Note(pitch, time, 0.25))
    return _legato(found)


def _legato(notes: Sequence[Note]) -> tuple[Note, ...]:
    onsets = sorted({note.start_beats for note in notes})
    gaps = {first: after - first for first, after in pairwise(onsets)}
    return tuple(replace(n, duration_beats=gaps.get(n.start_beats, 1.0)) for n in notes)


def _followers(
    tokens: Sequence[tuple[int, int]], past: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    for order in range(4, 0, -1):
        tail = list(past[-order:])
        found = [
            tokens[i + order]
            for i in range(len(tokens) - order)
            if list(tokens[i : i + order]) == tail
        ]
        if found:
            return found
    return list(tokens)


def other_piece(window: Window, others: Sequence[Window]) -> tuple[Note, ...]:
    """What followed in a random other piece of the same role."""
    pool = [w for w in others if w.role == window.role and w.piece != window.piece]
    chosen = Random(f"other/{window.piece}").choice(pool or [window])
    return trimmed(chosen.truth, TRUTH_BARS * window.bar_beats)


def motif(adventure: float, similarity: float) -> Guess:
    """The engine itself, one take."""

    def guess(window: Window, others: Sequence[Window]) -> tuple[Note, ...]:
        args = {**SHAPE, "bars": TRUTH_BARS, "adventure": adventure, "similarity": similarity}
        *_, last = Motif().generate(Request("continue", (window.prompt,), args, seed=1))
        assert isinstance(last, Result)
        return last.answers[0].parts[0].notes

    return guess


PLAIN: Mapping[str, Guess] = {
    "truth": lambda window, others: window.truth,
    "repeat last 4 bars": repeat_last_four,
    "repeat first 4 bars": repeat_first_four,
    "repeat last bar": repeat_last_bar,
    "last 4 bars, a step up": step_up,
    "n-gram, order ≤ 4": ngram,
}
GUESSES: Mapping[str, Guess] = {
    **PLAIN,
    "random other piece": other_piece,
    "motif, defaults": motif(0.5, 0.5),
    "motif, adventure 0, similarity 0.5": motif(0.0, 0.5),
    "motif, adventure 0, similarity 1": motif(0.0, 1.0),
    "motif, adventure 1, similarity 0": motif(1.0, 0.0),
}
