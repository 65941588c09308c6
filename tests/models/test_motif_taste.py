# SPDX-License-Identifier: Apache-2.0
"""What a musician hears first: blips, long notes, stabs between chords, a lost backbeat."""

from itertools import pairwise

import pytest
from show import show

from models import examples
from models.clip import Clip, Note, Scale
from models.engine import Request
from models.engines.motif import Motif

ARGS = {"adventure": 0.5, "density": 1.0, "similarity": 0.5, "scale_lock": True}
MAJOR = Scale(0, (0, 2, 4, 5, 7, 9, 11), "Major")
PITCHES = (60, 62, 64, 67, 64, 65, 64, 62, 60, 62, 64, 69, 67, 65, 64, 62, 59)


def ask(command, clip, seed=1, **args):
    *_, result = Motif().generate(Request(command, (clip,), {**ARGS, **args}, seed, 1))
    return result.answers[0].parts[0]


def line(*bars, bar_beats=4.0, **frame):
    """A tune whose bars have onsets at these beats, each held nearly to the next."""
    onsets = [index * bar_beats + beat for index, bar in enumerate(bars) for beat in bar]
    ends = [*onsets[1:], len(bars) * bar_beats]
    notes = tuple(
        Note(PITCHES[i % len(PITCHES)], start, 0.9 * (end - start), 90.0)
        for i, (start, end) in enumerate(zip(onsets, ends, strict=True))
    )
    return Clip(notes, len(bars) * bar_beats, scale=MAJOR, **frame)


EIGHTHS = line(*[[i / 2 for i in range(8)]] * 4)
MIXED = line([0, 1, 1.5, 2, 3], [0, 0.5, 1, 2, 2.5], [0, 1, 1.5, 2, 3], [0, 0.5, 1, 2, 2.5, 3])
SYNCOPATED = line(*[[0, 0.75, 1.5, 2, 2.25, 3, 3.5]] * 4)
OTHER_BARS = line([0, 1.5, 2, 3], [0, 1, 1.5, 2, 3.5], [0, 0.5, 1, 2.5, 3], [0, 1.5, 2.5, 3.5])
TUNES = {
    "melody": examples.melody(),
    "eighths": EIGHTHS,
    "mixed": MIXED,
    "syncopated": SYNCOPATED,
    "other bars": OTHER_BARS,
    "bass": examples.bass_line(),
}


@pytest.mark.parametrize("name", TUNES)
@pytest.mark.parametrize("span", [(4.0, 8.0), (0.0, 4.0), (4.0, 12.0)])
def test_a_hole_gets_as_many_notes_as_such_places_have_and_none_too_long_or_short(name, span):
    clip, (low, high) = TUNES[name], span
    around = [n for n in clip.notes if not low - 0.04 <= n.start_beats < high - 0.04]
    usual = len(around) / (clip.length_beats - (high - low)) * (high - low)
    shortest = min(n.duration_beats for n in clip.notes)
    longest = max(n.duration_beats for n in clip.notes)
    for seed in range(25):
        found = ask("infill", clip, seed, from_beats=low, to_beats=high)
        new = [n for n in found.notes if n.origin == "new"]
        assert 0.6 * usual <= len(new) <= 1.4 * usual, show(found)
        assert max(n.duration_beats for n in new) <= longest + 0.05, show(found)
        assert min(n.duration_beats for n in new) >= shortest - 0.05, show(found)


def test_part_of_the_only_bar_is_filled_as_the_rest_of_it():
    full = line([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5])
    for source in (full, full.with_notes(full.notes[:4])):
        for seed in range(10):
            found = ask("infill", source, seed, from_beats=2.0, to_beats=4.0)
            new = [n for n in found.notes if n.origin == "new"]
            assert 3 <= len(new) <= 5, show(found)
            assert max(n.duration_beats for n in new) <= 0.5, show(found)


