# SPDX-License-Identifier: Apache-2.0
import json
import os

import pytest

from bridge import offline, paths
from bridge.core.commands import COMMANDS
from models.clip import Clip, Note
from models.midi import read_midi, song_of, write_midi

JOBS = [command.name for command in COMMANDS.values() if command.kind == "job"]


def _origin_free(song):
    return [part.clip.notes for part in song.parts]


def test_continue_writes_numbered_takes_of_the_new_bars(nextbar, melody_file):
    words = ("continue", melody_file, "-o", "out.mid", "--bars", 4, "--takes", 4, "--seed", 7)
    code, out, _ = nextbar(*words)
    assert code == 0
    assert sorted(os.listdir()) == ["in.mid", *(f"out.{n}.mid" for n in range(1, 5))]
    assert "seed 7" in out
    assert len(out.splitlines()) == 1
    songs = [read_midi(f"out.{n}.mid") for n in range(1, 5)]
    assert all(song.parts[0].clip.length_beats == 16 for song in songs)
    assert len({song.parts[0].clip.notes for song in songs}) == 4
    assert all(song.parts[0].program == 5 for song in songs)


def test_the_same_seed_gives_the_same_notes(nextbar_json, melody_file):
    first = nextbar_json("continue", melody_file, "-o", "a.mid")
    again = nextbar_json("continue", melody_file, "-o", "b.mid", "--seed", first["seed"])
    assert read_midi("a.mid") == read_midi("b.mid")
    assert again["seed"] == first["seed"]


def test_the_report_is_complete(nextbar_json, melody_file):
    report = nextbar_json("continue", melody_file, "--bars", 2, "--engine", "echo", "--seed", 5)
    assert report["files"] == [str(melody_file.with_name("in.continue.mid"))]
    assert (report["seed"], report["engine"], report["bars"]) == (5, "echo", 2)
    assert report["notes"] == 16
    assert len(report["takes"]) == 1
    assert report["degraded"] == []


def test_join_puts_the_source_before_and_keeps_everything_else(nextbar, band_file):
    assert nextbar("continue", band_file, "--join", "--engine", "echo", "-o", "j.mid")[0] == 0
    before, after = read_midi(band_file), read_midi("j.mid")
    assert after.events == before.events
    assert after.parts[0].events == before.parts[0].events
    assert len(after.events) == len(after.parts[0].events) == 1
    for old, new in zip(before.parts, after.parts, strict=True):
        assert new.clip.notes[: len(old.clip.notes)] == old.clip.notes
        assert (new.channel, new.program) == (old.channel, old.program)
    assert after.parts[0].clip.length_beats == 24
    assert len(after.parts[0].clip.notes) == 48


def test_every_sounding_track_is_continued(nextbar, band_file):
    assert nextbar("continue", band_file, "-o", "c.mid", "--seed", 1)[0] == 0
    song = read_midi("c.mid")
    assert [part.clip.name for part in song.parts] == ["Lead", "Bass", "Drums"]
    assert [part.channel for part in song.parts] == [0, 1, 9]
    assert song.parts[2].clip.kind == "drums"


@pytest.mark.parametrize("track", ["2", "Bass", "bass"])
def test_a_track_by_number_or_name(nextbar, band_file, track):
    assert nextbar("continue", band_file, "-o", "c.mid", "--track", track)[0] == 0
    assert [part.clip.name for part in read_midi("c.mid").parts] == ["Bass"]


def test_an_unknown_track_names_those_that_are_there(nextbar, band_file):
    code, _, err = nextbar("continue", band_file, "--track", "Flute")
    assert code == 2
    assert "1 Lead" in err


def test_infill_changes_only_the_hole(nextbar, band_file):
    words = ("infill", band_file, "--from", 4, "--to", 8, "--track", 1, "-o", "i.mid")
    assert nextbar(*words, "--seed", 3)[0] == 0
    before, after = read_midi(band_file), read_midi("i.mid")
    assert after.parts[1:] == before.parts[1:]
    assert after.events == before.events
    old, new = before.parts[0].clip, after.parts[0].clip
    outside = [note for note in old.notes if note.start_beats < 4]
    assert [note for note in new.notes if note.start_beats < 4] == outside
    assert new.length_beats == old.length_beats


def test_vary_keeps_locked_lanes(nextbar, band_file):
    words = ("vary", band_file, "--track", "drums", "--lock", "36,38", "--amount", 1)
    assert nextbar(*words, "-o", "v.mid", "--seed", 2)[0] == 0
    before, after = (read_midi(path).parts[3].clip for path in (band_file, "v.mid"))
    kicks = [[n for n in clip.notes if n.pitch == 36] for clip in (before, after)]
    assert kicks[0] == kicks[1]


