# SPDX-License-Identifier: Apache-2.0
"""Engine rules against the engine contract, on random clips and on music made by code."""

import itertools

import pytest
from clips import clips, notes
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from models.clip import Clip, Note, Scale
from models.contract import check
from models.engine import Partial, Progress, Request, Result
from models.engines.rules import Rules
from models.errors import BadArgument, BadClip
from models.metre import Metre, MetreChange
from models.registry import BUILT_IN, load_class
from models.theory.keys import key_of
from models.theory.voiceleading import Tone
from models.theory.voiceleading import check as find_faults

ROLES = Rules.info.roles
ARGS = {
    "adventure": 0.5,
    "density": 1.0,
    "similarity": 0.5,
    "scale_lock": True,
    "low_pitch": None,
    "high_pitch": None,
}
ODE = (64, 64, 65, 67, 67, 65, 64, 62, 60, 60, 62, 64, 64, 62, 62, 62)
CHORALE = (67, 69, 71, 72, 71, 69, 67, 67, 67, 72, 71, 69, 67, 69, 67, 67)
MAJOR = Scale(0, (0, 2, 4, 5, 7, 9, 11))


def melody(pitches, beats=1.0, **frame):
    made = tuple(Note(pitch, i * beats, beats) for i, pitch in enumerate(pitches))
    return Clip(made, len(pitches) * beats, **frame)


def drum_clip(onsets, length_beats=16.0):
    return Clip(tuple(Note(36, onset, 0.25) for onset in onsets), length_beats, kind="drums")


def events(command, sources, *, seed=1, takes=1, **args):
    request = Request(command, tuple(sources), {**ARGS, **args}, seed, takes)
    found = list(Rules().generate(request))
    check(request, found[-1])
    return found


def accompany(role, *sources, **options):
    return events("accompany", sources, role=role, **options)[-1]


def harmonise(*sources, voices="soprano", **options):
    return events("harmonise", sources, voices=voices, **options)[-1]


def the_notes(result, take=0, part=0):
    return result.answers[take].parts[part].notes


def test_the_registry_finds_the_engine():
    assert "models.engines.rules:Rules" in BUILT_IN
    assert load_class("models.engines.rules:Rules") is Rules


# -- the contract, on any clip -------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(clips(), min_size=1, max_size=3), st.sampled_from(ROLES), st.integers(0, 99))
def test_an_accompaniment_keeps_the_contract_on_any_clips(sources, role, seed):
    if not sources[0].playing():  # then the others may or may not reach into its loop
        assume(not any(clip.playing() for clip in sources))
        with pytest.raises(BadClip):
            accompany(role, *sources)
        return
    found = events("accompany", sources, role=role, seed=seed, takes=2)
    result = found[-1]
    assert isinstance(result, Result)
    for take, answer in enumerate(result.answers):
        (part,) = answer.parts
        frame = sources[0]
        assert (part.metre, part.scale, part.tempo_bpm) == (
            frame.metre,
            frame.scale,
            frame.tempo_bpm,
        )
        assert all(note.origin == "new" and note.id is None for note in part.notes)
        assert all(note.end_beats <= frame.loop_end_beats for note in part.notes)
        streamed = [n for e in found if isinstance(e, Partial) and e.take == take for n in e.notes]
        assert sorted(streamed, key=repr) == sorted(part.notes, key=repr)
    progress = [event.fraction for event in found if isinstance(event, Progress)]
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    assert len({answer.parts[0].notes for answer in result.answers}) == len(result.answers)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    clips(),
    st.lists(st.integers(0, 127), min_size=1, max_size=20),
    st.sampled_from((0.25, 0.5, 1.0, 1 / 3)),
)
@example(Clip((), 16.0), [0, 127, 60], 1.0)
@example(Clip((), 4.0), [0], 0.25)
def test_four_voices_keep_the_given_one_whatever_it_is(frame, pitches, beats):
    start = frame.loop_start_beats
    line = tuple(Note(p, start + i * beats, beats, id=i) for i, p in enumerate(pitches))
    source = Clip(
        (Note(3, start, 1.0, mute=True), *line),
        frame.length_beats,
        start,
        metre=frame.metre,
        scale=frame.scale,
    )
    assume(source.playing())
    result = harmonise(source, takes=2)
    for answer in result.answers:
        assert answer.parts[0] == source
        assert [part.name for part in answer.parts[1:]] == ["Alto", "Tenor", "Bass"]
        for part in answer.parts[1:]:
            assert part.notes
            assert all(start <= n.start_beats for n in part.notes)
            assert all(n.end_beats <= source.loop_end_beats for n in part.notes)
            assert all(
                a.end_beats <= b.start_beats + 1e-9 for a, b in itertools.pairwise(part.notes)
            )


