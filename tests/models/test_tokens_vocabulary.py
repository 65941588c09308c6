# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

import pytest

from models.clip import Clip, Note, Scale
from models.errors import BadArgument, BadClip
from models.metre import Metre, MetreChange
from models.tokens import vocabulary as v
from models.tokens.grid import bar_starts_ticks, duration_index, longest_index, metre_ticks, place
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Part, Scene, bars_of, cells_of, key_of_scale, sort_parts


def test_every_token_has_a_name_of_its_own():
    names = [v.token_name(token) for token in range(v.SIZE)]
    assert len(set(names)) == v.SIZE
    assert (names[v.POS], names[v.DRUM + 36], names[v.KEY_NONE]) == ("POS_0", "DRUM_36", "KEY_none")
    with pytest.raises(ValueError, match="no token"):
        v.token_name(v.SIZE)


def test_the_vocabulary_is_the_one_that_weights_were_trained_with():
    """Changing this number means that every weight file must be trained anew."""
    assert v.vocabulary_hash().startswith("87f88d34182d")


def test_the_module_prints_itself():
    shown = subprocess.run(
        [sys.executable, "-m", "models.tokens.vocabulary"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "ROLE" in shown
    assert f"{v.SIZE} tokens" in shown


def test_importing_tokens_needs_no_heavy_library():
    code = (
        "import sys, models.tokens.grammar, models.tokens.decode, models.tokens.trial;"
        "print([m for m in ('numpy', 'torch', 'bridge') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("text", v.METRES[:-1])
def test_metres_of_the_table_keep_their_token(text):
    numerator, denominator = map(int, text.split("/"))
    bars = bars_of(Clip((), 8.0, metre=Metre(numerator, denominator)), 0.0, 2)
    assert [v.token_name(bar.metre) for bar in bars] == [f"METRE_{text}"] * 2
    assert bars[0].ticks == metre_ticks(bars[0].metre)


@pytest.mark.parametrize(
    ("metre", "ticks"),
    [
        (Metre(4, 2), [96, 96]),
        (Metre(15, 8), [60, 60, 60]),
        (Metre(13, 16), [78]),
        (Metre(3, 32), [9]),
        (Metre(19, 4), [24] * 19),
    ],
)
def test_other_metres_are_cut_or_said(metre, ticks):
    bars = bars_of(Clip((), 8.0, metre=metre), 0.0, 1)
    assert [bar.ticks for bar in bars] == ticks
    assert bars[-1].end_beats == pytest.approx(metre.bar_beats)


def test_a_bar_cut_by_a_metre_change_is_said_with_its_length():
    clip = Clip((), 16.0, metre_changes=(MetreChange(5.0, Metre(3, 4)),))
    bars = bars_of(clip, 0.0, 3)
    assert [(v.token_name(bar.metre), bar.ticks) for bar in bars] == [
        ("METRE_4/4", 96),
        ("METRE_other", 24),
        ("METRE_3/4", 72),
    ]
    assert bar_starts_ticks(bars) == (0, 96, 120, 192)


def test_onsets_round_to_the_nearest_tick_and_over_the_bar_line():
    bars = bars_of(Clip((), 8.0), 0.0, 2)
    notes = [Note(60, 3.99, 1.0), Note(0, 1 / 3, 0.001), Note(127, 7.999, 9.0), Note(1, 8.0, 1.0)]
    cells = place(notes, bars)
    assert [(p.tick, p.ticks, p.pitch) for p in cells[0]] == [(8, 1, 0)]
    assert [(p.tick, p.ticks, p.pitch) for p in cells[1]] == [(0, 24, 60), (95, 216, 127)]


def test_durations_round_in_the_table():
    assert [v.DURATIONS_TICKS[duration_index(ticks)] for ticks in (0, 5, 7, 23, 10_000)] == [
        *(1, 4, 6, 24, 768),
    ]
    assert longest_index(0) == -1
    assert v.DURATIONS_TICKS[longest_index(47)] == 42


def test_scenes_refuse_what_makes_no_sense():
    clip = Clip((), 4.0)
    bars = bars_of(clip, 0.0, 1)
    part = Part("bass", clip)
    for bad in (
        lambda: Part("kazoo", clip),
        lambda: Scene("sing", (part,), bars, (Cell(0, 0),)),
        lambda: Scene("continue", (part,), bars, ()),
        lambda: Scene("continue", (part,), bars, (Cell(0, 1),)),
        lambda: Scene("continue", (part,), bars, (Cell(0, 0, (5, 5)),)),
        lambda: Scene("continue", (part,), bars, (Cell(0, 0), Cell(0, 0))),
        lambda: Scene("continue", (part,), bars, (Cell(0, 0),), loop_bars=2),
    ):
        with pytest.raises(BadClip):
            bad()


def test_parts_and_cells_come_in_one_order():
    clip = Clip((), 4.0)
    parts = sort_parts([Part("lead", clip), Part("bass", clip), Part("drums", clip)])
    assert [part.role for part in parts] == ["drums", "bass", "lead"]
    assert [(c.bar, c.part) for c in cells_of([2, 0], [1, 0])] == [(0, 0), (0, 2), (1, 0), (1, 2)]


def test_scales_have_keys():
    assert key_of_scale(None) is None
    assert v.KEYS[key_of_scale(Scale(2, (0, 2, 3, 5, 7, 9, 10)))] == "D minor"
    assert v.KEYS[key_of_scale(Scale(7, (0, 2, 4, 7, 9)))] == "G major"


def test_rules_that_leave_nothing_are_refused():
    with pytest.raises(BadArgument, match="widen the range"):
        PartRules(low_pitch=61, high_pitch=61, scale=frozenset({0})).pitches(drums=False)
    with pytest.raises(BadArgument):
        PartRules(polyphony=0)
    assert PartRules(pads=frozenset({36, 99}), high_pitch=60).pitches(drums=True) == (36,)
