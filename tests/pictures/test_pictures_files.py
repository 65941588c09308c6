# SPDX-License-Identifier: Apache-2.0
"""Pictures as SVG and PNG: every note is where it should be, in the colour of its origin."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridge.pictures import Look, Panel, draw, png, svg
from bridge.pictures.layout import lay_out
from bridge.pictures.panel import palette
from bridge.pictures.shapes import Line, NoteBox, Text
from models import examples
from models.clip import Clip, Note
from models.edit import join, repeat
from models.errors import BadArgument, BadFile
from models.metre import Metre

TAG = "{http://www.w3.org/2000/svg}"

notes = st.builds(
    Note,
    pitch=st.integers(0, 127),
    start_beats=st.floats(-20, 200),
    duration_beats=st.floats(1e-6, 1000),
    velocity=st.floats(1, 127),
    mute=st.booleans(),
    origin=st.sampled_from(["kept", "edited", "new"]),
)
clips = st.builds(
    Clip,
    st.lists(notes, max_size=30).map(tuple),
    st.floats(0.01, 300),
    metre=st.sampled_from([Metre(), Metre(7, 8), Metre(3, 4), Metre(1, 32), Metre(99, 1)]),
    kind=st.sampled_from(["melodic", "drums"]),
    name=st.text(max_size=12),
)
panels = st.lists(
    st.builds(Panel, st.text(max_size=40), clips, st.lists(st.floats(-5, 300)).map(tuple)),
    min_size=1,
    max_size=4,
)


def continued() -> Panel:
    source = examples.melody()
    return Panel("Continued", join(source, repeat(source, 4)), (16.0,))


def note_rects(text: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(text)
    return [e for e in root.iter(f"{TAG}rect") if "note" in e.get("class", "").split()]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def hex_of(image: Image.Image, x: float, y: float) -> str:
    red, green, blue = image.getpixel((round(x), round(y)))
    return f"#{red:02x}{green:02x}{blue:02x}"


def test_svg_has_one_rect_a_note_with_its_origin_and_title() -> None:
    panel = continued()
    rects = note_rects(svg([panel]))
    classes = Counter(rect.get("class") for rect in rects)
    assert classes == {"note kept": 23, "note new": 23}
    first = rects[0].find(f"{TAG}title")
    assert first is not None
    assert first.text == "D3, velocity 98, beat 0"


def test_svg_stands_alone() -> None:
    text = svg([Panel("<script>&\x00", examples.clip_of_everything())])
    tags = {element.tag for element in ElementTree.fromstring(text).iter()}
    assert tags == {TAG + name for name in ("svg", "title", "style", "rect", "line", "text")}
    assert "href" not in text
    assert "url(" not in text


def test_a_muted_note_is_marked() -> None:
    rects = note_rects(svg([Panel("", examples.clip_of_everything())]))
    assert sum("muted" in rect.get("class", "").split() for rect in rects) == 1


@pytest.mark.parametrize(("theme", "follows"), [("auto", True), ("light", False), ("dark", False)])
def test_only_auto_follows_the_reader(theme: str, follows: bool) -> None:
    look = Look(theme=theme)  # type: ignore[arg-type]
    assert ("prefers-color-scheme" in svg([continued()], look)) is follows


@settings(max_examples=60, deadline=None)
@given(panels)
def test_any_panels_become_a_sound_svg(stack: list[Panel]) -> None:
    expected = Counter(note.origin for panel in stack for note in panel.clip.notes)
    rects = note_rects(svg(stack))
    assert Counter(rect.get("class", "").split()[1] for rect in rects) == expected


@settings(max_examples=100, deadline=None)
@given(panels)
def test_every_note_is_visible_inside_the_picture(stack: list[Panel]) -> None:
    picture = lay_out(stack)
    boxes = [shape.box for shape in picture.shapes if isinstance(shape, NoteBox)]
    assert len(boxes) == sum(len(panel.clip.notes) for panel in stack)
    for box in boxes:
        assert box.width >= 2
        assert box.height >= 2
        assert box.x >= 0
        assert box.right <= picture.width_px
        assert 0 <= box.y <= box.bottom <= picture.height_px


@settings(max_examples=15, deadline=None)
@given(panels)
def test_any_panels_become_a_png(stack: list[Panel]) -> None:
    picture = lay_out(stack, Look(width_px=400))
    image = opened(png(stack, Look(width_px=400), zoom=1))
    assert image.size == (400, picture.height_px)


@pytest.mark.parametrize("zoom", [1, 2, 3])
def test_png_has_the_size_asked_for(zoom: int) -> None:
    assert opened(png([continued()], Look(width_px=500), zoom)).width == 500 * zoom


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_png_shows_each_note_in_the_colour_of_its_origin(theme: str) -> None:
    panel = continued()
    loud = panel.clip.with_notes(replace(note, velocity=127) for note in panel.clip.notes)
    stack, look = [Panel("", loud, panel.seams)], Look(theme=theme)  # type: ignore[arg-type]
    image = opened(png(stack, look))
    boxes = [shape for shape in lay_out(stack, look).shapes if isinstance(shape, NoteBox)]
    for shape in boxes:
        box = shape.box
        at = (2 * (box.x + box.width / 2), 2 * (box.y + box.height / 2))
        assert hex_of(image, *at) == palette(theme)[shape.note.origin]


def test_a_soft_note_is_paler_than_a_loud_one() -> None:
    clip = Clip((Note(60, 0.0, 1.0, 127.0), Note(60, 2.0, 1.0, 10.0)), 4.0)
    image = opened(png([Panel("", clip)]))
    loud, soft = (s.box for s in lay_out([Panel("", clip)]).shapes if isinstance(s, NoteBox))
    assert hex_of(image, 2 * loud.x + 9, 2 * loud.y + 9) < hex_of(
        image, 2 * soft.x + 9, 2 * soft.y + 9
    )


def test_a_seam_is_drawn_where_it_is_asked_for() -> None:
    shapes = lay_out([continued()]).shapes
    seam = [s for s in shapes if isinstance(s, Line) and s.role == "seam"]
    bar = [s for s in shapes if isinstance(s, Line) and s.role == "bar"]
    assert len(seam) == 1
    assert seam[0].x1 == bar[3].x1  # the end of bar 4
    assert not [s for s in lay_out([Panel("", examples.melody())]).shapes if s in seam]


def test_panels_with_the_same_bars_share_one_ruler() -> None:
    def rulers(*clips: Clip) -> int:
        shapes = lay_out([Panel("", clip) for clip in clips]).shapes
        return sum(isinstance(s, Text) and s.words.startswith("1  ") for s in shapes)

    assert rulers(examples.melody(), examples.bass_line(), examples.chord_pad()) == 1
    assert rulers(examples.melody(), examples.waltz()) == 2


def test_the_legend_appears_where_colours_need_one() -> None:
    def words(clip: Clip) -> set[str]:
        return {s.words for s in lay_out([Panel("", clip)]).shapes if isinstance(s, Text)}

    assert {"yours", "new"} <= words(continued().clip)
    assert "yours" not in words(examples.melody())


def test_an_empty_clip_says_so() -> None:
    assert "no notes" in svg([Panel("", Clip((), 4.0))])


def test_five_hundred_bars_keep_to_a_width() -> None:
    clip = Clip((Note(60, 1999.0, 1.0),), 2000.0)
    assert lay_out([Panel("", clip)]).width_px <= 1600


def test_twenty_thousand_notes_stay_a_reasonable_file() -> None:
    many = tuple(Note(i % 128, i * 0.02, 0.1, 1 + i % 127) for i in range(20_000))
    stack = [Panel("", Clip(many, 400.0))]
    assert len(svg(stack)) < 4_000_000
    assert opened(png(stack)).width <= 3200


def test_draw_picks_by_the_suffix(tmp_path: Path) -> None:
    assert draw(tmp_path / "a.svg", [continued()]).read_text("utf-8").startswith("<svg")
    assert draw(tmp_path / "a.PNG", [continued()]).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["a.gif", "a", "png"])
def test_draw_refuses_other_suffixes(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadArgument, match=r"\.svg or \.png"):
        draw(tmp_path / name, [continued()])


def test_draw_says_where_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="missing"):
        draw(tmp_path / "missing" / "a.svg", [continued()])


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(BadArgument, match="at least one clip"):
        svg([])
    with pytest.raises(BadArgument, match="zoom"):
        png([continued()], zoom=9)
