# SPDX-License-Identifier: Apache-2.0
"""When other parts strike: where it is told, and what."""

import random

from models.clip import Clip, Note
from models.metre import Metre
from models.tokens import vocabulary as v
from models.tokens.encode import encode
from models.tokens.grammar import Grammar
from models.tokens.reading import first_target_bar, followed, tracker_behind
from models.tokens.scene import Cell, Part, Scene, bars_of
from models.tokens.sounding import packed_ticks, tick_bits, unpacked
from models.tokens.state import (
    FEATURE_NAMES,
    FEATURE_SIZES,
    MASKED,
    STRIKE_CLASSES,
    TARGET,
)
from models.tokens.strikes import NO_STRIKES, STRIKE_NAMES, Struck, striking
from models.tokens.tracker import Tracker
from models.tokens.trial import random_request

DRUMS = Clip(
    (
        *(Note(36, 0.0, 0.25), Note(42, 0.0, 0.25), Note(38, 1.0, 0.25)),
        *(Note(39, 5.0, 0.25), Note(35, 4.0, 0.25), Note(56, 6.5, 0.25)),
    ),
    8.0,
    kind="drums",
)
BASS = Clip((Note(40, 0.0, 1.0), Note(43, 2.0, 1.0), Note(40, 4.5, 1.0)), 8.0)
LEAD = Clip((Note(72, 1.0, 1.0), Note(74, 1.0, 1.0), Note(76, 4 + 1 / 3, 1.0)), 8.0)
PIANO = Clip((Note(60, 0.0, 4.0), Note(64, 4.0, 4.0), Note(67, 7.0, 1.0)), 8.0)


def scene(*cells):
    parts = (("drums", DRUMS), ("bass", BASS), ("chords", PIANO), ("lead", LEAD))
    made = tuple(Part(role, clip) for role, clip in parts)
    return Scene("accompany", made, bars_of(BASS, 0.0, 2), cells)


def named(strikes):
    """The strikes by name, each as its ticks in order, without what is silent."""
    found = {
        name: [tick for tick in range(v.LONGEST_BAR_TICKS) if mask >> tick & 1]
        for name, mask in zip(STRIKE_NAMES, strikes, strict=True)
    }
    return {name: ticks for name, ticks in found.items() if ticks}


def told(question):
    """What is told behind each ROLE of the target, where a cell begins."""
    encoded = encode(question)
    return [
        named(tracker.strikes())
        for tracker in followed([*encoded.context, *encoded.target])
        if tracker.phase == TARGET and tracker.tokens == 0 and tracker.onset_due
    ]


def test_a_part_hears_the_others_of_its_bar():
    chords, lead = {"chords": [0]}, {"lines": [24]}
    assert told(scene(Cell(0, 0))) == [{"bass": [0, 48], **chords, **lead}]
    second = {"kick": [0], "snare": [24], "pads": [60]}
    expected = {**second, "chords": [0, 72], "lines": [8]}
    assert told(scene(Cell(1, 1))) == [expected]


def test_what_is_written_is_heard_by_those_written_later():
    first = {"chords": [0], "lines": [24]}
    drums = {"kick": [0], "snare": [24], "pads": [0]}
    assert told(scene(Cell(0, 0), Cell(1, 0))) == [first, {**drums, **first}]


def test_an_onset_is_due_wherever_one_may_come():
    rng = random.Random(7)
    for _ in range(40):
        question, _ = random_request(rng)
        encoded = encode(question, velocities=rng.random() < 0.5, micro=rng.random() < 0.5)
        ids = [*encoded.context, *encoded.target]
        before = v.PAD
        for tracker, token, following in zip(followed(ids), ids, [*ids[1:], v.PAD], strict=True):
            framed = {token, before} & {v.HOLE, v.METRE_OTHER}  # places that say no onset
            onset = v.POS <= following < v.PITCH and not framed and tracker.phase != MASKED
            if onset or following == v.ENDCELL:
                assert tracker.onset_due
            if not tracker.onset_due:
                assert tracker.strikes() == NO_STRIKES
            before = token