def test_accompany_writes_one_part_for_all_tracks(nextbar, melody_file):
    assert nextbar("accompany", melody_file, "--role", "bass", "-o", "bass")[0] == 0
    song = read_midi("bass.mid")
    assert len(song.parts) == 1
    assert song.parts[0].program == 33
    assert song.parts[0].clip.length_beats == 8


def test_harmonise_writes_four_tracks_round_the_first_melody(nextbar, band_file):
    assert nextbar("harmonise", band_file, "-o", "satb.mid")[0] == 0
    song = read_midi("satb.mid")
    assert len(song.parts) == 4
    assert {part.program for part in song.parts} == {5}
    assert song.parts[0].clip.notes == read_midi(band_file).parts[0].clip.notes


def test_a_number_for_each_step_and_take(nextbar, melody_file, monkeypatch):
    def steps(prepared):
        yield Result((Answer((prepared.request.clips[0],) * 3),) * 2)

    from models.engine import Answer, Result

    _serve(monkeypatch, "interpolate")
    monkeypatch.setattr(offline, "run", steps)
    words = ("interpolate", melody_file, melody_file, "--steps", 3, "-o", "m.mid", "--takes", 2)
    assert nextbar(*words)[0] == 0
    numbers = [f"m.{take}.{step}.mid" for take in (1, 2) for step in (1, 2, 3)]
    assert sorted(os.listdir()) == ["in.mid", *numbers]


def test_a_joined_morph_is_one_file_but_steps_are_several(nextbar, melody_file, monkeypatch):
    def joined(prepared):
        yield Result((Answer(prepared.request.clips[:1]),))

    from models.engine import Answer, Result

    _serve(monkeypatch, "interpolate")
    monkeypatch.setattr(offline, "run", joined)
    words = ("interpolate", melody_file, "in.1.mid", "--join", "-o")
    melody_file.with_name("in.1.mid").write_bytes(melody_file.read_bytes())
    assert nextbar(*words, "in.2.mid")[0] == 0
    assert sorted(os.listdir()) == ["in.1.mid", "in.2.mid", "in.mid"]
    assert nextbar(*words[:-2], "-o", "-")[2].startswith("nextbar: Several results can't go")


def test_groove_plays_every_track_and_keeps_all_else(nextbar_json, band_file):
    report = nextbar_json("groove", band_file, "-o", "g.mid", "--seed", 3)
    assert report["engine"] == "performer"
    before, after = read_midi(band_file), read_midi("g.mid")
    assert after.events == before.events
    for old, new in zip(before.parts, after.parts, strict=True):
        assert [n.pitch for n in new.clip.notes] == [n.pitch for n in old.clip.notes]
        assert new.clip.length_beats == old.clip.length_beats
    assert any(
        new.clip.notes != old.clip.notes for old, new in zip(before.parts, after.parts, strict=True)
    )


def test_a_morph_is_written_step_by_step_or_joined(nextbar_json, melody_file):
    words = ("groove", melody_file, "-o", "other.mid", "--amount", 1)
    nextbar_json(*words)
    words = ("interpolate", melody_file, "other.mid", "--steps", 3, "--seed", 4, "-o", "m.mid")
    report = nextbar_json(*words)
    assert (report["engine"], report["files"]) == ("morph", ["m.1.mid", "m.2.mid", "m.3.mid"])
    steps = [read_midi(name).parts[0].clip for name in report["files"]]
    assert steps[0].notes == read_midi(melody_file).parts[0].clip.notes
    assert nextbar_json(*words, "--join")["files"] == ["m.mid"]
    joined = read_midi("m.mid").parts[0].clip
    assert joined.length_beats == sum(step.length_beats for step in steps)


def _serve(monkeypatch, command):
    """Let echo say that it serves a command."""
    from dataclasses import replace

    from models.engines.echo import Echo

    commands = (*Echo.info.commands, command)
    monkeypatch.setattr(Echo, "info", replace(Echo.info, commands=commands))


@pytest.mark.parametrize("output", ["in.mid", "./in.mid", "link.mid"])
def test_the_input_is_never_written_over(nextbar, melody_file, output):
    os.link(melody_file, "link.mid")
    before = melody_file.read_bytes()
    code, _, err = nextbar("continue", melody_file, "-o", output)
    assert code == 2
    assert "-o" in err
    assert melody_file.read_bytes() == before


def test_a_numbered_output_is_not_an_input_either(nextbar, melody_file):
    source = melody_file.rename(melody_file.with_name("x.2.mid"))
    before = source.read_bytes()
    assert nextbar("continue", source, "-o", "x.mid", "--takes", 3)[0] == 2
    assert os.listdir() == ["x.2.mid"]
    assert source.read_bytes() == before


