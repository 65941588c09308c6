# SPDX-License-Identifier: Apache-2.0
"""Whatever the logits: the answer keeps to the rules, and it ends."""

import random
from itertools import pairwise

import pytest

from models.clip import Clip, Note
from models.errors import BadArgument
from models.metre import Metre
from models.tokens import vocabulary as v
from models.tokens.check import faults
from models.tokens.decode import decode
from models.tokens.encode import encode
from models.tokens.grammar import Grammar
from models.tokens.reading import read
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Part, Scene, bars_of, cells_of
from models.tokens.state import DONE
from models.tokens.trial import random_choice, random_decode, random_request

DECODES = 500  # bench/grammar.py does 10,000


@pytest.mark.parametrize("share", range(5))
def test_random_logits_on_random_requests_give_valid_answers(share):
    for number in range(DECODES // 5):
        rng = random.Random(7_000_000 + share * DECODES + number)
        scene, rules = random_request(rng)
        grammar = Grammar(scene, rules)
        encoded = encode(scene, velocities=rng.random() < 0.3, micro=rng.random() < 0.2)
        target = random_decode(encoded, grammar, random_choice(rng), 20_000)
        assert target[-1] == v.END
        answer = decode(scene, encoded, target)
        assert faults(scene, rules, answer, lenient_hints=grammar.lost > 0) == []


def ask(clip, cells=None, *, role="lead", seed=0, rules=None, choose=None, loop_bars=0, bars=2):
    """One answer, and the grammar that allowed it."""
    grid = bars_of(clip, 0.0, bars)
    scene = Scene(
        "vary",
        (Part(role, clip),),
        grid,
        cells or cells_of([0], range(len(grid))),
        loop_bars=loop_bars,
    )
    grammar = Grammar(scene, {0: rules or PartRules()})
    encoded = encode(scene)
    choose = choose or random_choice(random.Random(seed))
    answer = decode(scene, encoded, random_decode(encoded, grammar, choose, 20_000))
    assert faults(scene, {0: rules or PartRules()}, answer) == []
    return [note for cell in answer for note in cell], grammar


def longest(mask):
    """Always the highest token: long notes, high pitches, late onsets, the end only when due."""
    return mask.rindex(1)


def eager(mask):
    """A note wherever one can be."""
    return mask.index(1, v.POS) if 1 in mask[v.POS :] else mask.index(1)


def test_a_line_is_a_line_also_over_bar_lines():
    for seed in range(20):
        notes, _ = ask(Clip((), 8.0), rules=PartRules(polyphony=1, min_notes=3), seed=seed)
        assert len(notes) >= 6
        for before, after in pairwise(notes):
            assert before.end_beats <= after.start_beats + 1e-9


def test_no_note_outlasts_the_loop_unless_it_may_ring_over():
    notes, _ = ask(Clip((), 8.0), choose=longest, rules=PartRules(min_notes=1))
    assert notes
    assert max(note.end_beats for note in notes) <= 8.0
    over = PartRules(min_notes=1, overhang_ticks=24)
    notes, _ = ask(Clip((), 8.0), choose=longest, rules=over)
    assert 8.0 < max(note.end_beats for note in notes) <= 9.0


def test_ringing_over_the_seam_gives_way_to_the_loops_first_note():
    clip = Clip((Note(60, 0.5, 1.0),), 8.0)
    rules = PartRules(polyphony=1, min_notes=1, overhang_ticks=96)
    notes, _ = ask(clip, (Cell(0, 1),), choose=longest, rules=rules, loop_bars=1)
    assert max(note.end_beats for note in notes) <= 8.5


def test_a_hole_in_a_bar_is_filled_and_nothing_else():
    clip = Clip((Note(60, 0.0, 1.0), Note(60, 3.0, 1.0)), 8.0)
    notes, _ = ask(clip, (Cell(0, 0, (24, 72)),), choose=eager, rules=PartRules(polyphony=1))
    assert len(notes) == 48
    assert min(note.start_beats for note in notes) == 1.0
    assert max(note.end_beats for note in notes) <= 3.0


def test_the_same_rhythm_with_new_notes():
    own = [(0.0, 1.5), (1.5, 0.5), (2.0, 0.5), (3.5, 2.5), (6.0, 2.0)]
    clip = Clip(tuple(Note(60, start, length) for start, length in own), 8.0)
    cells = cells_of([0], [0, 1], hint="rhythm")
    rules = PartRules(polyphony=1, scale=frozenset({1, 6}), low_pitch=30, high_pitch=50)
    notes, grammar = ask(clip, cells, rules=rules, seed=2)
    assert [(note.start_beats, note.duration_beats) for note in notes] == own
    assert {note.pitch % 12 for note in notes} <= {1, 6}
    assert grammar.lost == 0


def test_the_same_notes_in_a_new_rhythm():
    clip = Clip((Note(64, 0.0, 1.0), Note(60, 0.0, 1.0), Note(70, 2.0, 1.0), Note(60, 5.0, 1.0)), 8)
    rhythms = set()
    for seed in range(8):
        notes, _ = ask(clip, cells_of([0], [0, 1], hint="pitches"), seed=seed)
        assert [note.pitch for note in notes] == [60, 64, 70, 60]
        rhythms.add(tuple(note.start_beats for note in notes))
    assert len(rhythms) > 1


def test_the_same_notes_in_a_new_rhythm_go_round_what_stands():
    stands = (Note(62, 0.0, 0.5), Note(62, 2.0, 0.5), Note(59, 3.0, 0.25))
    clip = Clip((*stands, Note(64, 1.0, 0.5), Note(62, 1.5, 0.5), Note(60, 2.5, 0.5)), 4.0)
    part = Part("lead", clip, locked=frozenset(range(3)))
    scene = Scene("vary", (part,), bars_of(clip, 0.0, 1), cells_of([0], [0], hint="pitches"))
    rules = {0: PartRules(polyphony=1, low_pitch=70, locked_pitches=frozenset({62, 64}))}
    encoded = encode(scene)
    for seed in range(20):
        grammar = Grammar(scene, rules)
        target = random_decode(encoded, grammar, random_choice(random.Random(seed)), 1000)
        (notes,) = decode(scene, encoded, target)
        assert grammar.lost == 0
        assert [note.pitch for note in notes] == [64, 62, 60]
        assert faults(scene, rules, [notes]) == []


def test_a_forced_rhythm_that_has_too_many_voices_is_fitted_and_counted():
    clip = Clip((Note(60, 0.0, 4.0), Note(64, 0.0, 4.0), Note(65, 2.0, 2.0)), 4.0)
    grid = bars_of(clip, 0.0, 1)
    scene = Scene("vary", (Part("lead", clip),), grid, cells_of([0], [0], hint="rhythm"))
    grammar = Grammar(scene, {0: PartRules(polyphony=1)})
    encoded = encode(scene)
    target = random_decode(encoded, grammar, longest, 100)
    (notes,) = decode(scene, encoded, target)
    assert grammar.lost == 1
    assert [(note.start_beats, note.duration_beats) for note in notes] == [(0.0, 2.0), (2.0, 2.0)]


def test_locked_lanes_stand_and_are_counted():
    kicks = tuple(Note(36, float(beat), 0.25) for beat in range(8))
    clip = Clip(kicks, 8.0)
    grid = bars_of(clip, 0.0, 2)
    part = Part("drums", clip, locked=frozenset(range(8)))
    scene = Scene("vary", (part,), grid, cells_of([0], [0, 1]))
    rules = {0: PartRules(polyphony=1, pads=frozenset({36, 38, 42}), min_notes=8)}
    encoded = encode(scene)
    target = random_decode(encoded, Grammar(scene, rules), random_choice(random.Random(1)), 9_000)
    notes = [note for cell in decode(scene, encoded, target) for note in cell]
    assert len(notes) >= 16
    assert {note.pitch for note in notes} <= {36, 38, 42}
    assert not {note.start_beats for note in notes} & {note.start_beats for note in kicks}


def test_bars_keep_their_metre():
    for metre in (Metre(7, 8), Metre(3, 4), Metre(12, 8), Metre(5, 16)):
        clip = Clip((), 8.0, metre=metre)
        rules = PartRules(polyphony=1, max_tokens=999)
        notes, _ = ask(clip, choose=eager, rules=rules)
        assert len(notes) == round(2 * metre.bar_beats * 24)


def test_least_and_most_notes():
    for seed in range(10):
        notes, _ = ask(Clip((), 8.0), rules=PartRules(min_notes=5, max_notes=5), seed=seed)
        assert len(notes) == 10


def test_a_cell_closes_when_its_tokens_are_spent():
    notes, _ = ask(Clip((), 8.0), choose=eager, rules=PartRules(polyphony=1, max_tokens=10))
    assert len(notes) == 8  # POS, PITCH and DUR: the fourth note of each bar passes ten tokens


def test_a_soft_scale_is_a_penalty_and_a_hard_one_a_wall():
    clip = Clip((), 4.0)
    scene = Scene("generate", (Part("lead", clip),), bars_of(clip, 0, 1), (Cell(0, 0),))
    soft = Grammar(scene, {0: PartRules(scale=frozenset({0, 4, 7}), scale_penalty=2.5)})
    tracker, _, _ = read(encode(scene).context)
    assert soft.penalised(tracker) is None
    for token in (v.BAR, v.ROLE + v.ROLES.index("lead"), v.POS):
        tracker.step(token)
    mask, weight = soft.penalised(tracker)
    assert weight == 2.5
    assert (mask[v.PITCH + 60], mask[v.PITCH + 61]) == (0, 1)
    assert soft.allowed(tracker)[v.PITCH + 61]
    hard = Grammar(scene, {0: PartRules(scale=frozenset({0, 4, 7}))})
    assert hard.penalised(tracker) is None
    assert not hard.allowed(tracker)[v.PITCH + 61]


def test_a_range_without_a_pitch_is_refused():
    clip = Clip((), 4.0)
    scene = Scene("generate", (Part("lead", clip),), bars_of(clip, 0, 1), (Cell(0, 0),))
    with pytest.raises(BadArgument, match="widen the range"):
        Grammar(scene, {0: PartRules(low_pitch=70, high_pitch=60)})


def test_kept_notes_that_ring_into_the_target_are_voices():
    clip = Clip((Note(60, 2.0, 4.0),), 8.0)
    notes, _ = ask(clip, (Cell(0, 1),), choose=eager, rules=PartRules(polyphony=1))
    assert min(note.start_beats for note in notes) == 6.0


def test_after_the_end_there_is_only_padding():
    clip = Clip((), 4.0)
    scene = Scene("generate", (Part("lead", clip),), bars_of(clip, 0, 1), (Cell(0, 0),))
    encoded = encode(scene)
    tracker, _, _ = read([*encoded.context, *encoded.target])
    assert tracker.phase == DONE
    mask = Grammar(scene).allowed(tracker)
    assert [token for token in range(v.SIZE) if mask[token]] == [v.PAD]


def test_what_people_wrote_is_allowed():
    """The grammar forbids nothing that its own rules admit: a plain line passes, token by token."""
    line = tuple(Note(60 + n % 5, n * 0.5, 0.5) for n in range(16))
    clip = Clip(line, 8.0)
    scene = Scene("infill", (Part("lead", clip),), bars_of(clip, 0, 2), cells_of([0], [0, 1]))
    encoded = encode(scene)
    grammar = Grammar(scene, {0: PartRules(polyphony=1)})
    tracker, _, _ = read(encoded.context)
    for token in encoded.target:
        assert grammar.allowed(tracker)[token], v.token_name(token)
        tracker.step(token)


def test_the_judge_sees_what_is_wrong():
    clip = Clip((Note(60, 0.0, 1.0), Note(64, 4.0, 2.0)), 8.0)
    grid = bars_of(clip, 0.0, 2)
    scene = Scene("infill", (Part("lead", clip),), grid, (Cell(0, 0, None, "rhythm"),))
    free = Scene("infill", (Part("lead", clip),), grid, (Cell(0, 0, (0, 48)),))
    rules = {
        0: PartRules(
            polyphony=1,
            low_pitch=50,
            high_pitch=70,
            scale=frozenset({0, 2}),
            min_notes=1,
            max_notes=2,
        )
    }
    good = Note(60, 0.0, 1.0)
    assert faults(scene, rules, [[good]]) == []
    assert faults(free, rules, [[good]]) == []
    for answer, word in (
        ([[good], []], "cells were written"),
        ([[Note(60, 2.5, 0.5)]], "outside"),
        ([[Note(60, 1.5, 1.0)]], "after"),
        ([[Note(36, 0.0, 1.0)]], "range"),
        ([[Note(61, 0.0, 1.0)]], "scale"),
        ([[good, Note(62, 0.5, 1.0)]], "at once"),
        ([[good, Note(60, 0.5, 1.0)]], "twice"),
        ([[Note(60, n / 8, 1 / 8) for n in range(3)]], "3 notes in a cell"),
    ):
        assert any(word in fault for fault in faults(free, rules, answer)), word
    assert faults(scene, rules, [[Note(60, 0.5, 1.0)]]) == ["the rhythm is [12]"]


def test_the_judge_sees_drums_pads_and_pitches():
    clip = Clip((Note(36, 0.0, 0.25), Note(38, 1.0, 0.25)), 4.0)
    scene = Scene("vary", (Part("drums", clip),), bars_of(clip, 0, 1), (Cell(0, 0),))
    rules = {0: PartRules(pads=frozenset({36}), locked_pitches=frozenset({40}))}
    assert faults(scene, rules, [[Note(38, 0.0, 0.25)]]) == ["pad 38 is not in the kit"]
    assert "pitch 40 is locked" in faults(scene, rules, [[Note(40, 0.0, 0.25)]])
    same = Scene("vary", (Part("drums", clip),), scene.bars, (Cell(0, 0, None, "pitches"),))
    assert faults(same, {}, [[Note(38, 0.0, 0.25), Note(36, 1.0, 0.25)]]) == [
        "the pitches are others"
    ]
