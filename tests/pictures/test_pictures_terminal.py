# SPDX-License-Identifier: Apache-2.0
"""Piano rolls as text: they fit, and kept and new notes differ without any colour."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from show import show
from test_pictures_files import continued, panels

from bridge.pictures import Panel, terminal
from models import examples
from models.clip import Clip, Note
from models.errors import BadArgument


@settings(max_examples=80, deadline=None)
@given(panels, st.integers(20, 200))
def test_every_line_fits_the_width(stack: list[Panel], width: int) -> None:
    for line in terminal(stack, width).plain.splitlines():
        assert cell_len(line) <= width


def rows(text: str) -> dict[str, str]:
    """The rows that have a label, by it."""
    return {line.split()[0]: line for line in text.splitlines() if line.strip()}


def test_kept_and_new_differ_in_glyph_not_only_in_colour() -> None:
    text = terminal([continued()], 80).plain
    row = rows(text)["C3"]
    seam = row.index("█", 10) if "█" in row[:40] else len(row)
    assert "█" in row[:40]
    assert "□" not in row[:seam]
    assert "□" in row[35:]
    assert "yours" in text
    assert "new" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "no-such-encoding"])
def test_poorer_outputs_get_ascii_glyphs(encoding: str) -> None:
    clip = examples.clip_of_everything()
    text = terminal([Panel("à la carte · ♯", clip, (4.0,))], 80, encoding).plain
    assert "#=" in text
    assert "█" not in text
    if encoding != "no-such-encoding":
        text.encode(encoding)


def test_colours_reach_a_colour_terminal_and_no_color_gets_none() -> None:
    def printed(**console: object) -> str:
        out = io.StringIO()
        Console(file=out, width=80, force_terminal=True, **console).print(text)  # type: ignore[arg-type]
        return out.getvalue()

    text = terminal([continued()], 80)
    assert "\x1b[33m" in printed(color_system="standard") or "\x1b[1;33m" in printed(
        color_system="standard"
    )
    assert "\x1b[33m" not in printed(color_system="standard", no_color=True)


def test_a_note_lies_under_its_bar_number() -> None:
    clip = Clip((Note(60, 4.0, 1.0),), 8.0)
    text = terminal([Panel("", clip)], 80).plain
    ruler = text.splitlines()[1]
    assert rows(text)["C3"].index("█") == ruler.index("2")


def test_many_keys_show_only_those_in_use() -> None:
    clip = Clip(tuple(Note(p, float(i), 1.0) for i, p in enumerate((0, 60, 127))), 4.0)
    labels = rows(terminal([Panel("", clip)], 60).plain)
    assert {"C-2", "C3", "G8"} <= labels.keys()
    assert len(labels) == 5  # a title and a ruler besides


def test_muted_notes_hide_nothing() -> None:
    clip = Clip((Note(60, 0.0, 1.0), Note(60, 0.0, 2.0, mute=True)), 4.0)
    assert rows(show(clip))["C3"].split()[1].startswith("#")


def test_the_seam_shows() -> None:
    assert "┃" in terminal([continued()], 80).plain
    assert "┃" not in terminal([Panel("", examples.melody())], 80).plain


def test_an_empty_clip_is_shown_as_such() -> None:
    assert "no notes" in show(Clip((), 4.0))


def test_too_narrow_or_nothing_is_refused() -> None:
    with pytest.raises(BadArgument) as narrow:
        terminal([continued()], 10)
    assert narrow.value.where == "width"
    with pytest.raises(BadArgument) as nothing:
        terminal([], 80)
    assert nothing.value.where == "panels"