@given(st.sampled_from(ROLES), st.integers(0, 2**31 - 1))
@settings(max_examples=15, deadline=None)
def test_the_same_seed_gives_the_same_notes(role, seed):
    first, second = (accompany(role, melody(ODE), seed=seed, takes=2) for _ in range(2))
    assert first.answers == second.answers


@pytest.mark.parametrize("role", ROLES)
def test_takes_differ(role):
    result = accompany(role, melody(ODE), takes=4)
    assert len({answer.parts[0].notes for answer in result.answers}) == 4


@pytest.mark.parametrize("role", ROLES)
def test_silence_is_refused_with_what_to_do(role):
    muted = Clip((Note(60, 0.0, 1.0, mute=True),), 4.0)
    outside = Clip((Note(60, 8.0, 1.0),), 4.0)
    with pytest.raises(BadClip, match="unmute"):
        accompany(role, muted, outside)


@pytest.mark.parametrize("command", ["accompany", "harmonise"])
def test_twenty_thousand_notes_are_answered_or_refused(command):
    source = melody([60 + i % 12 for i in range(20_000)], 0.25)
    args = {"role": "bass"} if command == "accompany" else {"voices": "soprano"}
    with pytest.raises(BadClip, match="shorten"):
        events(command, (source,), **args)
    shorter = melody([60 + i % 12 for i in range(20_000)], 1 / 16)
    assert events("accompany", (shorter,), role="bass")[-1].answers


# -- metres --------------------------------------------------------------------------------------


METRES = ("4/4", "3/4", "5/4", "6/8", "7/8", "12/8", "2/2", "1/4", "13/16")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("text", METRES)
def test_every_bar_has_its_downbeat_in_any_metre(role, text):
    numerator, denominator = (int(part) for part in text.split("/"))
    metre = Metre(numerator, denominator)
    pitches = [60, 64, 67, 65, 62, 59, 60] * 8
    source = Clip(
        tuple(Note(p, i * 0.5, 0.5) for i, p in enumerate(pitches)),
        4 * metre.bar_beats,
        metre=metre,
    )
    if role not in {"bass", "drums"}:
        assert the_notes(accompany(role, source))
        return
    onsets = {round(note.start_beats, 6) for note in the_notes(accompany(role, source))}
    missing = [n for n in range(4) if round(n * metre.bar_beats, 6) not in onsets]
    assert not missing


def test_a_bass_follows_a_change_of_metre():
    changes = (MetreChange(8.0, Metre(7, 8)),)
    source = melody([60, 64, 67, 64] * 6, metre_changes=changes)
    onsets = {note.start_beats for note in the_notes(accompany("bass", source))}
    assert {0.0, 4.0, 8.0, 11.5, 15.0} <= onsets


def test_a_loop_in_the_middle_of_the_clip_is_filled_and_nothing_else():
    source = Clip(melody(ODE).notes, 16.0, loop_start_beats=5.5, loop_end_beats=13.5)
    made = the_notes(accompany("chords", source))
    assert min(note.start_beats for note in made) == 5.5
    assert max(note.end_beats for note in made) <= 13.5


# -- bass ----------------------------------------------------------------------------------------


def test_the_bass_plays_the_roots_of_a_plain_cadence():
    source = melody([60, 64, 67, 64, 65, 69, 72, 69, 67, 71, 74, 71, 72, 67, 64, 60])
    made = the_notes(accompany("bass", source))
    downbeats = {n.start_beats: n.pitch % 12 for n in made}
    assert [downbeats[bar] for bar in (0.0, 4.0, 8.0, 12.0)] == [0, 5, 7, 0]
    assert all(28 <= note.pitch <= 55 for note in made)


def test_the_bass_locks_to_the_kick():
    kicks = (0.0, 1.5, 2.5, 4.0, 5.5, 6.5, 8.0, 9.5, 10.5, 12.0, 13.5, 14.5)
    result = accompany("bass", melody(ODE), drum_clip(kicks), density=1.5, similarity=1.0)
    onsets = [note.start_beats for note in the_notes(result)]
    on_kick = sum(onset in kicks for onset in onsets)
    assert on_kick >= 0.7 * len(onsets)


def test_the_bass_takes_over_swing_and_level():
    swung = [(beat + (0.0, 2 / 3)[half]) for beat in range(16) for half in (0, 1)]
    line = tuple(Note(60 + i % 5, at, 0.3, 40.0) for i, at in enumerate(swung))
    result = accompany("bass", Clip(line, 16.0), density=4.0)
    made = the_notes(result)
    off_beats = [note.start_beats % 1 for note in made if note.start_beats % 1]
    assert off_beats
    assert all(abs(part - 2 / 3) < 0.02 for part in off_beats)
    assert all(30 <= note.velocity <= 55 for note in made)


