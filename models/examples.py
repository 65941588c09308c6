# SPDX-License-Identifier: Apache-2.0
"""Music written in code, for the demo, the docs and the tests: nothing to download or to license.

The tune, its bass, pad and drums fit together: four bars of D minor that step down from the
tonic, D minor, C, B flat, A minor, and want to go on.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.clip import Clip, Note, Scale, TempoChange
from models.metre import Metre, MetreChange

_MINOR = (0, 2, 3, 5, 7, 8, 10)
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_DORIAN = (0, 2, 3, 5, 7, 9, 10)
D_MINOR = Scale(2, _MINOR, "Minor")
TEMPO_BPM = 96.0
_SWING_BEATS = 0.04  # how late every second eighth or sixteenth is
_HAND_BEATS = (0.0, 0.006, -0.004, 0.009, -0.007, 0.003, 0.011, -0.002)  # no hand is a grid

Row = tuple[int, float, float, float]  # pitch, start and duration in beats, velocity


def _played(rows: Sequence[Row], swing_beats: float, grid_beats: float) -> tuple[Note, ...]:
    """Notes as a hand plays them: offbeats of the grid late, and a little loose throughout.

    Ends stay where they are written, so that lines do not run into each other.
    """
    notes = []
    for index, (pitch, start, duration, velocity) in enumerate(rows):
        late = _lateness(index, start, swing_beats, grid_beats)
        notes.append(Note(pitch, start + late, duration - late, velocity))
    return tuple(notes)


def _lateness(index: int, start_beats: float, swing_beats: float, grid_beats: float) -> float:
    offbeat = round(start_beats / grid_beats) % 2 == 1
    # The first note stands on its beat, so that the clip begins in the clip.
    loose = _HAND_BEATS[index % len(_HAND_BEATS)] if start_beats else 0.0
    return loose + (swing_beats if offbeat else 0.0)


# A long note, a push, a held note over the beat and three steps down; then the same a step
# lower, and an answer that leaves the last bar open.
_TUNE: tuple[Row, ...] = (
    *((62, 0.0, 0.7, 98), (65, 0.75, 0.22, 74), (69, 1.0, 1.4, 106)),
    *((67, 2.5, 0.45, 82), (65, 3.0, 0.45, 90), (64, 3.5, 0.4, 72)),
    *((60, 4.0, 0.7, 94), (64, 4.75, 0.22, 70), (67, 5.0, 1.4, 103)),
    *((65, 6.5, 0.45, 80), (64, 7.0, 0.45, 86), (62, 7.5, 0.4, 68)),
    *((58, 8.0, 0.7, 92), (62, 8.75, 0.22, 76), (65, 9.0, 0.95, 108), (67, 10.0, 0.45, 96)),
    *((69, 10.5, 0.9, 114), (70, 11.5, 0.4, 92)),
    *((69, 12.0, 1.4, 110), (67, 13.5, 0.45, 84), (64, 14.0, 0.95, 92)),
    *((60, 15.0, 0.45, 76), (64, 15.5, 0.35, 64)),
)


def melody(*, pickup: bool = False) -> Clip:
    """Four bars of a tune in D minor, lightly swung; with two notes before bar 1 if asked."""
    rows = _TUNE
    if pickup:
        rows = ((57, -1.0, 0.45, 72), (60, -0.5, 0.4, 80), *_TUNE)
    return Clip(
        _played(rows, _SWING_BEATS, 0.5),
        16.0,
        start_marker_beats=-1.0 if pickup else 0.0,
        tempo_bpm=TEMPO_BPM,
        scale=D_MINOR,
        name="Melody",
    )


def bass_line() -> Clip:
    """Four bars under the tune: roots, a push before the third beat, and a walk to the next."""
    rows: list[Row] = []
    for bar, (root, fifth, lead) in enumerate(
        ((38, 45, 37), (36, 43, 35), (34, 41, 33), (33, 40, 36))
    ):
        start = 4.0 * bar
        rows += [
            (root, start, 0.9, 104),
            (root, start + 1.5, 0.4, 82),
            (fifth, start + 2.0, 0.7, 94),
            (root + 12, start + 2.75, 0.2, 70),
            (fifth, start + 3.0, 0.45, 88),
            (lead if lead in D_MINOR else lead - 1, start + 3.5, 0.4, 78),
        ]
    notes = _played(rows, _SWING_BEATS, 0.5)
    return Clip(notes, 16.0, tempo_bpm=TEMPO_BPM, scale=D_MINOR, name="Bass")


_CHORDS = ((50, 57, 60, 65), (48, 55, 62, 64), (46, 57, 62, 65), (45, 55, 60, 64))


def chord_pad() -> Clip:
    """Four held chords under the tune, each struck from the bottom up and led by step."""
    notes = [
        Note(pitch, 4.0 * bar + 0.012 * voice, 3.9 - 0.012 * voice, 58 + 4 * voice + 2 * bar)
        for bar, chord in enumerate(_CHORDS)
        for voice, pitch in enumerate(chord)
    ]
    return Clip(tuple(notes), 16.0, tempo_bpm=TEMPO_BPM, scale=D_MINOR, name="Pad")


_KICK, _SNARE, _CLOSED, _PEDAL, _OPEN = 36, 38, 42, 44, 46
_PADS = (
    *((_KICK, "Kick"), (_SNARE, "Snare"), (_CLOSED, "Closed hat")),
    *((_PEDAL, "Pedal hat"), (_OPEN, "Open hat")),
)


def drum_groove() -> Clip:
    """Two bars of drums: backbeat, ghost notes, swung sixteenths, and an open hat to turn round."""
    kicks = ((0.0, 112), (1.75, 84), (2.5, 100), (4.0, 110), (5.5, 88), (6.5, 104), (6.75, 80))
    snares = ((1.0, 110), (3.0, 114), (5.0, 108), (7.0, 116))
    ghosts = ((1.5, 34), (2.25, 30), (3.75, 38), (5.75, 32), (6.25, 28), (7.75, 44))
    accents = (88, 46, 70, 42)
    hats = [(step / 4, accents[step % 4]) for step in range(32) if step % 8 not in (3, 7)]
    rows: list[Row] = [
        *((_KICK, start, 0.2, velocity) for start, velocity in kicks),
        *((_SNARE, start, 0.2, velocity) for start, velocity in (*snares, *ghosts)),
        *((_CLOSED, start, 0.1, velocity) for start, velocity in hats if start != 7.5),
        (_OPEN, 7.5, 0.4, 92),
        (_PEDAL, 0.0, 0.1, 60),
    ]
    notes = _played(sorted(rows, key=lambda row: (row[1], row[0])), 0.03, 0.25)
    return Clip(notes, 8.0, tempo_bpm=TEMPO_BPM, kind="drums", pads=_PADS, name="Drums")


def waltz() -> Clip:
    """Eight bars of 3/4 in G: a tune over bass notes and chords on the second and third beat."""
    tune: tuple[Row, ...] = (
        *((74, 0.0, 1.9, 96), (71, 2.0, 0.9, 78), (76, 3.0, 1.9, 98), (74, 5.0, 0.9, 80)),
        *((72, 6.0, 0.95, 92), (71, 7.0, 0.95, 82), (69, 8.0, 0.95, 80), (71, 9.0, 2.8, 94)),
        *((67, 12.0, 1.9, 92), (71, 14.0, 0.9, 80), (76, 15.0, 1.45, 104), (74, 16.5, 0.45, 84)),
        *((72, 17.0, 0.9, 88), (71, 18.0, 0.95, 94), (74, 19.0, 0.45, 78), (72, 19.5, 0.45, 74)),
        *((69, 20.0, 0.9, 84), (67, 21.0, 2.5, 90)),
    )
    chords = (
        *((43, (59, 62)), (48, (60, 64)), (50, (60, 66)), (43, (59, 62))),
        *((40, (59, 64)), (48, (60, 64)), (50, (60, 66)), (43, (59, 62))),
    )
    rows: list[Row] = list(tune)
    for bar, (bass, upper) in enumerate(chords):
        start = 3.0 * bar
        rows.append((bass, start, 0.9, 84))
        rows += [(p, start + beat, 0.6, 56 - 4 * (beat == 2)) for beat in (1, 2) for p in upper]
    scale = Scale(7, _MAJOR, "Major")
    notes = _played(rows, 0.0, 0.5)
    return Clip(notes, 24.0, metre=Metre(3, 4), tempo_bpm=138.0, scale=scale, name="Waltz")


def seven_eight() -> Clip:
    """Four bars of 7/8, felt two, two and three, in E Dorian."""
    riff = ((52, 59, 64, 62, 55, 57, 59), (52, 59, 66, 64, 57, 59, 62))
    turn = ((50, 57, 62, 61, 54, 57, 59), (52, 59, 64, 67, 66, 62, 59))
    accents = (108, 70, 94, 68, 102, 76, 84)
    rows: list[Row] = [
        (pitch, 3.5 * bar + 0.5 * step, 0.85 if step == 4 and bar % 2 else 0.42, accents[step])
        for bar, pitches in enumerate((*riff, *turn))
        for step, pitch in enumerate(pitches)
        if not (step == 5 and bar % 2)
    ]
    scale = Scale(4, _DORIAN, "Dorian")
    notes = _played(rows, 0.0, 0.5)
    return Clip(notes, 14.0, metre=Metre(7, 8), tempo_bpm=160.0, scale=scale, name="Seven")


def clip_of_everything() -> Clip:
    """Every field away from its default, and every corner a clip may have, in one small piece.

    Triplets, notes off the grid, a pickup, muted and overlapping notes, the lowest and highest
    pitch, notes before and after a loop in the middle, changes of metre and tempo.
    """
    notes = (
        Note(67, -1.0, 2 / 3, 63.5, probability=0.75, velocity_deviation=-12.0, id=11),
        Note(69, -1 / 3, 1 / 3, 71.25, release_velocity=0.0, id=12),
        Note(72, 0.0, 1.0, 127.0, release_velocity=127.0, id=13),
        *(Note(64 + 3 * i, 1 + i / 3, 1 / 3, 80.0 + i, id=20 + i) for i in range(3)),
        Note(60, 2.0, 2.0, 90.0, id=30),
        Note(60, 3.0, 2.0, 50.0, velocity_deviation=40.0, id=31),
        Note(0, 4.0, 0.125, 1.0, id=40),
        Note(127, 4.1234567890123, 0.0078125, 100.0, probability=0.0, id=41),
        Note(62, 5.5, 1.5, 77.7, mute=True, id=50),
        Note(62, 5.5, 0.5, 33.3, origin="edited", id=51),
        Note(65, 7.017, 1.983, 101.0, release_velocity=12.5, origin="new"),
        Note(74, 13.25, 4.0, 96.0, velocity_deviation=-127.0, probability=0.01, id=70),
    )
    return Clip(
        notes,
        14.5,
        loop_start_beats=4.0,
        loop_end_beats=11.0,
        start_marker_beats=-1.0,
        metre_changes=(MetreChange(4.0, Metre(7, 8)), MetreChange(11.0, Metre(3, 4))),
        tempo_bpm=87.5,
        tempo_changes=(TempoChange(7.5, 104.25),),
        scale=Scale(0, (0, 2, 4, 7, 9), "Major Pentatonic"),
        name="Everything · à la carte",
    )
