# SPDX-License-Identifier: Apache-2.0
"""Every frame has one spelling, and the legal tokens lead to every frame and to nothing else."""

from itertools import chain, combinations, product

import pytest
from frames.code import REACH, Alphabet, first, following, held, legal, spelling
from hypothesis import given
from hypothesis import strategies as st

SETS = Alphabet(60, 64)
VOICES = Alphabet(60, 62, voices=3)
KEYS = [SETS.token(pitch) for pitch in range(60, 65)]
ALL_SETS = [
    tuple(sorted(keys, reverse=True))
    for keys in chain.from_iterable(combinations(KEYS, n) for n in range(len(KEYS) + 1))
]
CELLS = [VOICES.token(pitch) for pitch in (-1, 60, 61, 62)]
ALL_VOICES = list(product(CELLS, repeat=3))


def endings(alphabet, before):
    """All frames that legal tokens lead to, by walking every path."""

    def walk(state, said):
        tokens = legal(alphabet, state)
        assert tokens, "a dead end"
        for token in tokens:
            if token == alphabet.keep:
                rest = before[len(said) :] if alphabet.voices else below(said)
                yield (*said, *rest)
            elif alphabet.voices or token != alphabet.end:
                after = following(alphabet, before, (*said, token), state, token)
                yield from [(*said, token)] if after is None else walk(after, (*said, token))
            else:
                yield said

    def below(said):
        return tuple(p for p in before if not said or p < said[-1])

    return list(walk(first(alphabet, before), ()))


@pytest.mark.parametrize("before", [None, *ALL_SETS])
def test_legal_tokens_lead_to_every_set_once(before):
    found = endings(SETS, before)
    assert sorted(found) == sorted(ALL_SETS)


@pytest.mark.parametrize("before", [None, *ALL_VOICES])
def test_legal_tokens_lead_to_every_chord_of_voices_once(before):
    found = endings(VOICES, before)
    assert sorted(found) == sorted(ALL_VOICES)


@pytest.mark.parametrize(("alphabet", "frames"), [(SETS, ALL_SETS), (VOICES, ALL_VOICES)])
def test_the_spelling_is_legal_and_leads_back(alphabet, frames):
    for before, frame in product([None, *frames], frames):
        said = []
        for state, token in spelling(alphabet, before, frame):
            assert token in legal(alphabet, state)
            said.append(token)
        rest = ()
        if said[-1] == alphabet.keep:
            said.pop()
            kept = before[len(said) :] if alphabet.voices else before
            rest = tuple(p for p in kept if alphabet.voices or not said or p < said[-1])
        elif not alphabet.voices:
            assert said.pop() == alphabet.end
        assert (*said, *rest) == frame


def test_what_stays_costs_one_token():
    chord = (KEYS[4], KEYS[2], KEYS[0])
    assert [token for _, token in spelling(SETS, chord, chord)] == [SETS.keep]
    melody = (KEYS[3], KEYS[2], KEYS[0])
    assert [token for _, token in spelling(SETS, chord, melody)] == [KEYS[3], SETS.keep]
    assert [token for _, token in spelling(SETS, chord, ())] == [SETS.end]


@given(st.lists(st.sampled_from(ALL_SETS), max_size=8))
def test_how_long_a_pitch_is_held(frames):
    for index, ages in enumerate(held(SETS, frames)):
        assert set(ages) == set(frames[index])
        for pitch, age in ages.items():
            run = frames[index - age + 1 : index + 1]
            assert all(pitch in frame for frame in run)
            assert index == age - 1 or pitch not in frames[index - age]


def test_numbers_of_tokens():
    assert SETS.token(60) == REACH
    assert VOICES.token(-1) == VOICES.end
    assert len({SETS.end, SETS.keep, SETS.start, *range(SETS.pitches)}) == SETS.size
