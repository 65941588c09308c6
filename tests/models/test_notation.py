# SPDX-License-Identifier: Apache-2.0
import pytest

from models.errors import BadArgument
from models.metre import Metre
from models.notation import metre_of, scale_of

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)


@pytest.mark.parametrize(
    ("text", "root", "intervals"),
    [
        ("C minor", 0, MINOR),
        ("c", 0, MAJOR),
        ("Am", 9, MINOR),
        ("F# Dorian", 6, (0, 2, 3, 5, 7, 9, 10)),
        ("B♭ major", 10, MAJOR),
        ("Cb", 11, MAJOR),
        ("eb Minor  Pentatonic", 3, (0, 3, 5, 7, 10)),
        ("D-harmonic_minor", 2, (0, 2, 3, 5, 7, 8, 11)),
        ("G min", 7, MINOR),
        ("b blues", 11, (0, 3, 5, 6, 7, 10)),
    ],
)
def test_scales_as_people_write_them(text, root, intervals):
    scale = scale_of(text)
    assert (scale.root, scale.intervals) == (root, intervals)


def test_no_text_is_no_scale():
    assert scale_of(" ") is None


@pytest.mark.parametrize("text", ["H major", "C wide", "minor", "C 7", "major C"])
def test_a_scale_that_is_none_is_refused(text):
    with pytest.raises(BadArgument, match="is not a scale") as refused:
        scale_of(text)
    assert refused.value.where == "scale"


def test_metres():
    assert metre_of(" 12/8 ") == Metre(12, 8)
    for text in ("", "4", "4/3", "100/4", "4/4/4", "-3/4", "٣/٤x"):
        with pytest.raises(BadArgument, match="is not a metre"):
            metre_of(text)
