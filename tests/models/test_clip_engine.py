# SPDX-License-Identifier: Apache-2.0
"""The clip engine's commands on music of every kind, with weights that know nothing."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import pytest
from clip_asking import answer, ask, events_of, fresh, most_at_once
from tiny_clip import write_weights

from models import examples
from models.clip import Clip, Note, Scale
from models.engine import Partial
from models.engines.clip.card import WEIGHTS, WEIGHTS_SHA256
from models.engines.clip.engine import ClipModel
from models.errors import BadArgument, BadClip, NoEngine
from models.metre import Metre, MetreChange

LINE = Clip(tuple(Note(60 + (0, 2, 4, 5, 7)[n % 5], n / 2, 0.5) for n in range(16)), 8.0)
METRES = (Metre(3, 4), Metre(6, 8), Metre(7, 8), Metre(5, 4), Metre(12, 8), Metre(1, 32))


def in_metre(metre, bars=3):
    """Eighths that fill some bars."""
    beats = bars * metre.bar_beats
    step = min(0.5, metre.bar_beats)
    notes = tuple(Note(62 + n % 7, n * step, step) for n in range(round(beats / step)))
    return Clip(notes, beats, metre=metre)


class TestContinue:
    @pytest.mark.parametrize("metre", METRES, ids=str)
    def test_bars_have_the_clips_metre(self, metre):
        found = answer("continue", [in_metre(metre)], bars=2)
        assert found.metre == metre
        assert found.length_beats == pytest.approx(2 * metre.bar_beats)
        assert found.notes

    def test_goes_on_in_the_last_metre_heard(self):
        clip = replace(LINE, metre_changes=(MetreChange(4.0, Metre(7, 8)),), length_beats=7.5)
        clip = replace(clip, loop_end_beats=7.5)
        assert answer("continue", [clip], bars=3).length_beats == pytest.approx(10.5)

    @pytest.mark.parametrize(
        "clip",
        [
            examples.melody(pickup=True),
            replace(LINE, loop_start_beats=2.5),
            replace(LINE, loop_end_beats=6.0),
            Clip((Note(60, 0.0, 1.0),), 4.0),
            Clip((Note(0, 0.0, 1.0), Note(127, 1.0, 1.0), Note(60, 2.0, 2.0)), 4.0),
            Clip(tuple(Note(60, n / 8, 2.0) for n in range(16)), 4.0),
            examples.clip_of_everything(),
        ],
        ids=["pickup", "loop start", "half bar", "one note", "extremes", "overlaps", "everything"],
    )
    def test_hard_clips_are_continued(self, clip):
        found = answer("continue", [clip], bars=2)
        assert found.notes
        assert min(note.start_beats for note in found.notes) >= 0

    @pytest.mark.parametrize("shift", [0, 4, 7])
    def test_a_line_stays_a_line_in_its_range_and_scale(self, shift):
        scale = Scale(shift, (0, 2, 4, 5, 7, 9, 11), "Major")
        moved = tuple(replace(note, pitch=note.pitch + shift) for note in LINE.notes)
        found = answer("continue", [replace(LINE, notes=moved, scale=scale)], bars=8)
        assert most_at_once(found.notes, 1e-6) == 1
        assert {note.pitch % 12 for note in found.notes} <= scale.pitch_classes
        assert all(58 <= note.pitch - shift <= 69 for note in found.notes)

    def test_range_and_open_scale_are_as_asked(self):
        found = answer("continue", [LINE], low_pitch=40, high_pitch=43, scale_lock=False)
        assert {note.pitch for note in found.notes} <= {40, 41, 42, 43}

    def test_drums_use_the_clips_pads(self):
        groove = examples.drum_groove()
        found = answer("continue", [groove], bars=2)
        assert {note.pitch for note in found.notes} <= {pitch for pitch, _ in groove.pads}
        assert found.pads == groove.pads

    def test_long_answers_come_in_pieces_that_fit_together(self):
        events = events_of("continue", [LINE], bars=19)
        spans = [e for e in events if isinstance(e, Partial)]
        assert [e.index for e in spans] == list(range(19))
        assert {e.count for e in spans} == {19}
        assert spans[-1].end_beats == 76.0
        told = [note for e in spans for note in e.notes]
        assert sorted(told, key=repr) == sorted(events[-1].answers[0].parts[0].notes, key=repr)

    def test_it_can_lead_back_into_the_start(self):
        assert answer("continue", [examples.waltz()], bars=2, loop=True).length_beats == 6.0

    def test_two_thousand_notes_are_windowed_and_it_is_said(self):
        notes = tuple(Note(40 + n % 40, n / 8, 0.125) for n in range(2000))
        result = ask("continue", [Clip(notes, 250.0)], bars=1)
        assert result.answers[0].parts[0].notes
        assert any("read" in said for said in result.degraded)

    def test_a_bar_that_holds_too_much_goes_to_another_engine(self):
        notes = tuple(Note(n % 128, n / 500, 0.25) for n in range(2000))
        result = ask("continue", [Clip(notes, 4.0)], bars=1)
        assert result.degraded[0].startswith("motif wrote this, because ")

    def test_muted_notes_are_not_heard(self):
        muted = replace(LINE, notes=tuple(replace(note, mute=True) for note in LINE.notes))
        with pytest.raises(BadClip, match="Nothing sounds"):
            ask("continue", [muted])

    def test_density_and_similarity_are_followed_without_complaint(self):
        result = ask("continue", [LINE], density=2.0, similarity=1.0, adventure=1.0, style="jazz")
        assert result.degraded == ()

    def test_fewer_takes_than_asked_are_named(self):
        moment = in_metre(Metre(1, 32))  # so short that few answers differ
        found = ask("continue", [moment], bars=1, takes=16, low_pitch=62, high_pitch=62)
        given = len(found.answers)
        assert given < 16
        assert f"{given} of 16 takes: the others would" in " ".join(found.degraded)


class TestInfill:
    def test_only_the_hole_changes(self):
        found = answer("infill", [LINE], from_beats=4.0, to_beats=8.0)
        stay = [note for note in LINE.notes if not 4 <= note.start_beats < 8]
        assert [note for note in found.notes if note.origin == "kept"] == stay
        assert fresh(found)
        assert all(n.start_beats >= 4 and n.end_beats <= 8 + 1e-9 for n in fresh(found))

    @pytest.mark.parametrize("span", [(5.31, 7.77), (0.0, 8.0), (3.999, 4.1), (7.5, 8.0)])
    def test_edges_may_lie_anywhere(self, span):
        found = answer("infill", [LINE], from_beats=span[0], to_beats=span[1])
        low, high = span
        assert all(low <= n.start_beats and n.end_beats <= high + 1e-9 for n in fresh(found))

    def test_locked_lanes_and_notes_stay(self):
        groove = examples.drum_groove()
        found = answer("infill", [groove], from_beats=0.0, to_beats=8.0, lock="36,38")
        locked = [note for note in groove.notes if note.pitch in {36, 38}]
        assert [note for note in found.notes if note.pitch in {36, 38}] == locked
        assert all(note.pitch not in {36, 38} for note in fresh(found))

    @pytest.mark.parametrize(("low", "high"), [(66, None), (None, 66), (60, 70)])
    def test_notes_out_of_the_range_stay(self, low, high):
        clip = examples.waltz()
        bounds = {"low_pitch": low, "high_pitch": high}
        found = answer("infill", [clip], from_beats=0.0, to_beats=12.0, **bounds)
        inside = range(low or 0, (high or 127) + 1)
        own = [note for note in clip.notes if note.pitch not in inside]
        assert own
        assert [note for note in found.notes if note.pitch not in inside] == own

    @pytest.mark.parametrize("takes", [1, 4])
    def test_what_finds_no_room_beside_long_hits_is_said(self, takes):
        long = tuple(Note(pad, 0.0, 4.0, id=pad) for pad in (36, 38))
        clip = Clip(long, 4.0, kind="drums")
        result = ask("infill", [clip], from_beats=2.0, to_beats=2.5, takes=takes)
        assert [answer.parts[0].notes for answer in result.answers] == [long]
        assert "what was written found no room beside the notes that stay" in result.degraded

    def test_takes_that_differ_only_where_nothing_is_heard_are_one(self):
        clip = Clip((Note(36, 0.0, 0.25), Note(38, 2.0, 2.0)), 4.0, kind="drums")
        pads = {"low_pitch": 36, "high_pitch": 38}
        result = ask("infill", [clip], from_beats=2.0, to_beats=2.2, takes=16, **pads)
        heard = [answer.parts[0].notes for answer in result.answers]
        assert len(set(heard)) == len(heard)

    def test_everything_locked_comes_back_as_it_was(self):
        clip = Clip(tuple(Note(36, float(n), 0.25) for n in range(4)), 4.0, kind="drums")
        result = ask("infill", [clip], from_beats=0.0, to_beats=4.0, lock="36")
        assert result.answers[0].parts[0].notes == clip.notes
        assert result.degraded

    def test_a_span_outside_is_refused(self):
        with pytest.raises(BadArgument, match="span"):
            ask("infill", [LINE], from_beats=20.0, to_beats=24.0)


class TestVary:
    def test_amount_nothing_changes_nothing(self):
        assert answer("vary", [LINE], amount=0.0).notes == LINE.notes

    @pytest.mark.parametrize("amount", [0.1, 0.5, 1.0])
    def test_no_more_changes_than_asked(self, amount):
        clip = examples.melody()
        found = answer("vary", [clip], amount=amount)
        kept = [note for note in found.notes if note.origin == "kept"]
        assert len(kept) >= len(clip.notes) - round(amount * len(clip.notes))
        assert found.notes != clip.notes

    @pytest.mark.parametrize("clip", [examples.melody(), examples.drum_groove()])
    @pytest.mark.parametrize("keep", ["rhythm", "pitches"])
    def test_rhythm_or_pitches_can_be_kept(self, clip, keep):
        found = answer("vary", [clip], amount=0.7, keep=keep)
        assert fresh(found)

    @pytest.mark.parametrize("locks", [{"lock": [62]}, {"lock_ids": [2, 10]}], ids=str)
    def test_kept_pitches_go_round_what_is_locked_in_every_bar(self, locks):
        line = replace(LINE, notes=tuple(replace(n, id=i) for i, n in enumerate(LINE.notes)))
        result = ask("vary", [line], keep="pitches", amount=1.0, takes=2, **locks)
        assert all(len(fresh(take.parts[0])) > 4 for take in result.answers)
        assert result.degraded == ()

    def test_kept_pitches_may_lie_outside_the_scale(self):
        scale = Scale(1, (0, 2, 4, 5, 7, 9, 11), "Db major")
        result = ask("vary", [replace(LINE, scale=scale)], keep="pitches", amount=1.0)
        assert fresh(result.answers[0].parts[0])
        assert result.degraded == ()

    @pytest.mark.parametrize("takes", [1, 3])
    def test_a_variation_that_is_none_is_said_to_be_none(self, takes):
        notes = tuple(Note(60, n / 2, 0.5) for n in range(8))
        clip = Clip(notes, 4.0)
        result = ask(
            "vary", [clip], keep="rhythm", amount=1.0, low_pitch=60, high_pitch=60, takes=takes
        )
        assert [take.parts[0].notes for take in result.answers] == [notes]
        assert "the notes are those that were there before: no others came" in result.degraded

    def test_locks_hold(self):
        groove = examples.drum_groove()
        found = answer("vary", [groove], amount=1.0, lock="36")
        kicks = [note for note in groove.notes if note.pitch == 36]
        assert [note for note in found.notes if note.pitch == 36] == kicks


class TestAccompany:
    BAND = (examples.melody(), examples.bass_line(), examples.chord_pad(), examples.drum_groove())

    @pytest.mark.parametrize("role", ["bass", "chords", "melody", "counter", "drums"])
    def test_every_role_goes_with_one_clip_and_with_many(self, role):
        for clips in ([examples.waltz()], [*self.BAND, *self.BAND]):
            found = answer("accompany", clips, role=role)
            assert found.notes
            assert (found.kind == "drums") == (role == "drums")

    def test_bass_under_drums_alone_is_usable_and_says_its_key(self):
        result = ask("accompany", [examples.drum_groove()], role="bass")
        assert most_at_once(result.answers[0].parts[0].notes, 0.02) == 1
        assert any("nothing pitched" in said for said in result.degraded)

    def test_drums_play_the_given_kit(self):
        kit = ((1, "Kick"), (2, "Snare"))
        drums = Clip((Note(1, 0.0, 0.5),), 4.0, kind="drums", pads=kit)
        found = answer("accompany", [drums, LINE], role="drums")
        assert {note.pitch for note in found.notes} <= {1, 2}
        assert found.pads == kit

    def test_muted_notes_are_not_heard(self):
        muted = replace(LINE, notes=tuple(replace(note, mute=True) for note in LINE.notes))
        with pytest.raises(BadClip):
            ask("accompany", [muted], role="bass")

    def test_odd_loops_and_metres_mix(self):
        found = answer("accompany", [examples.seven_eight(), examples.waltz()], role="bass")
        assert found.metre == Metre(7, 8)

    def test_a_loop_too_long_for_the_network_goes_to_rules(self):
        clip = Clip(tuple(Note(60 + n % 5, float(n), 1.0) for n in range(0, 400, 4)), 400.0)
        result = ask("accompany", [clip], role="bass")
        assert "rules wrote this" in result.degraded[0]
        with pytest.raises(BadClip, match="bars"):
            ask("accompany", [clip], role="melody")


class TestHarmonise:
    @pytest.mark.parametrize("voices", ["soprano", "bass", "alto", "soprano,bass"])
    def test_any_voices_are_completed(self, voices):
        clips = [LINE, LINE.with_notes(replace(n, pitch=n.pitch - 12) for n in LINE.notes)]
        parts = ask("harmonise", clips[: voices.count(",") + 1], voices=voices).answers[0].parts
        assert len(parts) == 4
        assert all(part.notes for part in parts)

    def test_four_voices_from_nothing(self):
        parts = ask("harmonise", [], bars=2, metre="3/4", scale="C minor").answers[0].parts
        assert [part.name for part in parts] == ["Soprano", "Alto", "Tenor", "Bass"]
        assert all(part.length_beats == 6 and part.notes for part in parts)
        assert all(most_at_once(part.notes, 1e-6) == 1 for part in parts)

    def test_chords_are_no_voice(self):
        with pytest.raises(BadClip, match="several notes"):
            ask("harmonise", [examples.chord_pad()], voices="soprano")


class TestGenerate:
    def test_from_nothing_in_any_metre(self):
        found = answer("generate", [], metre="7/8", bars=3, role="chords")
        assert found.length_beats == 10.5
        assert found.notes

    def test_a_scale_is_kept_to(self):
        found = answer("generate", [], scale="F# dorian")
        assert {n.pitch % 12 for n in found.notes} <= Scale(6, (0, 2, 3, 5, 7, 9, 10)).pitch_classes

    def test_from_one_note(self):
        note = Note(67, 0.0, 1.0, 91.0, id=3)
        found = answer("generate", [Clip((note,), 4.0)], role="melody")
        assert found.notes[0] == note
        assert fresh(found)

    def test_to_chords(self):
        found = answer("generate", [], chords="Cm Ab Eb Bb", role="bass", bars=8)
        scale = {0, 2, 3, 5, 7, 8, 10, 11}
        assert {n.pitch % 12 for n in found.notes} <= scale

    def test_a_trio_of_sixteen_bars(self):
        parts = ask("generate", [], role="trio", bars=16).answers[0].parts
        assert [part.name for part in parts] == ["Lead", "Bass", "Drums"]
        assert all(part.notes and part.length_beats == 64 for part in parts)

    def test_words_that_are_no_chords_are_refused(self):
        with pytest.raises(BadArgument, match="not a chord"):
            ask("generate", [], chords="Cm H7")


class TestWithoutWeights:
    def test_other_engines_write_and_are_named(self, tmp_path):
        engine = ClipModel(tmp_path / "none.safetensors")
        result = ask("continue", [LINE], engine)
        assert result.degraded[0].startswith("motif wrote this, because clip has no weights")
        with pytest.raises(NoEngine, match="No other engine"):
            ask("generate", [], engine)

    def test_damaged_weights_are_no_weights(self, tmp_path):
        path = write_weights(tmp_path / "w.safetensors")
        path.write_bytes(path.read_bytes()[:5000])
        engine = ClipModel(path)
        assert "motif" in ask("vary", [LINE], engine).degraded[0]

    def test_its_description_is_read_without_numpy(self):
        code = "import sys, models.engines.clip.engine; sys.exit('numpy' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestShippedWeights:
    def test_the_card_names_the_file_that_ships(self):
        assert hashlib.sha256(WEIGHTS.read_bytes()).hexdigest() == WEIGHTS_SHA256

    def test_they_are_read_and_write(self):
        engine = ClipModel()
        result = ask("continue", [LINE], engine, bars=1)
        assert result.degraded == ()
        assert result.answers[0].parts[0].notes
