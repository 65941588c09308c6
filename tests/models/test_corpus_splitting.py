# SPDX-License-Identifier: Apache-2.0
"""Works that are one are found, no work is in two splits, and the command builds all of it."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from corpora import line, midi_file, tune, write_index
from hypothesis import given
from hypothesis import strategies as st

from models.clip import Clip
from models.corpus.__main__ import main
from models.corpus.build import build
from models.corpus.duplicates import Match, Print, families, find_matches
from models.corpus.fingerprints import signature, windows
from models.corpus.piece import Label, Piece, PiecePart
from models.corpus.sets import SETS
from models.corpus.shards import open_shards
from models.corpus.split import SPLITS, hashed_split, split_all
from models.errors import BadFile


def changed(clip, *, transpose=0, slower=1.0, later=0.0):
    notes = (
        replace(
            note,
            pitch=note.pitch + transpose,
            start_beats=note.start_beats * slower + later,
            duration_beats=note.duration_beats * slower,
        )
        for note in clip.notes
    )
    return Clip(tuple(notes), clip.length_beats * slower + later)


def piece(*clips, role="lead"):
    return Piece(Label("own", "", ""), tuple(PiecePart(role, clip) for clip in clips))


def prints(*clips):
    pieces = [piece(clip) for clip in clips]
    return [Print(str(n), signature(p), windows(p, "lines")) for n, p in enumerate(pieces)]


@given(st.integers(-24, 24), st.sampled_from((0.0, 1.0, 3.5)))
def test_a_transposed_copy_has_the_same_signature(transpose, later):
    first = piece(tune(1))
    moved = piece(changed(tune(1), transpose=transpose, later=later))
    assert signature(moved) == signature(first)
    assert signature(piece(tune(2))) != signature(first)


def test_drums_are_not_transposed():
    kick, snare = (piece(line([p] * 4), role="drums") for p in (36, 38))
    assert signature(kick) != signature(snare)


@pytest.mark.parametrize("slower", [0.5, 1.0, 2.0, 1.37])
def test_windows_stay_when_a_tune_is_moved(slower):
    first = windows(piece(tune(1)), "lines")
    moved = windows(piece(changed(tune(1), transpose=5, slower=slower, later=1)), "lines")
    assert len(first) > 5
    assert moved == first


def test_accompaniment_does_not_tell_works_apart():
    assert not windows(piece(tune(1), role="chords"), "lead")
    assert windows(piece(tune(1), role="chords"), "lines")
    assert not windows(piece(tune(1)), "none")
    assert not windows(piece(line(range(40, 100))), "lines"), "a scale tells nothing"


def test_copies_and_near_copies_are_matched_and_others_are_not():
    varied = changed(tune(1, 128), transpose=2)
    half = replace(varied, notes=varied.notes[:80] + changed(tune(9), later=60).notes)
    matches = find_matches(prints(tune(1, 128), tune(2, 128), varied, half, tune(3, 128)))
    assert Match(0, 2, 1.0, exact=True) in matches
    pairs = {(match.first, match.second) for match in matches}
    assert pairs == {(0, 2), (0, 3), (2, 3)}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_families_are_the_connected_works(pairs):
    works = [f"w{n:02}" for n in range(21)]
    named = [(works[a], works[b]) for a, b in pairs]
    family = families(works, named)
    assert all(family[a] == family[b] for a, b in named)
    members = defaultdict(set)
    for work, name in family.items():
        members[name].add(work)
    assert all(name == min(group) for name, group in members.items())
    joined = {frozenset(group) for group in members.values() if len(group) > 1}
    assert all(any(a in group or b in group for a, b in named) for group in joined)
    assert sum(map(len, members.values())) == 21


labels = st.builds(
    Label,
    st.sampled_from([info.name for info in SETS]),
    st.just("x.mid"),
    st.sampled_from([f"w{n}" for n in range(12)]),
    official=st.sampled_from(("", "", "train", "valid", "test")),
)


@given(st.lists(labels, max_size=40))
def test_no_work_is_in_two_splits(given_labels):
    done = split_all(given_labels)
    splits = defaultdict(set)
    for before, label in zip(given_labels, done, strict=True):
        assert replace(label, split="") == before
        splits[label.work].add(label.split)
    assert all(len(found - {"none"}) <= 1 for found in splits.values())
    assert all("train" not in found for found in splits.values() if "none" in found)


@given(st.lists(labels, min_size=1, max_size=40), st.randoms())
def test_the_order_of_pieces_changes_nothing(given_labels, rng):
    shuffled = rng.sample(given_labels, len(given_labels))
    assert Counter(split_all(shuffled)) == Counter(split_all(given_labels))


def test_the_rule_of_the_split():
    def splits(*given_labels):
        return [label.split for label in split_all(given_labels)]

    assert splits(Label("groove", "", "a", official="valid")) == ["valid"]
    mixed = [Label("jsb-chorales", "", "a", official=o) for o in ("train", "test", "valid")]
    assert splits(*mixed) == ["test"] * 3
    held = next(f"w{n}" for n in range(99) if hashed_split(f"w{n}") == "test")
    assert splits(Label("freedoom", "", held)) == ["test"]
    assert splits(Label("mma-accompaniments", "", held)) == ["train"]
    arranged = (Label("openewld-pd", "", held), Label("mma-accompaniments", "", held))
    assert splits(*arranged) == ["test", "none"]


def test_the_hash_is_stable_and_fair():
    assert [hashed_split(f"freedoom:midi/{n}") for n in range(8)] == [
        "train",
        "train",
        "train",
        "train",
        "train",
        "train",
        "train",
        "train",
    ]
    shares = Counter(hashed_split(str(n)) for n in range(4000))
    assert 0.77 < shares["train"] / 4000 < 0.83
    assert 0.08 < shares["valid"] / 4000 < 0.12


@pytest.fixture
def sets(tmp_path):
    """A folder of two sets, one with a damaged file, that share a tune."""
    folder = tmp_path / "sets"
    names = [f"midi/{n}.mid" for n in range(8)]
    for number, name in enumerate(names):
        midi_file(folder / "freedoom" / name, [tune(number), line([36] * 8, kind="drums")])
        midi_file(folder / "nottingham" / name, [changed(tune(number * 3), transpose=-3)])
    (folder / "freedoom/midi/bad.mid").write_bytes(b"MThd")
    write_index(folder / "freedoom", {name: [] for name in [*names, "midi/bad.mid"]})
    write_index(folder / "nottingham", {name: [] for name in names})
    return folder


def test_a_corpus_is_built(sets, tmp_path):
    told = []
    corpus = build(sets, tmp_path / "out", say=lambda *stage: told.append(stage))
    assert len(corpus.labels) == 16
    assert [(name, path) for name, path, _ in corpus.failed] == [("freedoom", "midi/bad.mid")]
    assert len(set(corpus.works)) - len({label.work for label in corpus.labels}) == 3
    shards = [
        s
        for split in SPLITS
        if list((tmp_path / "out").glob(f"*.{split}.*"))
        for s in open_shards(tmp_path / "out", split)
    ]
    pieces = [piece for shard in shards for piece in shard.pieces()]
    assert sorted(p.label.path for p in pieces) == sorted(label.path for label in corpus.labels)
    assert {p.label for p in pieces} == set(corpus.labels)
    assert sum(len(part.clip.notes) for p in pieces for part in p.parts) == 16 * 64 + 64
    assert not list((tmp_path / "out").glob("*.part"))
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages[:2] == ["reading freedoom", "reading nottingham"]
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_two_processes_build_the_same(sets, tmp_path):
    one = build(sets, tmp_path / "one")
    two = build(sets, tmp_path / "two", processes=2)
    assert one == two


def test_the_command_writes_shards_and_a_report(sets, tmp_path, capsys):
    assert main([str(sets), "-o", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert "| freedoom | yes |" in page
    assert "| nottingham | no |" in page
    assert "GPL-3.0" in page
    assert "| imaginary-book | no |" in page
    assert "report.md" in capsys.readouterr().err


def test_the_command_reads_own_files(tmp_path):
    midi_file(tmp_path / "mine/a.mid", [tune(1)])
    midi_file(tmp_path / "mine/b.mid", [changed(tune(1), transpose=3)])
    assert main([str(tmp_path / "mine"), "-o", str(tmp_path / "out"), "--own"]) == 0
    (shard,) = (tmp_path / "out").glob("own.*.corpus")
    assert shard.name.split(".")[1] in SPLITS, "both are one work"
    licences = (tmp_path / "out/report.md").read_text(encoding="utf-8").partition("## Licences")[2]
    assert [line.split("|")[1].strip() for line in licences.splitlines() if "|" in line][2:] == [
        "own"
    ]


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert main([str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "holds no set" in capsys.readouterr().err
    with pytest.raises(BadFile, match="holds no MIDI files"):
        build(tmp_path, tmp_path / "out", own=True)
    assert not (tmp_path / "out").exists()
