# SPDX-License-Identifier: Apache-2.0
"""Shards give back every piece exactly, open fast, and say when they are damaged."""

import json

import pytest
from clips import clips
from corpora import FIFTHS, line
from hypothesis import given
from hypothesis import strategies as st

from models.clip import Clip, Note, TempoChange
from models.corpus.analysis import Counts, count, piece_key
from models.corpus.codec import decode_parts, encode_parts
from models.corpus.piece import Label, Piece, PiecePart
from models.corpus.shards import SUFFIX, Shard, open_shards, write_shard
from models.errors import BadFile
from models.metre import Metre, MetreChange
from models.tokens.vocabulary import ROLES

parts = st.builds(
    PiecePart, st.sampled_from(ROLES), clips(), st.none() | st.integers(min_value=0, max_value=127)
)


@given(st.lists(parts, max_size=3))
def test_parts_come_back_exactly(given_parts):
    assert decode_parts(encode_parts(given_parts)) == tuple(given_parts)


def test_maps_of_metre_and_tempo_come_back():
    changes = (MetreChange(3.0, Metre(6, 8)), MetreChange(9.0, Metre(2, 2)))
    clip = Clip(
        (Note(0, -1.5, 1 / 7, 1.5), Note(127, 1e6, 1e-9)),
        20.0,
        metre=Metre(3, 4),
        metre_changes=changes,
        tempo_changes=(TempoChange(0.1 + 0.2, 99.99),),
        pads=((36, "Kick"),),
    )
    part = PiecePart("drums", clip, 0)
    assert decode_parts(encode_parts([part, part])) == (part, part)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40), st.sampled_from((24, 480, 1024)))
def test_onsets_in_ticks_are_exact(ticks, per_beat):
    notes = tuple(Note(60, tick / per_beat, (1 + tick) / per_beat) for tick in ticks)
    part = PiecePart("lead", Clip(notes, 4.0))
    assert decode_parts(encode_parts([part])) == (part,)


def test_notes_on_a_grid_are_small():
    part = PiecePart("lead", line(FIFTHS * 100))
    assert len(encode_parts([part])) < 700  # 1,600 notes


@pytest.mark.parametrize("cut", [0, 3, 20, -1])
def test_damaged_pieces_are_said_to_be(cut):
    data = encode_parts([PiecePart("lead", line(FIFTHS))])
    with pytest.raises(ValueError, match="damaged"):
        decode_parts(data[:cut])


def piece(name, pitches=FIFTHS):
    return Piece(Label("freedoom", name, f"freedoom:{name}"), (PiecePart("lead", line(pitches)),))


def write(path, pieces):
    blobs = [encode_parts(p.parts) for p in pieces]
    write_shard(path, [p.label for p in pieces], [count(p) for p in pieces], iter(blobs))


def test_a_shard_gives_its_pieces_in_any_order(tmp_path):
    pieces = [piece("a"), piece("b", [40, 41]), piece("c", [1])]
    write(tmp_path / f"freedoom.train{SUFFIX}", pieces)
    (shard,) = open_shards(tmp_path, "train")
    assert list(shard.pieces()) == pieces
    assert [shard.piece(n) for n in (2, 0, 1)] == [pieces[2], pieces[0], pieces[1]]
    assert [entry.label.path for entry in shard.entries] == ["a", "b", "c"]
    assert shard.entries[1].counts == count(pieces[1])
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"freedoom.train{SUFFIX}"]


def test_what_is_no_shard_is_told(tmp_path):
    with pytest.raises(BadFile, match="no valid shards"):
        open_shards(tmp_path, "valid")
    with pytest.raises(BadFile, match="can't be read"):
        Shard(tmp_path / "missing.corpus")
    path = tmp_path / f"a.train{SUFFIX}"
    path.write_bytes(b"NBCORP\x02\n1234")
    with pytest.raises(BadFile, match="this version"):
        Shard(path)
    write(path, [piece("a")])
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    with pytest.raises(BadFile, match="damaged"):
        Shard(path)
    path.write_bytes(whole[:-9])
    with pytest.raises(BadFile, match="damaged"):
        Shard(path).piece(0)


def test_counts():
    clip = Clip((Note(60, 0, 1), Note(62, 0.5, 1), Note(64, 7.01, 1)), 9.0, metre=Metre(3, 4))
    drums = line([36] * 6, kind="drums")
    counted = count(
        Piece(Label("own", "", ""), (PiecePart("lead", clip), PiecePart("drums", drums)))
    )
    assert counted.notes == {"lead": 3, "drums": 6}
    assert counted.part_bars == {"lead": 2, "drums": 2}
    assert counted.bars == {"3/4": 3}
    assert counted.off_grid == 1
    assert json.loads(json.dumps(counted.notes)) == counted.notes
    assert count(Piece(Label("own", "", ""), ())) == Counts({}, {}, {})


def test_keys_follow_a_signature_that_agrees():
    from dataclasses import replace

    from models.clip import Scale

    clip = line(FIFTHS)
    plain = piece_key([PiecePart("lead", clip)])
    assert (plain.tonic, plain.minor, plain.signed) == (0, False, False)
    c_major = replace(clip, scale=Scale(0, (0, 2, 4, 5, 7, 9, 11)))
    assert piece_key([PiecePart("lead", c_major)]).signed
    wrong = replace(clip, scale=Scale(6, (0, 2, 4, 5, 7, 9, 11)))
    assert not piece_key([PiecePart("lead", wrong)]).signed
    minor = replace(line([57, 60, 64, 69, 62, 65, 59, 57] * 2), scale=c_major.scale)
    key = piece_key([PiecePart("lead", minor)])
    assert (key.tonic, key.minor, key.signed) == (9, True, True)
    assert piece_key([PiecePart("drums", line([36], kind="drums"))]) is None
