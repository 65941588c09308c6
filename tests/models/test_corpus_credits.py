# SPDX-License-Identifier: Apache-2.0
"""Whom the weights owe thanks: from the table of sets and from the corpus itself."""

import json
from pathlib import Path

from models.corpus.analysis import count
from models.corpus.credits import (
    attributions,
    corpus_hash,
    facts,
    piece_credits,
    sets_table,
    trained_sets,
)
from models.corpus.piece import Label, Piece
from models.corpus.sets import SETS
from models.corpus.shards import write_shard

FACTS = Path(__file__).parents[2] / "models/engines/clip/weights/clip.json"


def shard(folder, name, *labels):
    folder.mkdir(exist_ok=True)
    counts = count(Piece(Label("own", "", ""), ()))
    each = len(labels)
    write_shard(folder / f"{name}.train.corpus", labels, [counts] * each, [b""] * each)


def piece(title, licence, by="A, typeset by B"):
    return Label("mutopia", f"{title}.mid", title, title=title, licence=licence, attribution=by)


def test_only_what_may_ship_trains_what_ships():
    names = {info.name for info in trained_sets()}
    assert names.isdisjoint(info.name for info in SETS if not info.may_ship)
    assert {"groove", "mutopia"} <= names
    assert "nottingham" not in sets_table()
    assert sets_table().count("%") == len(names)


def test_pieces_under_cc_by_are_named_once(tmp_path):
    by = "Creative Commons Attribution 4.0"
    shard(tmp_path, "mutopia", piece("Two", by), piece("One", by), piece("Old", "Public Domain"))
    found = piece_credits(tmp_path)
    assert found == [{"attribution": "A, typeset by B", "licence": by, "titles": ["One", "Two"]}]
    lines = attributions(found).splitlines()
    assert lines[-1] == f"- A, typeset by B, {by}: One; Two."
    assert any("Groove MIDI Dataset" in line for line in lines)


def test_the_hash_is_of_what_was_trained_on(tmp_path):
    shard(tmp_path, "mutopia", piece("One", ""))
    first = corpus_hash(tmp_path)
    shard(tmp_path, "nottingham", piece("Other", ""))
    shard(tmp_path, "own", piece("Mine", ""))
    assert corpus_hash(tmp_path) == first
    shard(tmp_path, "groove", piece("Beat", ""))
    assert corpus_hash(tmp_path) != first


def test_the_facts_beside_the_weights_have_every_field(tmp_path):
    shard(tmp_path, "mutopia", piece("One", ""))
    card = {"steps": "5", "tokens": "900", "valid_nats_per_token": "1.25", "made": "2026-01-31"}
    given = [(name, 1) for name in ("parameters", "context", "bytes", "sha256", "minutes")]
    made = facts(card, tmp_path, [*given, ("machine", "a laptop")])
    assert (made["steps"], made["tokens"], made["valid_nats_per_token"]) == (5, 900, 1.25)
    assert list(made) == list(json.loads(FACTS.read_text(encoding="utf-8")))
