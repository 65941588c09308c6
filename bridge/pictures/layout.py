# SPDX-License-Identifier: Apache-2.0
"""Where everything goes: panels become the shapes of a picture. Pure, no drawing library."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.pictures.axes import NumberedBar, Row, Span, numbered_bars, rows_of, span_of
from bridge.pictures.grid import grid_lines, ruler_texts
from bridge.pictures.names import caption, key_name
from bridge.pictures.panel import LEGEND, ORIGINS, Look, Panel
from bridge.pictures.shapes import Area, Box, Line, NoteBox, Picture, Shape, Swatch, Text
from models.clip import Clip
from models.errors import BadArgument

FONT_PX = {"title": 14.0, "caption": 11.5, "ruler": 11.0, "key": 10.0, "hint": 12.0}
CHARACTER_WIDTH = 0.58  # of the font size, on average; only for keeping labels apart

_MARGIN = 16.0
_TITLE_HEIGHT = 26.0
_RULER_HEIGHT = 18.0
_PANEL_GAP = 14.0
_LEGEND_HEIGHT = 28.0
_KEYBOARD_WIDTH = 14.0
_BLACK_KEY_WIDTH = 9.0
_LANE_HEIGHT = (12.0, 20.0)
_KEY_HEIGHT = (4.0, 11.0)
_PLOT_HEIGHT = 230.0  # a roll is about this high; less when several are stacked
_STACKED_PLOT_HEIGHT = 160.0
_LONGEST_LABEL = 22
_PX_PER_BEAT = 34.0
_AUTO_WIDTH_PX = (720, 1600)
_NARROWEST_NOTE_PX = 2.5
_NOTE_GAP_PX = 1.0
_LANE_GAP_PX = 3.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One panel's place: its roll, rows and the beats across it."""

    panel: Panel
    plot: Box
    rows: Sequence[Row]
    span: Span
    ruler: bool

    @property
    def row_height(self) -> float:
        """Height of one pitch."""
        return self.plot.height / len(self.rows)

    def x(self, beats: float) -> float:
        """Where a time lies, also outside the roll."""
        share = (beats - self.span.start_beats) / self.span.beats
        return self.plot.x + share * self.plot.width

    def inside(self, beats: float) -> float:
        """Where a time lies, kept within the roll."""
        return min(max(self.x(beats), self.plot.x), self.plot.right)


def lay_out(panels: Sequence[Panel], look: Look | None = None) -> Picture:
    """The picture of one or more panels, stacked on one time axis.

    Raises:
        BadArgument: there is no panel.
    """
    if not panels:
        raise BadArgument("There is nothing to draw: give at least one clip.", where="panels")
    span = span_of(panels)
    all_rows = [rows_of(panel.clip) for panel in panels]
    gutter = _gutter(panels, all_rows)
    width = (look and look.width_px) or _auto_width(span, gutter)
    frames = list(_frames(panels, all_rows, span, (_MARGIN + gutter, width - _MARGIN)))
    bottom = frames[-1].plot.bottom
    shapes: list[Shape] = []
    for frame in frames:
        shapes += _panel_shapes(frame)
    legend = list(_legend(panels, frames[0].plot.x, bottom + _LEGEND_HEIGHT - 8))
    height = bottom + (_LEGEND_HEIGHT if legend else 0) + _MARGIN
    paper = Area("paper", Box(0, 0, width, math.ceil(height)))
    return Picture(width, math.ceil(height), (paper, *shapes, *legend))


def _gutter(panels: Sequence[Panel], all_rows: Sequence[Sequence[Row]]) -> float:
    """Room at the left for the longest label of any panel, and the keyboard."""
    longest = max(len(_short(row.label)) for rows in all_rows for row in rows)
    keyboard = any(panel.clip.kind == "melodic" for panel in panels)
    room = longest * FONT_PX["key"] * CHARACTER_WIDTH + 8
    return max(room, 20.0) + (_KEYBOARD_WIDTH if keyboard else 0)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 2].rstrip() + ".."


def _auto_width(span: Span, gutter: float) -> int:
    fewest, most = _AUTO_WIDTH_PX
    return round(min(max(span.beats * _PX_PER_BEAT + gutter + 2 * _MARGIN, fewest), most))


def _frames(
    panels: Sequence[Panel],
    all_rows: Sequence[Sequence[Row]],
    span: Span,
    sides: tuple[float, float],
) -> Iterator[Frame]:
    y = _MARGIN - 6
    aim = _PLOT_HEIGHT if len(panels) == 1 else _STACKED_PLOT_HEIGHT
    last: Clip | None = None
    for panel, rows in zip(panels, all_rows, strict=True):
        clip = panel.clip
        ruler = last is None or _grid_of(clip) != _grid_of(last)
        y += (_TITLE_HEIGHT if panel.heading or last is None else 0) + _RULER_HEIGHT * ruler
        low, high = _LANE_HEIGHT if clip.kind == "drums" else _KEY_HEIGHT
        # Whole pixels keep the rows' edges sharp.
        height = len(rows) * float(round(min(max(aim / len(rows), low), high)))
        yield Frame(panel, Box(sides[0], y, sides[1] - sides[0], height), rows, span, ruler)
        y += height + _PANEL_GAP
        last = clip


def _grid_of(clip: Clip) -> object:
    """What the ruler shows of a clip: panels that agree in it share one."""
    return clip.metre, clip.metre_changes, clip.loop_start_beats, clip.loop_end_beats