def test_an_onset_is_due_where_the_grammar_allows_one():
    rng = random.Random(8)
    for _ in range(20):
        question, rules = random_request(rng)
        grammar = Grammar(question, rules)
        tracker = tracker_behind(encode(question).context)
        while tracker.phase == TARGET:
            allowed = grammar.allowed(tracker)
            onset = allowed[v.ENDCELL] or any(allowed[v.POS : v.PITCH])
            assert tracker.onset_due or not onset
            tracker.step(rng.choice([token for token in range(v.SIZE) if allowed[token]]))


def test_who_strikes_now_is_told_as_bits():
    assert len(STRIKE_NAMES) == STRIKE_CLASSES == len(NO_STRIKES)
    assert FEATURE_NAMES[-1] == "striking", "weights made before it have a shorter list"
    assert FEATURE_SIZES[-1] == 2**STRIKE_CLASSES
    encoded = encode(scene(Cell(0, 0)))
    seen = {
        tracker.tick: tracker.features()[-1]
        for tracker in followed([*encoded.context, *encoded.target])
        if tracker.phase == TARGET and tracker.tick >= 0
    }
    bass, chords, lines = (1 << STRIKE_NAMES.index(name) for name in ("bass", "chords", "lines"))
    assert seen == {0: bass | chords, 24: lines}


def test_hints_have_none():
    question = scene(Cell(1, 0, hint="rhythm"), Cell(1, 1, hint="pitches"))
    masked = [t for t in followed(encode(question).context) if t.phase == MASKED]
    for tracker in followed(encode(question).context):
        if tracker.phase == MASKED:
            assert tracker.features()[-1] == 0
            assert tracker.strikes() == NO_STRIKES
    assert masked


def test_the_last_tick_of_the_longest_bar_is_heard():
    clip = Clip((Note(40, 7 - 1 / 24, 1 / 24),), 7.0, metre=Metre(7, 4))
    parts = (Part("drums", clip.with_notes(())), Part("bass", clip))
    question = Scene("accompany", parts, bars_of(clip, 0.0, 1), (Cell(0, 0),))
    (strikes,) = told(question)
    assert strikes == {"bass": [v.LONGEST_BAR_TICKS - 1]}


def test_copies_go_their_own_way():
    struck = Struck()
    struck.add(0, 1, 12, v.PITCH + 40, v.ROLE + v.ROLES.index("bass"))
    twin = struck.copy()
    twin.add(0, 1, 24, v.PITCH + 40, v.ROLE + v.ROLES.index("bass"))
    assert named(struck.of_others(0, 0)) == {"bass": [12]}
    assert named(twin.of_others(0, 0)) == {"bass": [12, 24]}
    assert twin.of_others(0, 1) == twin.of_others(1, 0) == NO_STRIKES
    ids = encode(scene(Cell(0, 0), Cell(1, 0))).context
    tracker = Tracker(first_target_bar(ids))
    for token in ids:
        tracker.step(token)
    before = tracker.copy()
    bass = v.ROLE + v.ROLES.index("bass")
    drums = (v.BAR, v.ROLE, v.POS + 6, v.DRUM + 36, v.ENDCELL)
    for token in (*drums, bass):
        tracker.step(token)
    for token in (v.BAR, v.ROLE, v.ENDCELL, bass):
        before.step(token)
    assert named(tracker.strikes())["kick"] == [6]
    assert "kick" not in named(before.strikes())


def test_bits_of_ticks_come_back_from_bytes():
    masks = [0, 1, 1 << 167, 1 << 60 | 1 << 128]
    packed = packed_ticks(masks)
    assert packed.shape == (4, 21)
    assert (unpacked(packed) == tick_bits(masks)).all()
    assert tick_bits(masks).sum(1).tolist() == [0, 1, 1, 2]
    assert striking((0b100, 0, 0, 0b110, 0, 0), 2) == 0b1001