def test_an_earlier_output_is_replaced(nextbar, melody_file):
    for seed in (1, 2):
        assert nextbar("continue", melody_file, "-o", "out.mid", "--seed", seed)[0] == 0
    assert sorted(os.listdir()) == ["in.mid", "out.mid"]


def test_ctrl_c_leaves_nothing_half_written(nextbar, melody_file, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(offline, "run", interrupted)
    code, out, err = nextbar("continue", melody_file, "-o", "out.mid")
    assert (code, out) == (130, "")
    assert "stopped" in err
    assert os.listdir() == ["in.mid"]


def test_a_fault_of_an_engine_names_the_track(nextbar, band_file, monkeypatch):
    from models.errors import BadClip

    def refuse(prepared):
        raise BadClip("Too dense.", where="clip")
        yield

    monkeypatch.setattr(offline, "run", refuse)
    code, _, err = nextbar("continue", band_file)
    assert (code, err) == (1, "nextbar: Lead: Too dense.\n")


def test_a_full_takes_folder_does_not_cost_the_result(nextbar, home, melody_file):
    home.write_text("a file where the folder should be")
    code, out, err = nextbar("continue", melody_file, "-o", "out.mid")
    assert code == 0
    assert os.path.exists("out.mid")
    assert "not kept" in err
    assert "out.mid" in out


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("continue", "none.mid"), 1, "none.mid does not exist"),
        (("continue", "."), 1, "is a folder"),
        (("continue", "in.mid", "--bars", "400"), 2, "bars must be a whole number from 1 to 64"),
        (("continue", "in.mid", "--bars", "x"), 2, "not 'x'"),
        (("continue", "in.mid", "--engine", "nobody"), 1, "There is no engine nobody"),
        (("continue", "in.mid", "-o", "out.wav"), 2, "must end in .mid"),
        (("continue", "in.mid", "-o", "no/such/out.mid"), 1, "can't be written"),
        (("continue", "in.mid", "--set", "x"), 2, "NAME=VALUE"),
        (("continue", "in.mid", "--set", "no-such=1"), 2, "no_such is not a parameter"),
        (("continue", "in.mid", "--barz", "4"), 2, "--barz"),
        (("continue", "in.mid", "-o", "-", "--takes", "2"), 2, "standard output"),
        (("continue",), 2, "FILE"),
        (("infill", "in.mid", "--from", "4"), 2, "--to"),
        (("accompany", "in.mid"), 2, "--role"),
        (("groove", "in.mid", "in.mid", "in.mid"), 2, "takes at most 2 files, not 3"),
        (("interpolate", "in.mid"), 2, "takes 2 files, not 1"),
        (("vary", "in.mid", "in.mid"), 2, "takes 1 file, not 2"),
        (("continue", "in.mid", "--picture", "p.jpg"), 2, "ends in .svg or .png"),
        (("audio", "house", "--picture", "p.jpg"), 2, "ends in .svg or .png"),
    ],
)
def test_refusals_are_one_sentence(nextbar, melody_file, words, code, part):
    found, out, err = nextbar(*words)
    assert (found, out) == (code, "")
    assert part in err
    assert err.startswith("nextbar: ")
    assert len(err.splitlines()) == 1
    assert os.listdir() == ["in.mid"]


