# SPDX-License-Identifier: Apache-2.0
"""The note contract of performing and of grooves, and what they do to music."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from clips import clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from performers import played, rock, untrained

from models.clip import Clip, Note
from models.errors import BadArgument, BadClip
from models.metre import Metre, MetreChange
from models.performer.applying import Change, applied
from models.performer.grooves import groove_of, transfer
from models.performer.performing import Feel, perform
from models.performer.reading import read

WEIGHTS = untrained()
feels = st.builds(
    Feel,
    amount=st.sampled_from((0.0, 0.3, 1.0, 2.0)),
    style=st.sampled_from((None, "funk")),
    mode=st.sampled_from(("median", "sample")),
    seed=st.integers(0, 9),
    dynamics=st.booleans(),
    timing=st.booleans(),
    respect=st.booleans(),
)
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def edges(clip):
    return {clip.loop_start_beats, clip.loop_end_beats, clip.start_marker_beats, clip.length_beats}


def shifts(before, after):
    pairs = zip(before.notes, after.notes, strict=True)
    return np.array([new.start_beats - old.start_beats for old, new in pairs])


def overlaps(clip):
    """Pairs of notes of one pitch that sound together."""
    found = set()
    notes = sorted(enumerate(clip.notes), key=lambda item: item[1].start_beats)
    for place, (i, first) in enumerate(notes):
        for j, second in notes[place + 1 :]:
            if second.start_beats >= first.end_beats - 2e-9:
                break
            if first.pitch == second.pitch:
                found.add(frozenset((i, j)))
    return found


def assert_contract(source, result, stays=frozenset(), *, dynamics=True, timing=True):
    assert replace(result, notes=()) == replace(source, notes=())
    assert len(result.notes) == len(source.notes)
    for index, (before, after) in enumerate(zip(source.notes, result.notes, strict=True)):
        if before.mute or index in stays:
            assert after is before
        same = {"start_beats": before.start_beats, "duration_beats": before.duration_beats}
        assert replace(after, **same, velocity=before.velocity) == before
        assert after.origin == ("kept" if after == before else "edited")
        assert dynamics or after.velocity == before.velocity
        assert timing or after.start_beats == before.start_beats
        assert timing or after.duration_beats == before.duration_beats
        assert after.duration_beats <= before.duration_beats
        for edge in edges(source):
            assert (before.start_beats >= edge) == (after.start_beats >= edge)
            assert before.end_beats > edge + 1e-9 or after.end_beats <= edge + 2e-9
    assert overlaps(result) <= overlaps(source)
    for pitch in {note.pitch for note in source.notes}:
        numbers = [i for i, note in enumerate(source.notes) if note.pitch == pitch]
        numbers.sort(key=lambda i: source.notes[i].start_beats)
        for first, second in pairwise(numbers):
            if source.notes[first].start_beats < source.notes[second].start_beats:
                assert result.notes[first].start_beats < result.notes[second].start_beats


@relaxed
@given(clips(), feels, st.sets(st.integers(0, 23), max_size=5))
def test_performing_keeps_the_note_contract(clip, feel, stays):
    result = perform(clip, feel, WEIGHTS, stays)
    assert_contract(clip, result, stays, dynamics=feel.dynamics, timing=feel.timing)
    if not feel.amount:
        assert result is clip


@relaxed
@given(clips(), clips(), st.sampled_from((0.5, 1.0, 2.0)), st.sets(st.integers(0, 23), max_size=5))
def test_a_groove_keeps_the_note_contract(source, clip, amount, stays):
    source = replace(source, metre=clip.metre)
    if not source.playing():
        with pytest.raises(BadClip):
            groove_of(source)
        return
    assert_contract(clip, transfer(groove_of(source), clip, amount, stays), stays)


@relaxed
@given(clips(), st.data())
def test_any_wish_is_applied_within_bounds(clip, data):
    shifts = st.floats(-3, 3, allow_nan=False)
    changes = {
        index: Change(note.start_beats + data.draw(shifts), data.draw(st.floats(-50, 200)), index)
        for index, note in enumerate(clip.notes)
        if not note.mute and data.draw(st.booleans())
    }
    assert_contract(clip, applied(clip, changes), set(range(len(clip.notes))) - set(changes))


def test_the_same_seed_plays_the_same_and_another_does_not():
    clip = rock()
    first, again, other = (perform(clip, Feel(mode="sample", seed=n), WEIGHTS) for n in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_amount_scales_what_is_done():
    clip = Clip(tuple(Note(60, float(beat), 0.5, 80.0) for beat in range(1, 8)), 9.0)
    half, whole = (perform(clip, Feel(amount=a), WEIGHTS) for a in (0.5, 1.0))
    assert np.ptp(shifts(clip, whole)) > 0
    assert 2 * shifts(clip, half) == pytest.approx(shifts(clip, whole), abs=1e-9)


def test_notes_played_already_stay_and_stiff_ones_move():
    notes = tuple(Note(42, beat / 2 + 0.03 * (beat == 3), 0.1, 100.0) for beat in range(16))
    clip = Clip(notes, 8.0, kind="drums")
    result = perform(clip, Feel(dynamics=False), WEIGHTS)
    assert result.notes[3] is notes[3]
    assert shifts(clip, result).any()
    anew = perform(clip, Feel(dynamics=False, respect=False), WEIGHTS)
    assert anew.notes[3].start_beats != notes[3].start_beats


def test_a_played_clip_is_played_anew():
    clip = played()
    result = perform(clip, Feel(), WEIGHTS)
    assert shifts(clip, result).any()
    assert any(a.velocity != b.velocity for a, b in zip(clip.notes, result.notes, strict=True))


def test_played_dynamics_stay_while_stiff_timing_is_played():
    rng = np.random.default_rng(0)
    notes = tuple(replace(n, velocity=float(rng.uniform(40, 120))) for n in rock().notes)
    result = perform(rock().with_notes(notes), Feel(), WEIGHTS)
    assert [n.velocity for n in result.notes] == [n.velocity for n in notes]
    assert any(a.start_beats != b.start_beats for a, b in zip(result.notes, notes, strict=True))


def test_the_balance_of_the_lanes_stays():
    quiet = {42: 60.0, 36: 100.0, 38: 90.0}
    clip = rock(4)
    clip = clip.with_notes(replace(note, velocity=quiet[note.pitch]) for note in clip.notes)
    result = perform(clip, Feel(mode="sample"), WEIGHTS)
    for pitch, level in quiet.items():
        found = [note.velocity for note in result.notes if note.pitch == pitch]
        assert np.quantile(found, 0.75) == pytest.approx(level, abs=1)
        assert np.ptp(found) > 0


def test_doubled_pads_and_grace_notes_move_along():
    grace = Note(38, 0.97, 0.02, 40.0)
    pair = (Note(38, 1.0, 0.2, 110.0), Note(40, 1.0, 0.2, 90.0))
    clip = Clip((*rock(1).notes[:8], grace, *pair, Note(36, 2.0, 0.2)), 4.0, kind="drums")
    result = perform(clip, Feel(mode="sample", seed=4, respect=False), WEIGHTS)
    moved = [a.start_beats - b.start_beats for a, b in zip(result.notes, clip.notes, strict=True)]
    assert moved[8] == pytest.approx(moved[9])
    assert moved[9] == pytest.approx(moved[10])


@pytest.mark.parametrize(
    "metre", [Metre(3, 4), Metre(6, 8), Metre(7, 8), Metre(5, 4), Metre(1, 32)]
)
def test_any_metre_is_performed(metre):
    beats = [n * metre.bar_beats / 4 for n in range(12)]
    clip = Clip(tuple(Note(60, b, 0.02) for b in beats), 3 * metre.bar_beats, metre=metre)
    assert_contract(clip, perform(clip, Feel(mode="sample"), WEIGHTS))


def test_long_clips_have_no_seams():
    rng = np.random.default_rng(0)
    clip = Clip(tuple(Note(40 + i % 9, i / 4, 0.2) for i in range(700)), 175.0)
    columns = read(clip).notes
    network = untrained(loud=0.2).network
    whole = network(columns)
    reach = 200
    middle = int(rng.integers(300, 400))
    part = network(columns[middle - reach : middle + reach])
    # What a note is answered doesn't hang on where the spans were cut.
    inside = slice(middle - 60, middle + 60)
    near = slice(reach - 60, reach + 60)
    assert whole.offset_ms[inside] == pytest.approx(part.offset_ms[near], abs=0.05)


@pytest.mark.parametrize(
    ("settings_", "where"),
    [({"amount": 3.0}, "amount"), ({"style": "polka"}, "style"), ({"role": "x"}, "role")],
)
def test_a_wrong_setting_is_named(settings_, where):
    with pytest.raises(BadArgument) as caught:
        Feel(**settings_)
    assert caught.value.where == where


def shuffle(bars=1):
    notes = [
        Note(42, beat + part, 0.1, 100.0 - 30 * (part > 0))
        for beat in range(4 * bars)
        for part in (0.0, 2 / 3)
    ]
    return Clip(tuple(notes), 4.0 * bars, kind="drums")


def test_a_shuffle_swings_another_clip_and_what_lies_between():
    sixteenths = Clip(tuple(Note(44, n / 4, 0.1, 90.0) for n in range(32)), 8.0, kind="drums")
    result = transfer(groove_of(shuffle()), sixteenths)
    places = [note.start_beats for note in result.notes[:4]]
    assert places == pytest.approx([0, 1 / 3, 2 / 3, 5 / 6], abs=1e-6)
    assert result.notes[0].velocity > result.notes[2].velocity


def test_a_groove_is_read_back_from_the_clip_that_has_it():
    source = played(2)
    stiff = rock(4)
    result = transfer(groove_of(source), stiff)
    later = {n.pitch: [] for n in stiff.notes}
    for before, after in zip(stiff.notes, result.notes, strict=True):
        if before.start_beats % 1:
            later[before.pitch].append(after.start_beats - before.start_beats)
    assert np.mean(later[42]) == pytest.approx(0.03, abs=0.012)


def test_metres_that_differ_are_refused_with_a_way_out():
    waltz = Clip((Note(36, 0.0, 0.1),), 3.0, metre=Metre(3, 4), kind="drums")
    with pytest.raises(BadClip, match=r"3/4.*4/4"):
        transfer(groove_of(waltz), rock())
    changing = replace(rock(), metre_changes=(MetreChange(4.0, Metre(3, 4)),))
    with pytest.raises(BadClip, match="changes"):
        groove_of(changing)
