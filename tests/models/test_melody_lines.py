# SPDX-License-Identifier: Apache-2.0
"""Clips on slots and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clip import Clip, Note
from models.melody_space.frame import Frame, frame_of
from models.melody_space.lines import HOLD, REST, Strike, read_line, strikes_of
from models.melody_space.symbols import base_of, centre_of, to_line, to_symbols
from models.melody_space.voices import voices
from models.metre import Metre, bars_between
from models.tokens.grid import grid_bars


def _frame(metre: str = "4/4", bars: int = 2) -> Frame:
    numerator, denominator = map(int, metre.split("/"))
    found = Metre(numerator, denominator)
    return frame_of(grid_bars(bars_between(found, (), 0.0, bars * found.bar_beats)))


@pytest.mark.parametrize(
    ("metre", "quarters", "slots"),
    [
        ("4/4", 8, 48),
        ("3/4", 6, 36),
        ("6/8", 6, 36),
        ("7/8", 8, 2 * (3 * 6 + 3)),
        ("5/4", 10, 60),
        ("3/16", 2, 10),
    ],
)
def test_bars_of_any_metre_are_quarters_of_six_slots(metre, quarters, slots):
    frame = _frame(metre)
    assert len(frame.ticks) == quarters
    assert int(frame.open.sum()) == slots
    assert (frame.ticks[frame.open] < frame.bar_ticks[-1]).all()


@given(
    st.lists(st.tuples(st.integers(0, 31), st.integers(1, 8), st.integers(0, 127)), min_size=1),
    st.sampled_from(["4/4", "3/4", "6/8", "7/8", "5/4"]),
)
@settings(max_examples=60, deadline=None)
def test_a_line_of_sixteenths_comes_back(notes, metre):
    frame = _frame(metre, 4)
    end = int(frame.bar_ticks[-1])
    starts = sorted({start: (length, pitch) for start, length, pitch in notes}.items())
    strikes = []
    for index, (start, (length, pitch)) in enumerate(starts):
        stop = starts[index + 1][0] if index + 1 < len(starts) else start + length
        last = min(start + length, stop)
        strikes.append(Strike(6.0 * start, 6.0 * last, (pitch,)))
    assert all(strike.end <= end for strike in strikes)
    assert list(strikes_of(frame, read_line(frame, strikes))) == strikes


def test_triplets_lie_on_their_own_slots_and_swing_is_heard_as_triplets():
    frame = _frame()
    strikes = [Strike(8.0 * n, 8.0 * n + 8, (60 + n,)) for n in range(6)]
    assert list(strikes_of(frame, read_line(frame, strikes))) == strikes
    swung = [Strike(0.4, 15.8, (60,)), Strike(16.3, 24.0, (62,))]
    assert [s.start for s in strikes_of(frame, read_line(frame, swung))] == [0, 16]


def test_played_notes_land_on_the_slot_they_are_meant_for():
    frame = _frame()
    loose = [Strike(-0.8, 11.0, (60,)), Strike(12.9, 22.5, (64,)), Strike(23.2, 30.0, (67,))]
    found = list(strikes_of(frame, read_line(frame, loose)))
    assert [(s.start, s.end) for s in found] == [(0, 12), (12, 24), (24, 30)]


def test_what_sounds_into_the_frame_is_held_and_not_struck_again():
    frame = _frame()
    line = read_line(frame, [Strike(-24.0, 12.0, (60,)), Strike(24.0, 30.0, (62,))])
    assert line.tops[0].tolist() == [HOLD, HOLD, HOLD, REST, REST, REST]
    assert [s.pitches for s in strikes_of(frame, line)] == [(62,)]


def test_chords_are_a_top_and_a_shape_and_wide_ones_are_folded():
    frame = _frame()
    chord = Strike(0.0, 96.0, (72, 67, 64, 36))
    found = list(strikes_of(frame, read_line(frame, [chord])))
    assert found == [Strike(0.0, 96.0, (72, 67, 64, 48))]


def test_a_chord_that_is_not_known_becomes_the_one_that_sounds_most_like_it():
    frame = _frame()
    major, minor = 1 << 4 | 1 << 7, 1 << 3 | 1 << 7
    line = read_line(frame, [Strike(0.0, 24.0, (72, 67, 64, 52))])
    symbols = to_symbols(line, 36, (0, minor, major))
    assert symbols.chords[0, 0] == 2
    again = to_line(symbols, 36, (0, minor, major))
    assert next(iter(strikes_of(frame, again))).pitches == (72, 67, 64)


@given(st.integers(0, 127), st.integers(-6, 5))
def test_pitches_come_back_over_the_whole_keyboard(pitch, shift):
    frame = _frame()
    line = read_line(frame, [Strike(0.0, 24.0, (pitch,))])
    base = base_of(centre_of(line), shift)
    assert (base + shift) % 12 == 0
    again = to_line(to_symbols(line, base, (0,)), base, (0,))
    assert np.array_equal(again.tops, line.tops)


def test_block_chords_are_one_voice_and_a_tune_over_held_chords_is_two():
    frame = _frame()
    block = [Note(p, beat, 1.0) for beat in range(8) for p in (60, 64, 67)]
    assert [len(voice) for voice in voices(frame, block)] == [8]
    tune = [Note(72 + n % 5, n / 2, 0.5) for n in range(16)]
    held = [Note(p, beat, 4.0) for beat in (0, 4) for p in (48, 52, 55)]
    upper, lower = voices(frame, tune + held)
    assert [s.pitches for s in upper] == [(n.pitch,) for n in tune]
    assert [s.pitches for s in lower] == [(55, 52, 48)] * 2


def test_a_legato_line_is_one_voice():
    frame = _frame()
    notes = [Note(60 + n % 7, n / 2, 0.53) for n in range(16)]
    assert len(voices(frame, notes)) == 1
    assert voices(frame, []) == []


def test_twenty_thousand_notes_are_read():
    clip = Clip(tuple(Note(40 + n % 50, n / 64, 0.1) for n in range(20_000)), 400.0)
    frame = frame_of(grid_bars(clip.bars()))
    assert 1 <= len(voices(frame, clip.notes)) <= 2
