# SPDX-License-Identifier: Apache-2.0
import pytest

from models.errors import BadArgument
from models.theory.chord_names import chords_of


@pytest.mark.parametrize(
    ("word", "root", "intervals"),
    [
        ("C", 0, (0, 4, 7)),
        ("F#m", 6, (0, 3, 7)),
        ("Bb", 10, (0, 4, 7)),
        ("B♭", 10, (0, 4, 7)),
        ("C-", 0, (0, 3, 7)),
        ("Cmin", 0, (0, 3, 7)),
        ("CM7", 0, (0, 4, 7, 11)),
        ("Cmaj7", 0, (0, 4, 7, 11)),
        ("CΔ7", 0, (0, 4, 7, 11)),
        ("C-7", 0, (0, 3, 7, 10)),
        ("CmM7", 0, (0, 3, 7, 11)),
        ("C7", 0, (0, 4, 7, 10)),
        ("Cø", 0, (0, 3, 6, 10)),
        ("Cm7-5", 0, (0, 3, 6, 10)),
        ("Co7", 0, (0, 3, 6, 9)),
        ("C+", 0, (0, 4, 8)),
        ("Csus", 0, (0, 5, 7)),
        ("C7(b9)", 0, (0, 4, 7, 10, 13)),
        ("Cadd9", 0, (0, 4, 7, 14)),
    ],
)
def test_spellings(word, root, intervals):
    (chord,) = chords_of(word)
    assert (chord.root, chord.intervals) == (root, intervals)
    assert chord.bass == root


def test_a_slash_names_the_bass():
    (chord,) = chords_of("Am7/G")
    assert (chord.root, chord.bass) == (9, 7)


def test_chords_stand_apart_by_spaces_commas_or_bar_lines():
    assert [chord.root for chord in chords_of(" Cm | Ab, Eb Bb |")] == [0, 8, 3, 10]
    assert chords_of("  ") == ()


@pytest.mark.parametrize("text", ["H7", "Cm Xyz", "C/", "7", "Cwhat"])
def test_anything_else_is_refused_with_the_word(text):
    with pytest.raises(BadArgument, match="not a chord"):
        chords_of(text)
