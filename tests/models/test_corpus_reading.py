# SPDX-License-Identifier: Apache-2.0
"""Sets and own folders become pieces: facts, roles, keys, damaged files."""

import json

import pytest
from corpora import FIFTHS, line, midi_file, write_index

from models.corpus.facts import facts_of
from models.corpus.piece import VOICES, Label, Piece, PieceKey, PiecePart
from models.corpus.readers import own_sources, read_source, set_sources
from models.corpus.roles import assign_roles, part_facts, unnamed
from models.corpus.sets import SETS, set_named
from models.corpus.words import role_of_name, role_of_program
from models.errors import BadClip, BadFile
from models.tokens.vocabulary import ROLES

SHIPPED = (
    "groove freedoom blasphemer simutrans avmidi openewld-pd openscore-lieder openscore-quartets "
    "openscore-hauptstimme openhymnal js-fakes jsb-chorales fiddle-tunes vienna4x22 "
    "chord-progressions mma-accompaniments mutopia"
)


def readings(folder, **options):
    return [read_source(source) for source in set_sources(folder, **options)]


def test_exactly_the_free_sets_may_ship():
    assert {info.name for info in SETS if info.may_ship} == set(SHIPPED.split())
    assert sum(info.weight for info in SETS) == pytest.approx(1)
    assert all(info.weight == 0 for info in SETS if not info.may_ship)
    assert len({info.name for info in SETS}) == len(SETS)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Lead Synth", "lead"),
        ("bass drum", "drums"),
        ("Bass Guitar", "bass"),
        ("base", "bass"),
        ("Bassoon 1", ""),
        ("E. Gtr", "guitar"),
        ("CHORDS Chord-Sus", "pad"),
        ("CHORDS Chord", "chords"),
        ("Singstimme\nvoice", "vocal"),
        ("Alto Sax", "brass"),
        ("Violin 2", "strings"),
        (":A", "alto"),
        ("A do.", ""),
        ("Track 4", ""),
        ("", ""),
    ],
)
def test_names_say_roles(name, role):
    assert role_of_name(name) == role


def test_programs_say_roles_except_the_piano():
    said = [role_of_program(p) for p in (None, 0, 27, 38, 47, 48, 61, 81, 89, 127)]
    assert said == ["", "", "guitar", "bass", "", "strings", "brass", "lead", "pad", ""]


def facts(pitches, *, step=1.0, name="", program=None, kind="melodic", chord=(0,)):
    return part_facts(line(pitches, step=step, name=name, kind=kind, chord=chord), program)


def test_a_band_without_names_is_told_apart_by_how_it_moves():
    parts = [
        facts([36, 43, 41, 36] * 4),
        facts([60, 62, 64, 65] * 4, chord=(0, 4, 7)),
        facts([72, 74, 76, 79] * 4),
        facts([60, 64, 67, 72] * 16, step=0.25),
        facts([36, 38] * 8, kind="drums"),
    ]
    assert assign_roles(parts) == ["bass", "chords", "lead", "arp", "drums"]


def test_four_lines_from_high_to_low_are_voices_and_strings_are_not():
    lines = [facts([p, p + 2, p + 4, p] * 4) for p in (72, 65, 60, 48)]
    assert tuple(assign_roles(lines)) == VOICES
    turned = [lines[2], lines[0], lines[3], lines[1]]
    assert assign_roles(turned, four_voices=True) == ["T", "S", "B", "A"]
    names = ("Violin 1", "Violin 2", "Viola", "Violoncello")
    quartet = [
        facts([p, p + 2] * 8, name=name) for p, name in zip((76, 67, 60, 45), names, strict=True)
    ]
    assert assign_roles(quartet) == ["lead", "strings", "strings", "bass"]


def test_named_voices_need_each_other():
    choir = [facts([60, 62] * 8, name=name) for name in ("Soprano", "Alto", "Bass")]
    assert assign_roles(choir) == ["S", "A", "B"]
    song = [facts([60, 62] * 8, name="Soprano"), facts([50, 52] * 8, chord=(0, 4, 7))]
    assert assign_roles(song) == ["vocal", "chords"]


def test_names_win_over_programs_and_can_be_hidden():
    part = facts([60, 62] * 8, name="Lead", program=38)
    assert assign_roles([part]) == ["lead"]
    assert assign_roles([unnamed(part)]) == ["bass"]


