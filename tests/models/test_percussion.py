# SPDX-License-Identifier: Apache-2.0
"""Drum clips as arrays: lanes, steps that follow metre and swing, notes that stay themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clip import Clip, Note
from models.errors import BadClip
from models.metre import Metre, MetreChange
from models.percussion.hits import Hits, read_part, write_part
from models.percussion.lanes import (
    CLOSED_HAT,
    CRASH,
    HIGH_TOM,
    KICK,
    LOW_TOM,
    MID_TOM,
    OPEN_HAT,
    RIDE,
    SNARE,
    lane_of,
    read_kit,
)
from models.percussion.steps import MAX_STEPS, read_steps, steps_of


def drums(*notes: Note, beats: float = 4.0, **frame) -> Clip:
    return Clip(notes, beats, kind="drums", **frame)


def beat(bars: int = 1) -> Clip:
    """Kick, snare and eighth hats in 4/4."""
    notes = []
    for start in range(0, 4 * bars, 4):
        notes += [Note(36, start, 0.2), Note(36, start + 2.5, 0.2)]
        notes += [Note(38, start + 1, 0.2, 110), Note(38, start + 3, 0.2, 110)]
        notes += [Note(42, start + n / 2, 0.2, 70 + n) for n in range(8)]
    return drums(*notes, beats=4.0 * bars)


@pytest.mark.parametrize(
    ("name", "lane"),
    [
        ("Kick 808", KICK),
        ("BD_Long", KICK),
        ("Clap", SNARE),
        ("Snare-Rim", SNARE),
        ("Hihat Closed", CLOSED_HAT),
        ("CH", CLOSED_HAT),
        ("Open Hi-Hat", OPEN_HAT),
        ("HH Open", OPEN_HAT),
        ("Tom Low", LOW_TOM),
        ("Low-Mid Tom", MID_TOM),
        ("Tom Hi", HIGH_TOM),
        ("High Floor Tom", LOW_TOM),
        ("Crash 1", CRASH),
        ("Ride Cymbal 1", RIDE),
        ("Ride Bell", RIDE),
        ("HatClosed", CLOSED_HAT),
        ("BD1", KICK),
        ("Conga", None),
        ("Cowbell", None),
        ("Bride", None),
        ("Custom", None),
        ("Chatter", None),
    ],
)
def test_names_speak_for_lanes(name: str, lane: int | None) -> None:
    assert lane_of(name, 60) == lane


def test_a_name_outweighs_general_midi() -> None:
    assert lane_of("Snare", 36) == SNARE
    assert lane_of("", 36) == KICK
    assert lane_of("", 64) is None


def test_a_kit_has_only_the_pads_of_its_clip() -> None:
    kit = read_kit(beat())
    assert kit.mains == (36, 38, 42, None, None, None, None, None, None)
    assert kit.present == tuple(lane < 3 for lane in range(9))


def test_pads_that_share_a_lane_write_on_the_one_in_use() -> None:
    clip = drums(Note(39, 1, 0.2), Note(39, 3, 0.2), pads=((38, "Snare"), (39, "Clap")))
    assert read_kit(clip).mains[SNARE] == 39


def test_nameless_pads_are_known_by_what_they_do() -> None:
    high = {36: 96, 38: 97, 42: 98}
    moved = [replace(note, pitch=high[note.pitch]) for note in beat(4).notes]
    kit = read_kit(drums(*moved, beats=16.0, pads=tuple((p, f"Pad {p}") for p in high.values())))
    assert dict(kit.lanes) == {96: KICK, 97: SNARE, 98: CLOSED_HAT}


def test_a_shaker_is_the_hat_of_a_kit_without_one() -> None:
    assert read_kit(drums(Note(36, 0, 0.2), Note(82, 0, 0.2))).lanes[82] == CLOSED_HAT
    assert 82 not in read_kit(drums(Note(42, 0, 0.2), Note(82, 0, 0.2))).lanes


@pytest.mark.parametrize(
    ("metre", "steps"), [((4, 4), 16), ((3, 4), 12), ((6, 8), 12), ((7, 8), 14), ((5, 32), 5)]
)
def test_a_bar_has_the_sixteenths_of_its_metre(metre: tuple[int, int], steps: int) -> None:
    found = Metre(*metre)
    clip = drums(beats=2 * found.bar_beats, metre=found)
    grid = steps_of(clip)
    assert len(grid) == 2 * steps
    assert grid.bars.tolist() == [0] * steps + [1] * steps
    assert grid.strengths[0] == grid.strengths[steps] == 1.0


def test_metres_change_and_loops_begin_anywhere() -> None:
    clip = drums(
        beats=9.0,
        metre=Metre(3, 4),
        metre_changes=(MetreChange(3.0, Metre(2, 4)), MetreChange(5.0, Metre(4, 4))),
        loop_start_beats=1.0,
    )
    grid = steps_of(clip)
    assert grid.times_beats[0] == 1.0
    assert len(grid) == 32
    assert grid.places_beats[:9].tolist() == [1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 0]
    assert sorted(set(grid.bar_beats)) == [2.0, 3.0, 4.0]


def test_shuffle_and_triplets_lie_on_steps() -> None:
    shuffle = [Note(42, b + o, 0.1) for b in range(8) for o in (0, 2 / 3)]
    triplets = [Note(42, b + o / 3, 0.1) for b in range(8) for o in range(3)]
    sixteenths = [Note(42, b / 2 + o, 0.1) for b in range(16) for o in (0, 1 / 3)]
    for notes, feel in (
        (shuffle, "swung_eighths"),
        (triplets, "swung_eighths"),
        (sixteenths, "swung_sixteenths"),
    ):
        part = read_part(drums(*notes, beats=8.0))
        assert part.steps.feel == feel
        assert part.hits.hits.sum() == len(notes)
        assert np.abs(part.hits.offsets).max() < 1e-6


def test_straight_and_played_clips_are_straight() -> None:
    rng = np.random.default_rng(2)
    grid = [Note(42, n / 4, 0.1) for n in range(32)]
    played = [Note(42, max(0, n / 4 + rng.normal(0, 0.02)), 0.1) for n in range(32)]
    compound = [Note(42, n / 2, 0.1) for n in range(12)]
    assert read_steps(drums(*grid, beats=8.0)).feel == "straight"
    assert read_steps(drums(*played, beats=8.0)).feel == "straight"
    assert read_steps(drums(*compound, beats=6.0, metre=Metre(6, 8))).feel == "straight"


@given(st.lists(st.floats(0, 7.999), max_size=30), st.sampled_from(["straight", "swung_eighths"]))
def test_step_and_offset_say_when(onsets: list[float], feel) -> None:
    grid = steps_of(drums(beats=8.0), feel)
    steps, offsets = grid.nearest(onsets)
    inside = np.abs(offsets) < 0.5  # at the loop's end a late hit is not of the next step
    np.testing.assert_allclose(grid.times(steps, offsets)[inside], np.array(onsets)[inside])


def test_a_loop_without_end_is_refused() -> None:
    with pytest.raises(BadClip, match="shorten the loop"):
        steps_of(drums(beats=MAX_STEPS / 4 + 1))


def test_a_loop_shorter_than_a_step_has_one() -> None:
    assert len(steps_of(drums(beats=0.1, loop_start_beats=0.05, loop_end_beats=0.1))) == 1


notes = st.builds(
    Note,
    pitch=st.integers(0, 127),
    start_beats=st.floats(-1, 9),
    duration_beats=st.floats(0.01, 3),
    velocity=st.floats(1, 127),
    mute=st.booleans(),
)


@settings(deadline=None)
@given(st.lists(notes, max_size=40), st.sampled_from([(4, 4), (7, 8), (5, 16)]))
def test_unchanged_arrays_give_the_very_notes(found: list[Note], metre: tuple[int, int]) -> None:
    part = read_part(drums(*found, beats=7.3, metre=Metre(*metre), loop_start_beats=0.2))
    written = write_part(part, part.hits)
    assert len(written.notes) == len(part.clip.notes)
    assert all(a is b for a, b in zip(written.notes, part.clip.notes, strict=True))


@settings(deadline=None)
@given(st.lists(notes, max_size=30), st.integers(0, 2**32 - 1))
def test_any_arrays_give_valid_notes_on_pads_of_the_kit(found: list[Note], seed: int) -> None:
    part = read_part(drums(*found, beats=8.0))
    rng = np.random.default_rng(seed)
    shape = part.hits.hits.shape
    struck = rng.random(shape) < 0.3
    values = (rng.random(shape) * struck).astype(np.float32)
    clip = write_part(part, Hits(struck, values, values * struck - 0.5 * struck))
    assert {note.pitch for note in clip.notes} <= (
        {note.pitch for note in found} or set(part.kit.lanes)
    )
    new = [note for note in clip.notes if note.origin == "new"]
    assert all(0 <= note.start_beats < 8 and note.end_beats <= 8 + 1e-9 for note in new)
    for note in new:
        for other in clip.notes:
            apart = other.end_beats <= note.start_beats or other.start_beats >= note.end_beats
            assert other is note or other.pitch != note.pitch or apart
    foreign = [note for note in found if note.pitch not in part.kit.lanes or note.mute]
    assert all(any(note is kept for kept in clip.notes) for note in foreign if not note.mute)


def test_a_removed_cell_takes_its_flam_along() -> None:
    clip = drums(Note(38, 1, 0.1), Note(38, 0.95, 0.02, 30), Note(36, 0, 0.1))
    part = read_part(clip)
    silent = Hits.silent(len(part.steps))
    keep_kick = np.arange(9) == KICK
    written = write_part(part, part.hits.where(keep_kick, silent))
    assert written.notes == (clip.notes[2],)


def test_a_changed_cell_is_edited_and_keeps_its_other_fields() -> None:
    note = Note(38, 1, 0.1, 60, probability=0.5, id=9)
    part = read_part(drums(note, Note(36, 0, 0.1)))
    louder = replace(part.hits, velocities=part.hits.velocities.copy())
    louder.velocities[4, SNARE] = 120 / 127
    found = [n for n in write_part(part, louder).notes if n.pitch == 38]
    assert [(n.velocity, n.probability, n.id, n.origin) for n in found] == [(120, 0.5, 9, "edited")]


def test_a_fixed_note_is_never_shortened_for_a_new_one() -> None:
    long = Note(36, 0, 4)
    part = read_part(drums(long))
    more = replace(part.hits, hits=part.hits.hits.copy(), velocities=part.hits.velocities.copy())
    more.hits[8, KICK], more.velocities[8, KICK] = True, 0.5
    fixed = part.hits.hits.copy()
    assert write_part(part, more, fixed).notes == (long,)
    cut = write_part(part, more).notes
    assert [(n.start_beats, n.end_beats, n.origin) for n in cut] == [
        (0, 2, "edited"),
        (2, 3, "new"),
    ]


def test_twenty_thousand_notes() -> None:
    clip = drums(*(Note(36 + n % 12, n / 8, 0.1) for n in range(20_000)), beats=2500.0)
    part = read_part(clip)
    assert sum(map(len, part.cells.values())) == sum(n.pitch in part.kit.lanes for n in clip.notes)
    assert len(write_part(part, part.hits).notes) == 20_000
