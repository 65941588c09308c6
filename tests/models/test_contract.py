# SPDX-License-Identifier: Apache-2.0
"""The contract: what an engine gives back is taken or refused for the right reason."""

import math
from dataclasses import replace

import pytest

from models.clip import Clip, Note
from models.contract import check, conclude
from models.engine import Answer, EngineInfo, Request, Result
from models.errors import EngineFault
from models.metre import Metre, MetreChange

SOURCE = Clip(
    (
        Note(60, 0.0, 1.0),
        Note(64, 0.0, 1.0),
        Note(67, 0.02, 1.0),
        Note(62, 2.0, 0.5),
        Note(65, 3.0, 0.5, mute=True),
        Note(69, 3.5, 0.5),
    ),
    4.0,
)
MUTED = SOURCE.notes[4]


def new(pitch, start, duration=1.0):
    return Note(pitch, start, duration, origin="new")


def answer(*parts):
    return Result((Answer(tuple(parts)),))


def part(*notes, length=8.0, name="melody", **fields):
    return Clip(notes, length, name=name, **{"metre": Metre(4, 4), "tempo_bpm": 120.0, **fields})


def refuse(request, result, reason):
    with pytest.raises(EngineFault, match=reason):
        check(request, result)


def vary(keep):
    return Request("vary", (SOURCE,), {"keep": keep, "lock": (), "lock_ids": ()}, 1)


def varied(*notes, kept=()):
    return answer(SOURCE.with_notes((*kept, MUTED, *notes)))


def test_kept_rhythm_has_new_pitches_at_the_old_places():
    whole = [new(50 + i, n.start_beats, n.duration_beats) for i, n in enumerate(SOURCE.notes)]
    del whole[4]
    check(vary("rhythm"), varied(*whole))
    check(vary("rhythm"), varied(*whole[::-1]))
    check(vary("rhythm"), varied(*whole[1:], kept=SOURCE.notes[:1]))
    refuse(vary("rhythm"), varied(*whole[1:]), "changed the rhythm")
    refuse(vary("rhythm"), varied(*whole, new(40, 1.0)), "changed the rhythm")
    late = replace(whole[0], start_beats=0.1)
    refuse(vary("rhythm"), varied(late, *whole[1:]), "changed the rhythm")
    short = replace(whole[0], duration_beats=0.9)
    refuse(vary("rhythm"), varied(short, *whole[1:]), "changed the rhythm")
    check(vary(""), varied(late, *whole[1:]))


@pytest.mark.parametrize(
    "pitches", [(60, 64, 67, 62, 69), (67, 60, 64, 62, 69)], ids=["in order", "arpeggio"]
)
def test_kept_pitches_come_in_the_order_of_their_chords(pitches):
    check(vary("pitches"), varied(*(new(p, i * 0.75, 0.5) for i, p in enumerate(pitches))))


def test_lines_may_become_chords_with_the_same_pitches_in_order():
    struck = [new(60, 0.0), new(64, 1.0), new(62, 1.0), new(67, 1.01), new(69, 2.0)]
    check(vary("pitches"), varied(*struck))


@pytest.mark.parametrize(
    "pitches",
    [(60, 64, 62, 67, 69), (60, 64, 67, 62), (60, 64, 67, 62, 69, 69), (60, 64, 67, 62, 70)],
    ids=["order", "fewer", "more", "other"],
)
def test_other_pitches_are_refused(pitches):
    notes = (new(p, i * 0.6, 0.5) for i, p in enumerate(pitches))
    refuse(vary("pitches"), varied(*notes), "changed the pitches")


def generate(role="melody", clips=()):
    args = {"role": role, "bars": 2, "metre": "4/4", "tempo_bpm": 120.0}
    return Request("generate", clips, args, 1)


def test_generated_parts_have_the_frame_that_was_asked_for():
    check(generate(), answer(part(new(60, 7.0))))
    for wrong, reason in (
        (part(new(60, 0.0), length=4.0), "4 beats for 2 bars"),
        (part(new(60, 0.0), metre=Metre(3, 4)), "wrote in 3/4"),
        (part(new(60, 0.0), metre_changes=(MetreChange(4.0, Metre(2, 4)),)), "wrote in"),
        (part(new(60, 0.0), tempo_bpm=90.0), "90 bpm"),
        (part(new(60, 0.0), loop_start_beats=4.0), "beats for 2 bars"),
        (part(new(60, 7.5)), "outside the bars"),
        (part(Note(60, 0.0, 1.0)), "passed off"),
        (part(new(60, 0.0), name="bass"), "gave the parts bass for melody"),
        (part(new(60, 0.0), kind="drums"), "as a drums clip"),
    ):
        refuse(generate(), answer(wrong), reason)


def test_a_seed_may_stand_in_what_grew_from_it():
    seed = Clip((Note(60, 0.0, 1.0, 77),), 4.0)
    check(generate(clips=(seed,)), answer(part(*seed.notes, new(62, 1.0))))
    refuse(generate(clips=(seed,)), answer(part(Note(60, 0.0, 1.0, 78))), "passed off")


def test_a_trio_is_lead_bass_and_drums():
    lead, bass = part(new(72, 0.0), name="Lead"), part(new(36, 0.0), name="Bass")
    drums = part(new(36, 0.0), name="Drums", kind="drums")
    check(generate("trio"), answer(lead, bass, drums))
    for wrong in ((lead, bass), (bass, lead, drums), (lead, bass, drums, drums)):
        refuse(generate("trio"), answer(*wrong), "for lead, bass, drums")
    refuse(generate("trio"), answer(lead, bass, replace(drums, kind="melodic")), "melodic clip")


