# SPDX-License-Identifier: Apache-2.0
"""Morph: clips that lead step by step from one to another; the ends are the user's very clips.

The second phrase is moved to the key and octave of the first, and what moved it goes back apart:
octaves one by one on the way, the key at the middle or by semitones. Unequal lengths are mapped by
units of one or two bars (`lengths`). Each voice of the one goes with a voice of the other, or comes
out of silence, and every window of two bars is a walk of its own (`path`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from models.clip import Clip, Scale
from models.errors import BadArgument
from models.melody_space.candidates import Ends, distance
from models.melody_space.layout import Layout, layouts
from models.melody_space.pairs import KeyPath, Pair, laid_out, pairs, sides
from models.melody_space.path import HIGHEST_TEMPERATURE, walked
from models.melody_space.phrase import Phrase, read_phrase
from models.melody_space.playing import clip_of
from models.melody_space.space import Space, Stage, stacked
from models.melody_space.symbols import Symbols
from models.melody_space.touch import Touch, touch_of
from models.theory.steps import Steps, finish

MOST_STEPS = 16
Bounds = tuple[float, float]  # least distance from the first end, most from the second
TwoEnds = tuple[Symbols, Symbols]


@dataclass(frozen=True, slots=True)
class MorphWishes:
    """How to morph.

    Attributes:
        steps: clips in all, 2 to 16, end points included.
        adventure: 0 takes the likeliest notes, 1 takes risks.
        seed: the same seed gives the same notes.
        key_path: another key is taken on at the middle, or semitone by semitone.
        map_metres: bars of different metres are laid on each other instead of refused.
        scale: new notes keep to it; None leaves them free.
    """

    steps: int = 5
    adventure: float = 0.5
    seed: int = 0
    key_path: KeyPath = "middle"
    map_metres: bool = False
    scale: Scale | None = None


def morph(space: Space, first: Clip, second: Clip, wishes: MorphWishes) -> tuple[Clip, ...]:
    """Clips from `first` to `second`; these two are the very clips that were given.

    Raises:
        BadClip: one is for drums, silent or too long, or they differ in metre.
        BadArgument: the number of steps is out of range.
    """
    return finish(morphing(space, first, second, wishes))


def morphing(
    space: Space, first: Clip, second: Clip, wishes: MorphWishes
) -> Steps[tuple[Clip, ...]]:
    """As `morph`, with a pause after each window, some hundredths of a second apart."""
    if not 2 <= wishes.steps <= MOST_STEPS:
        raise BadArgument(f"steps is {wishes.steps}; it must be 2 to {MOST_STEPS}.", where="steps")
    phrases = read_phrase(first, "first"), read_phrase(second, "second")
    between = layouts(*phrases, wishes.steps, map_metres=wishes.map_metres)[1:-1]
    shapes = space.config.chords
    found = pairs(*phrases, shapes)
    yield
    voices = []
    for number, pair in enumerate(found):
        voices.append((yield from _voice(space, pair, phrases, between, (wishes, number))))
    touches = phrase_touch(phrases[0]), phrase_touch(phrases[1])
    play = (wishes.key_path, wishes.scale, shapes)
    clips = []
    for step, layout in enumerate(between):
        clips.append(clip_of(layout, [voice[step] for voice in voices], found, touches, play))
        yield
    return (first, *clips, second)


def phrase_touch(phrase: Phrase) -> Touch:
    """How a phrase is played, bar by bar."""
    return touch_of(phrase.notes, phrase.frame, range(len(phrase.frame.bars)))


def _voice(
    space: Space,
    pair: Pair,
    phrases: tuple[Phrase, Phrase],
    between: Sequence[Layout],
    how: tuple[MorphWishes, int],
) -> Steps[list[Symbols]]:
    """One voice of every step, group by group of steps with one layout."""
    bounds = (0.0, 1.0)
    found: list[Symbols] = []
    for _, group in groupby(between, key=lambda layout: layout.kind):
        steps = list(group)
        counts, there = steps[0].frame.counts, steps[0].frame.open
        bars = sides(steps[0].sources)
        first = laid_out(pair.first, phrases[0], bars[0], counts)
        second = laid_out(pair.second, phrases[1], bars[1], counts)
        found += yield from _group(space, (first, second), steps, bounds, how)
        apart = max(1, int(distance(first, second, there)))
        gone = float(distance(found[-1], first, there)) / apart
        left = float(distance(found[-1], second, there)) / apart
        bounds = max(bounds[0], gone), min(bounds[1], left)
    return found


def _group(
    space: Space,
    ends: TwoEnds,
    steps: Sequence[Layout],
    bounds: Bounds,
    how: tuple[MorphWishes, int],
) -> Steps[list[Symbols]]:
    """Steps of one layout, window by window, each led on from the one before."""
    wishes, voice = how
    frame = steps[0].frame
    shares = np.array([layout.share for layout in steps])
    rng = np.random.default_rng((wishes.seed, voice, len(steps[0].sources)))
    temperature = HIGHEST_TEMPERATURE * wishes.adventure
    pieces: list[Symbols] = []
    for low, high in steps[0].windows():
        window = frame.quarters(low, high)
        first, second = (Symbols(end.states[window], end.chords[window]) for end in ends)
        stage = Stage.of(frame, window)
        points = space.encode(stacked((first, second)), stage)[0]
        before = _last(pieces[-1]) if pieces else None
        chance = (temperature, rng, before, bounds)
        pieces.append(walked(space, Ends(first, second, points), stage, shares, chance))
        yield
    states = np.concatenate([piece.states for piece in pieces], 1)
    chords = np.concatenate([piece.chords for piece in pieces], 1)
    return [Symbols(*step) for step in zip(states, chords, strict=True)]


def _last(piece: Symbols) -> Symbols:
    """The last quarter of each step."""
    return Symbols(piece.states[:, -1], piece.chords[:, -1])
