# SPDX-License-Identifier: Apache-2.0
"""Changes to a piece that leave it good music: keys, octaves, pads, touch, half and double time.

Most pieces are brought to the same tonic (`models.tokens.home`), as they are when the network is
used; the others come in any key, so that a key taken wrongly does no harm. The musical grid is
never stretched by anything but 2, since places in the bar carry meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random

from models.clip import Clip, Note
from models.tokens.home import shift_home

VOICES = ("S", "A", "T", "B")
DRUM_ROLES = ("drums", "percussion")
LOWEST_SHIFT, HIGHEST_SHIFT = -6, 5  # every key once
AWAY_SHARE = 0.2  # of pieces in any key
RARE = 0.1  # chance of each change but transposition and touch
SQUARE = ("4/4", "2/4", "2/2")  # metres in which half and double time keep the accents
KEYS_MAJOR_MINOR = 24  # 0-11 major, 12-23 minor; 24 means none

# General MIDI pads that a drummer may exchange: closed, pedal, open hat ↔ ride, bell; toms.
HAT_TO_RIDE = {42: 51, 44: 51, 46: 53}
RIDE_TO_HAT = {51: 42, 53: 46, 59: 42}
TOMS_UP = {41: 43, 43: 45, 45: 47, 47: 48, 48: 50}
PAD_CHANGES = (HAT_TO_RIDE, RIDE_TO_HAT, TOMS_UP, {49: 57, 57: 49}, {38: 40, 40: 38})


@dataclass(frozen=True, slots=True)
class Source:
    """A piece to learn from: parts on one beat line, and what is known of it.

    Attributes:
        parts: (role, clip) each; the first clip's metre and tempo are the piece's.
        key: 0-11 major, 12-23 minor by root, 24 for none; None when unknown.
        feel, style: words of the vocabulary, or None.
    """

    parts: tuple[tuple[str, Clip], ...]
    key: int | None = None
    feel: str | None = None
    style: str | None = None


def augmented(source: Source, rng: Random) -> Source:
    """The piece with some changes, drawn from `rng`."""
    shift = None if rng.random() < AWAY_SHARE else home_shift(source)
    changed = transposed(source, draw_shift(source, rng) if shift is None else shift)
    if rng.random() < RARE:
        changed = in_other_time(changed, rng.choice((0.5, 2.0)))
    parts = [_part(role, clip, rng) for role, clip in changed.parts]
    return replace(changed, parts=tuple(parts))


def at_home(source: Source) -> Source:
    """The piece on the common tonic, where its key is known: for validation."""
    return transposed(source, home_shift(source) or 0)


def home_shift(source: Source) -> int | None:
    """Semitones to the common tonic; None where the key is unknown or there is no room."""
    return None if source.key is None else shift_home(source.key, *_range(source))


def draw_shift(source: Source, rng: Random) -> int:
    """Semitones -6 to 5 by which every pitched note can move; 0 where there is no room."""
    low, high = _range(source)
    able = [s for s in range(LOWEST_SHIFT, HIGHEST_SHIFT + 1) if low + s >= 0 and high + s <= 127]
    return rng.choice(able or [0])


def _range(source: Source) -> tuple[int, int]:
    """Lowest and highest pitch of the pitched parts."""
    pitches = [n.pitch for role, clip in source.parts for n in clip.notes if _pitched(role)]
    return min(pitches, default=60), max(pitches, default=60)


def transposed(source: Source, semitones: int) -> Source:
    """All pitched parts moved together, the key with them; drums stay."""
    if not semitones:
        return source
    parts = tuple(
        (role, _mapped(clip, lambda note: _moved(note, semitones)) if _pitched(role) else clip)
        for role, clip in source.parts
    )
    key = source.key
    if key is not None and key < KEYS_MAJOR_MINOR:
        key = key // 12 * 12 + (key + semitones) % 12
    return replace(source, parts=parts, key=key)


def in_other_time(source: Source, factor: float) -> Source:
    """Every time `factor` as long and the tempo to match: it sounds the same, written otherwise.

    Pieces in metres that would lose their accents, and pieces with changes of metre or tempo,
    come back as they are.
    """
    clips = [clip for _, clip in source.parts]
    if any(c.metre_changes or c.tempo_changes or str(c.metre) not in SQUARE for c in clips):
        return source
    if not all(1 <= clip.tempo_bpm * factor <= 1000 for clip in clips):
        return source
    return replace(
        source, parts=tuple((role, _stretched(clip, factor)) for role, clip in source.parts)
    )


def _stretched(clip: Clip, factor: float) -> Clip:
    notes = (
        replace(
            note,
            start_beats=note.start_beats * factor,
            duration_beats=note.duration_beats * factor,
        )
        for note in clip.notes
    )
    return replace(
        clip,
        notes=tuple(notes),
        length_beats=clip.length_beats * factor,
        loop_start_beats=clip.loop_start_beats * factor,
        loop_end_beats=clip.loop_end_beats * factor,
        start_marker_beats=clip.start_marker_beats * factor,
        tempo_bpm=clip.tempo_bpm * factor,
    )


def _part(role: str, clip: Clip, rng: Random) -> tuple[str, Clip]:
    """One part with its own changes."""
    if _pitched(role) and role != "bass" and rng.random() < RARE:
        clip = _octave(clip, rng.choice((-12, 12)))
    if not _pitched(role) and rng.random() < RARE:
        pads = rng.choice(PAD_CHANGES)
        clip = _mapped(clip, lambda note: replace(note, pitch=pads.get(note.pitch, note.pitch)))
    if _pitched(role) and role not in VOICES and rng.random() < RARE:
        role = "other"
    return role, _touched(clip, rng)


def _octave(clip: Clip, semitones: int) -> Clip:
    """An octave off, where all of it has room."""
    if any(not 0 <= note.pitch + semitones <= 127 for note in clip.notes):
        return clip
    return _mapped(clip, lambda note: _moved(note, semitones))


def _touched(clip: Clip, rng: Random) -> Clip:
    """Velocities a tenth louder or softer, each a little off; flat ones stay flat."""
    if len({note.velocity for note in clip.notes}) < 2:
        return clip
    gain = rng.uniform(0.9, 1.1)

    def touched(note: Note) -> Note:
        velocity = note.velocity * gain + rng.uniform(-4, 4)
        return replace(note, velocity=min(127.0, max(1.0, velocity)))

    return _mapped(clip, touched)


def _mapped(clip: Clip, change: Callable[[Note], Note]) -> Clip:
    notes: Iterable[Note] = (change(note) for note in clip.notes)
    return clip.with_notes(notes)


def _moved(note: Note, semitones: int) -> Note:
    return replace(note, pitch=note.pitch + semitones)


def _pitched(role: str) -> bool:
    return role not in DRUM_ROLES
