# SPDX-License-Identifier: Apache-2.0
"""What the network is asked for each request: rules, wishes and what it is shown."""

from dataclasses import replace

import pytest
from clip_asking import request_of

from models import examples
from models.clip import Clip, Note
from models.engines.clip import (
    accompanying,
    continuing,
    generating,
    harmonising,
    infilling,
    varying,
)
from models.engines.clip.chain import asked
from models.engines.clip.job import order_of
from models.theory.steps import finish

LINE = Clip(tuple(Note(60 + (0, 2, 4, 5, 7)[n % 5], n / 2, 0.5) for n in range(32)), 16.0)
COMMANDS = {
    "continue": (continuing, {}),
    "infill": (infilling, {"from_beats": 4.0, "to_beats": 8.0}),
    "vary": (varying, {}),
    "accompany": (accompanying, {"role": "bass"}),
    "generate": (generating, {"role": "bass"}),
}


def question(command, clips, **given):
    """The question that a request becomes."""
    module, usual = COMMANDS.get(command, (harmonising, {}))
    return finish(module.question(request_of(command, clips, **{**usual, **given})))


def test_every_bar_plays_where_every_bar_played():
    assert question("continue", [LINE]).tracks[0].rules.min_notes == 1
    gap = replace(LINE, notes=tuple(n for n in LINE.notes if not 4 <= n.start_beats < 8))
    assert question("continue", [gap]).tracks[0].rules.min_notes == 0


def test_the_start_of_the_loop_is_shown_behind_the_end_on_request():
    assert question("continue", [LINE]).loop_bars == 0
    asking = question("continue", [LINE], loop=True)
    assert asking.loop_bars == 2
    scene = asked(asking, 2048).scene
    assert scene.loop_bars == 2
    assert scene.bars[0].start_beats == 0.0
    assert any(note.start_beats < 8.0 for note in scene.parts[0].clip.notes)
    assert question("continue", [examples.waltz()], loop=True, bars=20).loop_bars
    short = replace(LINE, loop_end_beats=8.0)
    assert question("continue", [short], loop=True).loop_bars == 1


def test_a_long_loops_start_is_read_though_it_lies_far_back():
    notes = tuple(Note(60 + n % 5, float(n), 1.0) for n in range(160))
    asking = question("continue", [Clip(notes, 160.0)], loop=True)
    assert asking.bars[0].start_beats == 0.0
    assert asking.bars[2].start_beats > 8.0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_hint_at_the_style_is_passed_on(command):
    assert question(command, [LINE]).mood.style is None
    assert question(command, [LINE], style="folk").mood.style == "folk"


@pytest.mark.parametrize("command", ["continue", "infill"])
def test_density_and_similarity_become_wishes(command):
    (plain, *_) = question(command, [LINE]).cells
    assert (plain.controls.density, plain.controls.similarity, plain.controls.pace) == (None,) * 3
    (asking, *_) = question(command, [LINE], density=2.0, similarity=1.0).cells
    assert asking.controls.density > 4
    assert asking.controls.similarity == 4
    assert asking.controls.reference is not None
    assert asking.controls.pace == pytest.approx(4.0)


def test_knobs_become_the_way_of_drawing():
    def sampling(command, **given):
        return order_of(request_of(command, [LINE], **given)).sampling

    assert sampling("continue", similarity=0.0).memory == 0.0
    assert sampling("continue", similarity=0.0).alike < -1.0
    assert sampling("continue").memory == 1.0
    assert sampling("continue").alike == 0.0
    assert sampling("continue", similarity=1.0).memory == 2.0
    assert sampling("continue", similarity=1.0).alike > 1.0
    assert sampling("continue", adventure=0.9).adventure == 0.9
    assert sampling("vary", amount=0.5).anew == 0.0
    assert sampling("vary", amount=1.0).anew > 1.0


def test_as_many_voices_as_the_clip_has():
    assert question("continue", [LINE]).tracks[0].rules.polyphony == 1
    assert question("continue", [examples.chord_pad()]).tracks[0].rules.polyphony > 2


def test_the_memory_hears_no_more_of_a_note_than_its_loop_does():
    over = replace(LINE, notes=(*LINE.notes[:-1], Note(60, 15.5, 9.0)))
    standing = question("continue", [over]).tracks[0].notes
    assert max(note.end_beats for note in standing) == 16.0
