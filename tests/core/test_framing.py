# SPDX-License-Identifier: Apache-2.0
"""What generate and harmonise leave open is filled in, or refused by name."""

import random
from dataclasses import replace

import pytest

from bridge.core.commands import COMMANDS
from bridge.core.prepare import find_command, prepare
from models.clip import Clip, Note
from models.engine import EngineInfo
from models.errors import BadArgument
from models.metre import Metre
from models.registry import Listing
from models.wishes import WISHES

ABLE = Listing(EngineInfo("able", "Serves all.", tuple(COMMANDS)), "engines:Able")
WALTZ = Clip((Note(60, 0.0, 1.0),), 18.0, metre=Metre(3, 4), tempo_bpm=93.0)


def args(command, clips=(), **given):
    rng = random.Random(1)
    return prepare(find_command(command), clips, given, engines=(ABLE,), rng=rng).request.args


@pytest.mark.parametrize(
    ("clips", "given", "frame"),
    [
        ((), {}, (4, 120.0, "4/4")),
        ((), {"bars": "8", "metre": " 7 / 8", "tempo_bpm": 90}, (8, 90.0, "7/8")),
        ((WALTZ,), {}, (6, 93.0, "3/4")),
        ((WALTZ,), {"bars": 2, "metre": "3/4"}, (2, 93.0, "3/4")),
        ((replace(WALTZ, length_beats=3.0, loop_end_beats=3.0),), {}, (4, 93.0, "3/4")),
        ((replace(WALTZ, length_beats=3000.0, loop_end_beats=3000.0),), {}, (64, 93.0, "3/4")),
    ],
)
def test_generate_takes_the_frame_of_the_clips(clips, given, frame):
    filled = args("generate", clips, **given)
    assert (filled["bars"], filled["tempo_bpm"], filled["metre"]) == frame


def test_four_voices_from_nothing_have_a_frame_and_a_lone_clip_is_the_soprano():
    filled = args("harmonise", scale="C minor")
    assert (filled["bars"], filled["tempo_bpm"], filled["metre"]) == (8, 120.0, "4/4")
    assert filled["voices"] == ""
    assert args("harmonise", (WALTZ,))["voices"] == "soprano"
    assert args("harmonise", (WALTZ,), voices="bass")["voices"] == "bass"


@pytest.mark.parametrize(
    ("command", "clips", "given", "where"),
    [
        ("generate", (), {"metre": "4"}, "metre"),
        ("generate", (), {"metre": "4/5"}, "metre"),
        ("generate", (), {"metre": "0/4"}, "metre"),
        ("generate", (), {"scale": "C sharpish"}, "scale"),
        ("generate", (), {"scale": "H"}, "scale"),
        ("generate", (), {"bars": 64, "metre": "99/4"}, "bars"),
        ("generate", (), {"chords": "Cm Hb"}, "chords"),
        ("generate", (), {"role": "quartet"}, "role"),
        ("generate", (), {"style": "polka"}, "style"),
        ("generate", (WALTZ,), {"metre": "4/4"}, "metre"),
        ("harmonise", (), {"voices": "soprano"}, "voices"),
        ("harmonise", (WALTZ, WALTZ), {}, "voices"),
        ("harmonise", (WALTZ,), {"bars": 4}, "bars"),
        ("harmonise", (WALTZ,), {"metre": "3/4"}, "metre"),
        ("vary", (WALTZ,), {"keep": "notes"}, "keep"),
        ("audio", (), {"metre": "x"}, "metre"),
    ],
)
def test_what_does_not_go_together_is_refused(command, clips, given, where):
    with pytest.raises(BadArgument) as refused:
        args(command, clips, **given)
    assert refused.value.where == where
    assert refused.value.message.endswith(".")


def test_what_was_filled_in_can_be_asked_again():
    for command, clips in (("generate", (WALTZ,)), ("harmonise", (WALTZ,)), ("harmonise", ())):
        first = args(command, clips)
        again = {name: value for name, value in first.items() if value not in {"", None}}
        assert args(command, clips, **again) == first


def test_a_wish_asks_for_nothing_by_default():
    for command in (command for command in COMMANDS.values() if command.kind == "job"):
        for param in command.params:
            if param.name in WISHES:
                assert param.default == WISHES[param.name], (command.name, param.name)
