# SPDX-License-Identifier: Apache-2.0
"""The suite from end to end on a tiny corpus: its windows, its page, random requests, pictures."""

import random
from collections import Counter
from dataclasses import replace

import generation_validity as validity
import look
import pytest
import quality
from corpora import tune
from generation import players, run
from generation.requests import COMMANDS_ASKED, random_question
from generation.systems import continuations
from generation.windows import ensembles, prompts
from tiny_clip import weights_file

from bridge.core.commands import COMMANDS
from models.clip import Clip, Note
from models.corpus.analysis import count
from models.corpus.codec import encode_parts
from models.corpus.piece import Label, Piece, PiecePart
from models.corpus.shards import SUFFIX, write_shard

ROOTS = (48, 45, 41, 43)


def song(seed):
    """Sixteen bars of lead, bass, chords and drums."""
    rng = random.Random(seed)
    beats = range(64)
    lead = tuple(Note(60 + rng.choice((0, 2, 4, 5, 7, 9)), b + 0.0, 1.0) for b in beats)
    bass = tuple(Note(ROOTS[b // 4 % 4] - 12, b + 0.0, 1.0) for b in beats)
    chords = tuple(
        Note(ROOTS[b // 4 % 4] + 12 + step, b + 0.0, 2.0) for b in beats[::2] for step in (0, 4, 7)
    )
    drums = tuple(Note(36 if b % 2 == 0 else 38, b + 0.0, 0.25) for b in beats)
    return (
        PiecePart("lead", Clip(lead, 64.0)),
        PiecePart("bass", Clip(bass, 64.0)),
        PiecePart("chords", Clip(chords, 64.0)),
        PiecePart("drums", Clip(drums, 64.0, kind="drums")),
    )


def chorale(seed):
    """Twelve bars in four voices."""
    lows = {"S": 67, "A": 60, "T": 52, "B": 43}
    rng = random.Random(seed)
    degrees = [rng.choice((0, 2, 4, 5)) for _ in range(48)]
    return tuple(
        PiecePart(
            role, Clip(tuple(Note(low + s, b + 0.0, 1.0) for b, s in enumerate(degrees)), 48.0)
        )
        for role, low in lows.items()
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    made = {
        ("freedoom", "test"): [song(n) for n in range(3)],
        ("freedoom", "train"): [(PiecePart("lead", tune(n)),) for n in range(3)],
        ("jsb-chorales", "test"): [chorale(n) for n in range(2)],
        ("openhymnal", "test"): [chorale(n + 10) for n in range(2)],
    }
    for (name, split), all_parts in made.items():
        pieces = [
            Piece(Label(name, f"{n}.mid", f"{name}:{n}"), parts)
            for n, parts in enumerate(all_parts)
        ]
        write_shard(
            folder / f"{name}.{split}{SUFFIX}",
            [piece.label for piece in pieces],
            [count(piece) for piece in pieces],
            [encode_parts(piece.parts) for piece in pieces],
        )
    return folder


def test_windows_are_of_the_roles_and_the_same_every_time(corpus):
    found = prompts(corpus, 2)
    assert {role: len(windows) for role, windows in found.items()} == {
        "melody": 4, "bass": 4, "chords": 2, "drums": 2
    }  # fmt: skip
    assert found == prompts(corpus, 2)
    for window in found["melody"]:
        assert window.prompt.length_beats == 32
        assert all(0 <= note.start_beats < 16 for note in window.truth)
    together = ensembles(corpus, ("bass",), 1)["bass"]
    assert all(part.role not in {"bass", "B"} for e in together for part in e.others)


def test_echo_is_the_first_four_bars_again(corpus):
    windows = prompts(corpus, 2)["melody"]
    with players.Players(1) as asked:
        found, _ = continuations(windows, ["echo"], asked)
    assert found["echo"] == found["repeat first 4 bars"]


def test_the_suite_fills_a_page(corpus, tmp_path, capsys):
    (tmp_path / "pictures").mkdir()
    page = tmp_path / "page.md"
    blocks = "".join(f"<!-- generated: {n} -->\nold\n<!-- end -->\n" for n in run.TABLES)
    page.write_text(f"Words by hand.\n{blocks}", encoding="utf-8")
    given = ["generation", str(corpus), "--write", str(page), "--jobs", "1", "--most", "4"]
    given += ["--system", "motif", "--system", "rules"]
    assert quality.main(given) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Words by hand.\n")
    assert "old" not in text
    assert text.count("| truth | 1.000 | 1.000 | 1.000 | 0.000 | 1.000 |") == 4
    assert (tmp_path / "pictures" / "similarity-lag.svg").read_text("utf-8").startswith("<svg")
    assert "refused" not in capsys.readouterr().err


def test_a_page_without_the_block_is_said():
    with pytest.raises(SystemExit, match="0 blocks named x"):
        run.put("nothing", "x", "block")


@pytest.fixture(scope="module")
def sources(corpus):
    found = ensembles(corpus, ("bass", "melody"), 4)
    return [window for windows in found.values() for window in windows]


def test_random_requests_hold_to_the_command_table(sources):
    for n in range(60):
        command = COMMANDS_ASKED[n % len(COMMANDS_ASKED)]
        asked = random_question(random.Random(n), "clip", command, sources)
        fewest, most = COMMANDS[command].clips
        assert fewest <= len(asked.clips) <= most
        _, request = players.prepared(replace(asked, weights=weights_file()))
        assert request.command == command


def test_requests_to_the_clip_engine_are_answered_validly(sources):
    asked = [
        random_question(random.Random(n), "clip", COMMANDS_ASKED[n % len(COMMANDS_ASKED)], sources)
        for n in range(6)
    ]
    found = [validity.verdict(replace(q, weights=weights_file())) for q in asked]
    assert not [verdict.words for verdict in found if verdict.outcome == "broken"]
    assert sum(verdict.candidates for verdict in found) > 6
    assert Counter(verdict.outcome for verdict in found)["valid"] > 3
    assert validity.table(found)[-1][1] == "6"


def test_a_fault_is_found(sources, monkeypatch):
    asked = random_question(random.Random(1), "clip", "continue", sources)
    monkeypatch.setattr(validity, "faults", lambda *_, **__: ["a fault"])
    found = validity.verdict(replace(asked, weights=weights_file()))
    assert (found.outcome, found.words) == ("broken", "a fault")


def test_what_an_engine_lets_out_is_broken(sources, monkeypatch):
    def crash(_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(validity, "concluded", crash)
    asked = random_question(random.Random(1), "motif", "continue", sources)
    assert validity.verdict(asked).outcome == "broken"


def test_pictures_and_midi_of_prompts(corpus, tmp_path):
    chosen = look.chosen(prompts(corpus, 4), 4, ("freedoom",))
    assert [window.role for window in chosen] == ["melody", "chords", "melody", "bass"]
    with players.Players(1) as asked:
        made = look.sights(chosen[:2], "motif", asked)
        look.write(tmp_path, made, ".svg", look.labels(corpus))
    assert len(list(tmp_path.glob("*.svg"))) == len(list(tmp_path.glob("*.mid"))) == 2
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert page.count("BSD-3-Clause") == 2
    svg = next(tmp_path.glob("01-*.svg")).read_text(encoding="utf-8")
    assert 'class="note kept"' in svg
    assert 'class="note new"' in svg
