# SPDX-License-Identifier: Apache-2.0
"""Asks the clip engine as a host does: prepared, run, and its result held to the contract."""

import random

from tiny_clip import TinyClip

from bridge.core.prepare import find_command, prepare
from models.contract import conclude
from models.engine import Result
from models.errors import BadArgument, BadClip
from models.registry import Listing


def request_of(command, clips, engine=None, **given):
    """The request that a door would make of it."""
    info = (engine or TinyClip).info
    listing = Listing(info, "tiny_clip:TinyClip")
    values = {"seed": 5, **given, "engine": info.name}
    rng = random.Random(1)
    return prepare(find_command(command), clips, values, engines=(listing,), rng=rng).request


def events_of(command, clips, engine=None, **given):
    """Every event; the last one is the concluded result."""
    engine = engine or TinyClip()
    request = request_of(command, clips, engine, **given)
    events = list(engine.generate(request))
    assert isinstance(events[-1], Result)
    return [*events[:-1], conclude(request, events[-1], engine.info)]


def ask(command, clips, engine=None, **given):
    """The concluded result."""
    return events_of(command, clips, engine, **given)[-1]


def ask_or_refusal(command, clips, engine=None, **given):
    """The concluded result; None after an error that says what to do."""
    try:
        return ask(command, clips, engine, **given)
    except (BadClip, BadArgument) as error:
        refusal = error
    assert refusal.where
    assert refusal.message.endswith(".")
    return None


def answer(command, clips, engine=None, **given):
    """The first clip of the best take."""
    return ask(command, clips, engine, **given).answers[0].parts[0]


def fresh(clip):
    """What is not kept."""
    return [note for note in clip.notes if note.origin != "kept"]


def most_at_once(notes, slack_beats=0.0):
    """Most notes that sound together."""
    return max(
        (
            sum(
                other.start_beats <= note.start_beats < other.end_beats - slack_beats
                for other in notes
            )
            for note in notes
        ),
        default=0,
    )
