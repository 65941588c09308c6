# SPDX-License-Identifier: Apache-2.0
"""Feel and style: what the FEEL and STYLE tokens are drawn from."""

from __future__ import annotations

import pytest

from models.corpus.piece import Label
from models.corpus.styles import style_of
from models.tokens.feel import feel_of
from models.tokens.vocabulary import FEELS, STYLES


def every(*places):
    return [beat + place for beat in range(8) for place in places]


@pytest.mark.parametrize(
    ("places", "feel"),
    [
        ((0, 0.5), "straight"),
        ((0, 0.25, 0.5, 0.75), "straight"),
        ((0, 2 / 3), "swing"),
        ((0, 0.65), "swing"),
        ((0, 1 / 3, 2 / 3), "triplet"),
        ((0,), None),
    ],
)
def test_feel(places, feel):
    assert feel_of(every(*places)) == feel
    assert feel is None or feel in FEELS


@pytest.mark.parametrize(
    ("name", "path", "style"),
    [
        ("groove", "drummer1/session2/153_funk_120_fill_4-4.mid", "funk"),
        ("groove", "drummer5/session2/99_jazz-swing_96_beat_4-4.mid", "jazz"),
        ("mma-accompaniments", "midi/jz_1006.mid", "jazz"),
        ("mma-accompaniments", "midi/pop_0351.mid", None),
        ("jsb-chorales", "001.mid", "chorale"),
        ("own", "techno 3.mid", "electronic"),
    ],
)
def test_style(name, path, style):
    assert style_of(Label(name, path, "work")) == style
    assert style is None or style in STYLES