def test_a_part_of_overlapping_notes_is_no_single_line():
    ringing = part_facts(line([60, 64, 67, 72] * 4, length=3.0))
    assert ringing.single < 0.1
    assert part_facts(line([60, 64, 67, 72] * 4)).single == 1


@pytest.mark.parametrize("role", ["melody", ""])
def test_unknown_roles_are_refused(role):
    with pytest.raises(BadClip, match="no role"):
        PiecePart(role, line([60]))


def test_a_label_survives_json():
    label = Label("groove", "a.mid", "w", "T", key=PieceKey(9, True, 0.5), grid="none")
    assert Label.from_dict(json.loads(json.dumps(label.as_dict()))) == label
    bare = Label("groove", "a.mid", "w")
    assert Label.from_dict(bare.as_dict()) == bare


def test_a_set_is_read_with_its_index(tmp_path):
    midi_file(tmp_path / "freedoom/midi/a.mid", [line(FIFTHS), line([36, 43] * 8)])
    write_index(tmp_path / "freedoom", {"midi/a.mid": [("", 16, "melody"), ("", 16, "bass?")]})
    (reading,) = readings(tmp_path)
    assert [part.role for part in reading.piece.parts] == ["lead", "bass"]
    label = reading.piece.label
    assert (label.set_name, label.work, label.licence) == (
        "freedoom",
        "freedoom:midi/a",
        "BSD-3-Clause",
    )
    assert (label.key.tonic, label.key.minor) == (0, False)
    assert all(part.role in ROLES for part in reading.piece.parts)


def test_damaged_and_empty_files_are_told_and_the_rest_is_read(tmp_path):
    root = tmp_path / "avmidi"
    midi_file(root / "midi/good.mid", [line(FIFTHS)])
    midi_file(root / "midi/empty.mid", [line([])])
    (root / "midi/cut.mid").write_bytes((root / "midi/good.mid").read_bytes()[:40])
    (root / "midi/text.mid").write_text("no music", encoding="utf-8")
    files = ("good", "empty", "cut", "text", "missing")
    write_index(root, {f"midi/{name}.mid": [] for name in files})
    with (root / "index.jsonl").open("a", encoding="utf-8") as index:
        index.write('{"file": 3}\nnot json\n[]\n')
    done = {reading.source.facts.path: reading for reading in readings(tmp_path)}
    assert len(done) == 5
    good = done.pop("midi/good.mid")
    assert good.piece
    assert not good.reason
    assert all(reading.piece is None and reading.reason for reading in done.values())
    assert done["midi/empty.mid"].reason == "The file has no notes."


def test_drum_tracks_become_one_kit_and_sections_of_a_bass_one_bass(tmp_path):
    kick, snare = line([36] * 4, kind="drums"), line([38] * 4, kind="drums", shift=0.5)
    early, late = line([40] * 4, name="BASS"), line([43] * 4, name="BASS", shift=4)
    for name in ("mma-accompaniments", "freedoom"):
        midi_file(tmp_path / name / "midi/a.mid", [kick, snare, early, late])
        write_index(tmp_path / name, {"midi/a.mid": []})
    freedoom, arranged = (reading.piece for reading in readings(tmp_path))
    assert [part.role for part in freedoom.parts] == ["drums", "bass", "bass"]
    assert [part.role for part in arranged.parts] == ["drums", "bass"]
    drums, bass = arranged.parts
    assert [n.pitch for n in drums.clip.notes] == [36, 38] * 4
    assert [n.start_beats for n in bass.clip.notes] == [float(n) for n in range(8)]
    assert drums.clip.kind == "drums"


