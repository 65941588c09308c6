# SPDX-License-Identifier: Apache-2.0
"""What a phrase asks for is what the core takes: every command, every kind of phrase."""

import random

import pytest

from bridge.core.prepare import find_command, prepare
from bridge.core.stage import PLAYED
from bridge.doors.midi.asking import answer_request, onward_request
from bridge.doors.midi.steering import Choice
from models.clip import Clip, Note
from models.metre import Metre
from models.registry import listings
from models.wire import clip_from_data

LEAD = Clip((Note(60, 0.0, 1.0), Note(64, 1.5, 0.5), Note(67, 2.0, 1.0)), 4.0, name="played")
DRUMS = Clip((Note(36, 0.0, 0.25), Note(38, 1.0, 0.25)), 4.0, kind="drums", name="played drums")
PHRASES = {"a melody": (LEAD,), "drums": (DRUMS,), "both": (LEAD, DRUMS), "nothing": ()}


def prepared(request):
    """The request as the core has it before it is queued."""
    clips = [clip_from_data(data) for data in request["clips"]]
    given = {name: value for name, value in request.items() if name not in {"op", "clips"}}
    command = find_command(request["op"])
    return prepare(command, clips, given, engines=listings({}), rng=random.Random(1))


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize("command", PLAYED)
@pytest.mark.parametrize("scale", ["", "C minor"])
def test_every_command_can_answer_every_phrase(command, phrase, scale):
    choice = Choice(command=command, scale=scale, bars=4, density=2.0)
    request = answer_request(PHRASES[phrase], choice, Metre(4, 4), 120.0)
    ready = prepared(request)
    assert ready.request.command == (command if PHRASES[phrase] else "generate")


@pytest.mark.parametrize("phrase", PHRASES)
def test_endless_playing_goes_on_from_every_phrase(phrase):
    clips = PHRASES[phrase]
    request = onward_request(next(iter(clips), None), Choice(mode="endless"), 2, LEAD)
    assert prepared(request).request.args["bars"] == 2


def test_voices_are_put_to_the_melody_and_not_to_the_drums_beside_it():
    request = answer_request((DRUMS, LEAD), Choice(command="harmonise"), Metre(4, 4), 120.0)
    assert [clip_from_data(clip).name for clip in request["clips"]] == ["played"]
