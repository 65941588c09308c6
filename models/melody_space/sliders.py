# SPDX-License-Identifier: Apache-2.0
"""Sliders: a melody made denser, higher or more syncopated by a step through the space.

Each slider is a direction in which one attribute changes by one unit while the others stay, with
as little change of everything else as the data allow: of all such steps the shortest by the points'
own covariance. (MusicVAE, Roberts et al. 2018, takes the difference of means, in which attributes
that go together in the data drag each other along.) How far a step must go until the music changes
as asked differs from melody to melody, so several lengths are written and the one is taken whose
music measures nearest to what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from models.clip import Clip, Note
from models.melody_space.candidates import distance, single_only, straight_only
from models.melody_space.frame import SLOTS, Array
from models.melody_space.layout import Layout
from models.melody_space.lines import Strike, read_line, strikes_of
from models.melody_space.morph import phrase_touch
from models.melody_space.pairs import laid_out
from models.melody_space.phrase import Phrase, home_of, key_of_phrase, read_phrase
from models.melody_space.playing import framed, strike_notes
from models.melody_space.space import Space, Stage, Way, gumbel
from models.melody_space.symbols import (
    FIRST_PITCH,
    HOLD_STATE,
    STATES,
    Symbols,
    base_of,
    centre_of,
    to_line,
    to_symbols,
)
from models.melody_space.voices import TOGETHER_TICKS
from models.metre import EPSILON_BEATS
from models.theory.steps import Steps, finish

SLIDERS = ("density", "register", "syncopation")
UNITS = (0.5, 4.0, 0.25)  # onsets a quarter, semitones, syncopated onsets a quarter
LENGTHS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0)  # of a step, in units
LEANS = (0.0, 1.5, 3.0)  # logits that what the clip plays is worth
LUCKS = 3
CHANGED = 1.0  # units that a whole window of other slots counts as
TEMPERATURE = 0.25
_RIDGE = 1e-3
_WEIGHTS = (0, 2, 3, 1, 3, 2)  # how weak each slot of a quarter is: sixteenths, triplets, eighth


def attributes(symbols: Symbols, open_slots: Array) -> Array:
    """(B, 3): onsets a quarter, mean pitch above the base, syncopated onsets a quarter.

    An onset is syncopated when it is held over the next slot that is stronger than its own.
    """
    states = symbols.states.reshape(len(symbols.states), -1)
    there = np.broadcast_to(open_slots.reshape(len(open_slots), -1), states.shape)
    struck = (states >= FIRST_PITCH) & there
    quarters = np.maximum(1, there.sum(1)) / SLOTS
    onsets = struck.sum(1)
    pitches = (struck * (states - FIRST_PITCH)).sum(1) / np.maximum(1, onsets)
    return np.stack((onsets / quarters, pitches, _held_over(states, struck) / quarters), 1)


def _held_over(states: Array, struck: Array) -> Array:
    """Onsets held over a stronger slot, (B,)."""
    weak = np.resize(np.array(_WEIGHTS), states.shape[1])
    found = np.zeros(len(states))
    for place, own in enumerate(weak.tolist()):
        ahead = np.flatnonzero(weak[place + 1 :] < own)
        if own and len(ahead):
            stop = place + 1 + int(ahead[0])
            found += struck[:, place] & (states[:, place + 1 : stop + 1] == HOLD_STATE).all(1)
    return found


def directions(points: Array, values: Array) -> Array:
    """(A, latent) the step for one unit more of each attribute.

    Args:
        points: (B, latent) of many windows.
        values: (B, A) their attributes.
    """
    centred = points - points.mean(0)
    wanted = (values - values.mean(0)) / np.array(UNITS)
    covariance = centred.T @ centred / len(points) + _RIDGE * np.eye(points.shape[1])
    slopes = np.linalg.solve(covariance, centred.T @ wanted / len(points))
    across = covariance @ slopes
    return np.asarray(np.linalg.solve(slopes.T @ across, across.T), np.float32)


def slid(
    space: Space,
    own: Symbols,
    stage: Stage,
    amounts: Mapping[str, float],
    how: tuple[np.random.Generator, Symbols | None],
) -> Symbols:
    """A window (N, 6) moved along sliders.

    Args:
        space: that writes.
        own: the window.
        stage: where it lies.
        amounts: by name of `SLIDERS`, in `UNITS`.
        how: random numbers, and the quarter before, (1, 6), or None.
    """
    rng, before = how
    wanted = np.array([amounts.get(name, 0.0) for name in SLIDERS], np.float32)
    one = Symbols(own.states[None], own.chords[None])
    if not wanted.any():
        return own
    choices = list(product(LENGTHS, LEANS, range(LUCKS)))
    lengths, leans, lucks = (np.array(column) for column in zip(*choices, strict=True))
    step = wanted @ space.sliders
    points = space.encode(one, stage)[0] + lengths[:, None].astype(np.float32) * step
    bonus = leans[:, None, None, None] * (own.states[..., None] == np.arange(STATES))
    bonus = bonus + straight_only(own, own)
    noise = gumbel(rng, len(stage.places), len(space.config.chords), LUCKS)[lucks]
    many = None if before is None else repeated(before, len(points))
    chords = np.broadcast_to(
        single_only(own, own, len(space.config.chords)),
        (1, *own.chords.shape, len(space.config.chords)),
    )
    found = space.decode(points, stage, Way(TEMPERATURE, noise, bonus, chords), many)
    there = np.broadcast_to(stage.open, found.states.shape)
    change = (attributes(found, there) - attributes(one, stage.open[None])) / np.array(UNITS)
    other = distance(found, own, stage.open) / max(1, int(stage.open.sum()))
    best = int((((change - wanted) ** 2).sum(1) + CHANGED * other).argmin())
    return Symbols(found.states[best], found.chords[best])


def repeated(quarter: Symbols, count: int) -> Symbols:
    """One quarter, (1, 6), for each of a batch."""
    return Symbols(quarter.states.repeat(count, 0), quarter.chords.repeat(count, 0))


@dataclass(frozen=True, slots=True)
class SlideWishes:
    """How to slide.

    Attributes:
        amounts: by name of `SLIDERS`, in `UNITS`, about -3 to 3.
        seed: the same seed gives the same notes.
    """

    amounts: Mapping[str, float]
    seed: int = 0


def slide(space: Space, clip: Clip, wishes: SlideWishes) -> Clip:
    """The clip with its sliders moved; what comes out as it was is the clip's own notes.

    Raises:
        BadClip: it is for drums, silent or too long.
    """
    return finish(sliding(space, clip, wishes))


def sliding(space: Space, clip: Clip, wishes: SlideWishes) -> Steps[Clip]:
    """As `slide`, with a pause after each window."""
    phrase = read_phrase(clip, "given")
    bars = range(len(phrase.frame.bars))
    layout = Layout(0.0, phrase, phrase.frame, phrase.pickup_bars, tuple((n, n) for n in bars))
    touch = phrase_touch(phrase)
    home = home_of(key_of_phrase(phrase))
    rng = np.random.default_rng(wishes.seed)
    new: list[Note] = []
    kept: set[Note] = set()
    for voice in phrase.voices:
        line = read_line(phrase.frame, voice)
        base = base_of(centre_of(line), home)
        symbols = to_symbols(line, base, space.config.chords)
        written = yield from _windows(space, symbols, layout, wishes, rng)
        known = (to_line(s, base, space.config.chords) for s in (symbols, written))
        own, found = (list(strikes_of(phrase.frame, line)) for line in known)
        for strike in found:
            if strike in own:
                kept |= set(_standing(phrase, _nearest(voice, strike)))
            else:
                new += strike_notes(layout, strike, (touch, touch))
    return _with_own(clip, phrase, framed(layout, new), kept)


def _windows(
    space: Space, symbols: Symbols, layout: Layout, wishes: SlideWishes, rng: np.random.Generator
) -> Steps[Symbols]:
    pieces: list[Symbols] = []
    for low, high in layout.windows():
        window = layout.frame.quarters(low, high)
        stage = Stage.of(layout.frame, window)
        own = laid_out(symbols, layout.nearer, range(low, high), layout.frame.counts[low:high])
        before = Symbols(pieces[-1].states[-1:], pieces[-1].chords[-1:]) if pieces else None
        pieces.append(slid(space, own, stage, wishes.amounts, (rng, before)))
        yield
    return Symbols(
        np.concatenate([piece.states for piece in pieces]),
        np.concatenate([piece.chords for piece in pieces]),
    )


def _nearest(voice: Sequence[Strike], strike: Strike) -> Strike:
    return min(voice, key=lambda own: abs(own.start - strike.start))


def _standing(phrase: Phrase, strike: Strike) -> list[Note]:
    """The clip's own notes of a strike."""
    return [
        note
        for note in phrase.notes
        if note.pitch in strike.pitches
        and abs(phrase.frame.tick_at(note.start_beats) - strike.start) <= TOGETHER_TICKS
    ]


def _with_own(clip: Clip, phrase: Phrase, written: Clip, kept: set[Note]) -> Clip:
    """The clip's frame and muted notes, its own notes that stay, and the new ones."""
    heard = set(phrase.notes) - kept
    stay = [note for note in clip.notes if note not in heard]
    free = (note for note in written.notes if not any(_clash(note, own) for own in kept))
    return clip.with_notes((*stay, *free))


def _clash(new: Note, own: Note) -> bool:
    """Whether a new note sounds upon one that stays, of the same pitch."""
    return (
        new.pitch == own.pitch
        and new.start_beats < own.end_beats - EPSILON_BEATS
        and own.start_beats < new.end_beats - EPSILON_BEATS
    )
