# SPDX-License-Identifier: Apache-2.0
"""An engine whose notes can be counted: sixteen a beat, each pitch one higher than the last."""

import os
import time

from models.clip import Clip, Note
from models.edit import continuation_frame
from models.engine import Answer, EngineInfo, Partial, Result

NOTES_PER_BEAT = 16
LOWEST, PITCHES = 24, 64
STEP_BEATS = 1 / NOTES_PER_BEAT


def steady_notes(beats, first=0):
    return tuple(
        Note(LOWEST + (first + i) % PITCHES, i * STEP_BEATS, STEP_BEATS / 2, origin="new")
        for i in range(round(beats * NOTES_PER_BEAT))
    )


class Steady:
    """Continues anything by notes in a fixed row, at once."""

    info = EngineInfo("steady", "Counts.", commands=("continue", "generate"), needs_clips=False)

    def load(self, device):
        pass

    def generate(self, request):
        source = request.clips[0] if request.clips else Clip((), 4.0)
        beats = (request.args["bars"] or 4) * source.metre.bar_beats
        notes = steady_notes(beats)
        frame = continuation_frame(source, beats)
        yield Partial(0, 0, 1, 0.0, beats, notes)
        yield Result((Answer((frame.with_notes(notes),)),))


class Slow(Steady):
    """Takes three seconds for what it writes."""

    info = EngineInfo("sluggish", "Counts slowly.", commands=("continue",))

    def generate(self, request):
        for _ in range(100):
            time.sleep(0.03)
            yield Partial(0, 0, 1, 0.0, 0.0, ())
        yield from super().generate(request)


class Fatal(Steady):
    """Takes its worker with it."""

    info = EngineInfo("fatal", "Ends its process.", commands=("continue",))

    def generate(self, request):
        yield Partial(0, 0, 1, 0.0, 0.0, ())
        os._exit(13)
