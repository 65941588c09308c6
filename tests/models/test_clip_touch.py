# SPDX-License-Identifier: Apache-2.0
"""How new notes take on the playing of those that were heard."""

from dataclasses import replace

import pytest

from models.clip import Note
from models.engines.clip.straight import clip_grid, straighten
from models.engines.clip.touch import Touch
from models.metre import Bar, Metre
from models.tokens.grid import grid_bars

FOUR = Metre(4, 4)
BARS = grid_bars([Bar(4.0 * n, 4.0 * n + 4.0, FOUR) for n in range(4)])
SWING = 0.57


def swung(late=0.0, swing=SWING):
    """Two bars of eighths, the second of each pair late and soft."""
    return [
        Note(60, n // 2 + (swing if n % 2 else late), 0.3, 70 if n % 2 else 110) for n in range(16)
    ]


def straight(notes, bars=BARS[:2], drums=False):
    grid = clip_grid([note.start_beats for note in notes], [FOUR])
    return straighten(notes, bars, grid, drums=drums)


def played(touch, notes, bar=2):
    return list(touch.play(notes, BARS[bar], bar))


@pytest.mark.parametrize(("swing", "meant"), [(0.55, 0.5), (0.62, 2 / 3), (0.69, 2 / 3)])
def test_swung_eighths_stand_where_they_belong_for_the_network(swing, meant):
    places = [note.on_grid.start_beats for note in straight(swung(swing=swing))]
    assert places == pytest.approx([n // 2 + meant * (n % 2) for n in range(16)])


def test_swung_sixteenths_too():
    notes = [Note(42, n // 2 / 2 + 0.29 * (n % 2), 0.1) for n in range(16)]
    places = [note.on_grid.start_beats for note in straight(notes, drums=True)]
    assert places == pytest.approx([n / 4 for n in range(16)])


def test_music_on_the_grid_is_left_alone_triplets_too():
    notes = [Note(60, n / 3, 1 / 3) for n in range(12)] + [
        Note(60, 4 + n / 8, 0.1) for n in range(8)
    ]
    found = straight(notes)
    assert all(abs(note.late_beats) < 1e-9 for note in found)


def test_new_notes_are_swung_and_accented_alike():
    touch = Touch(straight(swung()))
    on, off = played(touch, [Note(64, 8.0, 0.5), Note(65, 8.5, 0.5)])
    assert (on.start_beats, on.velocity) == (8.0, 110)
    assert off.start_beats == pytest.approx(8 + SWING)
    assert off.velocity == 70


def test_a_place_nobody_played_lies_between_its_neighbours():
    touch = Touch(straight(swung()))
    (note,) = played(touch, [Note(64, 8.75, 0.25)])
    assert 8.75 < note.start_beats < 8.75 + SWING - 0.5


def test_an_early_hand_never_cuts_into_the_note_before():
    touch = Touch(straight(swung(late=-0.02)[1:]))
    first, second = played(touch, [Note(64, 8.5, 0.5), Note(64, 9.0, 0.5)])
    assert second.start_beats == pytest.approx(8.98)
    assert first.end_beats <= second.start_beats


def test_articulation_is_the_clips_own():
    stabs = [Note(60, float(n), 0.45) for n in range(8)]
    (note,) = played(Touch(straight(stabs)), [Note(62, 8.0, 0.5)])
    assert note.duration_beats == pytest.approx(0.45)


def test_how_hard_a_key_is_let_go_and_how_much_may_vary_are_the_clips_own():
    varied = [replace(note, velocity_deviation=12.0, release_velocity=30.0) for note in swung()]
    (note,) = played(Touch(straight(varied)), [Note(62, 8.0, 0.5)])
    assert (note.velocity_deviation, note.release_velocity) == (12.0, 30.0)


def test_pads_keep_their_own_velocity_and_length():
    hits = [Note(36, 0.0, 0.5, 120), Note(42, 0.0, 0.1, 60), Note(42, 0.5, 0.1, 40)]
    touch = Touch(straight(hits, drums=True), drums=True)
    kick, hat = played(touch, [Note(36, 8.0, 0.25), Note(42, 8.5, 0.25)])
    assert (kick.velocity, hat.velocity) == (120, 40)
    assert hat.duration_beats == pytest.approx(0.1)


def test_a_chord_is_strummed_from_the_same_end():
    strum = [Note(50 + 4 * rank, 0.012 * rank, 2.0, 60 + 10 * rank) for rank in range(3)]
    touch = Touch(straight(strum))
    chord = played(touch, [Note(pitch, 8.0, 2.0) for pitch in (48, 55, 64)])
    assert [note.velocity for note in chord] == [60, 70, 80]
    assert chord[2].start_beats > chord[0].start_beats


def test_with_nobody_to_follow_the_beat_gives_the_accents():
    notes = played(Touch(), [Note(60, 8.0, 0.5), Note(60, 8.5, 0.5), Note(60, 9.0, 0.5)])
    assert notes[0].velocity > notes[2].velocity > notes[1].velocity
