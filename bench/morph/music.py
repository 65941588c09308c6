# SPDX-License-Identifier: Apache-2.0
"""Windows as clips and scenes: for the clip network's morph, and for what it says of music."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from likelihood.scoring import Scorer

from models.clip import Clip, Note
from models.engines.clip.writer import Writer
from models.engines.morph.language import language_morph
from models.melody_space.frame import Array, Frame, frame_of
from models.melody_space.lines import read_line, strikes_of
from models.melody_space.morph import MorphWishes
from models.melody_space.symbols import Symbols, to_line, to_symbols
from models.melody_space.voices import voices
from models.metre import Metre, bars_between
from models.tokens.grid import grid_bars
from models.tokens.scene import Cell, Part, Scene
from models.tokens.vocabulary import METRES, TICKS_PER_QUARTER
from morph.held_out import Windowed
from morph.paths import STEPS, System

BASE = 36  # a low C: melodies lie two octaves above
C_MAJOR = 0


def frame_for(one: Windowed) -> tuple[Metre, Frame]:
    """The metre of a window, and two bars of it."""
    numerator, denominator = METRES[int(one.stage.metres[0])].split("/")
    metre = Metre(int(numerator), int(denominator))
    return metre, frame_of(grid_bars(bars_between(metre, (), 0.0, 2 * metre.bar_beats)))


def clip_of(symbols: Symbols, one: Windowed, shapes: Sequence[int]) -> Clip:
    """A window as a clip in C."""
    metre, frame = frame_for(one)
    notes = [
        Note(
            pitch,
            strike.start / TICKS_PER_QUARTER,
            (strike.end - strike.start) / TICKS_PER_QUARTER,
        )
        for strike in strikes_of(frame, to_line(symbols, BASE, shapes))
        for pitch in strike.pitches
    ]
    return Clip(tuple(notes), 2 * metre.bar_beats, metre=metre)


def symbols_of(clip: Clip, one: Windowed, shapes: Sequence[int]) -> Symbols:
    """A clip as the window it came from."""
    frame = frame_for(one)[1]
    found = voices(frame, clip.notes)
    line = read_line(frame, found[0] if found else [])
    return to_symbols(line, BASE, shapes)


def by_language(writer: Writer, shapes: Sequence[int]) -> System:
    """The clip network's morph."""

    def system(left: Windowed, right: Windowed, rng: np.random.Generator) -> Symbols:
        ends = (clip_of(one.symbols, one, shapes) for one in (left, right))
        wishes = MorphWishes(STEPS, seed=int(rng.integers(2**31)))
        clips = language_morph(writer, *ends, wishes)
        steps = [symbols_of(clip, left, shapes) for clip in clips[1:-1]]
        steps = [left.symbols, *steps, right.symbols]
        return Symbols(np.stack([s.states for s in steps]), np.stack([s.chords for s in steps]))

    return system


def network_nats(
    scorer: Scorer, many: Sequence[Symbols], one: Windowed, shapes: Sequence[int]
) -> Array:
    """Nats that the clip network gives windows, with nothing before them."""
    scene = partial(_scene, one=one, shapes=shapes)
    return np.array([scored.total for scored in scorer([scene(symbols) for symbols in many])])


def _scene(symbols: Symbols, one: Windowed, shapes: Sequence[int]) -> Scene:
    clip = clip_of(symbols, one, shapes)
    bars = grid_bars(clip.bars())
    cells = tuple(Cell(0, bar) for bar in range(len(bars)))
    return Scene("generate", (Part("lead", clip),), bars, cells, key=C_MAJOR)
