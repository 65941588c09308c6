# SPDX-License-Identifier: Apache-2.0
"""Piano rolls for the terminal, as `rich` text that is also legible without any colour.

The glyph says where a note comes from as well as the colour does, so the same text serves a
colour terminal, `NO_COLOR`, a log file and an assertion message.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from bridge.pictures.axes import Row, Span, numbered_bars, rows_of, span_of
from bridge.pictures.grid import ruler_texts
from bridge.pictures.names import caption, key_name
from bridge.pictures.panel import LEGEND, ORIGINS, Panel
from models.clip import Clip, Note
from models.errors import BadArgument

if TYPE_CHECKING:
    from rich.text import Text

MIN_WIDTH = 20
_LONGEST_LABEL = 12
_MOST_ROWS = 30  # with more keys than this, only those with notes are shown
_FINEST_CELL_BEATS = 1 / 8

Cell = tuple[str, str]  # a glyph and its style


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Head and body of a note by origin, and the lines of the grid."""

    kept: str
    edited: str
    new: str
    muted: str
    bar: str
    beat: str
    seam: str

    def encodable(self, encoding: str) -> bool:
        """Whether an output of that encoding can show them all."""
        everything = "".join(getattr(self, field.name) for field in fields(self))
        try:
            return bool(everything.encode(encoding))
        except (LookupError, UnicodeEncodeError):
            return False


FULL = Glyphs(kept="█━", edited="▓╍", new="□─", muted="×╌", bar="│", beat="·", seam="┃")
ASCII = Glyphs(kept="#=", edited="%~", new="o-", muted="x.", bar="|", beat=".", seam="!")

_STYLES: Mapping[str, str] = {
    "kept": "bright_blue",
    "edited": "red",
    "new": "yellow",
    "muted": "bright_black",
    "grid": "bright_black",
    "seam": "bold",
}


@dataclass(frozen=True, slots=True)
class _Page:
    """What the rows of one panel share."""

    panel: Panel
    span: Span
    cell_beats: float
    columns: int
    glyphs: Glyphs

    def column(self, beats: float) -> int:
        """The cell nearest to a time, which may lie outside the page."""
        return round((beats - self.span.start_beats) / self.cell_beats)


def terminal(panels: Sequence[Panel], width: int = 80, encoding: str = "utf-8") -> Text:
    """The panels as lines of text, one row a pitch.

    Args:
        panels: what to show, from top to bottom, on one time axis.
        width: columns to fit into, at least 20.
        encoding: of the output; glyphs it lacks give way to ASCII.

    Raises:
        BadArgument: there is no panel, or too little width.
    """
    from rich.text import Text

    if not panels or width < MIN_WIDTH:
        raise BadArgument(
            f"A picture needs at least one clip and {MIN_WIDTH} columns, not {len(panels)} "
            f"and {width}.",
            where="panels" if width >= MIN_WIDTH else "width",
        )
    glyphs = FULL if FULL.encodable(encoding) else ASCII
    all_rows = [_few(rows_of(panel.clip, 1, 8), panel.clip) for panel in panels]
    gutter = min(max(len(row.label) for rows in all_rows for row in rows), _LONGEST_LABEL)
    span = span_of(panels)
    cell_beats = _cell_beats(span, width - gutter - 1)
    columns = math.ceil(span.beats / cell_beats)
    lines: list[Text] = []
    for panel, rows in zip(panels, all_rows, strict=True):
        lines += [Text("")] if lines else []
        page = _Page(panel, span, cell_beats, columns, glyphs)
        lines += _panel_lines(page, rows, gutter)
    lines += _legend(panels, glyphs)
    for line in lines:
        line.plain = _encodable(line.plain, encoding)
        line.truncate(width)
    return Text("\n", no_wrap=True, overflow="crop").join(lines)


def _few(rows: list[Row], clip: Clip) -> list[Row]:
    """The rows to show: all, or where they are too many the used ones, each with its name."""
    if len(rows) <= _MOST_ROWS:
        return rows
    used = {note.pitch for note in clip.notes}
    return [Row(r.pitch, key_name(clip, r.pitch), r.shaded) for r in rows if r.pitch in used]


