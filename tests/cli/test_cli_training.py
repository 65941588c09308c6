# SPDX-License-Identifier: Apache-2.0
"""`train corpus` and `train clip` on a tiny corpus of made music."""

import os
from pathlib import Path

import pytest
from corpora import line, midi_file, tune
from neural import need_torch

from models.corpus.shards import open_shards

SMALL = ("--size", "debug", "--batch-tokens", 300, "--every", 2, "--device", "cpu")


@pytest.fixture
def songs(home):
    """Twelve own songs and a damaged file in the folder that the test works in."""
    for number in range(12):
        midi_file(home.parent / f"work/songs/{number}.mid", [tune(number), line([36] * 16)])
    (home.parent / "work/songs/bad.mid").write_bytes(b"MThd")
    return "songs"


def test_a_corpus_of_own_files(nextbar, songs):
    code, out, err = nextbar("train", "corpus", songs, "-o", "made/corpus")
    assert (code, err) == (0, "")
    assert "12 pieces" in out
    assert "1 files left out" in out
    assert len(out.splitlines()) == 1
    assert sum(len(shard.entries) for shard in open_shards(Path("made/corpus"), "train")) > 0
    assert "## Files left out" in Path("made/corpus/report.md").read_text(encoding="utf-8")


def test_the_numbers_as_json(nextbar_json, songs):
    told = nextbar_json("train", "corpus", songs, "-o", "corpus")
    assert told["pieces"] == told["train"] + told["valid"] + told["test"] == 12
    assert told["left_out"] == 1
    assert os.path.exists(told["report"])


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("corpus", "nowhere", "-o", "out"), "holds no MIDI files"),
        (("corpus", "songs", "-o", "out", "--sets"), "holds no set"),
        (("corpus", "songs", "-o", "out", "--only", "nothing"), "no set called nothing"),
        (("corpus", "songs", "-o", "songs/1.mid"), "can't be written"),
        (("corpus", "songs"), "--out"),
        (("clip", "nowhere", "-o", "out", "--steps", 1), "no train shards"),
        (("clip", "songs", "-o", "out"), "Say how long"),
        (("clip", "songs", "-o", "out", "--minutes", "-1"), "from 0 on"),
        (("clip", "songs", "-o", "out", "--steps", "x"), "whole number"),
        (("songs", "--name", "mine"), "nextbar train style"),
        ((), "nextbar train corpus (make a corpus"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(nextbar, songs, words, hint):
    if words[:1] == ("clip",):
        need_torch()
    code, out, err = nextbar("train", *words)
    assert code in {1, 2}
    assert out == ""
    assert hint in err
    assert len(err.splitlines()) == 1


def test_help_explains_all_there_is_to_train(nextbar):
    code, out, _ = nextbar("train", "--help")
    assert code == 0
    assert all(f"train {way}" in out for way in ("corpus", "clip", "style"))
    assert nextbar("help", "train")[1] == out


def test_without_torch_the_line_that_installs_it_is_named(nextbar, monkeypatch):
    monkeypatch.setattr("bridge.cli.training.find_spec", lambda name: None)
    code, _, err = nextbar("train", "clip", "corpus", "-o", "run", "--steps", 1)
    assert code == 1
    assert 'pip install "nextbar[neural]"' in err


def test_a_network_is_trained_and_goes_on(nextbar, nextbar_json, songs):
    need_torch()
    nextbar("train", "corpus", songs, "-o", "corpus")
    told = nextbar_json("train", "clip", "corpus", "-o", "run", *SMALL, "--steps", 2)
    assert told["steps"] == 2
    assert sorted(os.path.basename(name) for name in told["files"]) == [
        "clip-debug.fp16.safetensors",
        "clip-debug.int8.safetensors",
    ]
    code, out, _ = nextbar("train", "clip", "corpus", "-o", "run", *SMALL, "--steps", 3)
    assert code == 0
    assert "3 steps" in out
    other = ("--size", "5m", *SMALL[2:])
    code, _, err = nextbar("train", "clip", "corpus", "-o", "run", *other, "--steps", 3)
    assert code == 1
    assert "another training" in err


def test_stopping_says_how_to_go_on(nextbar, songs, monkeypatch):
    need_torch()

    def stopped(options):
        options.out.mkdir()
        (options.out / "checkpoint.pt").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("models.train.train", stopped)
    code, _, err = nextbar("train", "clip", "corpus", "-o", "run", "--steps", 1)
    assert code == 130
    assert "goes on from the last checkpoint in run" in err
    assert "Traceback" not in err
