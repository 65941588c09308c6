# SPDX-License-Identifier: Apache-2.0
"""The humanisation benchmark: its windows, its divergence, its table."""

import groove
import numpy as np
import pytest
from performers import takes, untrained

from models.performer.windows import table_of


def test_windows_are_two_bars_a_bar_apart_and_short_takes_give_none():
    take = takes(1)[0].nearest
    found = groove.windows(take)
    assert len(found) == 3  # of four bars
    for number, window in enumerate(found):
        times = window.notes.time_beats
        assert times.min() >= 4 * number
        assert times.max() < 4 * number + 8
    short = take[take.notes.time_beats < 4]
    assert groove.windows(short) == []


def test_divergence_is_nothing_for_the_same_and_grows():
    real = np.random.default_rng(0).normal(0, 0.1, 5000)
    near, far = (groove.divergence(real, real + by, -0.5, 0.5) for by in (0.02, 0.2))
    assert groove.divergence(real, real, -0.5, 0.5) == 0
    assert 0 < near < far


def test_a_perfect_guess_scores_nothing_and_the_grid_its_offsets():
    played = table_of(groove.windows(takes(1)[0].nearest))
    real = groove.Guess(played.offset_ms / (played.notes.beat_ms / 4), played.velocity)
    perfect = groove.scores(played, real)
    assert perfect["mae_ms"] == perfect["velocity_mae"] == perfect["timing_kl"] == 0
    grid = groove.scores(played, groove.Guess(np.zeros(len(played)), played.velocity))
    assert grid["mae_ms"] == pytest.approx(np.abs(played.offset_ms).mean())


def test_guesses_do_not_hang_on_the_batches_they_are_made_in(monkeypatch):
    notes = groove.untold(table_of(groove.windows(takes(1)[0].nearest) * 2).notes)
    whole = groove.guess(untrained(), notes, "median")
    monkeypatch.setattr(groove, "BATCH", 2)
    parts = groove.guess(untrained(), notes, "median")
    assert parts.sixteenths == pytest.approx(whole.sixteenths, abs=1e-5)


def test_the_tables_have_a_row_for_each_system_and_drummer():
    drums = takes(4)
    text = groove.protocol(drums, [untrained(0), untrained(1)], "train")
    assert text.startswith("3 takes, 9 windows")
    assert text.count("±") >= 5
    assert "drummer1" in groove.players(drums, untrained(), "train")