def test_density_says_how_much_is_played():
    few, many = (len(the_notes(accompany("bass", melody(ODE), density=d))) for d in (0.25, 4.0))
    assert few < many / 2


@pytest.mark.parametrize("role", [role for role in ROLES if role != "drums"])
def test_range_and_scale_are_kept(role):
    scale = Scale(2, (0, 2, 4, 6, 9), "Odd")
    source = melody(ODE, scale=scale)
    result = accompany(role, source, low_pitch=41, high_pitch=58, takes=3, adventure=1.0)
    for answer in result.answers:
        for note in answer.parts[0].notes:
            assert 41 <= note.pitch <= 58
            assert note.pitch in scale


def test_a_range_without_a_note_is_refused():
    with pytest.raises(BadArgument, match="widen"):
        accompany("bass", melody(ODE, scale=MAJOR), low_pitch=61, high_pitch=61)
    with pytest.raises(BadArgument, match="swap"):
        accompany("bass", melody(ODE), low_pitch=61, high_pitch=60)


# -- chords --------------------------------------------------------------------------------------


def test_chords_lie_below_the_melody_and_do_not_rub_against_it():
    source = melody([72, 72, 76, 76, 77, 77, 76, 76, 74, 74, 71, 71, 72, 72, 72, 72])
    for answer in accompany("chords", source, takes=3).answers:
        for chord in answer.parts[0].notes:
            over = [
                note.pitch
                for note in source.notes
                if note.start_beats < chord.end_beats and note.end_beats > chord.start_beats
            ]
            assert chord.pitch < min(over)
            assert all(pitch - chord.pitch != 1 for pitch in over)


def test_explicit_chords_are_followed():
    triads = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
    source = Clip(
        tuple(Note(p, 4.0 * i, 4.0) for i, triad in enumerate(triads) for p in triad), 16.0
    )
    made = the_notes(accompany("bass", source, adventure=0.0))
    roots = {note.start_beats: note.pitch % 12 for note in made}
    assert [roots[bar] for bar in (0.0, 4.0, 8.0, 12.0)] == [9, 5, 0, 7]


@pytest.mark.parametrize("seed", range(6))
def test_chords_under_an_arpeggio_are_the_arpeggio_to_the_last_beat(seed):
    source = melody((65, 69, 72, 69) * 8, 0.5, scale=Scale(5, (0, 2, 4, 5, 7, 9, 11)))
    for answer in accompany("chords", source, seed=seed, takes=3).answers:
        assert {note.pitch % 12 for note in answer.parts[0].notes} <= {5, 9, 0}


# -- counter-line and drums ----------------------------------------------------------------------


def test_a_counter_line_is_mostly_steps_and_makes_no_parallel_fifths():
    source = melody([76, 74, 72, 69, 71, 72, 67, 64, 67, 69, 71, 71, 72, 74, 76, 72])
    made = the_notes(accompany("counter", source, adventure=0.2))
    lines = [tones(part) for part in (source, source.with_notes(made))]
    faults = {fault.kind for fault in find_faults(lines, key_of(0, minor=False))}
    assert not faults & {"parallel fifths", "parallel octaves", "crossing"}
    moves = [abs(b.pitch - a.pitch) for a, b in itertools.pairwise(made)]
    assert sum(move <= 4 for move in moves) >= 0.7 * len(moves)


def test_drums_keep_the_backbeat_and_are_a_drum_clip():
    (answer,) = accompany("drums", melody(ODE), adventure=0.0).answers
    (part,) = answer.parts
    assert part.kind == "drums"
    snares = {note.start_beats for note in part.notes if note.pitch == 38}
    assert {1.0, 3.0, 5.0, 7.0} <= snares
    assert {note.start_beats for note in part.notes if note.pitch == 36} >= {0.0, 4.0, 8.0, 12.0}


WALK = (36, 40, 43, 45, 46, 45, 43, 40, 41, 45, 48, 50, 36, 40, 43, 42)
HATS = (42, 44, 46, 51)


def cymbals(source, **options):
    """Where the hats and the ride of every take are struck, within a beat."""
    answers = accompany("drums", source, takes=6, adventure=1.0, **options).answers
    played = [note for answer in answers for note in answer.parts[0].notes]
    return {round(note.start_beats % 1, 2) for note in played if note.pitch in HATS}


