# SPDX-License-Identifier: Apache-2.0
"""What a pitch that may come next goes with: where there is something, and what."""

import random

from models.clip import Clip, Note
from models.tokens import vocabulary as v
from models.tokens.encode import encode
from models.tokens.grammar import Grammar
from models.tokens.reading import first_target_bar
from models.tokens.rolls import NO_ROLLS, ROLL_NAMES, Lines, classes_near
from models.tokens.scene import Cell, Part, Scene, bars_of
from models.tokens.sounding import packed_pitches, pitch_bits, unpacked
from models.tokens.state import MASKED, TARGET
from models.tokens.tracker import Tracker
from models.tokens.trial import random_request


def named(tracker):
    """The rolls by name, each as its pitches in order."""
    found = zip(ROLL_NAMES, tracker.rolls(), strict=True)
    return {name: [p for p in range(128) if mask >> p & 1] for name, mask in found}


def followed(ids):
    """(tracker behind a token, the token after it) for all of them; the tracker goes on."""
    tracker = Tracker(first_target_bar(ids))
    for token, following in zip(ids, [*ids[1:], v.PAD], strict=True):
        tracker.step(token)
        yield tracker, following


def test_a_pitch_is_due_wherever_one_may_come():
    rng = random.Random(7)
    for _ in range(40):
        scene, _ = random_request(rng)
        encoded = encode(scene, velocities=rng.random() < 0.5, micro=rng.random() < 0.5)
        for tracker, following in followed([*encoded.context, *encoded.target]):
            if v.PITCH <= following < v.DRUM:
                assert tracker.due or tracker.phase == MASKED
            if not tracker.due:
                assert tracker.rolls() == NO_ROLLS


def test_a_pitch_is_due_where_the_grammar_allows_one():
    rng = random.Random(8)
    for _ in range(20):
        scene, rules = random_request(rng)
        grammar, ids = Grammar(scene, rules), encode(scene).context
        tracker = Tracker(first_target_bar(ids))
        for token in ids:
            tracker.step(token)
        while tracker.phase == TARGET:
            allowed = grammar.allowed(tracker)
            assert tracker.due or not any(allowed[v.PITCH : v.DRUM])
            tracker.step(rng.choice([token for token in range(v.SIZE) if allowed[token]]))


def test_what_they_hold():
    """Two parts in 4/4: a line of quarters above a long chord that changes in the second bar."""
    pad = Clip(
        (Note(48, 0.0, 4.0), Note(52, 0.0, 4.0), Note(50, 4.0, 4.0), Note(53, 6.0, 2.0)), 8.0
    )
    lead = Clip(tuple(Note(60 + n, float(n), 1.0) for n in range(6)), 8.0)
    parts = (Part("pad", pad), Part("lead", lead))
    scene = Scene("continue", parts, bars_of(pad, 0.0, 2), (Cell(1, 1),))
    encoded = encode(scene)
    seen = {}
    for tracker, following in followed([*encoded.context, *encoded.target]):
        if tracker.phase == TARGET and v.PITCH <= following < v.DRUM:
            seen[tracker.tick] = named(tracker)
    second, first = seen[24], seen[0]
    assert first["sounding"] == [50]
    assert first["last"] == [63]
    assert first["before"] == [62]
    assert first["bar_ago"] == [60]
    assert {p % 12 for p in first["near"]} == {2}  # the second bar alone, and not yet the 53
    assert len(first["near"]) == len(range(2, 128, 12))
    assert second["sounding"] == [50]
    assert second["last"] == [64]
    assert second["before"] == [63]
    assert second["bar_ago"] == [61]
    assert {p % 12 for p in second["near"]} == {2, 4}


def test_a_chord_sounds_as_far_as_it_was_said():
    clip = Clip((Note(60, 0.0, 1.0), Note(64, 0.0, 1.0), Note(67, 0.0, 1.0)), 4.0)
    scene = Scene("generate", (Part("chords", clip),), bars_of(clip, 0.0, 1), (Cell(0, 0),))
    encoded = encode(scene)
    sounding = [
        named(tracker)["sounding"]
        for tracker, following in followed([*encoded.context, *encoded.target])
        if v.PITCH <= following < v.DRUM
    ]
    assert sounding == [[], [67], [64, 67]]


def test_drums_and_hints_have_none():
    drums = Clip((Note(36, 0.0, 0.25), Note(38, 1.0, 0.25)), 8.0)
    bass = Clip((Note(40, 0.0, 1.0), Note(43, 4.0, 1.0)), 8.0)
    parts = (Part("drums", drums), Part("bass", bass))
    cells = (Cell(0, 0), Cell(0, 1), Cell(1, 1, hint="pitches"))
    encoded = encode(Scene("vary", parts, bars_of(bass, 0.0, 2), cells))
    due = sum(tracker.rolls() != NO_ROLLS for tracker, _ in followed(encoded.context))
    assert due == 1  # behind the one note of the bass that is shown


def test_copies_go_their_own_way():
    lines = Lines()
    lines.strike(0, 24, 60)
    twin = lines.copy()
    twin.strike(0, 24, 64)
    twin.strike(0, 0, 50)
    assert lines.last_two(0, 48) == (1 << 60, 0)
    assert twin.last_two(0, 48) == (1 << 60 | 1 << 64, 1 << 50)


def test_lines_are_in_order_of_time():
    lines = Lines()
    for tick, pitch in ((96, 70), (0, 60), (48, 65)):  # what is written may come before what is
        lines.strike(3, tick, pitch)
    assert lines.last_two(3, 96) == (1 << 65, 1 << 60)
    assert lines.last_two(3, 1) == (1 << 60, 0)
    assert lines.last_two(3, 0) == (0, 0)
    assert lines.last_two(2, 96) == (0, 0)
    assert lines.latest(3, 0, 95) == 1 << 65
    assert lines.latest(3, 49, 95) == 0
    assert lines.latest(3, 96, 96) == 1 << 70


def test_classes_reach_every_octave_and_a_quarter_either_way():
    notes = ((0, 24, 61), (47, 60, 127), (71, 80, 64), (72, 90, 62))
    mask = classes_near(notes, 48)
    assert {p for p in range(128) if mask >> p & 1} == {p for p in range(128) if p % 12 in (7, 4)}
    assert mask < 1 << 128


def test_bits_come_back_from_bytes():
    masks = [0, 1, 1 << 127, 1 << 60 | 1 << 64]
    packed = packed_pitches(masks)
    assert packed.shape == (4, 16)
    assert (unpacked(packed.reshape(2, 2, 16)).reshape(4, 128) == pitch_bits(masks)).all()