def test_voices_from_nothing_have_the_frame_that_was_asked_for():
    args = {"voices": "", "bars": 2, "metre": "4/4", "tempo_bpm": 120.0}
    request = Request("harmonise", (), args, 1)
    voice = part(new(60, 0.0))
    check(request, answer(*[voice] * 4))
    refuse(request, answer(*[voice] * 3), "3 voices")
    refuse(request, answer(*[voice] * 3, part(new(60, 0.0), length=4.0)), "4 beats")
    refuse(request, answer(*[voice] * 3, part(Note(60, 0.0, 1.0))), "notes of the source")


def test_voices_round_a_given_one_share_its_frame_and_leave_it():
    given = part(Note(72, 0.0, 1.0))
    request = Request("harmonise", (given,), {"voices": "alto"}, 1)
    voice = part(new(60, 0.0))
    check(request, answer(voice, given, voice, voice))
    refuse(request, answer(given, voice, voice, voice), "changed the given|notes of the source")
    refuse(request, answer(voice, given, voice, part(new(60, 0.0), length=4.0)), "frame")


def test_wishes_that_an_engine_does_not_follow_are_named():
    info = EngineInfo("plain", "A test engine.", ("generate",), honours=("density",))
    wishes = {"style": "jazz", "density": 2.0, "chords": "Cm", "adventure": 0.5}
    request = replace(generate(), args={**generate().args, **wishes})
    result = replace(answer(part(new(60, 0.0))), degraded=("was tired",))
    assert conclude(request, result, info).degraded == (
        "was tired",
        "plain does not follow style",
        "plain does not follow chords",
    )


def test_an_answer_is_not_held_to_wishes_that_the_engine_does_not_follow():
    other = varied(new(50, 1.0))
    deaf = EngineInfo("deaf", "A test engine.", ("vary",))
    assert conclude(vary("rhythm"), other, deaf).degraded == ("deaf does not follow keep",)
    with pytest.raises(EngineFault, match="changed the rhythm"):
        conclude(vary("rhythm"), other, replace(deaf, honours=("keep",)))


def groove(*notes, **args):
    return Request("groove", (Clip(tuple(notes), 4.0),), {"amount": 0.5, **args}, 1)


def test_a_groove_changes_nothing_but_velocity_and_timing():
    stiff = Note(36, 1.0, 0.25, 100.0, probability=0.5, id=7)
    loose = replace(stiff, start_beats=1.02, velocity=91.0, origin="edited")
    check(groove(stiff), answer(part(loose, length=4.0)))
    refuse(groove(stiff), answer(part(replace(loose, pitch=38), length=4.0)), "velocity and timing")
    refuse(groove(stiff), answer(part(loose, loose, length=4.0)), "added or took")
    refuse(groove(stiff, lock_ids=(7,)), answer(part(loose, length=4.0)), "should stay")
    muted = replace(stiff, mute=True)
    refuse(groove(muted), answer(part(replace(loose, mute=True), length=4.0)), "should stay")


def test_a_morph_can_be_one_clip():
    ends = Clip((Note(60, 0.0, 4.5),), 4.0), Clip((Note(67, 5.0, 1.0),), 8.0, loop_start_beats=4.0)
    request = Request("interpolate", ends, {"steps": 2, "join": True}, 1)
    info = EngineInfo("morpher", "A test engine.", ("interpolate",))
    ((clip,),) = (a.parts for a in conclude(request, answer(*ends), info).answers)
    assert clip.length_beats == 8.0
    assert [(n.pitch, n.start_beats, n.duration_beats) for n in clip.notes] == [
        (60, 0.0, 4.0),
        (67, 5.0, 1.0),
    ]


def test_drums_are_added_to_what_a_drum_clip_has():
    kick = Note(36, 0.0, 0.25)
    beat = Clip((kick,), 4.0, kind="drums")
    request = Request("drumify", (beat,), {}, 1)
    check(request, answer(replace(beat, notes=(kick, new(42, 1.0)))))
    refuse(request, answer(replace(beat, notes=(new(42, 1.0),))), "changed the given hits")
    refuse(request, answer(replace(beat, notes=(kick, new(36, 1.0)))), "has hits already")
    refuse(request, answer(replace(beat, notes=(kick, new(42, 3.5)))), "outside the loop")
    refuse(request, answer(replace(beat, notes=(kick,), kind="melodic")), "no drum clip")
    tap = Request("drumify", (part(Note(60, 0.0, 1.0)),), {}, 1)
    refuse(tap, answer(part(Note(36, 0.0, 1.0), kind="drums")), "notes of the source")


def test_a_measure_that_is_no_number_is_left_out():
    """JSON has no such numbers: the result could be told to nobody."""
    request = Request("continue", (SOURCE,), {"bars": 1}, seed=1)
    stats = {"nats": math.nan, "worst": -math.inf, "notes": 3, "share": 0.5}
    result = replace(answer(Clip((new(60, 0.0),), 4.0)), stats=stats)
    info = EngineInfo("odd", "Odd.", ("continue",))
    assert conclude(request, result, info).stats == {"notes": 3, "share": 0.5}
