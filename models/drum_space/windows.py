# SPDX-License-Identifier: Apache-2.0
"""Drum clips of a corpus as arrays, and windows of any metre drawn from them.

Played drums are nearly all in 4/4, so that a window of 3/4 or 7/8 is mostly a stretch of 4/4 that
begins on a beat and is read in the other metre: fills and accents then fall elsewhere, the hand
stays a drummer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from types import MappingProxyType

import numpy as np

from models.clip import Clip
from models.corpus.patterns import pattern
from models.corpus.shards import open_shards
from models.drum_space.frame import Frame, frame_of
from models.errors import BadClip, BadFile
from models.metre import Metre
from models.percussion.hits import DrumPart, Hits, read_part
from models.percussion.lanes import ROLAND_LANES, kit_of
from models.percussion.steps import Feel, steps_of

# Shares of the sets in what is drawn; only groove teaches dynamics and timing.
SHARES: Mapping[str, float] = MappingProxyType(
    {
        "groove": 0.51,
        "freedoom": 0.10,
        "avmidi": 0.08,
        "simutrans": 0.06,
        "mma-accompaniments": 0.10,
        "patterns": 0.15,
    }
)
PLAYED = "groove"
PATTERNS = 800
MMA_EVERY = 4  # of its many files, one in so many

# Metre, bars, share of the batches.
SHAPES: tuple[tuple[tuple[int, int], int, float], ...] = (
    ((4, 4), 2, 60),
    ((4, 4), 1, 8),
    ((3, 4), 2, 7),
    ((6, 8), 2, 6),
    ((7, 8), 2, 4),
    ((5, 4), 2, 4),
    ((12, 8), 1, 2),
    ((9, 8), 2, 2),
    ((6, 4), 2, 2),
    ((2, 4), 2, 2),
    ((5, 8), 2, 1),
    ((7, 4), 1, 1),
    ((3, 4), 1, 1),
)


@dataclass(frozen=True, slots=True, eq=False)
class Song:
    """One drum clip, read: its arrays from the first bar line on.

    Attributes:
        set_name: where it comes from.
        metre: of its first bar.
        tempo_bpm: at its start.
        feel: of its grid.
        hits: [steps, lanes].
        played: whether a drummer's hands are in it.
    """

    set_name: str
    metre: Metre
    tempo_bpm: float
    feel: Feel
    hits: Hits
    played: bool

    @property
    def bar_steps(self) -> int:
        """Steps of a bar."""
        return max(1, round(self.metre.bar_beats * 4))


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A window drawn from a song, with the shape it is read in."""

    hits: Hits
    frame: Frame
    played: bool


class Songs:
    """Draws windows: a set by its share, in it a song by its length.

    Args:
        songs: to draw from.
        shares: name of a set → its share; sets that are not named count 1.

    Raises:
        BadFile: there are none.
    """

    def __init__(self, songs: Iterable[Song], shares: Mapping[str, float] = SHARES) -> None:
        self.songs = tuple(songs)
        if not self.songs:
            raise BadFile("There are no drums to train on; add files with drums.", where="corpus")
        steps: dict[str, int] = {}
        for song in self.songs:
            steps[song.set_name] = steps.get(song.set_name, 0) + len(song.hits.hits)
        self._cumulated = list(
            accumulate(
                shares.get(s.set_name, 1.0) * len(s.hits.hits) / steps[s.set_name]
                for s in self.songs
            )
        )

    def draw(self, rng: Random, metre: Metre, bars: int) -> tuple[Hits, Song]:
        """A stretch of as many steps, from a bar line of its own metre or from any beat."""
        length = round(metre.bar_beats * 4) * bars
        for _ in range(20):
            song = rng.choices(self.songs, cum_weights=self._cumulated)[0]
            room = len(song.hits.hits) - length
            hop = song.bar_steps if song.metre == metre else 4
            if room >= 0:
                start = hop * rng.randint(0, room // hop)
                found = song.hits[start : start + length]
                if found.hits.sum() >= 2 * bars:
                    break
        else:
            found = _stretched(song.hits, length)
        return found, song

    def shape(self, rng: Random) -> tuple[Metre, int]:
        """A metre and a number of bars."""
        rows = [((n, d), bars) for (n, d), bars, _ in SHAPES]
        (top, bottom), bars = rng.choices(rows, [share for _, _, share in SHAPES])[0]
        return Metre(top, bottom), bars


def _stretched(hits: Hits, length: int) -> Hits:
    """Hits repeated until they are long enough."""
    times = -(-length // len(hits.hits))
    tiled = (np.tile(hits.hits, (times, 1)), np.tile(hits.velocities, (times, 1)))
    return Hits(*tiled, np.tile(hits.offsets, (times, 1)))[:length]


def template(metre: Metre, bars: int, feel: Feel = "straight") -> Frame:
    """The frame of so many whole bars."""
    clip = Clip((), bars * metre.bar_beats, metre=metre, kind="drums")
    return frame_of(steps_of(clip, feel), clip.tempo_bpm)


def read_song(clip: Clip, set_name: str, *, played: bool = False) -> Song:
    """A drum clip as a song.

    Args:
        clip: a drum clip.
        set_name: where it comes from.
        played: whether its dynamics and timing are worth learning; those of groove always are.

    Raises:
        BadClip: it is too long for a grid.
    """
    roland = set_name == PLAYED
    part: DrumPart = read_part(clip, kit_of(ROLAND_LANES) if roland else None)
    feel = part.steps.feel
    return Song(set_name, clip.metre, clip.tempo_bpm, feel, part.hits, played or roland)


def corpus_songs(folder: Path, split: str, sets: Iterable[str] = tuple(SHARES)) -> Iterator[Song]:
    """The drum clips of a corpus, and in training our own patterns beside them.

    Raises:
        BadFile: the corpus can't be read.
    """
    wanted = set(sets)
    for shard in open_shards(folder, split):
        name = shard.entries[0].label.set_name if shard.entries else ""
        if name not in wanted:
            continue
        every = MMA_EVERY if name == "mma-accompaniments" else 1
        for number in range(0, len(shard), every):
            if shard.entries[number].label.grid == "none":
                continue
            for part in shard.piece(number).parts:
                yield from _song(part.clip, name)
    if split == "train" and "patterns" in wanted:
        yield from pattern_songs()


def pattern_songs(count: int = PATTERNS) -> Iterator[Song]:
    """Our own patterns, always the same."""
    rng = Random(7)
    for _ in range(count):
        yield from _song(pattern(rng), "patterns")


def _song(clip: Clip, set_name: str) -> Iterator[Song]:
    """The clip as a song, if it is drums and has some."""
    if clip.kind != "drums" or len(clip.notes) < 8:
        return
    try:
        song = read_song(clip, set_name)
    except BadClip:
        return
    if song.hits.hits.any():
        yield song
