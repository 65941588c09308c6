# SPDX-License-Identifier: Apache-2.0
"""Voices lean on the chords of what is given, and on what the voices before them made of those."""

import pytest
from neural import need

np = need("numpy")

from models.clip import Clip, Note  # noqa: E402 - after the guard
from models.engines.clip.choir import Choir  # noqa: E402
from models.engines.clip.concord import Concord, concord_of  # noqa: E402
from models.engines.clip.hearing import Heard  # noqa: E402
from models.engines.clip.passage import source_lines  # noqa: E402
from models.theory.chords import Chord  # noqa: E402
from models.theory.keys import key_of  # noqa: E402
from models.theory.steps import finish  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.encode import encode, lay_out  # noqa: E402
from models.tokens.reading import first_target_bar  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Part, Scene, bars_of, cells_of  # noqa: E402
from models.tokens.tracker import Tracker  # noqa: E402

ROLES = ("B", "T", "A", "S")
C, E, G, A = 0, 4, 7, 9
C_MAJOR, A_MINOR = Chord(C, ""), Chord(A, "m")
TUNE = tuple(Note(pitch, float(n), 1.0) for n, pitch in enumerate((72, 76, 79, 76, 72, 71, 72, 72)))


def scene_of(given=TUNE):
    frame = Clip((), 8.0)
    parts = tuple(Part(role, frame.with_notes(given if role == "S" else ())) for role in ROLES)
    return Scene("harmonise", parts, bars_of(frame, 0.0, 2), cells_of([0, 1, 2], [0, 1]), key=0)


def choir_of(scene):
    return Choir(scene, dict.fromkeys(range(3), PartRules(1)))


def concord(scene, shares):
    """One that hears the same chords everywhere."""
    heard = Heard(key_of(0, minor=False), (0,), (shares,)) if shares else None
    bars = source_lines(lay_out(scene))[0].bars
    return Concord(heard, choir_of(scene), bars, frozenset({0, 1, 2}))


def at_first_pitch(scene, written=()):
    """The tracker where a voice takes its first pitch; the voices before it hold theirs."""
    context = encode(scene).context
    tracker = Tracker(first_target_bar(context))
    ends = v.DUR + v.DURATIONS_TICKS.index(24)
    tokens = [*context, v.BAR]
    for role, pitch in zip(ROLES, (*written, None), strict=False):
        tokens += [v.ROLE + v.ROLES.index(role), v.POS]
        tokens += [] if pitch is None else [v.PITCH + pitch, ends, v.ENDCELL]
    for token in tokens:
        tracker.step(token)
    return tracker


def wish_of(scene, voices, written=()):
    tracker = at_first_pitch(scene, written)
    return voices.wish(tracker, choir_of(scene).sights(tracker, 24)[1])


def classes(shares, written=()):
    """The chance to the power that each pitch class (12,) is given."""
    scene = scene_of()
    return np.exp(wish_of(scene, concord(scene, shares), written)[48:60])


def test_a_bass_takes_roots_before_fifths_before_what_is_foreign():
    found = classes(((C_MAJOR, 1.0),))
    assert found[C] > found[E] > found[G] > found[1]
    assert found.argmax() == C


def test_a_voice_before_makes_its_chord_likelier():
    open_chords = ((C_MAJOR, 0.5), (A_MINOR, 0.5))
    on_c, on_a = classes(open_chords, (48,)), classes(open_chords, (45,))
    assert on_c[G] > on_a[G]
    assert on_a[A] > on_c[A]


def test_the_third_is_wanted_until_somebody_has_it():
    hollow, full = classes(((C_MAJOR, 1.0),), (48, 55)), classes(((C_MAJOR, 1.0),), (48, 52))
    assert hollow[E] / hollow[C] > full[E] / full[C]


def test_open_harmony_says_less():
    sure = classes(((C_MAJOR, 1.0),))
    roots = (0, 2, 4, 5, 7, 9)
    unsure = classes(tuple((Chord(root, ""), 1 / 6) for root in roots))
    assert unsure.max() / unsure.min() < sure.max() / sure.min()


def test_nothing_is_said_where_nothing_is_given():
    scene = scene_of(())
    assert wish_of(scene, concord(scene, None)) is None
    assert wish_of(scene, finish(concord_of(scene, choir_of(scene)))) is None


def test_a_tune_is_heard():
    scene = scene_of()
    pitches = wish_of(scene, finish(concord_of(scene, choir_of(scene))))
    assert pitches[48] == pytest.approx(pitches[60])
    assert pitches[48] > pitches[49]