@pytest.mark.parametrize("words", [("transcribe", "x.wav"), ("train", "style", "f", "--name", "n")])
def test_a_job_without_engine_says_so(nextbar, words):
    code, _, err = nextbar(*words)
    assert code == 1
    assert f"No engine here serves {words[0]}" in err
    code, out, err = nextbar(*words, "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["error"] == "no_engine"


def test_a_bug_in_an_engine_is_called_one_and_its_traceback_is_kept(
    nextbar, melody_file, monkeypatch
):
    monkeypatch.setenv("NEXTBAR_ENGINES", "engines:Raises")
    code, _, err = nextbar("continue", melody_file, "--engine", "raises")
    assert code == 1
    assert "The engine stopped with ZeroDivisionError: test" in err
    assert len(err.splitlines()) == 1
    assert "Traceback" in (paths.log_folder() / "command-line.log").read_text()


def test_a_silent_file_is_told(nextbar, band_file):
    code, _, err = nextbar("continue", band_file, "--track", "3", "--engine", "echo")
    assert code == 1
    assert "no sounding note" in err


def test_a_broken_file_among_several_is_named(nextbar, melody_file):
    with open("broken.mid", "wb") as broken:
        broken.write(b"hello")
    code, _, err = nextbar("groove", melody_file, "broken.mid", "-o", "o.mid")
    assert code == 1
    assert "broken.mid: This is not a MIDI file" in err


def test_one_is_told_as_one(nextbar):
    write_midi(song_of([Clip((Note(60, 0.0, 1.0),), 4.0)]), "one.mid")
    _, out, _ = nextbar("continue", "one.mid", "--engine", "echo", "--bars", "1", "--seed", "1")
    assert "1 bar, 1 new or edited note, seed 1" in out


def test_several_tracks_to_interpolate_must_pair(nextbar, melody_file, band_file):
    code, _, err = nextbar("interpolate", melody_file, band_file)
    assert code == 2
    assert "--track" in err


def test_pictures_of_the_result(nextbar, melody_file):
    words = ("continue", melody_file, "-o", "o.mid", "--picture", "p.svg", "--show")
    code, out, _ = nextbar(*words)
    assert code == 0
    assert "Lead" in out
    with open("p.svg", encoding="utf-8") as picture:
        assert "<svg" in picture.read(200)


@pytest.mark.parametrize("name", JOBS)
def test_every_job_has_a_verb_with_help(nextbar, name, capsys):
    verb = "train style" if name == "train" else name
    with pytest.raises(SystemExit) as left:
        nextbar(*verb.split(), "--help")
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert f"nextbar {verb} " in text.split("example:")[1]
    for param in COMMANDS[name].params:
        assert param.name.replace("_", "-") in text


def test_json_and_the_file_cannot_share_standard_output(nextbar, melody_file):
    code, out, _ = nextbar("continue", melody_file, "-o", "-", "--json")
    assert code == 2
    assert json.loads(out)["where"] == "output"


def test_too_many_tracks_to_listen_to(nextbar, melody_file):
    song = read_midi(melody_file)
    write_midi(song_of([song.parts[0].clip] * 9), "many.mid")
    code, _, err = nextbar("accompany", "many.mid", "--role", "bass", "-o", "o.mid")
    assert code == 1
    assert "at most 8" in err
    assert "--track" in err
    words = ("accompany", "many.mid", "--role", "bass", "-o", "o.mid", "--track", "1,2")
    assert nextbar(*words)[0] == 0


def test_a_folder_as_output(nextbar, melody_file):
    os.mkdir("here")
    assert nextbar("continue", melody_file, "-o", "here", "--takes", 2)[0] == 0
    assert sorted(os.listdir("here")) == ["in.continue.1.mid", "in.continue.2.mid"]


def test_those_who_wait_in_a_terminal_see_a_bar(nextbar, melody_file, monkeypatch):
    from bridge.cli import progress

    monkeypatch.setattr(progress, "PATIENCE_S", -1)
    assert "continue" not in nextbar("continue", melody_file, "-o", "a.mid")[2]
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert "continue" in nextbar("continue", melody_file, "-o", "a.mid")[2]


def test_no_midi_into_a_terminal(nextbar, melody_file, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, out, err = nextbar("continue", melody_file, "-o", "-")
    assert (code, out) == (2, "")
    assert "terminal" in err


def test_a_trio_from_nothing_is_three_tracks_with_their_sounds(nextbar_json, monkeypatch):
    monkeypatch.setenv("NEXTBAR_ENGINES", "engines:Author")
    words = ("--bars", 16, "--metre", "6/8", "--tempo", 90, "--chords", "Cm Ab Eb Bb")
    report = nextbar_json("generate", "--engine", "author", "--role", "trio", *words, "-o", "t.mid")
    assert report["degraded"] == ["author does not follow chords"]
    parts = read_midi("t.mid").parts
    assert [part.name for part in parts] == ["lead", "bass", "drums"]
    assert {part.clip.length_beats for part in parts} == {48.0}
    assert {part.clip.tempo_bpm for part in parts} == {90.0}
    assert parts[1].program == 33
    assert parts[2].clip.kind == "drums"


def test_four_voices_from_nothing(nextbar_json, monkeypatch):
    monkeypatch.setenv("NEXTBAR_ENGINES", "engines:Author")
    report = nextbar_json("harmonise", "--engine", "author", "--bars", 4, "--scale", "C minor")
    assert report["files"] == ["nextbar.harmonise.mid"]
    assert len(read_midi("nextbar.harmonise.mid").parts) == 4


def test_an_engine_that_does_not_follow_a_style_says_so(nextbar_json, melody_file):
    words = ("continue", melody_file, "--engine", "motif", "--style", "jazz", "--loop")
    report = nextbar_json(*words, "-o", "out.mid")
    assert report["degraded"][-2:] == ["motif does not follow style", "motif does not follow loop"]