def _cell_beats(span: Span, columns: int) -> float:
    """The shortest time a cell can stand for so that the span fits into the columns."""
    cell_beats = _FINEST_CELL_BEATS
    while math.ceil(span.beats / cell_beats) > columns:
        cell_beats *= 2
    return cell_beats


def _panel_lines(page: _Page, rows: Sequence[Row], gutter: int) -> Iterator[Text]:
    from rich.cells import set_cell_size
    from rich.text import Text

    clip = page.panel.clip
    title = Text(page.panel.heading or "Clip", "bold")
    yield title.append(f"  {caption(clip)}", "not bold bright_black")
    yield Text(" " * (gutter + 1) + _ruler(page), "bright_black")
    cells, empty = _cells(page), _grid(page)
    for row in rows:
        line = Text(set_cell_size(row.label, gutter) + " ", "bright_black")
        for glyph, style in cells.get(row.pitch, empty):
            line.append(glyph, style)
        yield line
    if not clip.notes:
        yield Text(" " * (gutter + 1) + "no notes", "italic bright_black")


def _ruler(page: _Page) -> str:
    bars = numbered_bars(page.panel.clip, page.span)
    line = ""
    for beats, words in ruler_texts(bars, page.span, page.columns):
        line = line.ljust(page.column(beats)) + words
    return line


def _grid(page: _Page) -> list[Cell]:
    """An empty row: bar lines, beats where there is room, and seams."""
    cells: list[Cell] = [(" ", "")] * page.columns

    def put(beats: float, glyph: str, style: str) -> None:
        column = page.column(beats)
        if 0 <= column < page.columns:
            cells[column] = (glyph, style)

    for numbered in numbered_bars(page.panel.clip, page.span):
        bar = numbered.bar
        unit = 4 / bar.metre.denominator
        if bar.end_beats - bar.start_beats < 2 * page.cell_beats:
            continue
        for beat in range(1, bar.metre.numerator if unit >= 2 * page.cell_beats else 0):
            if bar.start_beats + beat * unit < bar.end_beats:
                put(bar.start_beats + beat * unit, page.glyphs.beat, _STYLES["grid"])
        put(bar.start_beats, page.glyphs.bar, _STYLES["grid"])
    for seam in page.panel.seams:
        put(seam, page.glyphs.seam, _STYLES["seam"])
    return cells


def _cells(page: _Page) -> dict[int, list[Cell]]:
    """The row of every pitch that has notes; what sounds covers what is muted."""
    rows: dict[int, list[Cell]] = {}
    empty = _grid(page)
    notes = sorted(page.panel.clip.notes, key=lambda n: (not n.mute, n.start_beats, n.pitch))
    for note in notes:
        row = rows.setdefault(note.pitch, list(empty))
        kind = "muted" if note.mute else note.origin
        head, body = getattr(page.glyphs, kind)
        start = min(max(page.column(note.start_beats), 0), page.columns - 1)
        end = min(page.column(note.end_beats), page.columns)
        style = f"{_STYLES[kind]}{_weight(note)}"
        row[start] = (head, style)
        for column in range(start + 1, end):
            row[column] = (body, style)
    return rows


def _weight(note: Note) -> str:
    """Loud notes are bold and soft ones dim, on terminals that can."""
    if note.velocity >= 96:
        return " bold"
    return " dim" if note.velocity < 48 else ""


def _legend(panels: Sequence[Panel], glyphs: Glyphs) -> Iterator[Text]:
    from rich.text import Text

    notes = [note for panel in panels for note in panel.clip.notes]
    kinds = [kind for kind in ORIGINS if any(n.origin == kind and not n.mute for n in notes)]
    muted = ["muted"] if any(note.mute for note in notes) else []
    if kinds + muted in ([], ["kept"]):
        return
    line = Text()
    for kind in (*kinds, *muted):
        line.append(f"{getattr(glyphs, kind)} ", _STYLES[kind]).append(f"{LEGEND[kind]}   ")
    line.rstrip()
    yield line


def _encodable(words: str, encoding: str) -> str:
    """The words with `?` for every character that the output can't show."""
    try:
        return words.encode(encoding, "replace").decode(encoding)
    except LookupError:
        return words.encode("ascii", "replace").decode("ascii")
