# SPDX-License-Identifier: Apache-2.0
"""Reads the Vienna 4x22 Piano Corpus (CC BY 4.0): 22 pianists play 4 excerpts, aligned to scores.

A pianist bends the tempo, which a clip on a grid can't do. So the bend is taken out: the beat
line is a smooth curve through the onsets, and the offset is what remains: which note of a chord
comes first, and how a beat is divided.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.errors import BadFile
from models.metre import Metre
from models.performer.columns import Reals, columns_of
from models.performer.places import places_of
from models.performer.takes import Played, Take

# Whole pianists are kept apart; each plays all four excerpts.
VALID_PIANISTS = ("p20",)
TEST_PIANISTS = ("p21", "p22")

_PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ALTERED = {"n": 0, "#": 1, "b": -1, "x": 2, "##": 2, "bb": -2}
_NOTE = re.compile(
    r"^snote\([^,]*,\[([A-G]),([^]]*)\],(-?\d+),[^,]*,[^,]*,[^,]*,(-?[\d.]+),(-?[\d.]+),"
    r"\[([^]]*)\]\)-note\([^,]*,(\d+),(\d+),(\d+),(\d+),"
)
_SIGNATURE = re.compile(r"timeSignature,(\d+)/(\d+),")
_CLOCK = re.compile(r"info\(midiClock(Units|Rate),(\d+)\)")
_LINE_GAPS = 0.5  # how far the beat line looks, in mean gaps of onsets: one standard deviation
_TEMPO_MS = 1500.0  # and how far the tempo
_STEADY = 0.05
_FURTHEST_MS = 200.0  # a note further away was aligned to a wrong one, or is an ornament


def vienna_takes(folder: Path) -> Iterator[Take]:
    """Every performance in the `match` files of a folder.

    Raises:
        BadFile: it holds none.
    """
    paths = sorted((folder / "match").glob("*.match"))
    if not paths:
        raise BadFile(
            f"{folder} holds no match files: name the folder of the Vienna 4x22 Piano Corpus.",
            where=str(folder),
        )
    for path in paths:
        pianist = path.stem.rsplit("_", 1)[1]
        split = "validation" if pianist in VALID_PIANISTS else "train"
        split = "test" if pianist in TEST_PIANISTS else split
        played = performance(path.read_text(encoding="utf-8"))
        yield Take(path.name, pianist, split, played, played)


def performance(text: str) -> Played:
    """What a match file says was played; grace notes, missed and added ones are left out."""
    metre = Metre(*(int(part) for part in _SIGNATURE.findall(text)[0]))
    clock = {name: int(value) for name, value in _CLOCK.findall(text)}
    rows = np.array([row for row in map(_row, text.splitlines()) if row])
    rows = rows[np.lexsort((rows[:, 0], rows[:, 1]))]
    beats = rows[:, 1:3] * 4 / metre.denominator  # the file counts in the metre's own beats
    onset_ms = rows[:, 3] * clock["Rate"] / clock["Units"] / 1000
    line_ms, slope_ms = _beat_line(beats[:, 0], onset_ms)
    places = places_of(beats[:, 0], metre)
    played = Played(
        columns_of(
            beats[:, 0],
            place_beats=places.place_beats,
            bar_beats=places.bar_beats,
            pulse_beats=places.pulse_beats,
            tempo_bpm=60_000 / slope_ms,
            pitch=rows[:, 0],
            duration_beats=beats[:, 1] - beats[:, 0],
        ),
        onset_ms - line_ms,
        rows[:, 4] / 127,
    )
    return played[np.abs(played.offset_ms) < _FURTHEST_MS]


def _row(line: str) -> tuple[float, ...] | None:
    """Pitch, score onset and end in beats, onset in ticks and velocity of one line."""
    found = _NOTE.match(line)
    if not found:
        return None
    step, altered, octave, start, end, marks, pitch, onset, _, velocity = found.groups()
    written = 12 * (int(octave) + 1) + _PITCH_CLASSES[step] + _ALTERED.get(altered, 0)
    if "grace" in marks or float(end) <= float(start) or abs(written - int(pitch)) > 2:
        return None
    return float(pitch), float(start), float(end), float(onset), float(velocity)


def _beat_line(beats: Reals, onset_ms: Reals) -> tuple[Reals, Reals]:
    """Where the smooth beat line lies at each note, and milliseconds a beat there.

    Straight lines are fitted round each onset, near ones weighing more (local regression,
    Cleveland 1979): the line by its nearest neighbours, the tempo over some seconds.
    """
    places, index = np.unique(beats, return_inverse=True)
    means = np.bincount(index, onset_ms) / np.bincount(index)
    beat_ms = float(np.ptp(means) / np.ptp(places))
    line, _ = _fitted(places, means, beat_ms, _LINE_GAPS * float(np.diff(places).mean()))
    _, slope = _fitted(places, means, beat_ms, _TEMPO_MS / beat_ms)
    return line[index], np.clip(slope, 100, 6000)[index]


def _fitted(places: Reals, means: Reals, beat_ms: float, reach_beats: float) -> tuple[Reals, Reals]:
    """Value and slope of the line fitted round each place."""
    away = places[None, :] - places[:, None]
    weight = np.exp(-0.5 * (away / reach_beats) ** 2)
    weight /= weight.sum(axis=1, keepdims=True)
    middle = (weight * away).sum(axis=1)
    mean = weight @ means
    spread = away - middle[:, None]
    steady = (_STEADY * reach_beats) ** 2  # where a place stands alone, the mean tempo holds
    slope = ((weight * spread * means).sum(axis=1) + steady * beat_ms) / (
        (weight * spread**2).sum(axis=1) + steady
    )
    return mean - slope * middle, slope
