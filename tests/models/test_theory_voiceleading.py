# SPDX-License-Identifier: Apache-2.0
"""The rules of four voices, each with a case that breaks it and one that does not."""

import itertools
import random

import pytest

from models.theory.chords import Chord
from models.theory.keys import key_of
from models.theory.ornament import add_passing_notes
from models.theory.partwriting import movement, voicings
from models.theory.steps import finish
from models.theory.voiceleading import RANGES, Tone, check
from models.theory.voicing import Wanted, lead_voicings

C_MAJOR = key_of(0, minor=False)


def lines(*chords):
    """Four voices of whole notes from chords written soprano to bass."""
    return [
        [Tone(4.0 * i, 4.0 * i + 4, chord[voice]) for i, chord in enumerate(chords)]
        for voice in range(len(chords[0]))
    ]


def faults(*chords):
    return {fault.kind for fault in check(lines(*chords), C_MAJOR)}


CASES = {
    "parallel fifths": ((72, 64, 55, 48), (74, 65, 57, 50)),
    "parallel octaves": ((72, 67, 64, 48), (74, 67, 65, 50)),
    "direct fifths": ((64, 60, 55, 48), (72, 69, 60, 53)),
    "direct octaves": ((67, 64, 60, 48), (74, 65, 57, 50)),
    "crossing": ((64, 67, 60, 48), (64, 67, 60, 48)),
    "overlap": ((67, 64, 60, 48), (74, 69, 60, 53)),
    "leading tone": ((71, 67, 62, 43), (67, 64, 60, 48)),
    "doubled leading tone": ((71, 67, 59, 43), (72, 67, 60, 48)),
    "leap": ((71, 65, 62, 43), (65, 65, 62, 43)),
    "range": ((84, 72, 67, 48), (84, 72, 67, 48)),
    "spacing": ((79, 64, 60, 48), (79, 64, 60, 48)),
}


@pytest.mark.parametrize("kind", CASES)
def test_a_broken_rule_is_found(kind):
    found = faults(*CASES[kind])
    assert kind in found


def test_a_plain_cadence_is_clean():
    assert not faults((72, 67, 64, 48), (72, 69, 65, 53), (71, 67, 62, 55), (72, 67, 64, 48))


def test_findings_say_where():
    (fault,) = (f for f in check(lines(*CASES["parallel fifths"]), C_MAJOR) if "fifths" in f.kind)
    assert (fault.beats, fault.voices) == (4.0, (2, 3))


def test_voicings_hold_the_chord_in_range_and_order():
    found = voicings(C_MAJOR, Chord(7, "7"), (71, None, None, None), RANGES)
    best = found[0][1]
    assert {pitch % 12 for pitch in best} >= {7, 11, 5}
    assert [pitch % 12 for pitch in best].count(11) == 1
    for _, voicing in found:
        assert list(voicing) == sorted(voicing, reverse=True)
        assert all(low <= p <= high for p, (low, high) in zip(voicing, RANGES, strict=True))


def test_a_voice_at_the_bottom_of_the_keyboard_still_gets_company():
    found = voicings(C_MAJOR, Chord(0, ""), (0, None, None, None), RANGES)
    assert found[0][1][0] == 0


def test_parallel_motion_costs_more_than_contrary_motion():
    tonic, supertonic = Chord(0, ""), Chord(2, "m")
    before = (72, 64, 55, 48)
    parallel = movement(C_MAJOR, tonic, before, supertonic, (74, 65, 57, 50))
    contrary = movement(C_MAJOR, tonic, before, supertonic, (69, 65, 57, 50))
    assert parallel > contrary + 5


def test_a_third_is_filled_by_step_and_only_where_the_others_allow_it():
    free = lines((72, 67, 64, 48), (74, 65, 62, 45))
    shorter = [[Tone(t.start_beats / 4, t.end_beats / 4, t.pitch) for t in v] for v in free]
    filled = finish(add_passing_notes(shorter, C_MAJOR, {3: 1.0}, random.Random(1)))
    assert [tone.pitch for tone in filled[3]] == [48, 47, 45]
    assert filled[:3] == shorter[:3]


def test_keys_voicings_move_little_and_stay_below_the_melody():
    wanted = [
        Wanted((0, 4, 7), (76,)), Wanted((5, 9, 0), (77,)), Wanted((7, 11, 2), (74,)),
    ]  # fmt: skip
    found = finish(lead_voicings(wanted, 48, 72, 60))
    assert all(len(voicing) == 3 and voicing[-1] < 74 for voicing in found)
    for before, after in itertools.pairwise(found):
        assert sum(abs(p - q) for p, q in zip(before, after, strict=True)) <= 9