def _panel_shapes(frame: Frame) -> Iterator[Shape]:
    bars = numbered_bars(frame.panel.clip, frame.span)
    yield from _headings(frame, bars)
    yield Area("plot", frame.plot)
    yield from _row_shapes(frame)
    yield from _outside_loop(frame)
    for role, beats in grid_lines(bars, frame.span, frame.plot.width):
        x = frame.x(beats)
        yield Line(role, x, frame.plot.y, x, frame.plot.bottom)
    yield from _frame_lines(frame)
    yield from _note_boxes(frame)
    yield from _seams(frame)
    if not frame.panel.clip.notes:
        middle = frame.plot.x + frame.plot.width / 2
        yield Text("hint", middle, frame.plot.y + frame.plot.height / 2 + 4, "no notes", "middle")


def _headings(frame: Frame, bars: Sequence[NumberedBar]) -> Iterator[Shape]:
    plot = frame.plot
    ruler_room = _RULER_HEIGHT if frame.ruler else 0.0
    title_y = plot.y - ruler_room - 9
    if frame.panel.heading:
        room = plot.width * 0.7 / (FONT_PX["title"] * CHARACTER_WIDTH)
        yield Text("title", plot.x, title_y, frame.panel.heading[: int(room)])
    if not frame.ruler:
        return
    yield Text("caption", plot.right, title_y, caption(frame.panel.clip), "end")
    character = FONT_PX["ruler"] * CHARACTER_WIDTH
    for beats, words in ruler_texts(bars, frame.span, plot.width / character):
        yield Text("ruler", frame.inside(beats) + 1, plot.y - 6, words)


def _row_shapes(frame: Frame) -> Iterator[Shape]:
    plot, height = frame.plot, frame.row_height
    for index, row in enumerate(frame.rows):
        y = plot.y + index * height
        if row.shaded:
            yield Area("shade", Box(plot.x, y, plot.width, height))
        if row.octave and y + height < plot.bottom:
            yield Line("octave", plot.x, y + height, plot.right, y + height)
        yield from _key_shapes(frame, row, y)


def _key_shapes(frame: Frame, row: Row, y: float) -> Iterator[Shape]:
    left, height = frame.plot.x, frame.row_height
    melodic = frame.panel.clip.kind == "melodic"
    if melodic:
        width = _BLACK_KEY_WIDTH if row.shaded else _KEYBOARD_WIDTH
        role = "black_key" if row.shaded else "white_key"
        yield Area(role, Box(left - _KEYBOARD_WIDTH, y, width, height))
    if row.label:
        x = left - (_KEYBOARD_WIDTH + 4 if melodic else 7)
        baseline = y + height / 2 + FONT_PX["key"] * 0.36
        yield Text("key", x, baseline, _short(row.label), "end")


def _outside_loop(frame: Frame) -> Iterator[Shape]:
    """What does not play is shaded, and what does gets a brace in the ruler."""
    clip, plot = frame.panel.clip, frame.plot
    left, right = frame.inside(clip.loop_start_beats), frame.inside(clip.loop_end_beats)
    # A pickup lies before the loop, but it is played once.
    first = min(left, frame.inside(clip.start_marker_beats))
    if first > plot.x:
        yield Area("outside", Box(plot.x, plot.y, first - plot.x, plot.height))
    if right < plot.right:
        yield Area("outside", Box(right, plot.y, plot.right - right, plot.height))
    whole = (clip.loop_start_beats, clip.loop_end_beats) == (0.0, clip.length_beats)
    if frame.ruler and not whole:
        yield Area("loop", Box(left, plot.y - 4, max(right - left, 1), 3))


def _frame_lines(frame: Frame) -> Iterator[Area]:
    plot = frame.plot
    if frame.panel.clip.kind == "melodic":
        left = plot.x - _KEYBOARD_WIDTH
        yield Area("frame", Box(left, plot.y, _KEYBOARD_WIDTH + 1, plot.height))
    yield Area("frame", plot)


def _note_boxes(frame: Frame) -> Iterator[NoteBox]:
    """Every note as a box; muted ones first, so that nothing sounding is hidden."""
    clip, height = frame.panel.clip, frame.row_height
    places = {row.pitch: frame.plot.y + i * height for i, row in enumerate(frame.rows)}
    names = {pitch: key_name(clip, pitch) for pitch in places}
    gap = _LANE_GAP_PX if clip.kind == "drums" else _NOTE_GAP_PX
    for note in sorted(clip.notes, key=lambda n: (not n.mute, n.start_beats, n.pitch)):
        left, right = frame.inside(note.start_beats), frame.inside(note.end_beats)
        width = max(right - left - _NOTE_GAP_PX / 2, _NARROWEST_NOTE_PX)
        left = min(left, frame.plot.right - width)
        box = Box(left, places[note.pitch] + gap / 2, width, height - gap)
        yield NoteBox(note, box, names[note.pitch])


def _seams(frame: Frame) -> Iterator[Line]:
    for beats in frame.panel.seams:
        if frame.span.start_beats <= beats <= frame.span.end_beats:
            x = frame.x(beats)
            yield Line("seam", x, frame.plot.y - 4, x, frame.plot.bottom + 4)


def _legend(panels: Sequence[Panel], x: float, y: float) -> Iterator[Shape]:
    """What the colours mean, where there is more than the user's own notes."""
    notes = [note for panel in panels for note in panel.clip.notes]
    origins = {note.origin for note in notes}
    kinds: list[str] = [origin for origin in ORIGINS if origin in origins]
    if any(note.mute for note in notes):
        kinds.append("muted")
    if not kinds or kinds == ["kept"]:
        return
    for kind in kinds:
        yield Swatch(kind, Box(x, y - 8, 16, 8))
        yield Text("caption", x + 22, y, LEGEND[kind])
        x += 22 + len(LEGEND[kind]) * FONT_PX["caption"] * CHARACTER_WIDTH + 18
