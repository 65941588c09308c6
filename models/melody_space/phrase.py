# SPDX-License-Identifier: Apache-2.0
"""Phrase: a clip as the morph sees it: bars from where it begins to sound, voices, key, pickup.

A loop that begins or ends inside a bar has bars cut there. Units are what phrases are mapped by:
two bars where both phrases have an even number of whole bars, else one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.clip import Clip, Note
from models.errors import BadClip
from models.melody_space.frame import WINDOW_BARS, Frame, frame_of
from models.melody_space.lines import Strike
from models.melody_space.voices import voices
from models.metre import EPSILON_BEATS, Bar
from models.theory.keys import Key, key_of_scale, rank_keys, weigh_notes
from models.tokens.grid import GridBar, grid_bars

MOST_BARS = 64
_SURE = 0.1  # share of the notes that a change of key must bring into place


@dataclass(frozen=True)
class Phrase:
    """A clip to morph from or to.

    Attributes:
        clip: as it was given.
        notes: what is heard, pickup included.
        frame: bars of the loop, those of the pickup before them.
        pickup_bars: how many of the frame's bars are pickup.
        voices: strikes of each voice, the higher first.
    """

    clip: Clip
    notes: tuple[Note, ...]
    frame: Frame
    pickup_bars: int
    voices: tuple[tuple[Strike, ...], ...]

    @property
    def body_bars(self) -> int:
        """Bars of the loop."""
        return len(self.frame.bars) - self.pickup_bars

    @property
    def even(self) -> bool:
        """Whether it has whole bars in pairs."""
        body = self.frame.bars[self.pickup_bars :]
        return not len(body) % WINDOW_BARS and len({(bar.ticks, bar.metre) for bar in body}) == 1


def read_phrase(clip: Clip, which: str) -> Phrase:
    """A clip as a phrase.

    Args:
        clip: a melodic clip.
        which: "first" or "second", for the words of an error.

    Raises:
        BadClip: it is for drums, silent, or too long.
    """
    if clip.kind == "drums":
        raise BadClip(
            f"The {which} clip is for drums; give two melodic clips, or two for drums.",
            where="clip",
        )
    start = min(clip.loop_start_beats, clip.start_marker_beats)
    pickup = [
        n for n in clip.notes if not n.mute and start <= n.start_beats < clip.loop_start_beats
    ]
    notes = (*sorted(pickup, key=lambda n: (n.start_beats, n.pitch)), *clip.playing())
    if not notes:
        raise BadClip(
            f"Nothing plays in the {which} clip; give two clips with notes.", where="clip"
        )
    before = grid_bars(_cut_bars(clip, start, clip.loop_start_beats)) if pickup else ()
    body = grid_bars(_cut_bars(clip, clip.loop_start_beats, clip.loop_end_beats))
    if len(body) > MOST_BARS:
        raise BadClip(
            f"The {which} clip's loop has {len(body)} bars; set a loop of at most {MOST_BARS}.",
            where="clip",
        )
    frame = frame_of((*before, *body))
    found = tuple(tuple(voice) for voice in voices(frame, notes))
    return Phrase(clip, notes, frame, len(before), found)


def _cut_bars(clip: Clip, start_beats: float, end_beats: float) -> Iterator[Bar]:
    """The bars between two places, the first and last cut there."""
    longest = max((c.metre.bar_beats for c in clip.metre_changes), default=0.0)
    reach = max(longest, clip.metre.bar_beats)
    for bar in clip.bars(start_beats - reach, end_beats):
        low, high = max(bar.start_beats, start_beats), min(bar.end_beats, end_beats)
        if high - low > EPSILON_BEATS:
            yield Bar(low, high, bar.metre)


def key_of_phrase(phrase: Phrase) -> Key:
    """Its key: the scale that the user set, or what its notes say."""
    if phrase.clip.scale is not None:
        return key_of_scale(phrase.clip.scale)
    return rank_keys(weigh_notes(phrase.notes))[0]


def home_of(key: Key) -> int:
    """Semitones, -6 to 5, that bring a key to C major or A minor."""
    return ((9 if key.minor else 0) - key.tonic + 6) % 12 - 6


def key_shift(first: Phrase, second: Phrase) -> int:
    """Semitones, -6 to 5, by which the second phrase is moved to be in the key of the first.

    Keys that nobody set count only where moving brings clearly more of the notes together.
    """
    shift = (home_of(key_of_phrase(second)) - home_of(key_of_phrase(first)) + 6) % 12 - 6
    if first.clip.scale is not None and second.clip.scale is not None:
        return shift
    left, right = (np.array(weigh_notes(phrase.notes)) for phrase in (first, second))
    left, right = left / max(left.sum(), 1e-9), right / max(right.sum(), 1e-9)

    def together(semitones: int) -> float:
        return float(np.minimum(left, np.roll(right, semitones)).sum())

    return shift if together(shift) >= together(0) + _SURE else 0


def same_metre(left: GridBar, right: GridBar) -> bool:
    """Whether two bars are as long and of one metre."""
    return left.ticks == right.ticks and left.metre == right.metre
