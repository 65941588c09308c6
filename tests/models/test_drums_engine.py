# SPDX-License-Identifier: Apache-2.0
"""The engine drums: what stays, what moves, where new hits lie, and what it says when it can't."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from drum_spaces import groove
from tiny_drums import TinyDrums, write_weights

from bridge.core.prepare import find_command, prepare
from models.clip import Clip, Note
from models.contract import conclude
from models.engine import Progress, Result
from models.engines.drums.engine import Drums
from models.errors import BadArgument, BadClip, BadFile, NoEngine
from models.metre import Metre
from models.registry import Listing

KIT = {36, 38, 42}
ENGINE = TinyDrums()


def request(command, *clips, **given):
    listing = Listing(Drums.info, "drums")
    asked = prepare(find_command(command), clips, given, engines=[listing], rng=random.Random(1))
    return asked.request


def ask(command, *clips, engine=ENGINE, **given):
    asked = request(command, *clips, **given)
    events = list(engine.generate(asked))
    assert isinstance(events[-1], Result)
    return conclude(asked, events[-1], engine.info)


def first(result):
    return result.answers[0].parts[0]


def changed(before, after):
    """How many notes differ in pitch or onset."""
    sets = [{(n.pitch, round(n.start_beats, 3)) for n in clip.notes} for clip in (before, after)]
    return len(sets[0] ^ sets[1])


class TestVary:
    def test_amount_zero_gives_the_very_clip(self):
        clip = groove()
        result = ask("vary", clip, amount=0, loudness=1, density=2)
        assert first(result) is clip
        assert result.degraded == ("amount is 0; the clip is as it was",)

    def test_amount_never_changes_less_when_there_is_more_of_it(self):
        for seed in range(4):
            clip = groove(seed=seed)
            amounts = (0.2, 0.4, 0.6, 0.8, 1.0)
            found = [changed(clip, first(ask("vary", clip, amount=a, seed=seed))) for a in amounts]
            assert found == sorted(found)

    def test_locked_lanes_and_notes_are_identical(self):
        clip = groove(4)
        clip = clip.with_notes(replace(n, id=i) for i, n in enumerate(clip.notes))
        hats = [note for note in clip.notes if note.pitch == 42]
        kick = next(note for note in clip.notes if note.pitch == 36)
        varied = first(ask("vary", clip, amount=1, lock="42", lock_ids=[kick.id], fill=True))
        assert [note for note in varied.notes if note.pitch == 42] == hats
        assert kick in varied.notes

    def test_untouched_notes_are_the_very_same_and_off_grid_ones_too(self):
        clip = groove()
        clip = clip.with_notes(n.moved(0.013 * (i % 3)) for i, n in enumerate(clip.notes))
        varied = first(ask("vary", clip, amount=0.2))
        kept = [note for note in varied.notes if note.origin == "kept"]
        assert len(kept) > len(clip.notes) / 2
        assert all(any(note is old for old in clip.notes) for note in kept)

    def test_new_hits_lie_on_the_clips_pads_or_its_map(self):
        clip = groove()
        for seed in range(5):
            assert {n.pitch for n in first(ask("vary", clip, amount=1, seed=seed)).notes} <= KIT
        mapped = replace(clip, pads=((60, "Kick"), (61, "Snare"), (62, "Closed Hat"), (63, "Ride")))
        mapped = mapped.with_notes(replace(n, pitch={36: 60, 38: 61, 42: 62}[n.pitch])
                                   for n in clip.notes)  # fmt: skip
        varied = first(ask("vary", mapped, amount=1, fill=True))
        assert {n.pitch for n in varied.notes} <= {60, 61, 62, 63}

    def test_muted_notes_and_strange_pads_and_the_pickup_stay(self):
        clip = groove()
        odd = (
            Note(36, 1.0, 0.2, mute=True),
            Note(63, 2.0, 0.2),
            Note(38, -0.5, 0.2),
            Note(42, 8.0, 0.2),
        )
        clip = clip.with_notes([*clip.notes, *odd])
        varied = first(ask("vary", clip, amount=1, fill=True, loudness=1))
        assert all(any(note is old for note in varied.notes) for old in odd)

    @pytest.mark.parametrize("density", [0.5, 1, 2])
    def test_density_is_what_comes_out(self, density):
        clip = groove(2, seed=3)
        varied = first(ask("vary", clip, amount=0.5, density=density))
        assert len(varied.notes) == pytest.approx(density * len(clip.notes), rel=0.2)

    def test_loudness_goes_up_and_down(self):
        clip = groove()
        mean = {
            loudness: sum(n.velocity for n in varied.notes) / len(varied.notes)
            for loudness in (-1, 0, 1)
            for varied in [first(ask("vary", clip, amount=0.2, loudness=loudness))]
        }
        assert mean[-1] < mean[0] < mean[1]

    @pytest.mark.parametrize(("bars", "from_beats"), [(1, 2.0), (2, 4.0), (3, 8.0), (5, 16.0)])
    def test_a_fill_alone_changes_the_end_alone(self, bars, from_beats):
        clip = groove(bars)
        varied = first(ask("vary", clip, amount=0, fill=True))
        before = [note for note in clip.notes if note.start_beats < from_beats]
        assert [note for note in varied.notes if note.start_beats < from_beats] == before
        assert changed(clip, varied) > 0

    @pytest.mark.parametrize("metre", [Metre(3, 4), Metre(6, 8), Metre(7, 8), Metre(5, 4)])
    def test_any_metre_and_loop(self, metre):
        clip = groove(3, metre)
        clip = replace(clip, loop_start_beats=metre.bar_beats, length_beats=clip.length_beats + 1)
        varied = first(ask("vary", clip, amount=0.6, fill=True))
        outside = [note for note in clip.notes if note.start_beats < metre.bar_beats]
        assert outside == [note for note in varied.notes if note.start_beats < metre.bar_beats]

    def test_what_repeats_goes_on_repeating(self):
        two = groove(2)
        clip = replace(two, length_beats=16.0, loop_end_beats=16.0)
        clip = clip.with_notes([*two.notes, *(note.moved(8.0) for note in two.notes)])
        varied = first(ask("vary", clip, amount=0.5))
        halves = [
            sorted((n.pitch, n.start_beats % 8, n.velocity) for n in varied.notes if late(n))
            for late in (lambda n: n.start_beats < 8, lambda n: n.start_beats >= 8)
        ]
        assert halves[0] == halves[1]

    def test_a_take_does_not_depend_on_how_many_are_asked_for(self):
        alone = ask("vary", groove(), seed=5).answers
        assert ask("vary", groove(), seed=5, takes=4).answers[:1] == alone

    def test_shuffles_keep_their_swing(self):
        notes = [Note(42, b + t, 0.1) for b in range(8) for t in (0, 2 / 3)]
        notes += [Note(38 if b % 2 else 36, float(b), 0.1) for b in range(8)]
        varied = first(ask("vary", Clip(tuple(notes), 8.0, kind="drums"), amount=1, density=1.5))
        new = [note.start_beats % 1 for note in varied.notes if note.origin == "new"]
        swung = (0, 1 / 3, 2 / 3, 5 / 6)
        assert new
        assert all(min(abs(place - s) for s in swung) < 1e-6 for place in new)


class TestHardDrums:
    def test_one_pad(self):
        clip = Clip(tuple(Note(36, float(t), 0.2) for t in range(8)), 8.0, kind="drums")
        varied = first(ask("vary", clip, amount=1, density=1.5, fill=True))
        assert {note.pitch for note in varied.notes} == {36}

    def test_two_hundred_hits_in_a_bar(self):
        notes = tuple(Note((36, 38, 42)[n % 3], n / 50, 0.01) for n in range(200))
        assert first(ask("vary", Clip(notes, 4.0, kind="drums"))).notes

    def test_congas_are_left_to_motif_which_is_named(self):
        clip = Clip(tuple(Note(62 + t % 3, t / 2, 0.2) for t in range(16)), 8.0, kind="drums")
        result = ask("vary", clip)
        assert result.degraded[0].startswith("motif wrote this, because none of the clip's pads")

    def test_all_locked(self):
        clip = groove()
        result = ask("vary", clip, lock="36,38,42")
        assert first(result) is clip
        assert "locks" in result.degraded[0]


class TestInterpolate:
    def test_the_ends_are_the_clips_and_the_way_leads_on(self):
        a, b = groove(2, seed=1), groove(2, seed=2)
        parts = ask("interpolate", a, b, steps=9).answers[0].parts
        assert parts[0] is a
        assert parts[-1] is b
        away = [changed(a, part) for part in parts]
        assert away == sorted(away)

    def test_the_shorter_is_repeated(self):
        a, b = groove(1, seed=1), groove(3, seed=2)
        parts = ask("interpolate", a, b, steps=4).answers[0].parts
        assert [part.loop_beats for part in parts] == [4.0, 12.0, 12.0, 12.0]
        assert max(note.start_beats for note in parts[1].notes) >= 8

    def test_pads_are_those_of_both(self):
        a = groove(2, seed=1)
        b = groove(2, seed=2).with_notes(
            replace(n, pitch={36: 35, 38: 40, 42: 63}[n.pitch]) for n in groove(2, seed=2).notes
        )
        for part in ask("interpolate", a, b, steps=7).answers[0].parts:
            assert {note.pitch for note in part.notes} <= {36, 38, 42, 35, 40, 63}

    def test_a_straight_beat_learns_to_swing(self):
        notes = [Note(42, b + t, 0.1) for b in range(8) for t in (0, 0.5)]
        notes += [Note(36, float(b), 0.1) for b in range(8)]
        swung = [n if n.start_beats % 1 == 0 else n.moved(1 / 6) for n in notes]
        ends = [Clip(tuple(some), 8.0, kind="drums") for some in (notes, swung)]
        parts = ask("interpolate", *ends, steps=3).answers[0].parts
        late = {round(n.start_beats % 1, 3) for n in parts[1].notes if n.pitch == 42}
        assert round(0.5 + 1 / 12, 3) in late

    @pytest.mark.parametrize(
        ("other", "said"),
        [
            (groove(2, Metre(3, 4)), "The clips are in 4/4 and 3/4; give two drum clips"),
            (None, "Neither clip has a sounding hit"),
        ],
    )
    def test_what_can_not_be_joined(self, other, said):
        first_clip = groove() if other else Clip((), 4.0, kind="drums")
        with pytest.raises(BadClip, match=said):
            ask("interpolate", first_clip, other or first_clip)

    def test_one_clip_is_too_few(self):
        with pytest.raises(BadClip, match="interpolate needs 2 clips, not 1"):
            request("interpolate", groove())

    def test_from_silence(self):
        silence = Clip((), 8.0, kind="drums")
        parts = ask("interpolate", silence, groove(), steps=4).answers[0].parts
        assert len(parts) == 4
        assert {note.pitch for part in parts for note in part.notes} <= KIT

    def test_other_takes_go_other_ways(self):
        a, b = groove(), groove(seed=4)
        result = ask("interpolate", a, b, steps=5, takes=3)
        assert len({answer.parts[2].notes for answer in result.answers}) > 1
        assert len(result.answers) == 3

    def test_twice_the_same_clip_is_told(self):
        result = ask("interpolate", groove(), groove(), steps=3)
        assert result.degraded == ("both clips play the same, and so does every step",)


class TestDrumify:
    def test_a_melody_gets_drums_on_the_general_midi_kit(self):
        melody = Clip(tuple(Note(60 + t % 5, t * 0.75, 0.5) for t in range(10)), 8.0)
        drums = first(ask("drumify", melody))
        assert drums.kind == "drums"
        assert {n.pitch for n in drums.notes} <= {36, 38, 42, 46, 43, 47, 50, 49, 51}
        assert all(n.start_beats % 0.25 == 0 for n in drums.notes)  # the melody is on its grid

    def test_a_kit_gets_the_lanes_it_lacks_and_no_other(self):
        clip = groove().with_notes(n for n in groove().notes if n.pitch != 42)
        drums = first(ask("drumify", clip))
        new = [note for note in drums.notes if note.origin == "new"]
        assert new
        assert not {note.pitch for note in new} & {36, 38, 37, 40, 35}

    def test_only_pads_of_the_map(self):
        clip = groove().with_notes(n for n in groove().notes if n.pitch != 42)
        clip = replace(clip, pads=((36, "Kick"), (38, "Snare"), (70, "Hat")))
        assert {n.pitch for n in first(ask("drumify", clip)).notes} == {36, 38, 70}

    def test_a_full_kit_is_told_so(self):
        clip = replace(groove(), pads=((36, "Kick"), (38, "Snare"), (42, "Hat")))
        with pytest.raises(BadClip, match="add pads to the kit or ask for vary"):
            ask("drumify", clip)

    def test_density(self):
        melody = Clip(tuple(Note(60, t / 2, 0.5) for t in range(32)), 16.0)
        counts = [len(first(ask("drumify", melody, density=d)).notes) for d in (0.5, 1, 2)]
        assert counts == sorted(counts)
        assert counts[0] < counts[2]

    def test_drums_go_on_where_the_melody_pauses(self):
        melody = Clip(tuple(Note(60, float(t), 0.5) for t in range(4)), 16.0)
        assert any(note.start_beats >= 8 for note in first(ask("drumify", melody)).notes)


class TestSpaces:
    def test_one_of_your_own_by_name(self, tmp_path, monkeypatch):
        monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path))
        (tmp_path / "drum-spaces").mkdir()
        write_weights(tmp_path / "drum-spaces" / "mine.drums.safetensors", seed=2)
        ours = ask("vary", groove(), seed=1, amount=1)
        mine = ask("vary", groove(), seed=1, amount=1, space="mine")
        assert ours.answers != mine.answers
        with pytest.raises(BadArgument, match=r"no drum space yours; there are mine\. Make one"):
            request("vary", groove(), space="yours")

    def test_a_damaged_one_is_named(self, tmp_path, monkeypatch):
        monkeypatch.setenv("NEXTBAR_HOME", str(tmp_path))
        (tmp_path / "drum-spaces").mkdir()
        (tmp_path / "drum-spaces" / "mine.drums.safetensors").write_bytes(b"nothing")
        with pytest.raises(BadFile):
            ask("vary", groove(), space="mine")

    def test_without_weights_motif_varies_and_the_rest_is_refused(self):
        engine = Drums(Path("nowhere.safetensors"))
        engine.load("cpu")
        result = ask("vary", groove(), engine=engine)
        assert result.degraded[0].startswith("motif wrote this, because drums has no weights")
        with pytest.raises(NoEngine, match="install nextbar again"):
            ask("drumify", groove(), engine=engine)


def test_random_requests_keep_locks_and_pads():
    from drum_requests import asked, faults_of

    rng = random.Random(0)
    faults = [fault for _ in range(60) for fault in faults_of(ENGINE, asked(rng))]
    assert faults == []


def test_it_pauses_often():
    events = list(ENGINE.generate(request("vary", groove(16), takes=4, fill=True)))
    assert sum(isinstance(event, Progress) for event in events) > 30
