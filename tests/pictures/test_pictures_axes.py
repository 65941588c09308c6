# SPDX-License-Identifier: Apache-2.0
"""The time axis, its bar numbers, and the rows."""

from __future__ import annotations

import pytest

from bridge.pictures.axes import Span, numbered_bars, rows_of, span_of
from bridge.pictures.grid import grid_lines, ruler_texts
from bridge.pictures.names import key_name, pitch_name
from bridge.pictures.panel import Panel
from models.clip import Clip, Note
from models.metre import Metre, MetreChange


def clip_of(*notes: Note, length: float = 8.0, **frame: object) -> Clip:
    return Clip(tuple(notes), length, **frame)  # type: ignore[arg-type]


def span(*clips: Clip) -> Span:
    return span_of([Panel("", clip) for clip in clips])


def numbers(clip: Clip, start: float, end: float) -> list[tuple[int, float]]:
    return [(b.number, b.bar.start_beats) for b in numbered_bars(clip, Span(start, end))]


@pytest.mark.parametrize(("pitch", "name"), [(60, "C3"), (0, "C-2"), (127, "G8"), (61, "C#3")])
def test_octaves_are_those_of_live(pitch: int, name: str) -> None:
    assert pitch_name(pitch) == name


def test_pads_have_their_own_or_general_midi_names() -> None:
    assert key_name(clip_of(kind="drums", pads=((36, "Boom"),)), 36) == "Boom"
    assert "Bass Drum" in key_name(clip_of(kind="drums"), 36)
    assert key_name(clip_of(), 36) == "C1"


def test_the_span_is_the_clip_where_nothing_sticks_out() -> None:
    assert span(clip_of(Note(60, 7.75, 0.25))) == Span(0.0, 8.0)


def test_a_pickup_and_a_late_note_widen_the_span() -> None:
    assert span(clip_of(Note(60, -1.3, 1.0), Note(60, 9.0, 0.6))) == Span(-1.5, 9.75)


def test_stacked_panels_share_one_span() -> None:
    assert span(clip_of(length=4.0), clip_of(Note(1, -2.0, 1.0), length=9.0)) == Span(-2.0, 9.0)


def test_a_loop_far_in_starts_the_axis_at_bar_one() -> None:
    assert span(clip_of(loop_start_beats=4.0)).start_beats == 0.0


def test_a_note_never_released_is_cut_off_a_bar_later() -> None:
    assert span(clip_of(Note(60, 0.0, 500_000.0))) == Span(0.0, 12.0)


def test_bar_one_is_at_beat_zero_and_the_bar_before_is_minus_one() -> None:
    assert numbers(clip_of(), -2.0, 8.0) == [(-1, -4.0), (1, 0.0), (2, 4.0)]


def test_numbers_count_from_bar_one_also_far_in() -> None:
    assert numbers(clip_of(), 402.0, 405.0) == [(101, 400.0), (102, 404.0)]


def test_numbers_go_on_over_a_change_of_metre() -> None:
    changes = (MetreChange(4.0, Metre(7, 8)), MetreChange(11.0, Metre(3, 4)))
    clip = clip_of(length=14.0, metre_changes=changes)
    bars = numbered_bars(clip, Span(0.0, 14.0))
    assert [(b.number, b.bar.start_beats) for b in bars] == [(1, 0), (2, 4), (3, 7.5), (4, 11)]
    assert [str(b.new_metre) for b in bars if b.new_metre] == ["4/4", "7/8", "3/4"]


def test_a_million_tiny_bars_are_left_out() -> None:
    clip = clip_of(length=1_000_000.0, metre=Metre(1, 32))
    assert numbered_bars(clip, span(clip)) == []


def test_bar_numbers_do_not_touch() -> None:
    clip = clip_of(length=2000.0)
    bars = numbered_bars(clip, Span(0.0, 2000.0))
    texts = ruler_texts(bars, Span(0.0, 2000.0), 150)
    ends = [beats * 150 / 2000 + len(words) for beats, words in texts]
    starts = [beats * 150 / 2000 for beats, _ in texts]
    assert len(texts) > 5
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))


def test_lines_thin_out_when_there_is_no_room() -> None:
    bars, whole = numbered_bars(clip_of(length=400.0), Span(0, 400)), Span(0, 400)
    wide, narrow = list(grid_lines(bars, whole, 20_000)), list(grid_lines(bars, whole, 300))
    assert [role for role, _ in wide].count("beat") == 300
    assert {role for role, _ in narrow} == {"bar"}
    assert len(narrow) < 50


def test_the_grid_of_seven_eight_is_in_eighths() -> None:
    clip = clip_of(length=3.5, metre=Metre(7, 8))
    lines = grid_lines(numbered_bars(clip, Span(0.0, 3.5)), Span(0.0, 3.5), 700)
    assert [beats for _, beats in lines] == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


@pytest.mark.parametrize("pitches", [(0,), (127,), (0, 127), (60,), (59, 74), (126, 127)])
def test_rows_cover_every_key_without_a_gap(pitches: tuple[int, ...]) -> None:
    rows = rows_of(clip_of(*(Note(p, 0.0, 1.0) for p in pitches)))
    shown = [row.pitch for row in rows]
    assert shown == list(range(shown[0], shown[-1] - 1, -1))
    assert set(pitches) <= set(shown) <= set(range(128))
    assert len(rows) >= 12


def test_drums_have_one_lane_a_used_pad() -> None:
    rows = rows_of(clip_of(Note(38, 0, 1), Note(36, 1, 1), Note(38, 2, 1), kind="drums"))
    assert [row.pitch for row in rows] == [38, 36]
    assert all(row.label for row in rows)
