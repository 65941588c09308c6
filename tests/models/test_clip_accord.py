# SPDX-License-Identifier: Apache-2.0
"""What a bass or chords are told of the chords that the other parts make, in any metre."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neural import need

need("numpy")
import numpy as np  # noqa: E402 - after the guard

from models.clip import Clip, Note  # noqa: E402
from models.engines.clip.accord import Accord, accord_of  # noqa: E402
from models.engines.clip.degrees import chances, degree_of, level_of, tables  # noqa: E402
from models.engines.clip.footing import footing, hearing_of  # noqa: E402
from models.engines.clip.hearing import chords_heard, metre_of  # noqa: E402
from models.engines.clip.passage import line_of, source_lines  # noqa: E402
from models.metre import Metre  # noqa: E402
from models.theory.chords import Chord  # noqa: E402
from models.theory.keys import key_of  # noqa: E402
from models.theory.steps import finish  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.encode import encode, lay_out  # noqa: E402
from models.tokens.grammar import Grammar  # noqa: E402
from models.tokens.grid import place  # noqa: E402
from models.tokens.reading import first_target_bar  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Part, Scene, bars_of, cells_of  # noqa: E402
from models.tokens.tracker import Tracker  # noqa: E402

C_MAJOR = key_of(0, minor=False)
TRIADS = ((60, 64, 67), (65, 69, 72), (67, 71, 74), (60, 64, 67))


def pad(metre, triads=TRIADS):
    """A clip that holds one triad a bar."""
    bar = metre.bar_beats
    notes = (Note(p, n * bar, bar) for n, triad in enumerate(triads) for p in triad)
    return Clip(tuple(notes), len(triads) * bar, metre=metre)


def scene_of(clip, role="bass", given="pad", key=0):
    bars = bars_of(clip, 0.0, 4)
    parts = (Part(role, clip.with_notes(())), Part(given, clip))
    return Scene("accompany", parts, bars, cells_of([0], range(len(bars))), key=key)


def asked(scene, *tokens, accord=None, logits=None):
    """The wish behind the context and some tokens, and the mask there."""
    tracker = Tracker(first_target_bar(encode(scene).context))
    for token in (*encode(scene).context, *tokens):
        tracker.step(token)
    mask = Grammar(scene, {0: PartRules(4, 28, 96)}).allowed(tracker)
    logits = np.zeros(v.SIZE) if logits is None else logits
    return (accord or finish(accord_of(scene))).wish(tracker, logits, mask), mask


def opened(tick=0, role="bass"):
    return v.BAR, v.ROLE + v.ROLES.index(role), v.POS + tick


@pytest.mark.parametrize("metre", [Metre(4, 4), Metre(3, 4), Metre(7, 8), Metre(6, 8), Metre(5, 4)])
def test_chords_are_heard_bar_by_bar_in_any_metre(metre):
    scene = scene_of(pad(metre))
    heard = finish(chords_heard(source_lines(lay_out(scene))[1:], 0))
    ticks = round(metre.bar_beats * 24)
    found = [max(heard.at(n * ticks + 1), key=lambda pair: pair[1]) for n in range(4)]
    assert [chord.root for chord, _ in found] == [0, 5, 7, 0]
    assert min(share for _, share in found) > 0.6
    assert all(sum(share for _, share in row) == pytest.approx(1) for row in heard.shares)


def test_an_open_harmony_is_heard_as_several_chords():
    tune = Clip(tuple(Note(p, n, 1.0) for n, p in enumerate((67, 64, 67, 72) * 4)), 16.0)
    scene = scene_of(tune, given="lead")
    heard = finish(chords_heard(source_lines(lay_out(scene))[1:], 0))
    spelled = finish(chords_heard(source_lines(lay_out(scene_of(pad(Metre()))))[1:], 0))
    assert heard.at(0)[0][1] < spelled.at(0)[0][1]


def test_nothing_is_said_of_silence_or_of_a_drone():
    for notes in ((), tuple(Note(60, n, 1.0) for n in range(16))):
        scene = scene_of(Clip(notes, 16.0))
        assert asked(scene, *opened())[0] is None


def test_the_root_gains_most_for_a_bass_and_foreign_notes_lose():
    wish, _ = asked(scene_of(pad(Metre())), *opened())
    nats = wish[v.PITCH + 36 : v.PITCH + 48]
    assert nats.argmax() == 0
    assert nats[[0, 4, 7]].min() > nats[[1, 3, 6, 8, 10]].max()


def test_where_a_note_may_end_the_pitches_keep_their_chance():
    scene = scene_of(pad(Metre()), role="chords")
    logits = np.random.default_rng(1).normal(size=v.SIZE)
    tokens = (*opened(role="chords"), v.PITCH + 72, v.DUR + 20)
    wish, mask = asked(scene, *tokens, logits=logits)
    pitches = np.flatnonzero(np.frombuffer(mask, np.uint8))
    pitches = pitches[(pitches >= v.PITCH) & (pitches < v.PITCH + 128)]
    assert len(pitches) > 10
    before = np.logaddexp.reduce(logits[pitches])
    assert np.logaddexp.reduce((logits + wish)[pitches]) == pytest.approx(before)
    others = np.setdiff1d(np.arange(v.SIZE), pitches)
    assert not wish[others].any()


def test_melodies_drums_and_lone_parts_are_left_alone():
    assert asked(scene_of(pad(Metre()), role="lead"), *opened(role="lead"))[0] is None
    drums = Clip(tuple(Note(36, n, 0.25) for n in range(16)), 16.0, kind="drums")
    assert asked(scene_of(drums, given="drums"), *opened())[0] is None
    clip = pad(Metre())
    alone = Scene("continue", (Part("bass", clip),), bars_of(clip, 0.0, 4), cells_of([0], [3]))
    assert asked(alone, *opened())[0] is None


def test_more_power_is_more_of_the_same():
    scene = scene_of(pad(Metre()))
    lines = source_lines(lay_out(scene))
    heard = finish(chords_heard(lines[1:], 0))
    weak, strong = (
        asked(scene, *opened(), accord=Accord(heard, ["bass", "pad"], lines[0].bars, {"bass": p}))
        for p in (0.5, 1.0)
    )
    assert 2 * weak[0] == pytest.approx(strong[0])


@given(st.sampled_from(("", "m", "7", "dim")), st.integers(0, 11), st.integers(0, 2))
def test_chances_sum_to_one_and_none_is_nought(quality, root, level):
    for rows in tables().values():
        found = chances(rows[level], Chord(root, quality), C_MAJOR)
        assert sum(found) == pytest.approx(1)
        assert min(found) > 0


def test_degrees_and_levels():
    chord = Chord(7, "7")
    assert [degree_of(pc, chord, C_MAJOR) for pc in (7, 11, 2, 5, 0, 1)] == [0, 1, 2, 3, 4, 5]
    bar = source_lines(lay_out(scene_of(pad(Metre()))))[0].bars[0]
    assert [level_of(bar, tick) for tick in (0, 24, 48, 60)] == [0, 1, 0, 2]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.sampled_from((2, 4, 8, 16)))
def test_a_bar_keeps_its_length_as_a_metre(numerator, denominator):
    clip = pad(Metre(numerator, denominator))
    line = source_lines(lay_out(scene_of(clip)))[0]
    bar = line.bars[0]
    assert metre_of(bar).bar_beats * 24 == pytest.approx(bar.end - bar.start)


def footing_of(pitches, role="bass"):
    clip = pad(Metre())
    bars = bars_of(clip, 0.0, 4)
    mine = clip.with_notes(tuple(Note(p, 4.0 * n, 4.0) for n, p in enumerate(pitches)))
    lines = [line_of(role, bars, place(c.notes, bars)) for c in (mine, clip)]
    return footing(lines[0], range(4), hearing_of(lines, [0], 0))


def test_footing_counts_roots_and_chord_tones():
    roots = footing_of((36, 41, 43, 36))
    fifths = footing_of((43, 48, 50, 43))
    wrong = footing_of((37, 42, 44, 37))
    assert roots["rooted"] > 0.6
    assert max(fifths["rooted"], wrong["rooted"]) < 0.1
    assert roots["in_chord"] > 0.9
    assert fifths["in_chord"] > 0.8
    assert wrong["in_chord"] < 0.2


def test_footing_is_of_bass_and_chords_alone():
    assert footing_of((60, 65, 67, 60), role="lead") == {}
