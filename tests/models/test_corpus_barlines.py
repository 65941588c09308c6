# SPDX-License-Identifier: Apache-2.0
"""Pickups that converters hide are found; what is in place stays, note for note."""

from dataclasses import replace

import pytest

from models.clip import Clip, Note, TempoChange
from models.corpus.barlines import by_accents, by_long_notes
from models.corpus.piece import PiecePart
from models.metre import Metre, MetreChange

TICK = 1 / 480


def reel(pickup, *, late=0.0, loud=105.0, bars=8, metre=Metre()):
    """Quarters from a pickup on, the downbeats loud and long."""
    beat = 4 / metre.denominator
    notes = []
    for number in range(bars * metre.numerator):
        down = (number - pickup) % metre.numerator == 0
        length = beat if down else beat / 4
        notes.append(Note(60 + number % 5, number * beat + late, length, loud if down else 80.0))
    clip = Clip(tuple(notes), bars * metre.bar_beats + 4, metre=metre)
    return PiecePart("lead", clip)


@pytest.mark.parametrize("pickup", range(4))
def test_accents_tell_the_pickup_and_late_ticks_go(pickup):
    part = reel(pickup, late=TICK)
    barred = by_accents([part], 480)
    assert barred.grid == "bars"
    clip = barred.parts[0].clip
    assert [n.start_beats for n in clip.notes] == [float(n - pickup) for n in range(32)]
    assert clip.start_marker_beats == -pickup
    assert clip.length_beats >= clip.notes[-1].end_beats
    assert clip.length_beats % 4 == 0 or not pickup
    unmoved = [replace(n, start_beats=0.0) for n in clip.notes]
    assert unmoved == [replace(n, start_beats=0.0) for n in part.clip.notes]


def test_a_metre_that_begins_one_tick_late_is_the_first():
    part = reel(1, late=TICK, metre=Metre(3, 4))
    changes = (MetreChange(TICK, Metre(3, 4)),)
    late = replace(
        part.clip, metre=Metre(), metre_changes=changes, tempo_changes=(TempoChange(TICK, 90.0),)
    )
    (done,) = by_accents([PiecePart("lead", late)], 480).parts
    assert (done.clip.metre, done.clip.metre_changes) == (Metre(3, 4), ())
    assert (done.clip.tempo_bpm, done.clip.tempo_changes) == (90.0, ())
    assert done.clip.notes[1].start_beats == 0


def test_accents_that_disagree_leave_only_beats():
    first, second = reel(0, late=TICK), reel(2, late=TICK)
    assert by_accents([first, second], 480).grid == "beats"
    flat = reel(1, late=TICK, loud=80.0)
    barred = by_accents([flat], 480)
    assert barred.grid == "beats"
    assert barred.parts[0].clip.notes[0].start_beats == 0


def test_long_notes_tell_a_plain_pickup():
    barred = by_long_notes([reel(1)], 384)
    assert barred.grid == "bars"
    assert barred.parts[0].clip.notes[1].start_beats == 0
    compound = by_long_notes([reel(5, metre=Metre(6, 8))], 384)
    assert compound.parts[0].clip.notes[0].start_beats == -2.5


def test_what_is_in_place_or_unclear_is_left_alone():
    placed, even = reel(0), PiecePart("lead", Clip(tuple(Note(60, n, 1) for n in range(8)), 8))
    unclear = replace(even, clip=replace(even.clip, notes=(Note(60, 1, 2), Note(60, 2, 1.9))))
    assert by_long_notes([placed], 480).parts == (placed,)
    assert by_long_notes([even], 480).parts == (even,)
    assert by_long_notes([unclear], 480).parts == (unclear,)
    assert by_long_notes([unclear], 480).grid == "beats"


def test_pieces_that_change_metre_keep_the_bars_of_the_file():
    part = reel(1)
    changing = replace(part, clip=replace(part.clip, metre_changes=(MetreChange(8, Metre(3, 4)),)))
    assert by_long_notes([changing], 480).parts == (changing,)
    assert by_long_notes([changing], 480).grid == "bars"


def test_silence_has_no_pickup():
    silent = PiecePart("lead", Clip((), 4.0))
    assert by_long_notes([silent], 480).parts == (silent,)
    assert by_accents([silent], 480).grid == "beats"
