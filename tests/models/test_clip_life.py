# SPDX-License-Identifier: Apache-2.0
"""What is written from nothing is played with measure, the same each time."""

from dataclasses import replace

import pytest
from clip_asking import ask
from performers import untrained
from tiny_clip import TinyClip

from models.clip import Clip, Note
from models.engines.clip import life
from models.engines.clip.life import Life
from models.metre import Metre

FRAME = Clip((), 14.0, metre=Metre(7, 8), tempo_bpm=140.0)
NOTES = tuple(Note(60 + n, 3.5 + n / 2, 0.5, 90, origin="new") for n in range(7))


@pytest.fixture(autouse=True)
def _forget():
    """Each test plays anew."""
    played = life._played
    played.cache_clear()
    yield
    played.cache_clear()


@pytest.mark.parametrize("kind", ["melodic", "drums"])
def test_only_velocity_timing_and_length_change(monkeypatch, kind):
    monkeypatch.setattr(life, "_shipped", untrained)
    played = Life(replace(FRAME, kind=kind), "lead").play(NOTES)
    assert played != NOTES
    for before, after in zip(NOTES, played, strict=True):
        assert after.origin == "new"
        same = {"start_beats": before.start_beats, "duration_beats": before.duration_beats}
        assert replace(after, velocity=before.velocity, **same) == before
        assert abs(after.start_beats - before.start_beats) < 0.125


def test_without_weights_notes_stay_as_they_were_written(monkeypatch):
    monkeypatch.setattr(life, "_shipped", lambda: None)
    assert Life(FRAME, "lead").play(NOTES) == NOTES


def test_a_part_from_nothing_is_played_and_one_beside_a_clip_is_not(monkeypatch):
    asked = []

    def remembered(frame, role, notes):
        asked.append(role)
        return notes

    monkeypatch.setattr(life, "_played", remembered)
    engine = TinyClip()
    ask("generate", [], engine, role="drums", bars=1)
    assert set(asked) == {"drums"}
    asked.clear()
    ask("generate", [Clip(tuple(Note(60, float(n), 1.0) for n in range(8)), 8.0)], engine)
    assert not asked


def test_the_weights_that_ship_are_found():
    assert life._shipped() is not None
