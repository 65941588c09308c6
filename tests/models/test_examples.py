# SPDX-License-Identifier: Apache-2.0
"""The demo's music is what it says it is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import fields

import pytest

from models import examples
from models.clip import Clip, Note
from models.metre import Metre

MUSIC: dict[str, Callable[[], Clip]] = {
    "melody": examples.melody,
    "pickup": lambda: examples.melody(pickup=True),
    "bass_line": examples.bass_line,
    "chord_pad": examples.chord_pad,
    "drum_groove": examples.drum_groove,
    "waltz": examples.waltz,
    "seven_eight": examples.seven_eight,
}
FRAMES = {
    "melody": (4, Metre(4, 4)),
    "pickup": (4, Metre(4, 4)),
    "bass_line": (4, Metre(4, 4)),
    "chord_pad": (4, Metre(4, 4)),
    "drum_groove": (2, Metre(4, 4)),
    "waltz": (8, Metre(3, 4)),
    "seven_eight": (4, Metre(7, 8)),
}


@pytest.mark.parametrize("name", MUSIC)
def test_it_has_whole_bars_and_stays_in_them(name: str) -> None:
    clip = MUSIC[name]()
    bars = list(clip.bars())
    assert (len(bars), bars[0].metre) == FRAMES[name]
    assert bars[-1].end_beats == clip.length_beats
    assert all(n.end_beats <= clip.length_beats for n in clip.notes), name
    assert min(n.start_beats for n in clip.notes) >= clip.start_marker_beats


@pytest.mark.parametrize("name", MUSIC)
def test_every_bar_has_notes_and_velocities_live(name: str) -> None:
    clip = MUSIC[name]()
    for bar in clip.bars():
        assert any(bar.start_beats <= n.start_beats < bar.end_beats for n in clip.notes)
    assert len({n.velocity for n in clip.notes}) >= 5


@pytest.mark.parametrize("name", [name for name in MUSIC if name != "drum_groove"])
def test_it_keeps_to_its_scale(name: str) -> None:
    clip = MUSIC[name]()
    assert clip.scale is not None
    assert not [n for n in clip.notes if n.pitch not in clip.scale]


@pytest.mark.parametrize("name", MUSIC)
def test_it_is_the_same_each_time(name: str) -> None:
    assert MUSIC[name]() == MUSIC[name]()


@pytest.mark.parametrize("name", ["melody", "drum_groove", "bass_line"])
def test_it_is_played_not_typed(name: str) -> None:
    clip = MUSIC[name]()
    off_grid = [n for n in clip.notes if n.start_beats * 4 % 1]
    assert len(off_grid) > len(clip.notes) / 2
    assert all(min(n.start_beats * 4 % 1, -n.start_beats * 4 % 1) < 0.25 for n in off_grid)


@pytest.mark.parametrize("name", ["melody", "bass_line"])
def test_one_voice_does_not_overlap_itself(name: str) -> None:
    notes = MUSIC[name]().notes
    assert all(a.end_beats <= b.start_beats for a, b in itertools.pairwise(notes))


def test_the_pickup_lies_before_bar_one() -> None:
    clip = examples.melody(pickup=True)
    before = [n for n in clip.notes if n.start_beats < -0.1]
    assert len(before) == 2
    assert clip.start_marker_beats == -1.0
    assert len(clip.notes) == len(examples.melody().notes) + 2


def test_the_groove_has_ghost_notes_and_named_pads() -> None:
    clip = examples.drum_groove()
    snare = [n.velocity for n in clip.notes if n.pitch == 38]
    assert min(snare) < 45
    assert max(snare) > 100
    assert {n.pitch for n in clip.notes} == {pitch for pitch, _ in clip.pads}


def test_the_band_plays_one_harmony() -> None:
    pads, bass = examples.chord_pad(), examples.bass_line()
    for bar in bass.bars():
        chord = {
            n.pitch % 12 for n in pads.notes if bar.start_beats <= n.start_beats < bar.end_beats
        }
        low = next(n for n in bass.notes if abs(n.start_beats - bar.start_beats) < 0.1)
        assert low.pitch % 12 in chord


def test_everything_sets_every_field() -> None:
    clip = examples.clip_of_everything()
    plain = {f.name: f.default for f in fields(Note) if f.name not in ("pitch", "start_beats")}
    del plain["duration_beats"]
    for name, default in plain.items():
        assert any(getattr(n, name) != default for n in clip.notes), name
    assert {n.pitch for n in clip.notes} >= {0, 127}
    assert any(n.start_beats < 0 for n in clip.notes)
    assert 0 < clip.loop_start_beats < clip.loop_end_beats < clip.length_beats
    assert len(clip.metre_changes) == 2
