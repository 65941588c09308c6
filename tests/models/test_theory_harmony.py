# SPDX-License-Identifier: Apache-2.0
"""Keys and chords of music whose answer is known."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clip import Clip, Note, Scale
from models.metre import Metre
from models.theory.cells import fill_cells, group_spans, phrase_ends
from models.theory.chords import VOCABULARY, Chord, move, prior, secondary_target
from models.theory.harmony import build_lattice, chord_shares, read_chords
from models.theory.keys import MODES, NAMES, key_of, key_of_mode, score_key, weigh_notes
from models.theory.score import melody_line, read_score
from models.theory.steps import finish

C_MAJOR = key_of(0, minor=False)
A_MINOR = key_of(9, minor=True)


def melody(pitches, beats=1.0, **frame):
    made = tuple(Note(pitch, i * beats, beats) for i, pitch in enumerate(pitches))
    return Clip(made, len(pitches) * beats, **frame)


def key_in(*clips):
    return score_key(finish(read_score(clips)))


def chords_in(*clips):
    score = finish(read_score(clips))
    spans = finish(group_spans(score))
    ends = finish(phrase_ends(score, finish(melody_line(score))))
    cells = finish(fill_cells(score, spans, ends))
    lattice = finish(build_lattice(score_key(score), cells))
    reading = finish(read_chords(lattice)).merged()
    return [(span.start_beats, str(span.chord)) for span in reading.spans]


def block(*chords, beats=4.0, **frame):
    """Chords as whole notes, each given as pitches."""
    made = tuple(Note(p, i * beats, beats) for i, chord in enumerate(chords) for p in chord)
    return Clip(made, len(chords) * beats, **frame)


@pytest.mark.parametrize("shift", range(12))
def test_a_scale_melody_is_in_its_key_wherever_it_is_transposed(shift):
    pitches = [60, 62, 64, 65, 67, 67, 69, 67, 65, 64, 62, 59, 60, 60]
    key = key_in(melody([pitch + shift for pitch in pitches]))
    assert (key.tonic, key.minor) == (shift, False)
    assert key.confidence > 0.5


def test_a_melody_with_a_raised_seventh_is_in_minor():
    key = key_in(melody([69, 71, 72, 74, 76, 74, 72, 71, 69, 68, 69, 69]))
    assert str(key) == "A minor"
    assert 8 in key.with_leading_tone
    assert 8 not in key.pitch_classes


def test_a_scale_set_in_the_clip_decides_alone():
    key = key_in(melody([60, 64, 67], scale=Scale(2, (0, 2, 3, 5, 7, 9, 10), "Dorian")))
    assert (key.tonic, key.minor, key.given) == (2, True, True)
    assert key.with_leading_tone == key.pitch_classes


@pytest.mark.parametrize(
    ("notes", "wanted"),
    [
        # A Dorian riff on D; F sharp would clash with its F.
        ([(50, 0.5), (53, 0.25), (55, 0.5), (57, 0.75), (60, 0.25), (59, 0.75), (57, 0.75)], 0),
        # C minor with a long fifth at both ends; B natural would clash with its E flat.
        ([(67, 2), (72, 1), (74, 1), (75, 1), (74, 1), (72, 2), (68, 1), (67, 3)], 3),
    ],
)
def test_a_key_has_the_notes_that_sound(notes, wanted):
    made, start = [], 0.0
    for pitch, beats in notes * 2:
        made.append(Note(pitch, start, beats))
        start += beats
    key = key_in(Clip(tuple(made), start))
    assert key.pitch_classes == key_of(wanted, minor=False).pitch_classes


RIFFS = {
    # name: (eighths, key)
    "dorian walk": ((50, 53, 55, 57, 60, 59, 57, 53) * 4, "D dorian"),
    "dorian vamp": (
        (62, 62, 65, 67, 69, 67, 71, 69, 62, 62, 60, 62, 59, 60, 62, 62) * 2,
        "D dorian",
    ),
    "mixolydian": (
        (55, 55, 59, 62, 65, 62, 60, 59, 57, 57, 53, 53, 55, 55, 55, 55) * 2,
        "G mixolydian",
    ),
    "mixolydian run": (
        (57, 61, 64, 67, 66, 64, 61, 57, 55, 57, 61, 64, 62, 61, 59, 57) * 2,
        "A mixolydian",
    ),
    "phrygian": ((40, 40, 41, 40, 43, 41, 40, 38) * 4, "E phrygian"),
    "phrygian on top": ((52, 52, 53, 52, 55, 53, 52, 52) * 4, "E phrygian"),
    "minor loop": ((69, 72, 76, 74, 72, 71, 69, 67, 65, 69, 72, 69, 67, 71, 74, 71) * 2, "A minor"),
    "minor pentatonic": ((52, 55, 57, 59, 62, 59, 57, 55) * 4, "E minor"),
    "major pentatonic": ((60, 62, 64, 67, 69, 67, 64, 62) * 4, "C major"),
    "major arpeggio": ((65, 69, 72, 69) * 8, "F major"),
}


@pytest.mark.parametrize("shift", [0, 5])
@pytest.mark.parametrize("name", RIFFS)
def test_a_riff_is_in_the_mode_that_it_goes_back_to(name, shift):
    pitches, wanted = RIFFS[name]
    key = key_in(melody([pitch + shift for pitch in pitches], 0.5))
    tonic, mode = wanted.split()
    assert str(key) == f"{NAMES[(NAMES.index(tonic) + shift) % 12]} {mode}"


def test_only_functional_minor_raises_its_seventh():
    natural = key_in(melody(RIFFS["minor loop"][0], 0.5))
    assert natural.keeps_scale
    assert 8 not in natural.with_leading_tone
    bare = key_in(melody([69, 76, 74, 72, 71, 72, 74, 76, 77, 76, 74, 72, 71, 72, 69, 69]))
    assert str(bare) == "A minor"
    assert 8 in bare.with_leading_tone  # steps that lead to the tonic, and no seventh at all


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_rates_its_own_chords_above_the_dominant_of_major_and_minor(mode):
    key = key_of_mode(2, mode)
    own = {"dorian": Chord(7, ""), "phrygian": Chord(3, ""), "mixolydian": Chord(0, "")}[mode]
    assert key.pitch_classes.issuperset(own.tones)
    assert prior(key, own) > prior(key, Chord(9, "")) + 0.4


def test_a_note_longer_than_four_beats_weighs_no_more():
    notes = [Note(60, 0.0, 1.5), Note(72, 8.0, 64.0), Note(67, 0.0, 4.0)]
    assert weigh_notes(notes) == [5.5, 0, 0, 0, 0, 0, 0, 4.0, 0, 0, 0, 0]


def test_without_pitches_the_key_is_a_guess_of_no_confidence():
    drums = Clip((Note(36, 0.0, 0.25),), 4.0, kind="drums")
    assert key_in(drums).confidence == 0.0


def test_a_melody_of_broken_triads_gets_these_triads():
    pitches = [60, 64, 67, 64, 65, 69, 72, 69, 67, 71, 74, 71, 72, 67, 64, 60]
    assert chords_in(melody(pitches)) == [(0.0, "C"), (4.0, "F"), (8.0, "G"), (12.0, "C")]


@pytest.mark.parametrize("beats", [0.25, 0.5, 1.0])
@pytest.mark.parametrize("figure", [(0, 1, 2, 1), (3, 2, 1, 0), (2, 1, 0, 1), (1, 2, 0, 2)])
@pytest.mark.parametrize(
    "names", ["F F F F", "F C Dm Bb", "C Am F G", "Am Dm Em Am", "C Bb F C", "F Fm C G", "C G Am E"]
)
def test_broken_chords_are_followed_to_the_end_of_the_loop(names, figure, beats):
    chords = names.split()
    pitches = []
    for name in chords:
        third = 3 if name.endswith("m") else 4
        steps = (0, third, 7, 12)
        root = 60 + NAMES.index(name.rstrip("m"))
        pitches += [root + steps[figure[i % 4]] for i in range(int(4 / beats))]
    wanted = [(4.0 * i, name) for i, name in enumerate(chords) if i == 0 or name != chords[i - 1]]
    assert chords_in(melody(pitches, beats)) == wanted


def test_a_hymn_tune_may_change_its_chord_on_every_pulse_and_a_walking_bass_may_not():
    tune = (67, 67, 69, 67, 72, 71, 71, 72)
    pitched = {clip: chords_in(clip) for clip in (melody(tune), melody([p - 24 for p in tune]))}
    high, low = pitched.values()
    assert any(start % 2 for start, _ in high)
    assert not any(start % 2 for start, _ in low)


def test_a_tune_that_leads_back_to_its_start_has_no_final_cadence():
    moving = melody([65, 69, 72, 69] * 4, 1.0)
    resting = melody([65, 69, 72, 69, 67, 70, 67, 64], 1.0)
    resting = resting.with_notes((*resting.notes, Note(65, 8.0, 8.0)))
    closes = []
    for clip in (moving, replace(resting, length_beats=16.0, loop_end_beats=16.0)):
        score = finish(read_score((clip,)))
        ends = finish(phrase_ends(score, finish(melody_line(score))))
        closes.append(ends)
    assert closes == [[], [8.0]]


def test_explicit_chords_are_read_as_written_even_outside_the_key():
    chords = block((48, 64, 67, 72), (46, 62, 65, 70), (41, 60, 65, 69), (43, 59, 62, 65))
    assert [name for _, name in chords_in(chords)] == ["C", "Bb", "F", "G7"]


def test_a_secondary_dominant_is_heard():
    chords = block((48, 64, 67, 72), (50, 66, 69, 72), (43, 67, 71, 74), (48, 64, 67, 72))
    assert [name for _, name in chords_in(chords)] == ["C", "D7", "G", "C"]


def test_chords_that_change_on_every_beat_are_followed():
    chords = block((48, 64, 67), (53, 65, 69), (55, 62, 71), (48, 64, 72), beats=1.0)
    assert chords_in(chords) == [(0.0, "C"), (1.0, "F"), (2.0, "G"), (3.0, "C")]


def test_shares_of_chords_are_surer_the_sharper_and_sum_to_one():
    clip = block((48, 64, 67), (53, 65, 69), (55, 62, 71), (48, 64, 72))
    score = finish(read_score((clip,)))
    lattice = finish(build_lattice(C_MAJOR, finish(fill_cells(score, finish(group_spans(score))))))
    flat, sharp = (finish(chord_shares(lattice, sharpness)) for sharpness in (0.3, 2.0))
    assert str(sharp[0][0][0]) == "C"
    for left, right in zip(flat, sharp, strict=True):
        assert left[0][1] < right[0][1]
        assert sum(share for _, share in left) == pytest.approx(1)


def test_seven_eight_changes_chords_on_its_groups():
    metre = Metre(7, 8)
    left = block((57, 60, 64), (53, 57, 60), beats=3.5, metre=metre)
    assert chords_in(left) == [(0.0, "Am"), (3.5, "F")]


def test_a_cadence_is_worth_more_than_its_reverse():
    tonic, dominant, subdominant = Chord(0, ""), Chord(7, ""), Chord(5, "")
    assert move(C_MAJOR, dominant, tonic) > move(C_MAJOR, dominant, subdominant)
    assert secondary_target(C_MAJOR, Chord(2, "7")) == 7
    assert secondary_target(C_MAJOR, Chord(7, "7")) is None
    assert secondary_target(A_MINOR, Chord(4, "")) is None


@given(st.sampled_from(VOCABULARY), st.integers(0, 11))
def test_chords_transpose_with_their_roots(chord, shift):
    moved = Chord((chord.root + shift) % 12, chord.quality)
    assert moved.tones == tuple((tone + shift) % 12 for tone in chord.tones)


@given(st.lists(st.integers(36, 84), min_size=1, max_size=32), st.integers(-12, 12))
def test_the_reading_moves_with_the_music(pitches, shift):
    plain, moved = melody(pitches, 0.5), melody([p + shift for p in pitches], 0.5)
    first, second = key_in(plain), key_in(moved)
    assert first.confidence == pytest.approx(second.confidence)


@given(
    st.lists(st.integers(0, 127), min_size=1, max_size=24),
    st.sampled_from([Metre(), Metre(5, 4), Metre(6, 8), Metre(7, 8), Metre(2, 2)]),
    st.sampled_from([0.0, 0.5, 1.25]),
)
def test_the_chords_cover_the_loop_without_gaps(pitches, metre, start):
    clip = melody([*pitches, 60, 60, 60, 60], 0.5, metre=metre, loop_start_beats=start)
    score = finish(read_score((clip,)))
    spans = finish(group_spans(score))
    assert spans[0].start_beats == clip.loop_start_beats
    assert spans[-1].end_beats == pytest.approx(clip.loop_end_beats)
    for before, after in itertools.pairwise(spans):
        assert before.end_beats == pytest.approx(after.start_beats)


def test_a_shorter_clip_repeats_under_the_first():
    long, short = melody([60] * 16), melody([67, 71, 74, 71])
    score = finish(read_score((long, short)))
    assert [s.start_beats for s in score.pitched if s.pitch == 67] == [0.0, 4.0, 8.0, 12.0]