def test_a_note_just_ahead_of_the_end_of_a_hole_stays():
    early = line([0, 1, 2, 3], [0, 1, 2, 3], [-0.02, 1, 2, 3])
    found = ask("infill", early, from_beats=4.0, to_beats=8.0)
    ahead = next(n for n in early.notes if 7.9 < n.start_beats < 8.0)
    assert [n for n in found.notes if n.start_beats == ahead.start_beats and n.origin == "kept"]


def pads():
    chords = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
    return Clip(
        tuple(Note(p, 4.0 * bar, 4.0, 80.0) for bar, chord in enumerate(chords) for p in chord),
        16.0,
    )


@pytest.mark.parametrize("source", [pads(), examples.chord_pad()])
def test_held_chords_go_on_as_held_chords(source):
    shortest = min(n.duration_beats for n in source.notes)
    for seed in range(20):
        found = ask("continue", source, seed, bars=4)
        assert len({round(n.start_beats) for n in found.notes}) == 4, show(found)
        assert len(found.notes) <= len(source.notes), show(found)
        assert min(n.duration_beats for n in found.notes) >= shortest - 0.05, show(found)
        assert all(min(n.start_beats % 4, -n.start_beats % 4) < 0.1 for n in found.notes)


@pytest.mark.parametrize("source", [SYNCOPATED, examples.melody(), examples.waltz(), pads()])
def test_onsets_lie_where_the_clip_has_some_unless_adventure_is_high(source):
    bar = source.metre.bar_beats

    def places(clip):
        return {round(n.start_beats * 4) / 4 % bar for n in clip.notes}

    for seed in range(15):
        assert places(ask("continue", source, seed, bars=4)) <= places(source)
    free = (ask("continue", source, s, bars=8, adventure=1.0, similarity=0.0) for s in range(15))
    assert set().union(*map(places, free)) - places(source)


@pytest.mark.parametrize("pickup", [[3, 3.5], [2.5, 3, 3.5], [3.75]])
def test_after_a_pickup_bar_the_answer_starts_with_a_full_bar(pickup):
    source = line(pickup, [0, 1, 2, 3], [0, 1.5, 2, 3], [0, 1, 2.5, 3], [0, 1, 2])
    for seed in range(15):
        found = ask("continue", source, seed, bars=8)
        onsets = sorted(n.start_beats for n in found.notes)
        assert onsets[0] < 1.0, show(found)
        assert max(b - a for a, b in pairwise(onsets)) <= 2.5, show(found)


def test_bars_that_all_begin_late_are_no_pickup():
    source = line(*[[2, 2.5, 3]] * 4)
    for seed in range(5):
        found = ask("continue", source, seed, bars=4)
        assert all(n.start_beats % 4 >= 2.0 for n in found.notes), show(found)


def one_bar_groove():
    rows = [(36, 0.0, 112.0), (36, 2.0, 104.0), (36, 2.5, 90.0), (38, 1.0, 115.0)]
    rows += [(38, 3.0, 115.0), (38, 2.25, 30.0), *((42, i / 2, 70.0) for i in range(8))]
    return Clip(tuple(Note(p, at, 0.1, v) for p, at, v in rows), 4.0, kind="drums")


@pytest.mark.parametrize("source", [one_bar_groove(), examples.drum_groove()])
@pytest.mark.parametrize("density", [0.4, 0.5, 0.75])
def test_a_thinner_groove_keeps_its_downbeat_and_backbeat(source, density):
    counts = []
    for seed in range(12):
        found = ask("continue", source, seed, bars=4, density=density)
        hits = {(n.pitch, round(n.start_beats * 4) / 4) for n in found.notes}
        assert {(38, float(beat)) for beat in range(1, 16, 2)} <= hits, show(found)
        assert {(36, 4.0 * bar) for bar in range(4)} <= hits, show(found)
        counts.append(len(found.notes))
    usual = len(source.notes) * 16.0 / source.length_beats
    assert sum(counts) / len(counts) == pytest.approx(density * usual, rel=0.1)
