# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: clips as musicians and as gremlins make them."""

from hypothesis import strategies as st

from models.clip import Clip, Note, Scale
from models.metre import Metre

METRES = (Metre(), Metre(3, 4), Metre(5, 4), Metre(6, 8), Metre(7, 8), Metre(12, 8))
SCALES = (None, Scale(0, (0, 2, 4, 5, 7, 9, 11), "Major"), Scale(9, (0, 3, 5, 7, 10), "Penta"))

beats = st.one_of(
    st.integers(0, 64).map(lambda n: n / 4),
    st.integers(0, 48).map(lambda n: n / 3),
    st.floats(0, 16, allow_nan=False).map(lambda n: round(n, 12)),
)


@st.composite
def notes(draw, start=beats):
    """A note with all nine fields set to anything allowed."""
    return Note(
        draw(st.integers(0, 127)),
        draw(start),
        draw(st.sampled_from((1 / 480, 1 / 3, 0.25, 0.5, 1.0, 4.0, 17.3))),
        draw(st.floats(1, 127)),
        draw(st.booleans()),
        draw(st.floats(0, 1)),
        draw(st.floats(-127, 127)),
        draw(st.floats(0, 127)),
        draw(st.none() | st.integers(0, 10_000)),
    )


@st.composite
def clips(draw, max_notes=24):
    """A clip in any metre, with pickup, odd loop, overlaps and muted notes."""
    length_beats = draw(st.sampled_from((3.0, 3.5, 4.0, 8.0, 12.0, 16.0, 17.25)))
    loop_start = draw(st.sampled_from((0.0, 0.0, 1.0, 2.5, -1.0)))
    pickup = draw(st.booleans())
    start = beats.map(lambda b: b - 1.0) if pickup else beats
    return Clip(
        tuple(draw(st.lists(notes(start), max_size=max_notes))),
        length_beats,
        loop_start_beats=loop_start,
        start_marker_beats=-1.0 if pickup else loop_start,
        metre=draw(st.sampled_from(METRES)),
        tempo_bpm=draw(st.sampled_from((60.0, 93.5, 120.0, 174.0))),
        scale=draw(st.sampled_from(SCALES)),
        kind=draw(st.sampled_from(("melodic", "drums"))),
        name=draw(st.sampled_from(("", "riff", "ключ ♪"))),
    )