def test_works_are_grouped_as_each_set_needs(tmp_path):
    vienna = {f"midi/Mozart_K331_p{n:02}.mid": [] for n in (1, 2)}
    write_index(tmp_path / "vienna4x22", {**vienna, "midi/Mozart_K331_1st-mov_p23-average.mid": []})
    write_index(
        tmp_path / "openscore-hauptstimme",
        {"midi/B__Symphony__01__x.mid": [], "midi/B__Symphony__02__y_melody.mid": []},
    )
    write_index(tmp_path / "openewld-pd", {"midi/A.B-C__A_Song!__A_Song!.mid": []})
    arranged = tmp_path / "mma-accompaniments"
    write_index(arranged, {"midi/ls_0.mid": [], "midi/ls_1.mid": [], "midi/jz_0.mid": []})
    source = "openewld:A.B-C/A_Song!/A_Song!.mxl"
    songs = [{"file": f"ls_{n}.mid", "src": source} for n in (0, 1)]
    songs.append({"file": "jz_0.mid", "src": "impro-visor imaginary-book:Blues.ls"})
    (arranged / "songs.json").write_text(json.dumps(songs), encoding="utf-8")
    write_index(tmp_path / "fiddle-tunes", {"a/1.mid": [("The Reel", 8, "other")]})

    found = {
        name: list(facts_of(tmp_path / name)) for name in sorted(p.name for p in tmp_path.iterdir())
    }
    assert {f.work for f in found["vienna4x22"]} == {"vienna4x22:Mozart_K331"}
    score, melody = found["openscore-hauptstimme"]
    assert score.work == melody.work == "openscore-hauptstimme:B__Symphony"
    assert (score.set_name, melody.set_name) == ("openscore-hauptstimme", "hauptstimme-melody")
    (song,) = found["openewld-pd"]
    assert [f.work for f in found["mma-accompaniments"]] == [
        song.work,
        song.work,
        "imaginary-book:blues",
    ]
    assert found["fiddle-tunes"][0].work == "fiddle-tunes:the-reel"


@pytest.mark.parametrize(
    ("licence", "set_name"),
    [
        ("Public Domain", "mutopia"),
        ("Creative Commons Attribution 4.0", "mutopia"),
        ("Creative Commons Attribution-ShareAlike 4.0", "mutopia-by-sa"),
        ("cc-by-sa", "mutopia-by-sa"),
        ("", "mutopia-by-sa"),
    ],
)
def test_share_alike_pieces_of_mutopia_are_kept_apart(tmp_path, licence, set_name):
    root = tmp_path / "mutopia"
    write_index(root, {"midi/x.mid": []})
    piece = {"file": "x.mid", "licence": licence, "title": "T", "composer": "C", "maintainer": "M"}
    (root / "pieces.json").write_text(json.dumps([piece]), encoding="utf-8")
    (facts,) = facts_of(root)
    assert facts.set_name == set_name
    assert set_named(set_name).may_ship == (set_name == "mutopia")
    assert (facts.licence, facts.title) == (licence, "T")
    assert "M" in facts.attribution


def test_official_splits_are_read(tmp_path):
    write_index(tmp_path / "jsb-chorales", {"midi/valid_001.mid": []})
    write_index(tmp_path / "groove", {"drummer1/s/1.mid": []})
    (tmp_path / "groove/info.csv").write_text(
        "id,midi_filename,split\ndrummer1/s/1,drummer1/s/1.mid,validation\n", encoding="utf-8"
    )
    assert next(facts_of(tmp_path / "jsb-chorales")).official == "valid"
    groove = next(facts_of(tmp_path / "groove"))
    assert (groove.official, groove.work) == ("valid", "groove:drummer1/s/1")


def test_only_some_sets_are_read_when_asked(tmp_path):
    for name in ("avmidi", "freedoom"):
        midi_file(tmp_path / name / "midi/a.mid", [line(FIFTHS)])
        write_index(tmp_path / name, {"midi/a.mid": []})
    assert [r.source.facts.set_name for r in readings(tmp_path, only=["avmidi"])] == ["avmidi"]
    with pytest.raises(BadFile, match="no set called"):
        readings(tmp_path, only=["nothing"])


def test_a_folder_without_sets_says_what_to_do(tmp_path):
    with pytest.raises(BadFile, match="--own"):
        readings(tmp_path)
    with pytest.raises(BadFile, match="no MIDI files"):
        list(own_sources(tmp_path))


def test_own_files_are_found_at_any_depth(tmp_path):
    midi_file(tmp_path / "a/b/Tune.MID", [line(FIFTHS)])
    midi_file(tmp_path / "x.midi", [line(FIFTHS)])
    (tmp_path / "cover.png").write_bytes(b"")
    pieces = [read_source(source).piece for source in own_sources(tmp_path)]
    assert [piece.label.work for piece in pieces] == ["own:a/b/Tune", "own:x"]
    assert all(isinstance(piece, Piece) and piece.parts[0].role == "lead" for piece in pieces)