@pytest.mark.parametrize("seed", range(4))
def test_under_a_fast_walking_bass_the_ride_swings_and_nothing_is_straight(seed):
    assert cymbals(melody(WALK, tempo_bpm=160.0), seed=seed) == {0.0, 0.67}


def test_swung_eighths_get_swung_hats_and_no_sixteenths():
    swung = []
    for beat in range(16):
        swung += [Note(60, float(beat), 0.6), Note(64, beat + 2 / 3, 0.3)]
    assert cymbals(Clip(tuple(swung), 16.0, tempo_bpm=96.0)) == {0.0, 0.67}


def test_fast_music_without_sixteenths_gets_none():
    assert cymbals(melody(ODE * 2, 0.5, tempo_bpm=170.0)) == {0.0, 0.5}
    assert cymbals(melody(ODE, 1.0, tempo_bpm=170.0)) == {0.0}


def test_sixteenths_come_where_the_context_plays_them():
    assert 0.25 in cymbals(melody(ODE * 4, 0.25, tempo_bpm=120.0))


# -- four voices ---------------------------------------------------------------------------------


def tones(part):
    return [Tone(note.start_beats, note.end_beats, note.pitch) for note in part.notes]


@pytest.mark.parametrize("pitches", [ODE, CHORALE])
def test_a_chorale_phrase_has_no_forbidden_parallels(pitches):
    result = harmonise(melody(pitches), takes=3)
    key = key_of(0, minor=False)
    for answer in result.answers:
        faults = {fault.kind for fault in find_faults([tones(p) for p in answer.parts], key)}
        assert not faults & {"parallel fifths", "parallel octaves", "crossing", "range"}


@pytest.mark.parametrize(
    ("pitches", "leading"),
    [
        ((62, 65, 67, 69, 72, 71, 69, 65) * 4, 1),  # D dorian
        ((64, 64, 65, 64, 67, 65, 64, 62) * 4, 3),  # E phrygian
        ((67, 67, 71, 74, 77, 74, 72, 71) * 4, 6),  # G mixolydian
        ((69, 72, 76, 74, 72, 71, 69, 67) * 4, 8),  # A natural minor
    ],
)
def test_no_leading_tone_is_put_under_a_modal_riff(pitches, leading):
    source = melody(pitches, 0.5)
    answers = harmonise(source, takes=2).answers
    for role in ("bass", "chords", "counter"):
        answers += accompany(role, source, takes=2).answers
    new = [n for a in answers for part in a.parts for n in part.notes if n.origin == "new"]
    assert new
    assert all(note.pitch % 12 != leading for note in new)


def test_a_scale_set_in_the_clip_holds_for_four_voices():
    scale = Scale(9, (0, 2, 3, 5, 7, 8, 10), "Minor")
    source = melody((69, 76, 74, 72, 71, 72, 74, 76, 77, 76, 74, 72, 71, 72, 69, 69), scale=scale)
    for answer in harmonise(source, takes=3, adventure=1.0).answers:
        assert all(note.pitch in scale for part in answer.parts for note in part.notes)


def test_a_given_bass_is_kept_and_harmonised():
    bass = melody([48, 53, 55, 48], 4.0)
    soprano = melody([64, 65, 62, 64], 4.0)
    (answer,) = harmonise(bass, soprano, voices="bass,soprano").answers
    assert answer.parts[0] == soprano
    assert answer.parts[3] == bass
    sounding = [{part.notes[i].pitch % 12 for part in answer.parts} for i in range(1)]
    assert sounding == [{0, 4, 7}]


@pytest.mark.parametrize(
    ("voices", "count"),
    [
        ("soprano,bass", 1),
        ("tenor,tenor", 2),
        ("kazoo", 1),
        ("", 1),
        ("soprano,alto,tenor,bass", 4),
    ],
)
def test_wrong_voices_are_refused(voices, count):
    with pytest.raises(BadArgument) as caught:
        harmonise(*[melody(ODE)] * count, voices=voices)
    assert caught.value.where == "voices"


def test_a_polyphonic_voice_is_refused_and_legato_is_not():
    legato = Clip(tuple(Note(p, float(i), 1.1) for i, p in enumerate(ODE)), 16.0)
    assert harmonise(legato).answers[0].parts[0] == legato
    thick = Clip((*melody(ODE).notes, *melody([p + 4 for p in ODE]).notes), 16.0)
    with pytest.raises(BadClip, match="several notes"):
        harmonise(thick)


@given(st.lists(notes(), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_no_answer_to_harmonise_is_worse_than_an_honest_error(made):
    source = Clip(tuple(made), 16.0)
    try:
        result = harmonise(source)
    except BadClip:
        return
    assert result.answers[0].parts[0] == source
