# SPDX-License-Identifier: Apache-2.0
"""Tokens that a scene takes: a new part is about as busy as the others, to its last bar."""

import pytest

from models.clip import Clip, Note
from models.engines.clip.room import BUSY_TOKENS, USUAL_TOKENS, least_after, tokens_needed
from models.tokens.scene import Cell, Part, Scene, bars_of, cells_of


def beside(notes_a_bar, bars=4, **cell):
    """A bass to be written beside a tune with so many notes a bar."""
    step = 4 / notes_a_bar
    tune = Clip(tuple(Note(60, n * step, step) for n in range(bars * notes_a_bar)), bars * 4.0)
    parts = (Part("bass", tune.with_notes(())), Part("lead", tune))
    grid = bars_of(tune, 0.0, bars)
    return Scene("accompany", parts, grid, cells_of([0], range(bars), **cell))


@pytest.mark.parametrize(("notes", "wanted"), [(2, USUAL_TOKENS), (16, 48), (32, BUSY_TOKENS)])
def test_a_part_of_which_nothing_is_known_is_about_as_busy_as_the_others(notes, wanted):
    need = tokens_needed(beside(notes))
    assert {cell - need.cells[0] for cell in need.cells} == {0}
    assert wanted <= need.cells[0] <= wanted + 3


def test_half_of_what_the_bars_behind_need_is_kept_for_them():
    scene = beside(16)
    need = tokens_needed(scene)
    kept = least_after(scene, need)
    assert kept[-1] == 1
    assert list(kept) == sorted(kept, reverse=True)
    assert sum(need.cells[1:]) / 2 <= kept[0] <= sum(need.cells[1:])


def test_a_forced_rhythm_is_kept_whole():
    scene = beside(8)
    parts = (Part("bass", scene.parts[1].clip), scene.parts[1])
    cells = tuple(Cell(0, bar, hint="rhythm") for bar in range(4))
    forced = Scene("vary", parts, scene.bars, cells)
    need = tokens_needed(forced)
    assert least_after(forced, need)[0] == sum(need.cells[1:]) + 1
