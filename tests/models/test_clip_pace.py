# SPDX-License-Identifier: Apache-2.0
"""So many onsets as asked: where the next one lies, how long a note is, and the shipped weights."""

import pytest
from clip_asking import answer
from neural import need

np = need("numpy")

from models import examples  # noqa: E402 - after the guard
from models.clip import Clip, Note  # noqa: E402
from models.engines.clip.engine import ClipModel  # noqa: E402
from models.engines.clip.pace import Pace  # noqa: E402
from models.tokens import vocabulary as v  # noqa: E402
from models.tokens.encode import encode  # noqa: E402
from models.tokens.grammar import Grammar  # noqa: E402
from models.tokens.reading import read  # noqa: E402
from models.tokens.rules import PartRules  # noqa: E402
from models.tokens.scene import Controls, Part, Scene, bars_of, cells_of  # noqa: E402

QUARTERS = Clip(tuple(Note(60 + n, float(n), 1.0) for n in range(4)), 4.0)
TRIPLETS = Clip(tuple(Note(60 + n, n / 3, 1 / 3) for n in range(12)), 4.0)
NOTE = (v.POS, v.PITCH + 60, v.DUR)


@pytest.fixture(scope="module")
def engine():
    return ClipModel()


def wish(clip, pace, *tokens, logits=None, locked=frozenset()):
    """What is wished behind the role and some tokens of the second bar, with plain logits."""
    cells = cells_of([0], [1], controls=Controls(pace=pace))
    scene = Scene("continue", (Part("lead", clip, locked),), bars_of(clip, 0.0, 2), cells)
    role = v.ROLE + v.ROLES.index("lead")
    tracker = read([*encode(scene).context, v.BAR, role, *tokens])[0]
    mask = Grammar(scene, {0: PartRules()}).allowed(tracker)
    flat = np.zeros(v.SIZE, np.float32) if logits is None else logits
    return Pace(scene).wish(tracker, flat, mask), mask


def best(found):
    """The places raised most, in ticks; the end is -1."""
    wished, mask = found
    allowed = [token for token in range(v.PITCH) if mask[token]]
    most = max(wished[token] for token in allowed)
    return {t - v.POS if t >= v.POS else -1 for t in allowed if wished[t] == most}


def test_onsets_are_spread_evenly():
    assert best(wish(QUARTERS, 2.0)) == {0}
    assert best(wish(QUARTERS, 2.0, *NOTE)) == {12}
    assert best(wish(QUARTERS, 0.5, *NOTE)) == {48}
    assert best(wish(QUARTERS, 0.25, *NOTE)) == {-1}


def test_places_that_the_part_does_not_use_are_left():
    assert best(wish(QUARTERS, 3.0, *NOTE)) == {6}  # 8 would be a triplet
    assert best(wish(TRIPLETS, 3.0, *NOTE)) == {8}
    assert best(wish(TRIPLETS, 12.0, *NOTE)) == {4}  # no finer than sextuplets


def test_what_stands_in_the_bar_is_counted():
    half = Clip((*QUARTERS.notes, Note(60, 4.0, 1.0), Note(62, 6.0, 1.0)), 8.0)
    assert best(wish(half, 0.75, locked=frozenset({4, 5}))) == {42, 54}
    assert best(wish(half, 0.5, locked=frozenset({4, 5}))) == {-1}


def test_lengths_leave_room_for_the_next_onset():
    found, _ = wish(QUARTERS, 4.0, *NOTE[:2])
    fits = np.array(v.DURATIONS_TICKS) <= 6
    assert (found[v.DUR : v.VEL][fits] == 0).all()
    assert (found[v.DUR : v.VEL][~fits] < -0.9).all()


def test_lower_pitches_keep_their_chance():
    logits = np.random.default_rng(1).normal(0, 2, v.SIZE)
    wished, mask = wish(QUARTERS, 1.0, *NOTE, logits=logits)
    allowed = np.frombuffer(bytes(mask), np.uint8).nonzero()[0]

    def lower(scores):
        shares = np.exp(scores[allowed])
        return shares[allowed >= v.PITCH].sum() / shares.sum()

    assert lower(logits + wished) == pytest.approx(lower(logits))


def test_nothing_is_wished_unasked():
    assert wish(QUARTERS, None)[0] is None
    assert wish(QUARTERS, 2.0, v.POS)[0] is None


def onsets_a_beat(clip):
    return len({round(note.start_beats * 24) for note in clip.notes}) / clip.length_beats


@pytest.mark.parametrize(
    "clip", [examples.bass_line(), examples.seven_eight()], ids=lambda clip: clip.name
)
def test_the_shipped_weights_write_as_many_as_asked(engine, clip):
    own = onsets_a_beat(clip)
    for density in (0.5, 2.0):
        found = answer("continue", [clip], engine, bars=2, density=density)
        assert onsets_a_beat(found) == pytest.approx(density * own, rel=0.2)


def test_more_changes_the_higher_the_amount(engine):
    clip = examples.seven_eight()
    left = []
    for amount in (0.5, 0.75, 1.0):
        found = answer("vary", [clip], engine, amount=amount)
        left.append(sum(note.origin == "kept" for note in found.notes))
    assert left[0] > left[1] > left[2]
    assert left[2] < 0.25 * len(clip.notes)
